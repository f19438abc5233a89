"""The background work of imports: in chunks, each one transaction with its progress.

A worker claims a job for a minute at a time. If it dies, another claims the job and goes on from the last
chunk that was committed, so no row is done twice and none is left out.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import asdict
from itertools import islice
from typing import Any

import structlog
from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.utils import timezone

from common.errors import DomainError, FieldError, gettext_noop
from crm.calc.cells import order_of, point_of
from crm.calc.columns import Kind
from crm.models import Account, ImportFile, ImportJob, ImportRow
from crm.services.imports.alike import alike_mark
from crm.services.imports.journal import Journal, rows_changed_since, rows_keep, rows_put_back
from crm.services.imports.reader import FileColumns, Keys, Reader, ReadRow, mapping_of
from crm.services.imports.sheets import Sheet, sheet_open
from crm.services.tables import among
from crm.services.upsert import records_upsert

log = structlog.get_logger(__name__)
State = ImportJob.State
WORKING = (State.CHECKING, State.RUNNING, State.UNDOING)
CHUNK = 2_000
SHOWN = 200
LEASE = dt.timedelta(seconds=60)
_MOST_ATTEMPTS = 5
_NAMED = 50
_DUPLICATE = gettext_noop("This row comes again later in the file; only the last one counts.")
_BROKEN = gettext_noop("The import broke off several times and was given up; tell whoever runs this site.")
_ALL_OR_NOTHING = gettext_noop(
    "A row was refused while the others were written, so all of it was taken back."
)


class _LostError(Exception):
    """Another worker has the job, or it is no longer wanted."""


def imports_due() -> list[int]:
    """The jobs that wait for a worker: new ones, and those whose worker has been silent for a minute."""
    free = Q(claimed_until=None) | Q(claimed_until__lt=timezone.now())
    rows = ImportJob.objects.filter(free, state__in=WORKING, resource__gt="")
    return list(rows.order_by("pk").values_list("pk", flat=True)[:100])


def import_work(job_id: int) -> bool:
    """Do the work of a job; False when it is somebody else's or there is none. Twice changes nothing."""
    token = uuid.uuid4().hex
    free = Q(claimed_until=None) | Q(claimed_until__lt=timezone.now())
    claimed = ImportJob.objects.filter(free, pk=job_id, state__in=WORKING, resource__gt="").update(
        claim=token, claimed_until=timezone.now() + LEASE, attempts=F("attempts") + 1
    )
    if not claimed:
        return False
    job = ImportJob.objects.get(pk=job_id)
    try:
        if job.attempts > _MOST_ATTEMPTS:
            _fail(job, token, _BROKEN)
        elif job.state == State.UNDOING:
            _undo(job, token)
        else:
            _load(job, token)
    except _LostError:
        return False
    except DomainError as error:
        _fail(job, token, error.message, dict(error.params))
    return True


def _load(job: ImportJob, token: str) -> None:
    """Try or apply the file, from the chunk after the last one that was done."""
    sheet = sheet_open(bytes(ImportFile.objects.get(job=job).content))
    columns = mapping_of(job.resource, job.mapping["fields"], job.mapping["answers"])
    keys, questions = _looked_through(job, sheet, columns)
    if questions:
        _finish(job, token, State.MAPPING, report={"questions": questions})
        return
    last = {key: at for at, key in enumerate(keys)}
    reader = Reader(job.resource, job.source, columns)
    waiting = islice(enumerate(zip(keys, sheet.rows(), strict=True)), job.rows_done, None)
    while chunk := list(islice(waiting, CHUNK)):
        rows = [ReadRow(line, key, cells) for _at, (key, (line, cells)) in chunk]
        for (at, (key, _line)), row in zip(chunk, rows, strict=True):
            if key and last[key] != at:
                row.errors.append(FieldError("external_id", _DUPLICATE, "duplicate"))
        job = _chunk_done(job, token, reader, rows, len(keys))
        if job.state == State.UNDOING:
            _undo(job, token)
            return
    if job.state == State.CHECKING:
        _finish(job, token, State.CHECKED)
        return
    with transaction.atomic():
        _finish(job, token, State.DONE, finished_at=timezone.now())
        ImportFile.objects.filter(job=job).delete()


