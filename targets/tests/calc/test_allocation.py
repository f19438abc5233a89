"""Allocation by worked examples: bounds, locks, quanta, cushions, mid-period changes, and refusals."""

from __future__ import annotations

import random
import time

import pytest

from common.errors import Invalid
from targets.calc.allocation import Infeasible, allocate, cushioned_total, reallocate


@pytest.mark.parametrize(
    ("case", "arguments", "amounts"),
    [
        (
            "100 M in three product lines",
            {"total": 10_000_000_000, "weights": [40, 50, 10]},
            [4_000_000_000, 5_000_000_000, 1_000_000_000],
        ),
        ("three equal cents", {"total": 100, "weights": [1, 1, 1]}, [34, 33, 33]),
        (
            "star, senior, core, newcomer",
            {"total": 100_000_000, "weights": [2_000_000, 1_500_000, 1_000_000, 437_500]},
            [40_506_329, 30_379_747, 20_253_165, 8_860_759],
        ),
        (
            "bounds",
            {
                "total": 1000,
                "weights": [5, 3, 1, 1],
                "lower": [0, 0, 200, 0],
                "upper": [350, None, None, None],
            },
            [350, 338, 200, 112],
        ),
        (
            "bounds, by brute force of the quadratic programme",
            {
                "total": 1000,
                "weights": [7, 3, 5, 2],
                "lower": [100, 250, 0, 0],
                "upper": [300, 400, 400, 90],
            },
            [300, 250, 360, 90],
        ),
        ("lock by position", {"total": 1000, "weights": [4, 3, 3], "locked": {0: 500}}, [500, 250, 250]),
        (
            "lock in a list",
            {"total": 1000, "weights": [4, 3, 3], "locked": [500, None, None]},
            [500, 250, 250],
        ),
        (
            "cushion of 8 %",
            {"total": 100_000, "weights": [1, 1, 1], "cushion_bp": 800},
            [36_000, 36_000, 36_000],
        ),
        ("refund", {"total": -100, "weights": [1, 1, 1]}, [-34, -33, -33]),
        ("ties go to the larger weight", {"total": 3, "weights": [1, 3, 2]}, [0, 2, 1]),
        ("nobody, nothing", {"total": 0, "weights": []}, []),
        ("nothing for all", {"total": 0, "weights": [0, 0]}, [0, 0]),
        ("weight 0 gets its floor", {"total": 100, "weights": [0, 1], "lower": [30, None]}, [30, 70]),
        ("no floor is a floor of 0", {"total": 30, "weights": [1, 1], "lower": [30, None]}, [30, 0]),
        ("weight 0 gets no more", {"total": 100, "weights": [0, 0, 1]}, [0, 0, 100]),
        (
            "a lock wins over weight and bounds",
            {"total": 100, "weights": [0, 1], "upper": [5, None], "locked": {0: 40}},
            [40, 60],
        ),
        ("all locked to the total", {"total": 100, "weights": [1, 1], "locked": [60, 40]}, [60, 40]),
        (
            "a negative lock leaves more",
            {"total": 100, "weights": [1, 1, 1], "locked": {2: -20}},
            [60, 60, -20],
        ),
        (
            "bounds of a reduction: nobody loses more than 40",
            {"total": -100, "weights": [2, 1, 1], "lower": [-40, None, None]},
            [-40, -30, -30],
        ),
    ],
)
def test_total_is_allocated(case, arguments, amounts):
    assert allocate(**arguments) == amounts


