"""Which roles may set and publish what; pages show buttons by it, services are called only after it."""

from __future__ import annotations

from collections.abc import Iterable

from org.models import Role
from org.scope import Scope
from targets.models import Calibration, CalibrationStatus, Plan, PlanStatus, Target

OPEN = (PlanStatus.DRAFT, PlanStatus.IN_REVIEW)


def may_see_plans(scope: Scope) -> bool:
    """Open the planning pages: everybody with a role sees their own part of the plan."""
    return bool(scope.roles)


def may_create_plans(scope: Scope) -> bool:
    """Make, copy, delete and publish plans."""
    return scope.has(Role.EXECUTIVE)


def may_split(scope: Scope, target: Target) -> bool:
    """Distribute a target among its children: executives, and managers inside their own units."""
    return target.plan.status in OPEN and may_split_once_open(scope, target)


def may_split_once_open(scope: Scope, target: Target) -> bool:
    """What ``may_split`` asks of the person, whatever the state of the plan."""
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


def may_see_calibrations(scope: Scope, plan: Plan) -> bool:
    """Read the proposals of a plan: managers those that touch their units, whoever reads everything all."""
    return plan.status not in OPEN and (scope.has(Role.MANAGER) or scope.sees_everything)


def may_calibrate(scope: Scope, plan: Plan) -> bool:
    """Propose changes of a published plan at all."""
    return plan.status == PlanStatus.PUBLISHED and scope.has(Role.EXECUTIVE, Role.MANAGER)


def may_calibrate_targets(scope: Scope, targets: Iterable[Target]) -> bool:
    """Propose to change these targets: executives all, managers those of their own units."""
    return scope.has(Role.EXECUTIVE) or all(scope.sees_unit(target.unit_id) for target in targets)


def may_change_draft(scope: Scope, calibration: Calibration) -> bool:
    """Change or propose a draft: whoever drafted it, and executives."""
    is_own = calibration.proposer_id is not None and calibration.proposer_id == scope.user_id
    return (is_own and scope.has(Role.MANAGER)) or scope.has(Role.EXECUTIVE)


def may_analyse(
    scope: Scope, calibration: Calibration, *, units_above: Iterable[int | None], is_sole: bool
) -> bool:
    """Analyse: the manager of a unit above each chosen one (``units_above``; None above the company), or an
    executive; not the proposer, unless there is no other executive (``is_sole``)."""
    if calibration.proposer_id == scope.user_id:
        return scope.has(Role.EXECUTIVE) and is_sole
    if scope.has(Role.EXECUTIVE):
        return True
    above = list(units_above)
    is_head = bool(above) and all(unit is not None and scope.sees_unit(unit) for unit in above)
    return scope.has(Role.MANAGER) and is_head


def may_decide(scope: Scope, calibration: Calibration, *, is_sole: bool) -> bool:
    """Approve, reject, publish: an executive; the proposer only where there is no other (``is_sole``)."""
    return scope.has(Role.EXECUTIVE) and (calibration.proposer_id != scope.user_id or is_sole)


def may_withdraw(scope: Scope, calibration: Calibration) -> bool:
    """Take a proposal back: whoever made it, and executives."""
    closed = (CalibrationStatus.PUBLISHED, CalibrationStatus.REJECTED, CalibrationStatus.WITHDRAWN)
    return calibration.status not in closed and may_change_draft(scope, calibration)


def may_set_floors(scope: Scope) -> bool:
    """Say how far calibrations may go, or let one go further."""
    return scope.has(Role.EXECUTIVE)
