"""What every page of a plan shows above its own: its pages beside each other, and the work that is under way.

``{% plan_tabs plan "targets:plan" %}`` with the route of the page shown; ``{% plan_job plan %}``.
"""

from __future__ import annotations

from typing import Any

from django import template
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from targets.models import Plan, PlanJob
from targets.plan_tabs import tabs_of
from targets.policies import may_create_plans
from targets.selectors import job_shown, job_text

register = template.Library()
TITLES = {
    PlanJob.Kind.PUBLISH: _("Publishing …"),
    PlanJob.Kind.COPY: _("Making a new version …"),
    PlanJob.Kind.REALLOCATE: _("Distributing anew …"),
    PlanJob.Kind.IMPORT: _("Importing …"),
}


@register.inclusion_tag("targets/_plan_tabs.html", takes_context=True)
def plan_tabs(context: dict[str, Any], plan: Plan, here: str) -> dict[str, Any]:
    """The tabs that the one who asks may open; a single one is none."""
    tabs = tabs_of(plan, context["request"].row_scope)
    shown = [(reverse(tab.route, args=[plan.pk]), tab.label, tab.route == here) for tab in tabs]
    return {"tabs": shown if len(shown) > 1 else []}


@register.inclusion_tag("targets/_plan_job.html", takes_context=True)
def plan_job(context: dict[str, Any], plan: Plan) -> dict[str, Any]:
    """The work under way to everybody who sees the plan; to who may ask again why it was refused."""
    job = job_shown(plan)
    if job is None:
        return {}
    if job.state == PlanJob.State.FAILED:
        return (
            {"failed": job, "text": job_text(job)} if may_create_plans(context["request"].row_scope) else {}
        )
    return job_context(job)


def job_context(job: PlanJob) -> dict[str, Any]:
    """What the bar of a job shows; no percentage before its size is known."""
    percent = min(100 * job.done // job.total, 100) if job.total else None
    return {"job": job, "title": TITLES[PlanJob.Kind(job.kind)], "percent": percent}
