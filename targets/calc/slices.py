"""Slices: a target's months cut into any periods through the day, so that all periods reconcile.

Month amounts are the stored figures; a day's amount is a difference of the month's cumulative rounding.
Weeks, quarters and years are sums of days: those that straddle months or years reconcile by construction.
"""

from __future__ import annotations

import datetime as dt
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise

import numpy as np
from numpy.typing import ArrayLike, NDArray

from common.errors import Invalid, gettext_noop
from common.periods import Span
from targets.calc.bounds import Infeasible, Locks, locked_amounts
from targets.calc.rhythm import cumulative_amount, cumulative_amounts, cumulative_round
from targets.calc.seasonality import month_weights
from targets.calc.weights import Number


def month_amounts(
    total: int, index: Sequence[Number], workdays_per_month: Sequence[int], locked: Locks = None
) -> list[int]:
    """A year's total in months by season and workdays, minor units, exact; locked months keep theirs.

    ``month_amounts(100, [1, 1, 2], [20, 20, 10], locked={0: 40})`` is [40, 30, 30]. Raises ``Infeasible``:
    ``locked_exceeds_total``, ``locked_below_total``, ``no_basis``.
    """
    weights = month_weights(index, workdays_per_month)
    fixed = locked_amounts(locked, len(weights))
    rest = total - sum(fixed.values())
    is_overdrawn = rest < 0 <= total or total < 0 < rest
    if is_overdrawn:
        raise Infeasible("locked_exceeds_total", abs(rest))
    months = [i for i in range(len(weights)) if i not in fixed]
    if rest and fixed and not months:
        raise Infeasible("locked_below_total", abs(rest))
    spread = cumulative_round(rest, [weights[i] for i in months])
    amounts = fixed | dict(zip(months, spread, strict=True))
    return [amounts[i] for i in range(len(weights))]


@dataclass(frozen=True, eq=False)
class DayCalendar:
    """The weights of all days of consecutive months, accumulated: where in its month any day stands.

    Build it with ``day_calendar`` once for a metric and year, and use it for every target.
    """

    spans: tuple[Span, ...]
    passed: tuple[tuple[int, ...], ...]

    def position(self, ordinal: int) -> tuple[int, int, int]:
        """How far time is when the day with this ordinal begins.

        (whole months gone, cumulative weight in the month then running, that month's whole weight); in no
        month the last two are 0 and 1.
        """
        month = bisect_right(self.spans, ordinal, key=lambda span: span.start.toordinal()) - 1
        if month < 0:
            return 0, 0, 1
        day = ordinal - self.spans[month].start.toordinal()
        if day >= self.spans[month].days:
            return month + 1, 0, 1
        weights = self.passed[month]
        return month, weights[day], weights[-1]


def day_calendar(month_periods: Sequence[Span], day_weight_lists: Sequence[Sequence[int]]) -> DayCalendar:
    """Accumulate each month's day weights. Raises ``Invalid`` unless months are in order without overlap,
    and each has one weight ≥ 0 a day, not all zero."""
    for before, after in pairwise(month_periods):
        if after.start < before.end:
            raise Invalid(gettext_noop("Months must follow one another."), code="months")
    if len(month_periods) != len(day_weight_lists):
        raise Invalid(gettext_noop("Each month needs the weights of its days."), code="weights")
    for span, weights in zip(month_periods, day_weight_lists, strict=True):
        if len(weights) != span.days or min(weights) < 0 or not any(weights):
            raise Invalid(gettext_noop("Each month needs the weights of its days."), code="weights")
    passed = tuple(tuple(accumulate(weights, initial=0)) for weights in day_weight_lists)
    return DayCalendar(tuple(month_periods), passed)


def slice_amounts(
    months: Sequence[int],
    month_periods: Sequence[Span],
    day_weight_lists: Sequence[Sequence[int]],
    periods: Sequence[Span],
) -> list[int]:
    """The plan of each period in minor units: the sum of its days, of those that lie in the months.

    A period that covers a month has that month's amount whole; periods that tile the months sum to them.
    """
    calendar = day_calendar(month_periods, day_weight_lists)
    _check_months(len(months), calendar)
    before = list(accumulate(months, initial=0))

    def until(day: dt.date) -> int:
        month, passed, weight = calendar.position(day.toordinal())
        running = months[month] if month < len(months) else 0
        return before[month] + cumulative_amount(running, passed, weight)

    return [until(period.end) - until(period.start) for period in periods]


def plan_to_date(
    months: Sequence[int],
    month_periods: Sequence[Span],
    day_weight_lists: Sequence[Sequence[int]],
    as_of: dt.date,
    since: dt.date | None = None,
) -> int:
    """What is due by the end of the day ``as_of``, in minor units, counted from the day ``since`` on.

    Before its first day nothing is due of a period.
    """
    calendar = day_calendar(month_periods, day_weight_lists)
    due = plans_to_date(np.array([months], dtype=np.int64), calendar, as_of, since)
    return int(due[0])


def plans_to_date(
    months: ArrayLike, calendar: DayCalendar, as_of: dt.date, since: dt.date | None = None
) -> NDArray[np.int64]:
    """``plan_to_date`` of many targets with the same calendar: months of shape (targets, months), int64.

    Answers minor units of shape (targets,).
    """
    amounts = np.asarray(months, dtype=np.int64)
    _check_months(amounts.shape[1], calendar)
    # The end of a day is the beginning of the next, counted in ordinals: the last day of all has no next.
    due = _due(amounts, calendar, as_of.toordinal() + 1)
    if since is None:
        return due
    return due - _due(amounts, calendar, min(since.toordinal(), as_of.toordinal() + 1))


def day_amounts(months: Sequence[int], day_weight_lists: Sequence[Sequence[int]]) -> list[int]:
    """The plan of every day of the months, in order, in minor units; each month's days sum to the month."""
    return [
        amount
        for month, weights in zip(months, day_weight_lists, strict=True)
        for amount in cumulative_round(month, weights)
    ]


def _due(amounts: NDArray[np.int64], calendar: DayCalendar, ordinal: int) -> NDArray[np.int64]:
    month, passed, weight = calendar.position(ordinal)
    due: NDArray[np.int64] = amounts[:, :month].sum(axis=1)
    if passed:
        due = due + cumulative_amounts(amounts[:, month], passed, weight)
    return due


def _check_months(count: int, calendar: DayCalendar) -> None:
    if count != len(calendar.spans):
        raise Invalid(gettext_noop("Each month needs an amount."), code="length")
