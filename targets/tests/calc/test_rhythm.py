"""Rhythm: cumulative rounding, plan to date in one step, phases of a month."""

from __future__ import annotations

from fractions import Fraction
from itertools import accumulate

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.errors import Invalid
from targets.calc.bounds import Infeasible
from targets.calc.rhythm import PHASES, cumulative_amount, cumulative_amounts, cumulative_round, day_weights

CN_2026 = [21, 16, 22, 21, 19, 21, 23, 21, 22, 18, 21, 23]


@pytest.mark.parametrize(
    ("case", "total", "weights", "slices"),
    [
        (
            "a year by workdays",
            100_000_000,
            CN_2026,
            [
                8467742, 6451613, 8870968, 8467742, 7661290, 8467742,
                9274193, 8467742, 8870968, 7258065, 8467741, 9274194,
            ],
        ),
        (
            "building materials",
            120_000_000,
            [90, 80, 150, 150, 140, 95, 85, 80, 85, 85, 80, 80],
            [
                9000000, 8000000, 15000000, 15000000, 14000000, 9500000,
                8500000, 8000000, 8500000, 8500000, 8000000, 8000000,
            ],
        ),
        ("ten in four", 10, [1, 1, 1, 1], [3, 2, 3, 2]),
        ("minus ten in four", -10, [1, 1, 1, 1], [-3, -2, -3, -2]),
        ("weights of 0", 10, [0, 1, 0, 1], [0, 5, 0, 5]),
        ("decimal weights", 100, ["0.5", 0.25, "0.25"], [50, 25, 25]),
        ("nothing", 0, [0, 0], [0, 0]),
        ("no slices", 0, [], []),
    ],
)  # fmt: skip
def test_total_is_sliced(case, total, weights, slices):
    assert cumulative_round(total, weights) == slices


def test_a_total_without_weight_is_refused():
    with pytest.raises(Infeasible) as refused:
        cumulative_round(-7, [0, 0])
    assert (refused.value.kind, refused.value.gap) == ("no_basis", 7)


@given(st.integers(-(10**15), 10**15), st.lists(st.integers(0, 10**6), min_size=1, max_size=40).filter(any))
def test_every_prefix_is_within_half_a_unit_of_exact(total, weights):
    slices = cumulative_round(total, weights)
    whole = sum(weights)
    assert sum(slices) == total
    for reached, weight in zip(accumulate(slices), accumulate(weights), strict=True):
        assert abs(reached - Fraction(total * weight, whole)) <= Fraction(1, 2)
        assert reached == cumulative_amount(total, weight, whole)
    assert cumulative_round(-total, weights) == [-part for part in slices]


@pytest.mark.parametrize(
    ("total", "passed", "weight", "due"),
    [
        (10, 1, 4, 3),
        (-10, 1, 4, -3),
        (10, 0, 4, 0),
        (10, 4, 4, 10),
        (1, 1, 2, 1),
        (-1, 1, 2, -1),
        (0, 1, 3, 0),
    ],
)
def test_half_a_unit_goes_up_away_from_zero(total, passed, weight, due):
    assert cumulative_amount(total, passed, weight) == due


@pytest.mark.parametrize(("passed", "weight"), [(-1, 4), (5, 4), (0, 0), (1, -1)])
def test_weights_passed_lie_within_the_whole(passed, weight):
    with pytest.raises(Invalid):
        cumulative_amount(10, passed, weight)
    with pytest.raises(Invalid):
        cumulative_amounts([10], passed, weight)


@given(
    st.lists(
        st.tuples(st.integers(-(2**62) + 1, 2**62 - 1), st.integers(1, 2**31 - 1), st.fractions(0, 1)),
        min_size=1,
        max_size=20,
    )
)
def test_many_amounts_at_once_equal_the_exact_one(cases):
    totals = [total for total, _, _ in cases]
    weights = [weight for _, weight, _ in cases]
    passed = [int(weight * share) for _, weight, share in cases]
    at_once = cumulative_amounts(totals, passed, weights)
    assert at_once.dtype == np.int64
    assert at_once.tolist() == [
        cumulative_amount(total, cum, weight)
        for total, cum, weight in zip(totals, passed, weights, strict=True)
    ]


