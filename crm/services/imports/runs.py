"""A run of a load: its job, its transaction, its report."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

from django.db import transaction
from django.db.models import Count, Sum
from django.utils import timezone

from common.errors import Invalid, gettext_noop
from common.money import decimal_string
from common.records import MAX_RECORDS
from crm.calc.crm_opportunities import COLUMNS, CURRENCY, Loaded, parents_first, records_of
from crm.models import ImportJob, Opportunity
from crm.services.changes import RESOURCES
from crm.services.imports.files import csv_rows
from crm.services.imports.report import Report
from crm.services.settings import segment_ensure
from crm.services.upsert import records_upsert
from org.models import User
from org.selectors import company_get
from org.services import company_save, people_upsert, units_upsert

Record = dict[str, Any]
# In the order in which records may refer to each other.
GENERIC_FILES = (
    *("units", "people", "products", "accounts", "leads", "opportunities", "activities", "payments"),
)
_LISTS = ("assignments", "lines", "splits")


def import_run(*, path: Path, format: str, source: str = "", actor: User | None = None) -> ImportJob:
    """Load files into the CRM in one transaction and keep a job with the report.

    Refused records are reported, the others stand. Loading again what is there changes nothing. Raises
    Invalid, with a failed job kept, when the files themselves can't be used.
    """
    if format not in FORMATS:
        message = gettext_noop("“%(format)s” is not one of: %(known)s.")
        raise Invalid(message, field="format", params={"format": format, "known": ", ".join(FORMATS)})
    source = source or format
    job = ImportJob.objects.create(source=source, format=format, started_by=actor)
    report = Report()
    try:
        with transaction.atomic():
            FORMATS[format](path, source, report, actor)
            report.won = won_by_region(source)
    except Exception as error:
        job.state = ImportJob.State.FAILED
        job.report = report.as_json() | {"failure": str(error)}
        raise
    else:
        job.state, job.report = ImportJob.State.DONE, report.as_json()
    finally:
        job.finished_at = timezone.now()
        job.save(update_fields=["state", "report", "finished_at"])
    return job


def won_by_region(source: str) -> dict[str, Any]:
    """The won deals of a source, to check against: number, sum and sum by region in the plan currency."""
    currency = company_get().currency
    won = Opportunity.objects.filter(source=source, outcome="won", deleted_at=None)
    rows = won.values_list("region__name").annotate(Count("pk"), Sum("plan_amount_minor"))
    by_region = {name: (count, minor) for name, count, minor in rows.order_by("region__name")}
    return {
        "count": sum(count for count, _minor in by_region.values()),
        "total": decimal_string(sum(minor for _count, minor in by_region.values()), currency),
        "currency": currency,
        "by_region": {name: decimal_string(minor, currency) for name, (_count, minor) in by_region.items()},
    }


def _load_crm_opportunities(path: Path, source: str, report: Report, actor: User | None) -> None:
    if not path.is_dir():
        raise Invalid(gettext_noop("This format is a folder with four CSV files."), field="path")
    tables = {name: list(csv_rows(path / f"{name}.csv", columns)) for name, columns in COLUMNS.items()}
    loaded = records_of(tables)
    report.mends, report.notes = loaded.mends, loaded.notes
    if not company_get().is_set_up:
        company_save(actor=actor, currency=CURRENCY, country="US", time_zone="America/New_York")
        report.notes["company set up: currency USD, holidays of the US, New York time"] += 1
    _organisation(loaded, source, report, actor)
    for resource in ("products", "accounts", "opportunities"):
        _send(resource, source, getattr(loaded, resource), report)


def _organisation(loaded: Loaded, source: str, report: Report, actor: User | None) -> None:
    report.add("units", units_upsert(source=source, records=loaded.units, actor=actor))
    report.add("people", people_upsert(source=source, records=loaded.people, actor=actor))
    for kind, codes in (("region", loaded.regions), ("product_line", loaded.product_lines)):
        for position, code in enumerate(codes):
            segment_ensure(kind, code, code, position)


def _load_generic(path: Path, source: str, report: Report, actor: User | None) -> None:
    """A folder with a CSV a resource, or one such file; columns are the API's fields and external_id."""
    files = [path / f"{name}.csv" for name in GENERIC_FILES] if path.is_dir() else [path]
    found = [file for file in files if file.is_file()]
    if not found or found[0].stem not in GENERIC_FILES:
        message = gettext_noop("There is no file named after a resource: %(known)s, each .csv.")
        raise Invalid(message, field="path", params={"known": ", ".join(GENERIC_FILES)})
    for file in found:
        records = (_record(row) for row in csv_rows(file, ("external_id",)))
        resource = file.stem
        if resource == "units":
            results = units_upsert(source=source, records=list(records), actor=actor)
            report.add(resource, results)
        elif resource == "people":
            for batch in _batches(records):
                report.add(resource, people_upsert(source=source, records=batch, actor=actor))
        else:
            _send(resource, source, parents_first(records) if resource == "accounts" else records, report)


def _record(row: dict[str, str]) -> Record:
    """A row as a record: an empty cell leaves the field out, lists are JSON."""
    record: Record = {name: cell for name, cell in row.items() if cell != "" and name}
    for name in _LISTS:
        if name in record:
            try:
                record[name] = json.loads(record[name])
            except ValueError:
                continue  # the reader of the field refuses a text where a list belongs
    return record


def _send(resource: str, source: str, records: Iterable[Record], report: Report) -> None:
    """Upsert in batches; records whose parents come in the same load go in a batch after them."""
    assert resource in RESOURCES
    for batch in _batches(records):
        for level in _levels(batch) if resource == "accounts" else [batch]:
            report.add(resource, records_upsert(resource=resource, source=source, records=level))


def _batches(records: Iterable[Record]) -> Iterator[list[Record]]:
    waiting = iter(records)
    while batch := list(itertools.islice(waiting, MAX_RECORDS)):
        yield batch


def _levels(records: list[Record]) -> Iterator[list[Record]]:
    """Runs of records in which none is another's parent."""
    level: list[Record] = []
    keys: set[Any] = set()
    for record in records:
        if record.get("parent") in keys:
            yield level
            level, keys = [], set()
        level.append(record)
        keys.add(record["external_id"])
    if level:
        yield level


FORMATS: dict[str, Callable[[Path, str, Report, User | None], None]] = {
    "crm_opportunities": _load_crm_opportunities,
    "generic": _load_generic,
}