def _looked_through(
    job: ImportJob, sheet: Sheet, columns: FileColumns
) -> tuple[list[str], list[dict[str, Any]]]:
    """The key of every row, and what has to be asked about columns that can be read in two ways."""
    asked = {at: _ASKS[c.kind] for at, c, answer in columns.columns if not answer and c.kind in _ASKS}
    key_of = Keys(job.resource, columns)
    cells_of: dict[int, set[str]] = {at: set() for at in asked}
    keys = []
    for _line, cells in sheet.rows():
        keys.append(key_of(cells))
        for at, seen in cells_of.items():
            if cells[at]:
                seen.add(cells[at])
    questions = []
    for at, (what, decide) in asked.items():
        answer = decide(sorted(cells_of[at]))
        if answer is None:
            questions.append(_question(at, what, cells_of[at]))
        else:
            columns.answer(at, str(answer))
    return keys, questions


def _question(at: int, what: str, cells: set[str]) -> dict[str, Any]:
    """What to ask about a column, with the first cells that can be read in two ways."""
    decide = dict(_ASKS.values())[what]
    examples = [cell for cell in sorted(cells) if decide([cell]) is None][:3] or sorted(cells)[:3]
    return {"column": at, "what": what, "examples": examples}


def _chunk_done(job: ImportJob, token: str, reader: Reader, rows: Sequence[ReadRow], total: int) -> ImportJob:
    """Try or write a chunk and note how far the job is, in one transaction."""
    with transaction.atomic():
        job = _mine(job, token)
        is_trial = job.state == State.CHECKING
        with transaction.atomic():
            noted, made = _written(job, reader, rows)
            is_broken = not is_trial and job.is_all_or_nothing and any(row.errors for row in rows)
            if is_trial or is_broken:
                transaction.set_rollback(True)
        if is_trial:
            alike = alike_mark(job.resource, rows)
            job.report = job.report | {"alike": job.report.get("alike", 0) + alike}
            noted = _shown(job, rows)
        elif is_broken:
            noted = [_told(job, row) for row in rows if row.errors]
            job.state, job.report = State.UNDOING, job.report | {"failure": _ALL_OR_NOTHING}
        rows_keep(noted)
        if not is_broken:
            counts = Counter(job.report.get("counts", {}))
            counts.update(row.status for row in rows)
            job.report = job.report | {
                "counts": dict(counts),
                "customers": job.report.get("customers", 0) + made,
            }
            job.rows_done += len(rows)
        job.rows_total, job.attempts = total, 1
        job.claimed_until = timezone.now() + LEASE
        job.save()
    return job


def _written(job: ImportJob, reader: Reader, rows: Sequence[ReadRow]) -> tuple[list[ImportRow], int]:
    """Upsert a chunk, its new customers first; returns what to keep of it and how many customers were new."""
    lines = {row.key: row.line for row in rows}
    fresh = reader.read(rows)
    customers = Journal()
    if fresh:
        records_upsert(resource="accounts", source=job.source, records=fresh, witness=customers)
    sent = [row for row in rows if not row.errors]
    journal = Journal()
    results = records_upsert(
        resource=job.resource,
        source=job.source,
        records=[row.record for row in sent],
        with_deleted=True,
        witness=journal,
    )
    for row, result in zip(sent, results, strict=True):
        row.errors, row.status = result.errors, "error" if result.errors else result.status
    stay = _customers_kept(job, customers, {row.record.get("account") for row in sent if not row.errors})
    noted = [*stay, *journal.rows(job.pk, job.resource, lines)]
    noted += [_told(job, row) for row in rows if row.errors]
    return noted, len(stay)


def _customers_kept(job: ImportJob, customers: Journal, wanted: set[Any]) -> list[ImportRow]:
    """The customers made for a chunk, less those that only refused deals would have had."""
    rows = customers.rows(job.pk, "accounts", {})
    unwanted = [row.record_id for row in rows if row.before is None and row.external_id not in wanted]
    Account.objects.filter(among("pk", [pk for pk in unwanted if pk is not None])).delete()
    return [row for row in rows if row.record_id not in set(unwanted)]


def _shown(job: ImportJob, rows: Sequence[ReadRow]) -> list[ImportRow]:
    """What a trial keeps: the first rows, those refused, those that make somebody who looks like another."""
    left = max(SHOWN - job.rows_done, 0)
    return [_told(job, row) for at, row in enumerate(rows) if at < left or row.errors or row.alike]


