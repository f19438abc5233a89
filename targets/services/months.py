"""Months of targets: spread by season and workdays, and laid so that children sum to their parent in each."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from common.periods import fiscal_months
from targets.calc.families import WHOLE_YEAR, Planned, months_below
from targets.calc.slices import month_amounts
from targets.calc.weights import scaled_weight
from targets.models import MONTH_FIELDS, Plan, PlanMetric, Target
from targets.selectors.slices import plan_workdays

MONTH_COLUMNS = ["amount", *MONTH_FIELDS, "updated_at"]


class Presence:
    """The share of each of a plan's months on whose days a target counts; the same stay is reckoned once."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._known: dict[tuple[dt.date | None, dt.date | None], Sequence[float]] = {(None, None): WHOLE_YEAR}

    def __call__(self, starts_on: dt.date | None, ends_on: dt.date | None) -> Sequence[float]:
        key = starts_on, ends_on
        if key not in self._known:
            plan = self._plan
            starts, ends = starts_on or plan.starts_on, ends_on or plan.ends_on
            self._known[key] = [
                max(0, (min(month.end, ends) - max(month.start, starts)).days) / month.days
                for month in fiscal_months(plan.fiscal_year, plan.starts_on.month)
            ]
        return self._known[key]


def planned_of(target: Target, presence: Presence) -> Planned:
    """A target's figures as plain values."""
    return Planned(
        target.amount,
        target.months,
        scaled_weight(target.weight),
        target.lower_amount,
        target.upper_amount,
        target.is_locked,
        target.is_additive,
        target.cushion_bp,
        presence(target.starts_on, target.ends_on),
    )


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
    """Months of each child such that every month of the children sums to the parent's (``months_below``)."""
    presence = Presence(parent.plan)
    return months_below(planned_of(parent, presence), [planned_of(child, presence) for child in children])
