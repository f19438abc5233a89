"""A target cut into quarters, months, weeks or days; every grain sums to the same."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from common.periods import Grain, Period, fiscal_months, periods_between
from org.selectors import calendar_overrides, company_get, company_today
from targets.calc.calendar import workdays
from targets.calc.rhythm import day_weights
from targets.calc.slices import slice_amounts
from targets.models import Plan, PlanMetric, Target
from targets.selectors.adjustments import revised_months


@dataclass(frozen=True)
class SliceRow:
    """What is wanted in a period; a period that reaches beyond the plan counts its days inside only.

    ``amount`` is what counts now, ``planned`` what was published.
    """

    period: Period
    amount: int
    planned: int

    @property
    def adjusted(self) -> int:
        """What calibrations added."""
        return self.amount - self.planned


def plan_workdays(plan: Plan) -> list[int]:
    """Workdays of each of the plan's twelve months by the company's calendar."""
    return workdays_of(_months(plan))


def workdays_of(months: Sequence[Period]) -> list[int]:
    """Workdays of consecutive months by the company's calendar."""
    return [sum(flags) for flags in _flags(months)]


def slice_rows(target: Target, grain: Grain | str) -> list[SliceRow]:
    """The slices of a target of a grain, in order, as they count today and as they were published.

    A ratio's slices are the ratio wanted then.
    """
    months = _months(target.plan)
    periods = periods_between(target.plan.starts_on, target.plan.ends_on, grain, months[0].start.month)
    revised = revised_months(target, on=company_today())
    if not target.is_additive:
        return [
            SliceRow(
                period,
                _ratio_of(target.amount, revised, period, months),
                _ratio_of(target.amount, target.months, period, months),
            )
            for period in periods
        ]
    rhythm = PlanMetric.objects.filter(plan=target.plan, metric=target.metric).first()
    phases = (rhythm.phases if rhythm else None) or (1, 1, 1)
    weights = [
        _inside(day_weights(flags, phases), month, target)
        for flags, month in zip(_flags(months), months, strict=True)
    ]
    planned = slice_amounts(target.months, months, weights, periods)
    amounts = slice_amounts(revised, months, weights, periods) if revised != target.months else planned
    return [SliceRow(*row) for row in zip(periods, amounts, planned, strict=True)]


def _months(plan: Plan) -> list[Period]:
    return fiscal_months(plan.fiscal_year, plan.starts_on.month)


def _flags(months: Sequence[Period]) -> list[list[bool]]:
    company = company_get()
    start, end = months[0].start, months[-1].end
    overrides = calendar_overrides(start, end)
    country, subdivision = company.country or None, company.subdivision or None
    return [workdays(month.start, month.end, country, subdivision, overrides) for month in months]


def _inside(weights: Sequence[int], month: Period, target: Target) -> list[int]:
    """The weights of a month's days on which the target counts; all days where that leaves none."""
    first, last = target.starts_on or dt.date.min, target.ends_on or dt.date.max
    kept = [
        weight if first <= month.start + dt.timedelta(days=at) < last else 0
        for at, weight in enumerate(weights)
    ]
    return kept if any(kept) else list(weights)


def _ratio_of(year: int, of_months: Sequence[int], period: Period, months: Sequence[Period]) -> int:
    if period.grain == Grain.YEAR:
        return year
    at = next((at for at, month in enumerate(months) if month.end > period.start), 11)
    return of_months[at]
