"""What of many targets is due before a day: whole months, and the running month by its day weights."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from common.periods import Period
from targets.calc.rhythm import cumulative_amounts

Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]
# The weights of a month's days for the n-th plan metric, by month number 0 … 11.
Weights = Callable[[int, int], Sequence[int]]


@dataclass(frozen=True)
class TargetColumns:
    """Targets of one plan as columns, one row a target; 0 stands for "none" in the id columns.

    ``months`` is int64[n, 12]; ``starts`` and ``ends`` are day ordinals (the plan's own where a target
    counts all year); ``is_top`` marks targets whose parent belongs to another owner (or is none): an owner's
    whole is the sum of those.
    """

    ids: Ints
    metric: Ints
    unit: Ints
    person: Ints
    product_line: Ints
    region: Ints
    customer_type: Ints
    is_top: Bools
    amount: Ints
    is_additive: Bools
    months: Ints
    starts: Ints
    ends: Ints

    def take(self, rows: NDArray[np.intp]) -> TargetColumns:
        """The targets at ``rows``."""
        return TargetColumns(**{name: getattr(self, name)[rows] for name in self.__dataclass_fields__})


def due_before(day: dt.date, targets: TargetColumns, months: Sequence[Period], weights: Weights) -> Ints:
    """The amounts of additive targets due on the days before ``day``, cumulatively since the plan's start.

    ``months`` are the plan's twelve. Equal to the sum of day slices: months before are whole, the month of
    ``day`` is cut by half-up cumulative rounding over the day weights inside the target's own days.
    """
    if day <= months[0].start:
        return np.zeros(len(targets.ids), np.int64)
    if day >= months[-1].end:
        return np.asarray(targets.months.sum(axis=1), np.int64)
    running = next(at for at, month in enumerate(months) if month.contains(day))
    whole = targets.months[:, :running].sum(axis=1)
    month = months[running]
    if day == month.start:
        return np.asarray(whole, np.int64)
    first, last = month.start.toordinal(), month.end.toordinal()
    low = np.clip(targets.starts, first, last) - first
    high = np.clip(targets.ends, first, last) - first
    passed, total = _passed(targets.metric, low, high, day.toordinal() - first, running, weights)
    return np.asarray(whole + cumulative_amounts(targets.months[:, running], passed, total), np.int64)


def _passed(
    metric: Ints, low: Ints, high: Ints, upto: int, running: int, weights: Weights
) -> tuple[Ints, Ints]:
    """Weight passed and whole weight of each target's month; few distinct cases, each reckoned once."""
    cases, inverse = np.unique(np.stack([metric, low, high], axis=1), axis=0, return_inverse=True)
    passed = np.zeros(len(cases), np.int64)
    total = np.ones(len(cases), np.int64)
    for at, (of_metric, start, end) in enumerate(cases.tolist()):
        days = list(weights(of_metric, running))
        inside = days[start:end]
        if not sum(inside):
            # Nothing is worked on the target's days of this month: it is spread over all of them.
            days, inside = [1] * len(days), [1] * (end - start)
        if inside:
            passed[at] = sum(days[start : max(start, min(end, upto))])
            total[at] = sum(inside)
    where = inverse.ravel()
    return passed[where], total[where]


def is_whole(targets: TargetColumns) -> Bools:
    """Targets without any segment."""
    return np.asarray(
        (targets.product_line == 0) & (targets.region == 0) & (targets.customer_type == 0), np.bool_
    )
