"""Weights of a split: what children have of a basis, as shares, mixed by a formula and leaned by a tilt."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from fractions import Fraction

from common.errors import Invalid, gettext_noop
from targets.calc.bounds import Infeasible
from targets.calc.formula import Formula
from targets.calc.weights import WEIGHT_SCALE, Number, exact_fraction

_WHOLE = 100


def basis_shares(values: Sequence[Number]) -> list[Fraction]:
    """Each value's share of their sum; what is below zero (more refunds than sales) counts as zero.

    ``basis_shares([3, 1, -2])`` is [3/4, 1/4, 0]; without anything above zero all shares are 0.
    """
    kept = [max(Fraction(0), exact_fraction(value)) for value in values]
    whole = sum(kept, start=Fraction(0))
    return [value / whole if whole else Fraction(0) for value in kept]


def formula_values(formula: Formula, shares: Mapping[str, Sequence[Fraction]]) -> list[Fraction]:
    """The formula's value for each child, from the children's shares of each column (1 is all of it).

    Shares, so that a year's sales and a number of customers can be mixed: ``0.7*history + 0.3*accounts``.
    Raises ``Invalid`` for a value below zero or a division by zero, with the child's number (from 1).
    """
    count = len(next(iter(shares.values()), ()))
    values = []
    for at in range(count):
        row = {name: column[at] for name, column in shares.items()}
        try:
            value = formula.value(row)
        except Invalid as error:
            message = gettext_noop("Row %(row)s: the formula divides by zero at character %(at)s.")
            params = {"row": at + 1, **error.params}
            raise Invalid(message, field="formula", code="division", params=params) from None
        if value < 0:
            message = gettext_noop("Row %(row)s: the formula gives less than zero. Use max(0, …).")
            raise Invalid(message, field="formula", code="negative", params={"row": at + 1})
        values.append(value)
    return values


def percent_weights(values: Sequence[Fraction], tilts: Sequence[Number] | None = None) -> list[Decimal]:
    """Weights that sum to 100, to 1e-6 (half to even), from any values ≥ 0 times the tilts.

    ``percent_weights([Fraction(1), Fraction(1)], ["1.5", 1])`` is [60, 40]. Raises ``Infeasible``
    (``no_basis``) where nobody has anything.
    """
    tilted = (
        list(values)
        if tilts is None
        else [value * exact_fraction(tilt) for value, tilt in zip(values, tilts, strict=True)]
    )
    whole = sum(tilted, start=Fraction(0))
    if not whole:
        raise Infeasible("no_basis", 1)
    return [Decimal(round(value * _WHOLE * WEIGHT_SCALE / whole)).scaleb(-6) for value in tilted]
