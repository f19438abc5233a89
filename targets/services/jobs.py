"""Work on a plan in the background: asked for once, claimed by one worker, committed whole or not at all.

A kind of work is a ``JobKind`` in ``targets.services.job_kinds.KINDS``. Its ``work`` runs inside one
transaction that also ends the job, so a job that is done twice, or whose worker was killed, changes nothing
twice; what takes long and only reads goes into ``prepare``, which may tell how far it is.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import structlog
from django.db import IntegrityError, transaction
from django.db.models import F, Q, QuerySet
from django.utils import timezone, translation
from django.utils.translation import gettext_lazy as _

from common.errors import Conflict, DomainError, gettext_noop
from org.models import User
from targets.models import Plan, PlanJob, Target
from targets.selectors.jobs import JOBS_OPEN

log = structlog.get_logger(__name__)
State = PlanJob.State
LEASE = dt.timedelta(minutes=2)
# A plan with fewer targets is worked on in the request.
BACKGROUND_FROM = 2_000
_MOST_ATTEMPTS = 5
_BROKEN = gettext_noop("The work broke off several times and was given up; tell whoever runs this site.")

Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class JobKind:
    """How a kind of work is done.

    ``work`` answers what the job's ``result`` keeps. ``prepare`` comes before, outside of any transaction,
    and tells (done, total); what it raises ends the job too.
    """

    work: Callable[[PlanJob], dict[str, Any]]
    prepare: Callable[[PlanJob, Progress], None] | None = None


class _LostError(Exception):
    """Another worker has the job, or it is done."""


def is_large(plan: Plan) -> bool:
    """Whether work on all of a plan goes to the background."""
    return (
        len(Target.objects.filter(plan=plan).order_by().values_list("pk")[:BACKGROUND_FROM])
        == BACKGROUND_FROM
    )


def plan_job_ask(
    *, plan: Plan, kind: str, asked: Mapping[str, Any] | None = None, actor: User | None
) -> PlanJob:
    """Ask for work on a plan; asked twice, it is the same job. Waking a worker is the door's part.

    Raises Conflict while something else is being done to the plan.
    """
    wanted = dict(asked or {})
    try:
        with transaction.atomic():
            return PlanJob.objects.create(plan=plan, kind=kind, asked=wanted, asked_by=actor)
    except IntegrityError:
        found = PlanJob.objects.filter(plan=plan, state__in=JOBS_OPEN).first()
        if found is None:  # it ended this very moment
            return plan_job_ask(plan=plan, kind=kind, asked=asked, actor=actor)
        if (found.kind, found.asked) == (kind, wanted):
            return found
        raise Conflict(
            _("Somebody's work on this plan is under way (%(kind)s); wait until it is done."),
            params={"kind": found.get_kind_display()},
        ) from None


def plan_jobs_due() -> list[int]:
    """The jobs that wait for a worker: new ones, and those whose worker has been silent for too long."""
    return list(_free().order_by("pk").values_list("pk", flat=True)[:100])


def job_work(job_id: int, kinds: Mapping[str, JobKind]) -> bool:
    """Do a job; False when it is somebody else's or there is nothing to do. Twice changes nothing."""
    token = uuid.uuid4().hex
    claimed = _free().filter(pk=job_id)
    if not claimed.update(
        state=State.RUNNING,
        claim=token,
        claimed_until=timezone.now() + LEASE,
        attempts=F("attempts") + 1,
    ):
        return False
    job = PlanJob.objects.select_related("plan", "asked_by").get(pk=job_id)
    try:
        if job.attempts > _MOST_ATTEMPTS:
            _end(job, token, State.FAILED, error=_BROKEN)
        else:
            _worked(job, token, kinds[job.kind])
    except _LostError:
        return False
    except DomainError as error:
        with translation.override("en"):
            params = {name: _plain(value) for name, value in error.params.items()}
            _end(job, token, State.FAILED, error=str(error.message), error_params=params)
        log.info("targets.job_refused", job=job_id, code=error.code)
    return True


def _worked(job: PlanJob, token: str, kind: JobKind) -> None:
    if kind.prepare is not None:
        kind.prepare(job, lambda done, total: _progress(job, token, done, total))
    with transaction.atomic():
        current = _mine(job, token)
        result = kind.work(current)
        _end(current, token, State.DONE, result=result, done=F("total"))


def _progress(job: PlanJob, token: str, done: int, total: int) -> None:
    """Tell how far the work is, and keep the claim."""
    told = PlanJob.objects.filter(pk=job.pk, claim=token, state=State.RUNNING)
    if not told.update(done=done, total=total, claimed_until=timezone.now() + LEASE):
        raise _LostError


def _mine(job: PlanJob, token: str) -> PlanJob:
    """The job, locked until the transaction ends; raises ``_LostError`` when somebody else has it now."""
    rows = PlanJob.objects.select_for_update(of=("self",)).select_related("plan", "asked_by")
    found = rows.filter(pk=job.pk, claim=token, state=State.RUNNING).first()
    if found is None:
        raise _LostError
    return found


def _end(job: PlanJob, token: str, state: str, **fields: Any) -> None:
    """Leave the job in a state in which no worker is wanted."""
    ended = PlanJob.objects.filter(pk=job.pk, claim=token, state=State.RUNNING).update(
        state=state, finished_at=timezone.now(), claim="", claimed_until=None, **fields
    )
    if not ended:
        raise _LostError


def _free() -> QuerySet[PlanJob]:
    """Open jobs that no living worker has."""
    silent = Q(claimed_until=None) | Q(claimed_until__lt=timezone.now())
    return PlanJob.objects.filter(silent, state__in=JOBS_OPEN)


def _plain(value: Any) -> Any:
    return value if isinstance(value, int) else str(value)
