"""Work on plans in the background, as those see it who see the plan."""

from __future__ import annotations

import datetime as dt

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext

from common.errors import NotFound
from org.scope import Scope
from targets.models import Plan, PlanJob
from targets.selectors.trees import plan_list

JOBS_OPEN = (PlanJob.State.WAITING, PlanJob.State.RUNNING)
# For so long a plan's page says why its last work was refused.
_TOLD = dt.timedelta(days=1)


def job_get(job_id: int, *, scope: Scope) -> PlanJob:
    """A job on a plan that the scope sees; raises NotFound."""
    jobs = PlanJob.objects.filter(pk=job_id, plan__in=plan_list(scope=scope).values("pk"))
    job = jobs.select_related("plan", "asked_by").first()
    if job is None:
        raise NotFound(gettext("There is no such job."))
    return job


def job_shown(plan: Plan) -> PlanJob | None:
    """What a plan's page tells of: the work under way, or the last if it was refused lately. One query."""
    last = PlanJob.objects.filter(plan=plan).order_by("-pk").select_related("asked_by")[:1]
    told = Q(state__in=JOBS_OPEN) | Q(state=PlanJob.State.FAILED, finished_at__gt=timezone.now() - _TOLD)
    return PlanJob.objects.filter(told, pk__in=last.values("pk")).select_related("asked_by").first()


def job_text(job: PlanJob) -> str:
    """Why a job failed, in the reader's language; empty if it didn't."""
    if not job.error:
        return ""
    text = gettext(job.error)
    return text % job.error_params if job.error_params else text
