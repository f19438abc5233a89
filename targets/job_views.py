"""The bar of work on a plan, and where it leads when it is done."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET
from django_htmx.http import HttpResponseClientRedirect

from common.errors import NotFound
from org.http import PageRequest, page_required
from targets import selectors
from targets.http import wake_plan_job
from targets.models import PlanJob
from targets.templatetags.plan_tabs import job_context

DONE = {
    PlanJob.Kind.PUBLISH: gettext_lazy("Published. Progress against it is being reckoned now."),
    PlanJob.Kind.COPY: gettext_lazy("The new version is made."),
    PlanJob.Kind.REALLOCATE: gettext_lazy("Saved; everything below follows."),
    PlanJob.Kind.IMPORT: gettext_lazy("Imported."),
}


@page_required()
@require_GET
def plan_job(request: PageRequest, plan_id: int, job_id: int) -> HttpResponse:
    """The bar again while the work is under way, then on to what came of it; without scripts always on."""
    job = selectors.job_get(job_id, scope=request.row_scope)
    if job.plan_id != plan_id:
        raise NotFound(_("There is no such job."))
    is_asked_by_bar = bool(request.headers.get("HX-Request"))
    if is_asked_by_bar and job.state in selectors.JOBS_OPEN:
        return render(request, "targets/_plan_job.html", job_context(job))
    if job.state == PlanJob.State.DONE and job.asked_by == request.user:
        messages.success(request, DONE[PlanJob.Kind(job.kind)])
    address = job_address(job)
    return HttpResponseClientRedirect(address) if is_asked_by_bar else redirect(address)


def job_asked(job: PlanJob) -> HttpResponse:
    """Wake a worker and lead to the plan, which shows how far the work is."""
    wake_plan_job(job.pk)
    return redirect("targets:plan", plan_id=job.plan_id)


def job_address(job: PlanJob) -> str:
    """Where a job leads: the plan that came of it, or the plan that it is about."""
    plan = reverse("targets:plan", args=[job.result.get("plan", job.plan_id)])
    return f"{plan}?target={job.result['target']}" if "target" in job.result else plan