@pytest.mark.parametrize(
    ("case", "total", "passed", "weight"),
    [
        ("largest in the fast form", 2**62 - 1, 2**31 - 2, 2**31 - 1),
        ("largest remainder", 2**62 - 1, 2**31 - 1, 2**31 - 1),
        ("an amount beyond it", 2**63 - 1, 2**31 - 2, 2**31 - 1),
        ("the smallest of all", -(2**63), 1, 3),
        ("a weight beyond it", 10**15, 2**40 - 3, 2**40),
    ],
)
def test_extremes_do_not_overflow(case, total, passed, weight):
    assert cumulative_amounts([total], passed, weight).tolist() == [cumulative_amount(total, passed, weight)]


def test_scalars_and_empty_arrays_are_amounts_too():
    assert cumulative_amounts([10, 20, -30], 1, 4).tolist() == [3, 5, -8]
    assert cumulative_amounts([], 1, 4).tolist() == []
    assert int(cumulative_amounts(10, 1, 4)) == 3
    with pytest.raises(Invalid):
        cumulative_amounts([10.5], 1, 4)


def test_collection_over_ten_workdays():
    assert day_weights([True] * 10, PHASES["collection"]) == [45, 45, 45, 65, 75, 75, 110, 180, 180, 180]


@pytest.mark.parametrize(
    ("case", "is_workday", "phases", "nonwork", "weights"),
    [
        ("flat", [True, True, False, True], (1, 1, 1), 0, [3, 3, 0, 3]),
        ("nine days in thirds", [True] * 9, (25, 40, 35), 0, [75] * 3 + [120] * 3 + [105] * 3),
        ("one day has it all", [False, True], (0, 0, 1), 0, [0, 1]),
        ("two days share the middle", [True, True], (25, 40, 35), 0, [90, 110]),
        ("closed month: all days", [False, False, False], (25, 40, 35), 0, [1, 1, 1]),
        ("no days", [], (1, 1, 1), 0, []),
        ("half weight on days off", [True, False, True], (1, 1, 1), "0.5", [6, 3, 6]),
        ("days off like the others", [True, False], (2, 1), 1, [3, 3]),
        ("decimal densities", [True, True], ("0.25", "0.75"), 0, [1, 3]),
        ("a float nonwork share", [True, False], (1, 1, 1), 0.1, [30, 3]),
    ],
)
def test_days_weigh_by_phase(case, is_workday, phases, nonwork, weights):
    assert day_weights(is_workday, phases, nonwork) == weights


@pytest.mark.parametrize(("phases", "nonwork"), [((0, 0, 0), 0), ((), 0), ((1, -1, 1), 0), ((1, 1, 1), -1)])
def test_a_rhythm_needs_something_positive(phases, nonwork):
    with pytest.raises(Invalid):
        day_weights([True], phases, nonwork)


@given(
    st.lists(st.booleans(), min_size=1, max_size=31).filter(any),
    st.lists(st.integers(0, 100), min_size=1, max_size=5).filter(any),
    st.sampled_from([0, "0.5", 1, Fraction(1, 3)]),
)
def test_workdays_carry_the_densities_and_days_off_their_share(is_workday, phases, nonwork):
    weights = day_weights(is_workday, phases, nonwork)
    count = sum(is_workday)
    worked = sum(weight for weight, is_worked in zip(weights, is_workday, strict=True) if is_worked)
    assert worked % (count * sum(phases)) == 0
    for weight, is_worked in zip(weights, is_workday, strict=True):
        assert weight >= 0
        assert is_worked or weight == Fraction(worked, count) * Fraction(nonwork)
    if count % len(phases) == 0 and not nonwork:
        by_phase = [w for w, is_worked in zip(weights, is_workday, strict=True) if is_worked]
        size = count // len(phases)
        sums = [sum(by_phase[p * size : (p + 1) * size]) for p in range(len(phases))]
        assert sums == [phase * count for phase in phases]


@pytest.mark.parametrize("kind", ["leads", "conversion", "sales", "collection"])
def test_default_phases_are_percentages(kind):
    assert sum(PHASES[kind]) == 100
