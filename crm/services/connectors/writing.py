"""Records of a page on their way into our tables, and what is kept of those that were refused.

Everything here runs inside the caller's transaction, the one that also moves the cursor.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

import orjson
from django.db.models.functions import Lower
from django.utils import timezone

from common.records import RecordResult
from crm.calc.crm_opportunities import parents_first
from crm.models import Connection, ConnectionRowError, ConnectionRun
from crm.services.changes import RESOURCES
from crm.services.connectors.base import Page, Record
from crm.services.deletion import rows_delete
from crm.services.tables import among
from crm.services.upsert import records_upsert
from org.models import Assignment, AssignmentKind, Person, Unit
from org.selectors import company_today
from org.services import people_upsert, units_upsert

_RETRIED = 1_000


def page_records_write(run: ConnectionRun, page: Page) -> Counter[str]:
    """Write the records of a page and end those that are gone; counts by what became of them."""
    source = run.connection.source
    gone = set(page.gone)
    records = _without_ended(page.resource, source, page.records, gone)
    counts = _records_write(run, page.resource, records)
    if gone:
        counts["deleted"] += _gone_end(page.resource, source, gone)
        _errors(run.connection, page.resource).filter(among("external_id", gone)).delete()
    counts["unchanged"] += len(page.records) - len(records)
    return counts


def refused_retry(run: ConnectionRun, resource: str, after: int) -> tuple[Counter[str], int]:
    """Try refused records once more, from the one after ``after``: what they lacked may be there by now.

    Returns what became of them (refused again counts nothing: it is counted already), and the last one tried,
    0 when none is left.
    """
    rows = list(_errors(run.connection, resource).filter(pk__gt=after).order_by("pk")[:_RETRIED])
    if not rows:
        return Counter(), 0
    counts = _records_write(run, resource, [row.record for row in rows])
    return counts, rows[-1].pk


def records_gone_delete(run: ConnectionRun, resource: str, external_ids: Collection[str]) -> int:
    """Delete records softly that the source no longer has; how many there were."""
    return _gone_end(resource, run.connection.source, set(external_ids))


def external_ids_live(
    connection: Connection, resource: str, *, limit: int, after: int
) -> tuple[list[str], int]:
    """Our records of a source that are not deleted, in parts: external ids, and the key to go on after."""
    rows = RESOURCES[resource].model._default_manager.filter(
        source=connection.source, deleted_at=None, pk__gt=after
    )
    found = list(rows.order_by("pk").values_list("pk", "external_id")[:limit])
    return [external_id for _pk, external_id in found], found[-1][0] if found else 0


def _records_write(run: ConnectionRun, resource: str, records: Sequence[Record]) -> Counter[str]:
    counts: Counter[str] = Counter()
    if not records:
        return counts
    source = run.connection.source
    for record in records:
        record.setdefault("external_id", "")
    _owners_named(records)
    kept: list[Record] = []
    results: list[RecordResult] = []
    for part in _parts(resource, source, records):
        results += _upserted(resource, source, part)
        kept += part
    counts.update(result.status for result in results)
    counts["unchanged"] += len(records) - len(kept)
    _errors_keep(run, resource, kept, results)
    return counts


def _parts(resource: str, source: str, records: Sequence[Record]) -> Iterator[list[Record]]:
    """The records in parts none of which refers to itself; people known already apart from new ones."""
    if resource == "people":
        yield from _people_parts(source, records)
    elif resource == "accounts":
        level: list[Record] = []
        keys: set[str] = set()
        for record in parents_first(records):
            if record.get("parent") in keys:
                yield level
                level, keys = [], set()
            level.append(record)
            keys.add(record["external_id"])
        yield level
    else:
        yield list(records)


def _people_parts(source: str, records: Sequence[Record]) -> Iterator[list[Record]]:
    """New people, then known ones; those whom another source or a hand has made stay theirs."""
    known = _known(Person, source, records)
    fresh = [record for record in records if record.get("external_id") not in known]
    theirs = _people_of([str(record.get("email") or "") for record in fresh])
    yield [record for record in fresh if str(record.get("email") or "").lower() not in theirs]
    yield [record for record in records if record.get("external_id") in known]


def _upserted(resource: str, source: str, records: Sequence[Record]) -> list[RecordResult]:
    if not records:
        return []
    if resource in ("units", "people"):
        model = Unit if resource == "units" else Person
        known = _known(model, source, records)
        upsert = units_upsert if resource == "units" else people_upsert
        is_known = [record.get("external_id") in known for record in records]
        if all(is_known):
            # What administrators have added here stays: only what the source tells is changed.
            return upsert(source=source, records=_known_people(source, records), actor=None, partial=True)
        if not any(is_known):
            return upsert(source=source, records=records, actor=None)
        return _merged(resource, source, records, is_known)
    return records_upsert(resource=resource, source=source, records=records, with_deleted=True)


def _known_people(source: str, records: Sequence[Record]) -> list[Record]:
    """Records as they count for known people: who is somewhere already moves today; numbers stay.

    An employee number is what others refer to; once somebody has it, it is changed here by hand alone.
    """
    records = [{name: v for name, v in record.items() if name != "employee_number"} for record in records]
    if not any("starts_on" in record for record in records):
        return records
    keys = {str(record.get("external_id")) for record in records}
    rows = Assignment.objects.filter(among("person__external_id", keys), person__source=source)
    placed = set(rows.values_list("person__external_id", "kind"))
    member = AssignmentKind.MEMBER.value
    return [
        {name: value for name, value in record.items() if name != "starts_on"}
        if (record.get("external_id"), record.get("kind", member)) in placed
        else record
        for record in records
    ]


def _merged(
    resource: str, source: str, records: Sequence[Record], is_known: Sequence[bool]
) -> list[RecordResult]:
    """New units first, then known ones; the results in the order of the records."""
    results: dict[int, RecordResult] = {}
    for wanted in (False, True):
        at = [i for i, known in enumerate(is_known) if known is wanted]
        results |= zip(at, _upserted(resource, source, [records[i] for i in at]), strict=True)
    return [results[i] for i in range(len(records))]


def _known(model: Any, source: str, records: Sequence[Record]) -> set[str]:
    keys = {str(record.get("external_id")) for record in records}
    rows = model.objects.filter(among("external_id", keys), source=source)
    return set(rows.values_list("external_id", flat=True))


def _owners_named(records: Sequence[Record]) -> None:
    """Put the employee number where an owner or a split names somebody by e-mail."""
    holders = [(record, "owner") for record in records if "@" in str(record.get("owner") or "")]
    for record in records:
        parts = record.get("splits")
        if isinstance(parts, list):
            holders += [(p, "person") for p in parts if isinstance(p, dict) and "@" in str(p.get("person"))]
    if not holders:
        return
    numbers = _people_of([str(holder[name]) for holder, name in holders])
    for holder, name in holders:
        holder[name] = numbers.get(str(holder[name]).lower(), holder[name])


def _people_of(emails: Sequence[str]) -> dict[str, str]:
    """Employee numbers by e-mail in lower case; of several people with one address the one still here."""
    wanted = {email.lower() for email in emails if email}
    if not wanted:
        return {}
    people = Person.objects.filter(is_placeholder=False).annotate(address=Lower("email"))
    rows = people.filter(among("address", wanted)).values_list("address", "employee_number", "left_on", "pk")
    ordered = sorted(rows, key=lambda row: (row[2] is None, -row[3]))
    return {address: number for address, number, _left_on, _pk in ordered}


def _without_ended(resource: str, source: str, records: list[Record], gone: set[str]) -> list[Record]:
    """The records to write: of those that are gone only what isn't stored yet, for others to refer to."""
    if not gone or not records:
        return records
    model = {"units": Unit, "people": Person}.get(resource) or RESOURCES[resource].model
    known = _known(model, source, [{"external_id": each} for each in gone])
    return [record for record in records if record.get("external_id") not in gone & known]


