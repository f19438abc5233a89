"""What the doors share: the way back to a target, waking who works on plans and lays figures against them."""

from __future__ import annotations

from django.http import HttpResponseRedirect
from django.urls import reverse
from django.utils.http import urlencode

from org.http import wake_task
from targets.models import PlanJob, Target

WORK = "targets.tasks.work_plan_job"
_STALE_SECONDS = 30


def wake_plan_job(job: int) -> None:
    """Once the transaction is committed, ask a worker to do a job; the sweep asks again."""
    wake_task(WORK, job, expires=_STALE_SECONDS)


def wake_tracking() -> None:
    """Once the transaction is committed, ask for everybody's progress against the plan that counts now."""
    wake_task("tracking.tasks.sweep_snapshots", expires=_STALE_SECONDS)


def changes_progress(job: PlanJob) -> bool:
    """Whether figures of progress are others after this job."""
    return job.kind == PlanJob.Kind.PUBLISH and job.state == PlanJob.State.DONE


def target_back(target: Target, page: str = "") -> HttpResponseRedirect:
    """To the target's page, at the page of its children that was open."""
    asked = {"target": target.pk} | ({"page": page} if page.isdecimal() else {})
    return HttpResponseRedirect(f"{reverse('targets:plan', args=[target.plan_id])}?{urlencode(asked)}")
