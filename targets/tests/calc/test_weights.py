"""Weights: exact integers from any number, the factors of a person's weight, the newcomer's ramp."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import pytest

from common.errors import Invalid
from targets.calc.allocation import allocate
from targets.calc.weights import effective_weight, exact_weights, ramp_factor, scaled_weight


@pytest.mark.parametrize(
    ("case", "weights", "exact"),
    [
        ("whole numbers stay", [40, 50, 10], [40, 50, 10]),
        ("decimals become millionths", [Decimal("2"), Decimal("0.4375")], [2_000_000, 437_500]),
        ("text", ["1.5", "1"], [1_500_000, 1_000_000]),
        ("a float counts as it prints", [0.1, 0.2], [100_000, 200_000]),
        ("fractions", [Fraction(1, 3), Fraction(2, 3)], [333_333, 666_667]),
        ("half to even, down", ["0.0000005"], [0]),
        ("half to even, up", ["0.0000015"], [2]),
        ("fraction half to even", [Fraction(1, 2_000_000), Fraction(3, 2_000_000)], [0, 2]),
        ("vanishing", ["1e-999999", 1.0], [0, 1_000_000]),
        ("none", [], []),
    ],
)
def test_weights_become_exact_integers(case, weights, exact):
    assert exact_weights(weights) == exact


@pytest.mark.parametrize(
    "weights", [[-1], ["-0.5", 1], [float("nan")], ["Infinity"], ["many"], ["1e999999"], [None, 1]]
)
def test_what_is_no_weight_is_refused(weights):
    with pytest.raises(Invalid) as refused:
        exact_weights(weights)
    assert refused.value.code == "weight"


def test_effective_weight_is_the_product_of_its_factors():
    assert effective_weight("0.25", "1.6", 1, "1.1", "1.2") == Decimal("0.528000")
    assert str(effective_weight(1, ramp="0.4375")) == "0.437500"
    assert effective_weight(0, 2) == 0
    # Rounded once, at the end: 1/3 · 3 is 1.
    assert effective_weight(Fraction(1, 3), 3) == 1


@pytest.mark.parametrize("factors", [(-1,), (1, -1), (1, 1, 1, "nan")])
def test_factors_are_zero_or_more(factors):
    with pytest.raises(Invalid):
        effective_weight(*factors)


@pytest.mark.parametrize(
    ("case", "tenure", "months", "ramp_months", "start", "factor"),
    [
        ("first quarter of a newcomer", 0, 3, 6, "0.25", "0.437500"),
        ("second quarter", 3, 3, 6, "0.25", "0.812500"),
        ("ramped up", 6, 12, 6, "0.25", "1.000000"),
        ("a whole first year", 0, 12, 6, "0.25", "0.812500"),
        ("joins after the quarter", -3, 3, 6, "0.25", "0.000000"),
        ("joins in the second month", -1, 3, 6, "0.25", "0.250000"),
        ("no ramp", 0, 3, 0, "0.25", "1.000000"),
        ("a ramp of a month", 0, 1, 1, "0.25", "0.625000"),
        ("thirds are rounded", 0, 1, 3, "0", "0.166667"),
    ],
)
def test_ramp_is_the_mean_over_the_months(case, tenure, months, ramp_months, start, factor):
    assert str(ramp_factor(tenure, months, ramp_months, start)) == factor


def test_ramp_needs_a_month():
    with pytest.raises(Invalid):
        ramp_factor(0, 0)


def test_star_senior_core_and_newcomer():
    capability, ramp = ["2", "1.5", "1", "1"], [1, 1, 1, ramp_factor(0, 3)]
    weights = [effective_weight(1, c, r) for c, r in zip(capability, ramp, strict=True)]
    assert [scaled_weight(weight) for weight in weights] == [2_000_000, 1_500_000, 1_000_000, 437_500]
    assert allocate(100_000_000, weights) == [40_506_329, 30_379_747, 20_253_165, 8_860_759]
