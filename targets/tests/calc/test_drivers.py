"""Drivers: the parts of a change sum to it exactly, whatever the order, the zeros and the signs."""

from __future__ import annotations

import math
from fractions import Fraction
from itertools import permutations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.errors import Invalid
from targets.calc.drivers import price_volume_mix, rate_mix, shapley, shapley_array

values = st.integers(-9, 9)


@st.composite
def sides(draw, least=1, most=5):
    size = draw(st.integers(least, most))
    one = st.lists(values, min_size=size, max_size=size)
    return draw(one), draw(one)


def mean_over_orders(x0, x1):
    """The plain reference: change one factor after the other, in every order."""
    total = [Fraction(0)] * len(x0)
    orders = list(permutations(range(len(x0))))
    for order in orders:
        now = list(x0)
        for at in order:
            before = math.prod(now)
            now[at] = x1[at]
            total[at] += math.prod(now) - before
    return [each / len(orders) for each in total]


@pytest.mark.parametrize(
    ("case", "x0", "x1", "effects"),
    [
        (
            "customers, value, repeats",
            [100, 50, Fraction(6, 5)],
            [90, 55, Fraction(11, 10)],
            [Fraction(-1810, 3), Fraction(1640, 3), Fraction(-1495, 3)],
        ),
        ("half as many at twice the price", [10, 10], [5, 20], [-75, 75]),
        ("nothing left", [10, 5, 2], [0, 5, 3], [-125, 0, 25]),
        ("a price below zero", [10, 2], [10, -1], [0, -30]),
        ("no drivers", [], [], []),
    ],
)
def test_change_is_told_by_driver(case, x0, x1, effects):
    assert shapley(x0, x1) == effects


@given(sides())
def test_effects_are_the_mean_over_all_orders_and_sum_to_the_change(case):
    x0, x1 = case
    effects = shapley(x0, x1)
    assert effects == mean_over_orders(x0, x1)
    assert sum(effects) == math.prod(x1) - math.prod(x0)
    assert shapley(x1, x0) == [-each for each in effects]


@given(sides(most=4))
def test_many_rows_at_once_say_the_same(case):
    x0, x1 = case
    rows = shapley_array([x0, x1], [x1, x0])
    assert rows.shape == (2, len(x0))
    assert np.allclose(rows[0], [float(each) for each in shapley(x0, x1)])
    assert np.allclose(rows[1], -rows[0])


def test_more_than_eight_drivers_are_refused():
    with pytest.raises(Invalid, match="8 drivers"):
        shapley([1] * 9, [2] * 9)
    with pytest.raises(Invalid, match="same drivers"):
        shapley([1], [1, 2])


def test_new_segments_stand_apart_from_volume_mix_and_price():
    first, second, third = price_volume_mix([100, 50, 0], [10, 20, 0], [90, 70, 10], [11, 18, 5])
    assert (first.volume, first.mix, first.price) == (Fraction(200, 3), Fraction(-500, 3), 90)
    assert (second.volume, second.mix, second.price) == (Fraction(200, 3), Fraction(1000, 3), -140)
    assert (third.new, third.total) == (50, 50)
    assert first.total + second.total + third.total == 2300 - 2000


@given(st.lists(st.tuples(values, values, values, values), max_size=6))
def test_volume_mix_price_new_and_lost_sum_to_the_change(segments):
    q0, p0, q1, p1 = ([row[at] for row in segments] for at in range(4))
    change = sum(q * p for q, p in zip(q1, p1, strict=True)) - sum(q * p for q, p in zip(q0, p0, strict=True))
    # A segment that began with nothing but a price has no value before.
    assert sum(row.total for row in price_volume_mix(q0, p0, q1, p1)) == change


def test_conversion_falls_by_mixture_and_by_rate():
    assert rate_mix([100, 100], [20, 10], [50, 150], [11, 12]) == [
        (Fraction(-31, 1600), Fraction(3, 400)),
        (Fraction(-17, 1600), Fraction(-1, 80)),
    ]


@given(st.lists(st.tuples(*[st.integers(0, 9)] * 4), min_size=1, max_size=6))
def test_mixture_and_rates_sum_to_the_change_of_the_rate(segments):
    d0, n0, d1, n1 = ([row[at] for row in segments] for at in range(4))
    n0 = [min(n, d) for n, d in zip(n0, d0, strict=True)]
    n1 = [min(n, d) for n, d in zip(n1, d1, strict=True)]
    if not sum(d0) or not sum(d1):
        with pytest.raises(Invalid, match="denominator"):
            rate_mix(d0, n0, d1, n1)
        return
    change = Fraction(sum(n1), sum(d1)) - Fraction(sum(n0), sum(d0))
    assert sum(mix + rate for mix, rate in rate_mix(d0, n0, d1, n1)) == change