def _gone_end(resource: str, source: str, gone: set[str]) -> int:
    """Delete softly; people leave today and units close today, unless they already have."""
    if resource in ("units", "people"):
        model: Any = Unit if resource == "units" else Person
        column = "closed_on" if resource == "units" else "left_on"
        rows = model.objects.filter(among("external_id", gone), source=source, **{f"{column}__isnull": True})
        today = company_today().isoformat()
        ended = [{"external_id": key, column: today} for key in rows.values_list("external_id", flat=True)]
        if not ended:
            return 0
        upsert = units_upsert if resource == "units" else people_upsert
        return sum(
            r.status == "updated" for r in upsert(source=source, records=ended, actor=None, partial=True)
        )
    kind = RESOURCES[resource]
    live = kind.model._default_manager.filter(among("external_id", gone), source=source, deleted_at=None)
    rows = list(live.select_for_update(of=("self",), no_key=True).order_by("pk"))
    if rows:
        rows_delete(kind, rows, timezone.now())
    return len(rows)


def _errors(connection: Connection, resource: str) -> Any:
    return ConnectionRowError.objects.filter(connection=connection, resource=resource)


def _errors_keep(
    run: ConnectionRun, resource: str, records: Sequence[Record], results: Sequence[RecordResult]
) -> None:
    """Keep what was refused and why; forget those that have been accepted since."""
    accepted = {result.external_id for result in results if not result.errors}
    _errors(run.connection, resource).filter(among("external_id", accepted)).delete()
    now = timezone.now()
    refused = {
        result.external_id[:120]: ConnectionRowError(
            connection=run.connection,
            run=run,
            resource=resource,
            external_id=result.external_id[:120],
            errors=[_told(error) for error in result.errors],
            record=orjson.loads(orjson.dumps(record, default=str)),
            first_at=now,
            last_at=now,
        )
        for record, result in zip(records, results, strict=True)
        if result.errors
    }
    ConnectionRowError.objects.bulk_create(
        refused.values(),
        batch_size=500,
        update_conflicts=True,
        unique_fields=["connection", "resource", "external_id"],
        update_fields=["run", "errors", "record", "last_at"],
    )


def _told(error: Any) -> Mapping[str, Any]:
    params = {name: value if isinstance(value, int) else str(value) for name, value in error.params.items()}
    return {"field": error.field, "message": str(error.message), "params": params}
