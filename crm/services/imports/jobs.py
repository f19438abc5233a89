"""An uploaded file on its way: received, its columns told, tried, applied, undone.

The job's row says where it is. What takes long is only asked for here; ``crm.services.imports.work`` does
it in the background.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from itertools import islice
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from common.errors import Conflict, Invalid, NotFound, gettext_noop
from crm.calc.columns import COLUMNS, KEY, columns_guess, header_plain
from crm.models import ImportFile, ImportJob, ImportMapping, ImportRow
from crm.services.imports.reader import stage_words
from crm.services.imports.sheets import sheet_open
from org.models import User
from org.services import audit_record

State = ImportJob.State
UPLOADED = ("csv", "xlsx")
SAMPLES = 20
KEPT = dt.timedelta(days=30)
_ABANDONED = dt.timedelta(days=7)
NEEDED = {
    "products": ("name",),
    "accounts": ("name",),
    "leads": ("name",),
    "opportunities": (KEY,),
    "activities": ("kind", "occurred_at"),
    "payments": ("received_on", "amount"),
}


@transaction.atomic
def import_receive(
    *, content: bytes, file_name: str, resource: str, source: str, actor: User | None
) -> ImportJob:
    """Keep an uploaded file as a job that waits for its columns, guessed already.

    Raises Invalid for what is no table.
    """
    if resource not in COLUMNS:
        raise Invalid(gettext_noop("There is no such resource."), field="resource")
    if not source.strip() or len(source) > 40 or "\x00" in source:
        raise Invalid(gettext_noop("Give a source of 1 to 40 characters."), field="source")
    sheet = sheet_open(content)
    samples = [cells for _line, cells in islice(sheet.rows(), SAMPLES)]
    if not samples:
        raise Invalid(gettext_noop("There are headers, but no rows below them."), field="file")
    memory = ImportMapping.objects.filter(source=source.strip(), resource=resource).first()
    fields = columns_guess(
        resource,
        sheet.headers,
        samples,
        remembered=memory.columns if memory else {},
        stages=stage_words() if resource == "opportunities" else {},
    )
    answers = _remembered_answers(sheet.headers, memory)
    job = ImportJob.objects.create(
        source=source.strip(),
        format=sheet.format,
        resource=resource,
        file_name=file_name[:200],
        state=State.MAPPING,
        started_by=actor,
        mapping={"headers": sheet.headers, "samples": samples[:3], "fields": fields, "answers": answers},
    )
    ImportFile.objects.create(job=job, content=content)
    return job


def _remembered_answers(headers: Sequence[str], memory: ImportMapping | None) -> dict[str, str]:
    told = memory.answers if memory else {}
    return {str(at): told[header_plain(h)] for at, h in enumerate(headers) if header_plain(h) in told}


@transaction.atomic
def import_map(*, job: ImportJob, fields: Sequence[str], answers: Mapping[str, str]) -> ImportJob:
    """Take and remember the field of each column ("" for none) and the answers; ask for the trial.

    Raises Invalid when a field is taken twice or a needed one is missing.
    """
    job = _locked(job, State.MAPPING, State.CHECKED)
    headers = job.mapping["headers"]
    known = {column.name for column in COLUMNS[job.resource]}
    chosen = [name if name in known else "" for name in fields][: len(headers)]
    chosen += [""] * (len(headers) - len(chosen))
    twice = {name for name in chosen if name and chosen.count(name) > 1}
    if twice:
        message = gettext_noop("Two columns can't hold the same field.")
        raise Invalid(message, field=f"column_{chosen.index(sorted(twice)[0])}", code="twice")
    missing = [name for name in NEEDED[job.resource] if name not in chosen]
    if missing:
        raise Invalid(gettext_noop("Choose the columns that hold these: %(fields)s."), code="missing",
                      params={"fields": ", ".join(missing)})  # fmt: skip
    job.mapping = job.mapping | {"fields": chosen, "answers": job.mapping["answers"] | dict(answers)}
    _remember(job)
    return _start(job, State.CHECKING)


def _remember(job: ImportJob) -> None:
    headers = [header_plain(header) for header in job.mapping["headers"]]
    answers = job.mapping["answers"]
    ImportMapping.objects.update_or_create(
        source=job.source,
        resource=job.resource,
        defaults={
            "columns": dict(zip(headers, job.mapping["fields"], strict=True)),
            "answers": {header: answers[str(at)] for at, header in enumerate(headers) if str(at) in answers},
        },
    )


@transaction.atomic
def import_apply(*, job: ImportJob, is_all_or_nothing: bool, actor: User | None) -> ImportJob:
    """Ask for what the trial showed to be done; with refused rows only if the valid ones alone are wanted."""
    job = _locked(job, State.CHECKED)
    counts = job.report.get("counts", {})
    if is_all_or_nothing and counts.get("error"):
        raise Conflict(gettext_noop("Rows are refused; mend them, or import the valid rows only."))
    job.is_all_or_nothing = is_all_or_nothing
    audit_record(actor=actor, action="crm.import.apply", subject=job, after={"rows": job.rows_total})
    return _start(job, State.RUNNING)


@transaction.atomic
def import_undo(*, job: ImportJob, actor: User | None) -> ImportJob:
    """Ask for all records to be put back as they were before the import."""
    job = _locked(job, State.DONE)
    if not is_undoable(job):
        raise Conflict(gettext_noop("This import can no longer be undone."))
    audit_record(actor=actor, action="crm.import.undo", subject=job)
    job.report.pop("undo_refused", None)
    job.attempts, job.claimed_until, job.state = 0, None, State.UNDOING
    job.rows_done = 0
    job.save(update_fields=["report", "attempts", "claimed_until", "state", "rows_done"])
    return job


def is_undoable(job: ImportJob) -> bool:
    """Whether what was before is still kept: uploads of the last 30 days."""
    return (
        job.state == State.DONE
        and job.format in UPLOADED
        and job.finished_at is not None
        and job.finished_at > timezone.now() - KEPT
    )


@transaction.atomic
def import_discard(*, job: ImportJob) -> None:
    """Throw away an upload that was not applied."""
    _locked(job, State.MAPPING, State.CHECKED, State.FAILED).delete()


def imports_forget() -> None:
    """Let go of what is no longer needed: what was before old imports, uploads that nobody went on with."""
    now = timezone.now()
    old = ImportJob.objects.filter(finished_at__lt=now - KEPT)
    ImportRow.objects.filter(job__in=old).delete()
    waiting = Q(state__in=(State.MAPPING, State.CHECKED), started_at__lt=now - _ABANDONED)
    ImportJob.objects.filter(waiting, format__in=UPLOADED).delete()


def _start(job: ImportJob, state: str) -> ImportJob:
    ImportRow.objects.filter(job=job).delete()
    job.state, job.rows_done, job.attempts, job.claimed_until = state, 0, 0, None
    job.report = {}
    job.save()
    return job


def _locked(job: ImportJob, *states: str) -> ImportJob:
    found: Any = ImportJob.objects.select_for_update().filter(pk=job.pk).first()
    if found is None:
        raise NotFound(gettext_noop("There is no such import."))
    if found.state not in states:
        raise Conflict(gettext_noop("This import has gone on meanwhile; look at it again."))
    return found  # type: ignore[no-any-return]
