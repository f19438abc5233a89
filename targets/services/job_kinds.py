"""The kinds of work on a plan that are done in the background."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _

from common.errors import NotFound
from targets.models import PlanJob, Target
from targets.selectors.problems import plan_problems
from targets.selectors.trees import plan_metrics_of
from targets.services import jobs
from targets.services.amounts import target_amount_set
from targets.services.guards import plan_open
from targets.services.jobs import JobKind, Progress
from targets.services.plans import plan_copy, plan_publish, problems_refused

Kind = PlanJob.Kind


def _publish_checked(job: PlanJob, tell: Progress) -> None:
    """Check metric by metric before the plan is locked, so that nobody waits for what is refused anyway."""
    plan_open(job.plan)
    planned = plan_metrics_of(job.plan)
    total = Target.objects.filter(plan=job.plan).count()
    done = count = 0
    tell(done, total)
    for each in planned:
        count += plan_problems(job.plan, metric=each.metric, shown=0).count
        done += Target.objects.filter(plan=job.plan, metric=each.metric).count()
        tell(done, total)
    problems_refused(count)


def _publish(job: PlanJob) -> dict[str, Any]:
    return {"plan": plan_publish(plan=job.plan, actor=job.asked_by).pk}


def _copy(job: PlanJob) -> dict[str, Any]:
    return {"plan": plan_copy(plan=job.plan, actor=job.asked_by).pk}


def _reallocate(job: PlanJob) -> dict[str, Any]:
    """``asked``: target, amount in stored units, and optionally reason and seen_at."""
    asked = job.asked
    target = Target.objects.select_related("plan").filter(plan=job.plan, pk=asked["target"]).first()
    if target is None:
        raise NotFound(_("There is no such target."))
    target_amount_set(
        target=target,
        amount=asked["amount"],
        actor=job.asked_by,
        reason=asked.get("reason", ""),
        seen_at=asked.get("seen_at"),
    )
    return {"target": target.pk}


KINDS: Mapping[str, JobKind] = {
    Kind.PUBLISH: JobKind(_publish, _publish_checked),
    Kind.COPY: JobKind(_copy),
    Kind.REALLOCATE: JobKind(_reallocate),
}


def plan_job_work(job_id: int) -> bool:
    """Do a job; False when it is somebody else's or there is nothing to do. Twice changes nothing."""
    return jobs.job_work(job_id, KINDS)
