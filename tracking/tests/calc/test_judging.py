"""The chance of a figure while on plan: worse is less, or more where lower is better; ratios."""

from __future__ import annotations

import numpy as np
import pytest

from tracking.calc.judging import Counted, chance_of, chance_of_ratio

COUNT, AMOUNT = Counted(is_amount=False), Counted(is_amount=True, size=2.0)


def one(value: float) -> np.ndarray:
    return np.array([value], dtype=np.float64)


@pytest.mark.parametrize(
    ("case", "actual", "plan", "counted", "chance"),
    [
        ("four of eight deals", 4, 8, COUNT, 0.0996324),
        ("nothing was due", 0, 0, COUNT, 1.0),
        ("an amount of deals of two", 4, 10, AMOUNT, 0.150647),
        ("more refunds than sales", -1, 10, AMOUNT, 0.0),
        ("twelve complaints where eight are on plan", 12, 8, Counted(False, is_down=True), 0.1119240),
        ("no complaint at all", 0, 8, Counted(False, is_down=True), 1.0),
    ],
)
def test_chance_of_a_figure(case, actual, plan, counted, chance):
    assert chance_of(one(actual), one(plan), counted)[0] == pytest.approx(chance, abs=1e-6)


@pytest.mark.parametrize(
    ("case", "top", "bottom", "wanted", "counted", "chance"),
    [
        ("five of fifty leads where a fifth is wanted", 5, 50, 0.2, COUNT, 0.0480272),
        ("no lead closed yet", 0, 0, 0.2, COUNT, 1.0),
        ("ten deals sold for 4 where 1 each is wanted", 4, 10, 1.0, AMOUNT, 0.150647),
        ("more orders than customers are no share", 4, 4, 2.0, COUNT, 0.0996324),
        ("a share where lower is better", 5, 10, 0.2, Counted(False, is_down=True), 0.0327935),
    ],
)
def test_chance_of_a_ratio(case, top, bottom, wanted, counted, chance):
    found = chance_of_ratio(one(top), one(bottom), one(wanted), counted)
    assert found[0] == pytest.approx(chance, abs=1e-6)
