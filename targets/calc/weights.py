"""The weight of a child in an allocation: what it is made of, and how it becomes an exact integer.

No float decides who gets a cent: weights are quantised to 1e-6, half to even, before anything is shared.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from decimal import ROUND_HALF_EVEN, Context, Decimal, InvalidOperation
from fractions import Fraction

from common.errors import Invalid, gettext_noop

Number = int | float | str | Decimal | Fraction

WEIGHT_SCALE = 10**6
_STEP = Decimal(1).scaleb(-6)
_EXACT = Context(prec=60)


def exact_weights(weights: Sequence[Number]) -> list[int]:
    """Weights as exact integers in the same proportions: whole numbers as they are, others × 1e6.

    A float counts as the decimal it prints as: ``exact_weights(["0.1", 0.2])`` is [100000, 200000].
    Raises ``Invalid`` (code ``weight``) for a negative weight, NaN, an infinity, or no number at all.
    """
    if all(isinstance(weight, int) for weight in weights):
        exact = [int(weight) for weight in weights]
    else:
        exact = [scaled_weight(weight) for weight in weights]
    if any(weight < 0 for weight in exact):
        raise _not_a_weight(min(exact))
    return exact


def scaled_weight(weight: Number) -> int:
    """One weight in millionths, half to even: ``scaled_weight("0.4375")`` is 437500."""
    if isinstance(weight, Fraction):
        return round(weight * WEIGHT_SCALE)
    return int(_decimal(weight).quantize(_STEP, ROUND_HALF_EVEN, _EXACT).scaleb(6, _EXACT))


def effective_weight(
    history_share: Number,
    capability: Number = 1,
    ramp: Number = 1,
    potential: Number = 1,
    tilt: Number = 1,
) -> Decimal:
    """A person's weight: the product of the factors, to 1e-6 (half to even).

    ``history_share`` may be on any scale, amounts as well as shares; ``capability`` runs from 1.0
    (newcomer) to 1.5–2.0 (top seller), ``ramp`` is ``ramp_factor``, ``potential`` the territory's,
    ``tilt`` the strategy's: ``effective_weight(1, 1, "0.4375")`` is 0.437500. Raises ``Invalid``.
    """
    factors = [exact_fraction(factor) for factor in (history_share, capability, ramp, potential, tilt)]
    if any(factor < 0 for factor in factors):
        raise _not_a_weight(float(min(factors)))
    return _millionths(math.prod(factors, start=Fraction(1)))


def ramp_factor(
    tenure_months_at_start: Number, months: int, ramp_months: int = 6, start: Number = "0.25"
) -> Decimal:
    """How much of a full seller's output a newcomer may be asked for over a period, to 1e-6.

    The ramp rises from ``start`` to 1 in ``ramp_months`` and is read in the middle of each of the period's
    ``months``; before the first day (a negative tenure) it is 0. ``ramp_factor(0, 3)`` is 0.437500.
    """
    if months < 1:
        raise Invalid(gettext_noop("A ramp needs a period of a month or more."), code="ramp_months")
    first, lowest = exact_fraction(tenure_months_at_start), exact_fraction(start)
    total = Fraction(0)
    for month in range(months):
        tenure = first + month + Fraction(1, 2)
        if tenure <= 0:
            continue
        risen = lowest + (1 - lowest) * tenure / ramp_months if ramp_months > 0 else Fraction(1)
        total += min(Fraction(1), risen)
    return _millionths(total / months)


def _millionths(exact: Fraction) -> Decimal:
    return Decimal(round(exact * WEIGHT_SCALE)).scaleb(-6, _EXACT)


def exact_fraction(value: Number) -> Fraction:
    """A number as an exact fraction; a float counts as the decimal it prints as. Raises ``Invalid``."""
    return value if isinstance(value, Fraction) else Fraction(_decimal(value))


def _decimal(value: int | float | str | Decimal) -> Decimal:
    try:
        exact = Decimal(value) if isinstance(value, Decimal | int) else Decimal(str(value))
    except InvalidOperation:
        raise _not_a_weight(value) from None
    # Beyond thirty digits nothing is a weight, and powers of ten get expensive.
    if not exact.is_finite() or exact.adjusted() > 30:
        raise _not_a_weight(value)
    return exact if exact.adjusted() > -30 else Decimal(0)


def _not_a_weight(value: object) -> Invalid:
    message = gettext_noop("Not a weight: %(value)s. Weights are numbers, zero or more.")
    return Invalid(message, code="weight", params={"value": str(value)[:40]})