@pytest.mark.parametrize(
    ("case", "arguments", "amounts"),
    [
        ("hundreds", {"total": 1000, "weights": [1, 1, 1], "quantum": 100}, [400, 300, 300]),
        ("odd cents to the largest", {"total": 1050, "weights": [1, 2, 1], "quantum": 100}, [300, 550, 200]),
        (
            "odd cents to the next, where the largest is full",
            {"total": 1050, "weights": [1, 2], "quantum": 100, "upper": [None, 600]},
            [450, 600],
        ),
        (
            "odd cents that just fit",
            {"total": 1050, "weights": [1, 2], "quantum": 100, "upper": [None, 750]},
            [300, 750],
        ),
        (
            "odd cents that fit nowhere make units",
            {"total": 1050, "weights": [2, 1], "quantum": 100, "upper": [525, 525]},
            [525, 525],
        ),
        (
            "a floor between quanta is rounded up",
            {"total": 1000, "weights": [9, 1], "quantum": 100, "lower": [0, 150]},
            [800, 200],
        ),
        (
            "a fixed amount is kept as it is",
            {
                "total": 1000,
                "weights": [1, 1, 1],
                "quantum": 100,
                "lower": [150, 0, 0],
                "upper": [150, None, None],
            },
            [150, 450, 400],
        ),
        (
            "weight 0 keeps a floor between quanta",
            {"total": 1000, "weights": [0, 1], "quantum": 100, "lower": [150, 0]},
            [150, 850],
        ),
        (
            "bounds that no quanta satisfy are met in units",
            {"total": 330, "weights": [1, 1], "quantum": 100, "lower": [110, 110], "upper": [190, 190]},
            [165, 165],
        ),
        ("a reduction", {"total": -1050, "weights": [1, 2, 1], "quantum": 100}, [-300, -550, -200]),
    ],
)
def test_amounts_are_round_where_the_bounds_allow_it(case, arguments, amounts):
    assert allocate(**arguments) == amounts


@pytest.mark.parametrize(
    ("case", "arguments", "kind", "gap"),
    [
        ("caps", {"total": 1000, "weights": [1, 1], "upper": [300, 400]}, "above_caps", 300),
        ("floors", {"total": 100, "weights": [1, 1], "lower": [80, 60]}, "below_floors", 40),
        (
            "locks above",
            {"total": 100, "weights": [1, 1], "locked": {0: 130}},
            "locked_exceeds_total",
            30,
        ),
        ("all locked below", {"total": 100, "weights": [1], "locked": [70]}, "locked_below_total", 30),
        ("no weight at all", {"total": 100, "weights": [0, 0]}, "no_basis", 100),
        ("no child", {"total": 100, "weights": []}, "no_basis", 100),
        ("no weight beside a lock", {"total": 100, "weights": [0, 5], "locked": {1: 60}}, "no_basis", 40),
        (
            "crossed",
            {"total": 100, "weights": [1, 1], "lower": [50, 0], "upper": [20, None]},
            "crossed_bounds",
            30,
        ),
        (
            "floors above what locks leave",
            {"total": 100, "weights": [1, 1], "lower": [0, 50], "locked": {0: 70}},
            "below_floors",
            20,
        ),
        (
            "quanta",
            {"total": 1000, "weights": [1, 1], "upper": [350, 350], "quantum": 100},
            "above_caps",
            300,
        ),
        ("reduction, floors", {"total": -100, "weights": [1, 1], "lower": [-30, -30]}, "below_floors", 40),
        ("reduction, caps", {"total": -100, "weights": [1, 1], "upper": [-80, -60]}, "above_caps", 40),
        (
            "reduction, locks",
            {"total": -100, "weights": [1, 1], "locked": {0: -130}},
            "locked_exceeds_total",
            30,
        ),
    ],
)
def test_what_cannot_be_says_why_and_by_how_much(case, arguments, kind, gap):
    with pytest.raises(Infeasible) as refused:
        allocate(**arguments)
    assert (refused.value.kind, refused.value.gap) == (kind, gap)
    assert refused.value.code == kind


@pytest.mark.parametrize(
    ("case", "arguments"),
    [
        ("negative weight", {"weights": [1, -1]}),
        ("bounds of another length", {"weights": [1, 1], "lower": [0]}),
        ("locks of another length", {"weights": [1, 1], "locked": [5]}),
        ("a lock of nobody", {"weights": [1, 1], "locked": {2: 5}}),
        ("no quantum", {"weights": [1, 1], "quantum": 0}),
        ("negative cushion", {"weights": [1, 1], "cushion_bp": -1}),
    ],
)
def test_bad_input_is_refused(case, arguments):
    with pytest.raises(Invalid) as refused:
        allocate(100, **arguments)
    assert not isinstance(refused.value, Infeasible)


def test_a_float_total_is_refused():
    with pytest.raises(TypeError):
        allocate(100.5, [1, 1])


