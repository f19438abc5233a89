"""Rhythm: an amount spread over time by integer weights, every part and every prefix exact to half a unit."""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction
from itertools import accumulate

import numpy as np
from numpy.typing import ArrayLike, NDArray

from common.errors import Invalid, gettext_noop
from targets.calc.bounds import Infeasible
from targets.calc.weights import Number, exact_fraction, exact_weights

# Early, mid and late month, in percent: when in a month work of each kind is wanted.
PHASES: dict[str, tuple[int, ...]] = {
    "leads": (45, 35, 20),
    "conversion": (25, 45, 30),
    "sales": (25, 40, 35),
    "collection": (15, 25, 60),
    "flat": (1, 1, 1),
}
_MAX_TOTAL = 2**62
_MAX_WEIGHT = 2**31


def cumulative_round(total: int, weights: Sequence[Number]) -> list[int]:
    """Slices of ``total`` in proportion to weights ≥ 0, as differences of rounded cumulative amounts.

    They sum to the total, and every prefix is within half a unit of exact: ``cumulative_round(10, [1, 1,
    1, 1])`` is [3, 2, 3, 2]. Raises ``Infeasible`` (``no_basis``) for a total without any weight.
    """
    exact = exact_weights(weights)
    whole = sum(exact)
    if not whole:
        if total:
            raise Infeasible("no_basis", abs(total))
        return [0] * len(exact)
    reached = [cumulative_amount(total, cum, whole) for cum in accumulate(exact)]
    return [now - before for before, now in zip([0, *reached], reached, strict=False)]


def cumulative_amount(total: int, cumulative_weight: int, total_weight: int) -> int:
    """What of ``total`` is due once ``cumulative_weight`` of ``total_weight`` has passed, half a unit up.

    floor(total · cum / weight + ½), for negative totals the mirror: ``cumulative_amount(10, 1, 4)`` is 3,
    of -10 it is -3. Exact for integers of any size. Raises ``Invalid`` unless 0 ≤ cum ≤ weight > 0.
    """
    if not 0 <= cumulative_weight <= total_weight or not total_weight:
        raise _bad_weight()
    amount = (2 * abs(total) * cumulative_weight + total_weight) // (2 * total_weight)
    return -amount if total < 0 else amount


def cumulative_amounts(
    totals: ArrayLike, cumulative_weight: ArrayLike, total_weight: ArrayLike
) -> NDArray[np.int64]:
    """``cumulative_amount`` of many totals at once, equal to the unit; arguments broadcast.

    With q, r = divmod(|T|, W) the amount is q·c + (2·r·c + W) // 2W, where no product leaves 64 bits as long
    as |T| < 2^62 and W < 2^31; beyond that Python's integers do it, slower. Raises ``Invalid`` likewise.
    """
    amounts, passed, whole = _int64(totals), _int64(cumulative_weight), _int64(total_weight)
    if (whole <= 0).any() or (passed < 0).any() or (passed > whole).any():
        raise _bad_weight()
    is_wide = (whole >= _MAX_WEIGHT).any() or (amounts <= -_MAX_TOTAL).any() or (amounts >= _MAX_TOTAL).any()
    if is_wide:
        exactly = np.frompyfunc(cumulative_amount, 3, 1)
        return np.asarray(exactly(*(part.astype(object) for part in (amounts, passed, whole))), np.int64)
    quotient, rest = np.divmod(np.abs(amounts), whole)
    due = quotient * passed + (2 * rest * passed + whole) // (2 * whole)
    return np.asarray(np.where(amounts < 0, -due, due), dtype=np.int64)


def day_weights(
    is_workday: Sequence[bool], phases: Sequence[Number] = (1, 1, 1), nonwork: Number = 0
) -> list[int]:
    """Integer weights of a month's days: its workdays in equal phases of the given densities.

    The k-th of K workdays covers [(k−1)/K, k/K] of the month and weighs the integral of the stepped density
    over it; a day not worked weighs ``nonwork`` of a mean workday. A month without workdays is spread
    over all its days. Ten workdays and collection's (15, 25, 60) give 45 45 45 65 75 75 110 180 180 180.
    """
    densities, idle = [exact_fraction(phase) for phase in phases], exact_fraction(nonwork)
    if not densities or min(densities) < 0 or not any(densities) or idle < 0:
        raise Invalid(gettext_noop("A rhythm needs shares of zero or more, not all zero."), code="phases")
    count = sum(map(bool, is_workday))
    if not count:
        return [1] * len(is_workday)
    weights = iter(_phase_integrals(count, densities))
    # The integrals sum to K · Σ densities, so that a mean workday weighs Σ densities.
    idle_weight = sum(densities) * idle
    exact = [next(weights) if is_worked else idle_weight for is_worked in is_workday]
    scale = math.lcm(*(weight.denominator for weight in exact))
    return [int(weight * scale) for weight in exact]


def _phase_integrals(count: int, densities: Sequence[Fraction]) -> list[Fraction]:
    """The density's integral over each of ``count`` equal days, × count × number of phases.

    Measured in units of 1/(count · phases), day k spans ``phases`` units and phase p spans ``count``.
    """
    phases = len(densities)
    integrals = []
    for day in range(count):
        first, last = day * phases, (day + 1) * phases
        integrals.append(
            sum(
                (
                    density * max(0, min(last, (phase + 1) * count) - max(first, phase * count))
                    for phase, density in enumerate(densities)
                ),
                start=Fraction(0),
            )
        )
    return integrals


def _int64(values: ArrayLike) -> NDArray[np.int64]:
    array = np.asarray(values)
    if array.size and array.dtype.kind not in "iu":
        raise Invalid(gettext_noop("Amounts and weights are whole numbers here."), code="dtype")
    return array.astype(np.int64)


def _bad_weight() -> Invalid:
    return Invalid(gettext_noop("The weight passed must lie between 0 and the whole weight."), code="weight")