def _told(job: ImportJob, row: ReadRow) -> ImportRow:
    return ImportRow(
        job=job,
        resource=job.resource,
        line=row.line,
        external_id=row.key[:120],
        status=row.status,
        cells=row.cells,
        errors=[
            {
                "field": e.field,
                "message": str(e.message),
                "params": {k: _plain(v) for k, v in e.params.items()},
            }
            for e in row.errors
        ],
        alike=[asdict(each) for each in row.alike] or None,
    )


def _plain(value: Any) -> Any:
    return value if isinstance(value, int) else str(value)


def _undo(job: ImportJob, token: str) -> None:
    """Put all records back in chunks, what hangs on others first; refused when any was changed since."""
    takes_back = "failure" in job.report
    if not takes_back and not job.rows_done:
        refused = _in_the_way(job)
        if refused:
            report = job.report | {"undo_refused": refused[:_NAMED], "undo_refused_count": len(refused)}
            _finish(job, token, State.DONE, report=report)
            return
    for resource in dict.fromkeys((job.resource, "accounts")):
        while _undo_chunk(job, token, resource):
            pass
    with transaction.atomic():
        state = State.FAILED if takes_back else State.UNDONE
        _finish(job, token, state, finished_at=timezone.now())
        ImportFile.objects.filter(job=job).delete()


def _in_the_way(job: ImportJob) -> list[str]:
    """The records of an import that were changed since, by external id."""
    found: list[str] = []
    for resource in dict.fromkeys((job.resource, "accounts")):
        rows = _to_undo(job, resource)
        start = 0
        while chunk := list(rows.filter(pk__gt=start)[:CHUNK]):
            start = chunk[-1].pk
            with transaction.atomic():
                changed = rows_changed_since(resource, chunk, job.pk)
            found += [row.external_id for row in chunk if row.record_id in changed]
    return found


def _undo_chunk(job: ImportJob, token: str, resource: str) -> bool:
    """Put a chunk back; what was changed this very moment stays and is told. False when none is left."""
    with transaction.atomic():
        job = _mine(job, token)
        rows = list(_to_undo(job, resource)[:CHUNK])
        if not rows:
            return False
        changed = rows_changed_since(resource, rows, job.pk)
        rows_put_back(resource, job.source, [row for row in rows if row.record_id not in changed])
        for status, kept in (("undone", False), ("kept", True)):
            ids = [row.pk for row in rows if (row.record_id in changed) is kept]
            ImportRow.objects.filter(among("pk", ids)).update(status=status)
        names = [row.external_id for row in rows if row.record_id in changed]
        if names:
            job.report = job.report | {"kept": [*job.report.get("kept", []), *names][:_NAMED]}
        job.rows_done, job.attempts = job.rows_done + len(rows), 1
        job.claimed_until = timezone.now() + LEASE
        job.save()
    return True


def _to_undo(job: ImportJob, resource: str) -> QuerySet[ImportRow]:
    rows = ImportRow.objects.filter(job=job, resource=resource, status__in=("created", "updated"))
    return rows.filter(record_id__isnull=False).order_by("pk")


def _mine(job: ImportJob, token: str) -> ImportJob:
    """The job, locked; raises ``_LostError`` when somebody else has it now."""
    found = ImportJob.objects.select_for_update(of=("self",)).filter(pk=job.pk, claim=token).first()
    if found is None or found.state not in WORKING:
        raise _LostError
    return found


@transaction.atomic
def _finish(job: ImportJob, token: str, state: str, **fields: Any) -> None:
    """Leave the job in a state in which no worker is wanted."""
    found = _mine(job, token)
    for name, value in ({"state": state, "claim": "", "claimed_until": None, "attempts": 0} | fields).items():
        setattr(found, name, value)
    found.save()


def _fail(job: ImportJob, token: str, message: Any, params: dict[str, Any] | None = None) -> None:
    """Give up; what was written already is taken back by the next worker."""
    failure = {"failure": str(message), "failure_params": {k: _plain(v) for k, v in (params or {}).items()}}
    log.warning("crm.import_failed", job=job.pk, message=str(message))
    is_written = job.state == State.RUNNING and _to_undo(job, job.resource).exists()
    state = State.UNDOING if is_written else State.FAILED
    _finish(job, token, state, report=job.report | failure, finished_at=timezone.now())


_ASKS: dict[Kind, tuple[str, Callable[[Sequence[str]], Any]]] = {
    Kind.AMOUNT: ("point", point_of),
    Kind.WHOLE: ("point", point_of),
    Kind.DAY: ("order", order_of),
    Kind.MOMENT: ("order", order_of),
}