@pytest.mark.parametrize(
    ("total", "cushion_bp", "whole"),
    [(100_000, 800, 108_000), (5, 1000, 6), (15, 1000, 16), (25, 1000, 28), (-15, 1000, -16), (7, 0, 7)],
)
def test_cushion_is_added_half_to_even(total, cushion_bp, whole):
    assert cushioned_total(total, cushion_bp) == whole


@pytest.mark.parametrize(
    ("case", "arguments", "future", "whole", "surplus"),
    [
        (
            "a leaver and a joiner",
            {"total": 1_200_000, "consumed": [200_000, 200_000, 100_000, 0], "weights": [2, 0, 1, "0.5"]},
            [400_000, 0, 200_000, 100_000],
            [600_000, 200_000, 300_000, 100_000],
            0,
        ),
        (
            "the floor of a person is of the whole period",
            {"total": 1000, "consumed": [300, 100, 0], "weights": [1, 1, 1], "lower": [550, 0, 0]},
            [250, 175, 175],
            [550, 275, 175],
            0,
        ),
        (
            "so is the cap, and the past is not taken back",
            {"total": 1000, "consumed": [300, 100, 0], "weights": [1, 1, 1], "upper": [200, 300, None]},
            [0, 200, 400],
            [300, 300, 400],
            0,
        ),
        (
            "so is the lock",
            {"total": 1000, "consumed": [300, 100, 0], "weights": [1, 1, 1], "locked": {0: 400}},
            [100, 250, 250],
            [400, 350, 250],
            0,
        ),
        (
            "a lock below what is consumed adds nothing",
            {"total": 1000, "consumed": [300, 100, 0], "weights": [1, 1, 1], "locked": {0: 200}},
            [0, 300, 300],
            [300, 400, 300],
            0,
        ),
        (
            "a leaver's floor is void",
            {"total": 1000, "consumed": [300, 100], "weights": [0, 1], "lower": [600, 0]},
            [0, 600],
            [300, 700],
            0,
        ),
        (
            "more consumed than there is",
            {"total": 300, "consumed": [300, 100], "weights": [1, 1]},
            [0, 0],
            [300, 100],
            100,
        ),
        (
            "a reduction mirrors",
            {"total": -1000, "consumed": [-300, -100, 0], "weights": [1, 1, 1], "upper": [-550, 0, 0]},
            [-250, -175, -175],
            [-550, -275, -175],
            0,
        ),
        (
            "a reduction with a lock",
            {"total": -1000, "consumed": [-300, -100, 0], "weights": [1, 1, 1], "locked": {0: -400}},
            [-100, -250, -250],
            [-400, -350, -250],
            0,
        ),
        (
            "a reduction used up",
            {"total": -300, "consumed": [-300, -100], "weights": [1, 1]},
            [0, 0],
            [-300, -100],
            -100,
        ),
    ],
)
def test_past_stays_and_the_rest_is_spread(case, arguments, future, whole, surplus):
    assert reallocate(**arguments) == (future, whole, surplus)


def test_nobody_left_to_take_the_rest():
    with pytest.raises(Infeasible) as refused:
        reallocate(1000, [300, 100], [0, 0])
    assert (refused.value.kind, refused.value.gap) == ("no_basis", 600)


def test_reallocating_without_a_change_moves_two_cents_at_most():
    weights = [7, 5, 3, 2, 1]
    plan = allocate(1_000_003, weights)
    consumed = [amount * 40 // 100 for amount in plan]
    _, whole, _ = reallocate(1_000_003, consumed, weights)
    assert all(abs(now - before) <= 2 for now, before in zip(whole, plan, strict=True))


def test_ten_thousand_people_take_a_moment():
    """0.02–0.06 s on the house's machine; the limit leaves room for a slow and busy one."""
    chance = random.Random(5)
    weights = [round(chance.uniform(0.2, 2), 6) for _ in range(10_000)]
    lower = [int(chance.uniform(0, 7e7)) for _ in weights]
    upper = [int(chance.uniform(9e7, 3e8)) for _ in weights]
    started = time.perf_counter()
    amounts = allocate(10**12 + 7, weights, lower, upper)
    elapsed = time.perf_counter() - started
    assert sum(amounts) == 10**12 + 7
    assert all(low <= amount <= high for low, amount, high in zip(lower, amounts, upper, strict=True))
    assert elapsed < 1
