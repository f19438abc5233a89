"""The chance of a figure this bad while on plan, for many owners of one metric at once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tracking.calc.tails import tail_probability_amount, tail_probability_count, tail_probability_ratio

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Counted:
    """What a metric counts: amounts or not, which way is good; ``size`` is a usual amount, about a deal."""

    is_amount: bool
    is_down: bool = False
    size: float = 1.0


def chance_of(actual: Floats, plan: Floats, counted: Counted) -> Floats:
    """The chance of ``actual`` or worse of an additive metric whose plan to date is ``plan``.

    Worse is less, or more where lower is better. 1 where nothing was due.
    """
    if counted.is_amount:
        below = tail_probability_amount(actual, plan, max(counted.size, 1.0))
        above = 1 - np.where(plan > 0, below, 0.0)
    else:
        below = tail_probability_count(actual, plan)
        above = 1 - np.where(plan > 0, tail_probability_count(actual - 1, plan), 0.0)
    return np.asarray(above if counted.is_down else below, np.float64)


def chance_of_ratio(top: Floats, bottom: Floats, wanted: Floats, counted: Counted) -> Floats:
    """The chance of ``top`` over ``bottom`` or worse when ``wanted`` is the ratio on plan.

    A share of counts is binomial; any other ratio is judged by its numerator, of which ``wanted`` times the
    denominator was due. ``counted`` describes the numerator. 1 without a denominator.
    """
    due = wanted * bottom
    chance = chance_of(top, due, counted)
    if not counted.is_amount:
        is_share = (top <= bottom) & (wanted <= 1) & (top >= 0)
        trials = np.where(is_share, bottom, 0)
        worse: Any = tail_probability_ratio(np.where(is_share, top, 0), trials, np.clip(wanted, 0, 1))
        if counted.is_down:
            fewer = tail_probability_ratio(np.where(is_share, top - 1, 0), trials, np.clip(wanted, 0, 1))
            worse = np.where(top > 0, 1 - fewer, 1.0)
        chance = np.where(is_share, worse, chance)
    return np.asarray(np.where(bottom > 0, chance, 1.0), np.float64)
