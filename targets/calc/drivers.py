"""What each driver of a figure contributes to a change, exactly and whatever the order.

A figure is a product of drivers (customers × orders per customer × order value), a sum of segments, or a
ratio over segments. The parts always sum to the change. They explain arithmetically, not causally.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from itertools import combinations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from common.errors import Invalid, gettext_noop

Exact = int | Fraction
Floats = NDArray[np.float64]

# The number of terms doubles with each driver.
MOST_DRIVERS = 8


def shapley(x0: Sequence[Exact], x1: Sequence[Exact]) -> list[Exact]:
    """What each factor contributes to ∏x1 − ∏x0: the mean of its effect over all orders of change.

    Exact for whole numbers and fractions; zeros and signs are allowed, and turning time round turns signs
    round. Source: Shapley 1953, in closed form over subsets. ``shapley([10, 10], [5, 20])`` is [-75, 75].
    Raises ``Invalid`` for sides of different length or more than 8 drivers.
    """
    count = _count(len(x0), len(x1))
    weights = _subset_weights(count)
    effects: list[Exact] = []
    for driver in range(count):
        others = [at for at in range(count) if at != driver]
        mean = sum(
            weights[size] * math.prod(x1[at] if at in changed else x0[at] for at in others)
            for size in range(count)
            for changed in map(frozenset, combinations(others, size))
        )
        effects.append((x1[driver] - x0[driver]) * mean)
    return effects


def shapley_array(x0: ArrayLike, x1: ArrayLike) -> Floats:
    """``shapley`` of many rows at once in floats: both sides and the answer of shape (rows, drivers)."""
    before, after = np.asarray(x0, np.float64), np.asarray(x1, np.float64)
    if before.ndim != 2 or before.shape != after.shape:
        raise Invalid(gettext_noop("Both sides need the same drivers."), code="shape")
    count = _count(before.shape[1], after.shape[1])
    weights = [float(weight) for weight in _subset_weights(count)]
    effects = np.zeros_like(before)
    for driver in range(count):
        others = [at for at in range(count) if at != driver]
        mean = np.zeros(len(before))
        for size in range(count):
            for changed in combinations(others, size):
                product = np.full(len(before), weights[size])
                for at in others:
                    product *= after[:, at] if at in changed else before[:, at]
                mean += product
        effects[:, driver] = (after[:, driver] - before[:, driver]) * mean
    return effects


def _count(left: int, right: int) -> int:
    if left != right:
        raise Invalid(gettext_noop("Both sides need the same drivers."), code="shape")
    if left > MOST_DRIVERS:
        message = gettext_noop("At most %(most)s drivers can be told apart.")
        raise Invalid(message, code="drivers", params={"most": MOST_DRIVERS})
    return left


@lru_cache(maxsize=MOST_DRIVERS + 1)
def _subset_weights(count: int) -> tuple[Fraction, ...]:
    """How often a set of this size is what has changed before a driver does, over all orders."""
    return tuple(
        Fraction(math.factorial(size) * math.factorial(count - size - 1), math.factorial(count))
        for size in range(count)
    )


@dataclass(frozen=True)
class SegmentChange:
    """What a segment contributes to a change of value, in the units of quantity × price."""

    volume: Exact = 0
    mix: Exact = 0
    price: Exact = 0
    new: Exact = 0
    lost: Exact = 0

    @property
    def total(self) -> Exact:
        return self.volume + self.mix + self.price + self.new + self.lost


def price_volume_mix(
    q0: Sequence[Exact], p0: Sequence[Exact], q1: Sequence[Exact], p1: Sequence[Exact]
) -> list[SegmentChange]:
    """A change Σq1·p1 − Σq0·p0 by segment: more of everything, another mixture, other prices.

    Segments sold on one side only (or returned on balance) are ``new`` and ``lost``, whole. All parts of all
    segments sum to the change exactly.
    """
    if not len(q0) == len(p0) == len(q1) == len(p1):
        raise Invalid(gettext_noop("Both sides need the same segments."), code="shape")
    core = {at for at in range(len(q0)) if q0[at] > 0 and q1[at] > 0}
    before, after = sum(q0[at] for at in core), sum(q1[at] for at in core)
    rows = []
    for at in range(len(q0)):
        if at in core:
            share = Fraction(q0[at]) / Fraction(before)
            rows.append(
                SegmentChange(
                    volume=(after - before) * share * p0[at],
                    mix=(q1[at] - after * share) * p0[at],
                    price=q1[at] * (p1[at] - p0[at]),
                )
            )
        elif q0[at] == 0:
            rows.append(SegmentChange(new=q1[at] * p1[at]))
        else:
            rows.append(SegmentChange(lost=q1[at] * p1[at] - q0[at] * p0[at]))
    return rows


def rate_mix(
    d0: Sequence[Exact], n0: Sequence[Exact], d1: Sequence[Exact], n1: Sequence[Exact]
) -> list[tuple[Fraction, Fraction]]:
    """A change of the rate Σn/Σd by segment: (its weight changed, its own rate changed); exact.

    A segment without a denominator on one side borrows the other side's rate, so that all of its effect is
    mix. Source: Kitagawa 1955, the mix centred on the mean overall rate. Raises ``Invalid`` where a side has
    no denominator at all.
    """
    if not len(d0) == len(n0) == len(d1) == len(n1):
        raise Invalid(gettext_noop("Both sides need the same segments."), code="shape")
    whole0, whole1 = Fraction(sum(d0)), Fraction(sum(d1))
    if not whole0 or not whole1:
        raise Invalid(gettext_noop("Without a denominator there is no rate."), code="denominator")
    middle = (sum(n0) / whole0 + sum(n1) / whole1) / 2
    parts = []
    for before, won_before, after, won_after in zip(d0, n0, d1, n1, strict=True):
        rate0 = Fraction(won_before) / before if before else None
        rate1 = Fraction(won_after) / after if after else None
        if rate0 is None and rate1 is None:
            parts.append((Fraction(0), Fraction(0)))
            continue
        first = rate1 if rate0 is None else rate0
        last = first if rate1 is None else rate1
        assert first is not None
        assert last is not None
        share0, share1 = before / whole0, after / whole1
        parts.append(
            ((share1 - share0) * ((first + last) / 2 - middle), (last - first) * (share0 + share1) / 2)
        )
    return parts
