"""What must hold before a plan is changed."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from common.errors import Conflict
from targets.models import Plan, PlanStatus, Target

OPEN = (PlanStatus.DRAFT, PlanStatus.IN_REVIEW)


def plan_locked(plan: Plan) -> Plan:
    """The plan, locked for this transaction; raises Conflict unless it may still be changed."""
    current = Plan.objects.select_for_update().get(pk=plan.pk)
    if current.status not in OPEN:
        raise Conflict(
            _("This plan is %(status)s and frozen. Make a new version to change it."),
            params={"status": current.get_status_display()},
        )
    return current


def target_locked(target: Target, seen_at: str | None = None) -> Target:
    """The target as it is now, its plan locked; Conflict when somebody changed it since ``seen_at``.

    ``seen_at`` is the ISO text of ``updated_at`` as the page showed it.
    """
    plan_locked(target.plan)
    current = Target.objects.select_related("plan", "parent", "metric", "unit", "person").get(pk=target.pk)
    if seen_at and current.updated_at.isoformat() != seen_at:
        raise Conflict(_("Somebody changed this target while you were editing. Reload and look again."))
    return current
