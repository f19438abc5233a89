"""What must hold before a plan is changed."""

from __future__ import annotations

import datetime as dt

from django.db.models import Max
from django.utils.translation import gettext_lazy as _

from common.errors import Conflict, Invalid
from org.models import Company
from targets.models import Plan, PlanStatus, Target

OPEN = (PlanStatus.DRAFT, PlanStatus.IN_REVIEW)
# Far beyond any company, and far enough below 64 bits for sums and over-assignments.
MAX_AMOUNT = 10**17


def versions_locked() -> None:
    """Let one transaction at a time number or publish versions: two would take the same number or place."""
    list(Company.objects.select_for_update().values_list("pk"))


def plan_locked(plan: Plan) -> Plan:
    """The plan, locked for this transaction; raises Conflict unless it may still be changed."""
    return plan_open(Plan.objects.select_for_update().get(pk=plan.pk))


def plan_open(plan: Plan) -> Plan:
    """The plan; raises Conflict unless it may still be changed."""
    if plan.status not in OPEN:
        raise Conflict(
            _("This plan is %(status)s and frozen. Make a new version to change it."),
            params={"status": plan.get_status_display()},
        )
    return plan


def target_locked(target: Target, seen_at: str | None = None) -> Target:
    """The target as it is now, its plan locked; Conflict when somebody changed it since ``seen_at``.

    ``seen_at`` is the ``seen_token`` of the page: it covers the target and its children.
    """
    plan_locked(target.plan)
    current = Target.objects.select_related("plan", "parent__plan", "metric", "unit", "person").get(
        pk=target.pk
    )
    if seen_at and seen_token(current) != seen_at:
        raise Conflict(_("Somebody changed this target while you were editing. Reload and look again."))
    return current


def seen_token(target: Target) -> str:
    """What a page shows of a target and its children, as a text that changes whenever one of them does."""
    below = Target.objects.filter(parent=target.pk).aggregate(last=Max("updated_at"))["last"]
    return seen_text(target, below)


def seen_text(target: Target, below: dt.datetime | None) -> str:
    """``seen_token`` where it is known when the last of all its children was changed."""
    return max(target.updated_at, below or target.updated_at).isoformat()


def amount_checked(amount: int, field: str = "amount") -> int:
    """The amount; raises Invalid when no company is that large."""
    if abs(amount) > MAX_AMOUNT:
        raise Invalid(_("The amount is too large."), field=field)
    return amount
