"""Months of targets: spread by season and workdays, and laid so that children sum to their parent in each."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from common.periods import Period, fiscal_months
from targets.calc.allocation import Infeasible, controlled_round
from targets.calc.rhythm import cumulative_round
from targets.calc.slices import month_amounts
from targets.models import MONTH_FIELDS, Plan, PlanMetric, Target
from targets.selectors.slices import plan_workdays

MONTH_COLUMNS = ["amount", *MONTH_FIELDS, "updated_at"]


def months_write(target: Target, months: Sequence[int]) -> None:
    """Set a target's twelve months (not saved yet)."""
    for name, value in zip(MONTH_FIELDS, months, strict=True):
        setattr(target, name, value)


def months_spread(target: Target) -> list[int]:
    """A root's months: by the plan's season and the company's workdays; a ratio's are all the same."""
    if not target.is_additive:
        return [target.amount] * 12
    rhythm = PlanMetric.objects.filter(plan=target.plan, metric=target.metric).first()
    season = [str(value) for value in (rhythm.season if rhythm else [])] or ["1"] * 12
    return month_amounts(target.amount, season, plan_workdays(target.plan))


def months_of_children(parent: Target, children: Sequence[Target]) -> list[list[int]]:
    """Months of each child such that every month of the children sums to the parent's.

    With an over-assignment (or a gap) the parent's months are scaled to the children's sum first. A child
    that counts for part of the year has nothing in the months outside.
    """
    if not children:
        return []
    if not parent.is_additive:
        return [_ratio_months(parent, child) for child in children]
    total = sum(child.amount for child in children)
    is_plain = parent.amount and all(child.amount >= 0 for child in children) and min(parent.months) >= 0
    if not is_plain:
        return [_alone(child, parent) for child in children]
    columns = parent.months if total == parent.amount else cumulative_round(total, parent.months)
    shares = [_presence(child, parent.plan) for child in children]
    pattern = [
        [month * present for month, present in zip(parent.months, share, strict=True)] for share in shares
    ]
    scaled = [
        [cell * child.amount / max(1, sum(row)) for cell in row]
        for child, row in zip(children, pattern, strict=True)
    ]
    try:
        grid = controlled_round(scaled, [child.amount for child in children], columns)
    except Infeasible:
        # Absences leave a month nobody can carry: each child is spread over its own months.
        return [_alone(child, parent) for child in children]
    return [[int(cell) for cell in row] for row in grid]


def _ratio_months(parent: Target, child: Target) -> list[int]:
    """The parent's course over the year at the child's level: 35 % under 30 % is 7/6 each month."""
    if not parent.amount:
        return [child.amount] * 12
    return [round(Fraction(month * child.amount, parent.amount)) for month in parent.months]


def _alone(child: Target, parent: Target) -> list[int]:
    present = _presence(child, parent.plan)
    weights = [abs(month) * share for month, share in zip(parent.months, present, strict=True)]
    if not any(weights):
        weights = present
    return cumulative_round(child.amount, [round(weight * 1000) for weight in weights])


def _presence(child: Target, plan: Plan) -> list[float]:
    """The share of each month's days on which a target counts."""
    months: list[Period] = fiscal_months(plan.fiscal_year, plan.starts_on.month)
    starts, ends = child.starts_on or plan.starts_on, child.ends_on or plan.ends_on
    return [max(0, (min(month.end, ends) - max(month.start, starts)).days) / month.days for month in months]
