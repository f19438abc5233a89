"""Which roles may set and publish what; pages show buttons by it, services are called only after it."""

from __future__ import annotations

from org.models import Role
from org.scope import Scope
from targets.models import Plan, PlanStatus, Target

OPEN = (PlanStatus.DRAFT, PlanStatus.IN_REVIEW)


def may_see_plans(scope: Scope) -> bool:
    """Open the planning pages: everybody with a role sees their own part of the plan."""
    return bool(scope.roles)


def may_create_plans(scope: Scope) -> bool:
    """Make, copy, delete and publish plans."""
    return scope.has(Role.EXECUTIVE)


def may_split(scope: Scope, target: Target) -> bool:
    """Distribute a target among its children: executives, and managers inside their own units."""
    if target.plan.status not in OPEN:
        return False
    return scope.has(Role.EXECUTIVE) or (scope.has(Role.MANAGER) and scope.sees_unit(target.unit_id))


def may_set_amount(scope: Scope, target: Target) -> bool:
    """Type a target's amount or months: it is set from above, so a manager needs the parent's unit."""
    if target.plan.status not in OPEN:
        return False
    if scope.has(Role.EXECUTIVE):
        return True
    parent = target.parent
    return scope.has(Role.MANAGER) and parent is not None and scope.sees_unit(parent.unit_id)


def may_edit(scope: Scope, plan: Plan) -> bool:
    """Change anything of a plan at all."""
    return plan.status in OPEN and scope.has(Role.EXECUTIVE, Role.MANAGER)


def may_see_strategy(scope: Scope, plan: Plan) -> bool:
    """Read the company's goals: managers and whoever reads everything."""
    return scope.has(Role.MANAGER) or scope.sees_everything


def may_edit_strategy(scope: Scope, plan: Plan) -> bool:
    """Write, link and lean strategy lines."""
    return plan.status in OPEN and scope.has(Role.EXECUTIVE)


def may_close_strategy(scope: Scope) -> bool:
    """Say that a line is reached or dropped, also of a published plan."""
    return scope.has(Role.EXECUTIVE)
