"""How far somebody is against the plan to date, and when a lag becomes an alert.

"20 % behind" means actual < 0.80 × plan to date. Everything undefined is None (NaN in arrays): never 0, never
100 %. The names of METHODS §3 live here; chances are in ``tails``, the state machine in ``alerting``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from tracking.calc.alerting import AlertConfig, AlertState, step
from tracking.calc.tails import tail_probability_amount, tail_probability_count, tail_probability_ratio

Floats = NDArray[np.float64]
Direction = Literal["up", "down"]
Status = Literal["on_track", "watch", "behind", "critical", "undefined"]


def pace(actual: float | None, plan_to_date: float | None) -> float | None:
    """actual / plan to date, uncapped; None where nothing was due yet.

    >>> pace(40, 50)
    0.8
    """
    if actual is None or plan_to_date is None or plan_to_date <= 0:
        return None
    return actual / plan_to_date


def lag(actual: float | None, plan_to_date: float | None, direction: Direction = "up") -> float | None:
    """How far behind as a share of the plan to date: 1 − pace, or pace − 1 where lower is better.

    Above 1 when net refunds make the actual negative. None where nothing was due yet.
    """
    reached = pace(actual, plan_to_date)
    if reached is None:
        return None
    return 1 - reached if direction == "up" else reached - 1


def lag_points(
    actual: float | None, plan_to_date: float | None, target: float | None, direction: Direction = "up"
) -> float | None:
    """The gap to the plan to date as a share of the whole target: the second reading, never the rule."""
    if actual is None or plan_to_date is None or not target:
        return None
    gap = plan_to_date - actual if direction == "up" else actual - plan_to_date
    return gap / target


def completion(actual: float | None, target: float | None) -> float | None:
    """actual / target of the whole period, uncapped; None without a positive target."""
    if actual is None or target is None or target <= 0:
        return None
    return actual / target


def ratio(numerator: float, denominator: float) -> float | None:
    """Sums over sums: a ratio is never averaged. None without a denominator."""
    return numerator / denominator if denominator else None


@dataclass(frozen=True)
class RunRate:
    """What is still to do: the gap, the gap per remaining workday, and as a multiple of the planned rate.

    ``per_day`` is None when no workday remains, ``multiple`` when the plan asks for nothing more.
    """

    gap: float
    per_day: float | None
    multiple: float | None


def needed_run_rate(target: float, actual: float, plan_to_date: float, remaining_workdays: int) -> RunRate:
    """The run rate needed to reach the target; all zero once it is reached.

    >>> needed_run_rate(100, 40, 50, 10)
    RunRate(gap=60, per_day=6.0, multiple=1.2)
    """
    gap = target - actual
    if gap <= 0:
        return RunRate(0, 0.0, 0.0)
    planned = target - plan_to_date
    return RunRate(
        gap,
        gap / remaining_workdays if remaining_workdays > 0 else None,
        gap / planned if planned > 0 else None,
    )


def status_badge(
    lag_ratio: float | None, *, watch: float = 0.10, threshold: float = 0.20, critical: float = 0.35
) -> Status:
    """The colour a lag has, whatever the alert rules say: the badge is never gated.

    >>> status_badge(0.2), status_badge(None)
    ('behind', 'undefined')
    """
    if lag_ratio is None:
        return "undefined"
    # A share like 0.2 is rarely exact in binary: a millionth of a percent decides nothing.
    rounded = round(lag_ratio, 8)
    if rounded >= critical:
        return "critical"
    if rounded >= threshold:
        return "behind"
    return "watch" if rounded >= watch else "on_track"


def divide(numerators: Any, denominators: Any) -> Floats:
    """Element by element quotients; NaN where the denominator is zero, negative or missing."""
    top = np.asarray(numerators, dtype=np.float64)
    bottom = np.asarray(denominators, dtype=np.float64)
    undefined = np.full(np.broadcast(top, bottom).shape, np.nan)
    return np.asarray(np.divide(top, bottom, out=undefined, where=bottom > 0), np.float64)


def lags(actual: Any, plan_to_date: Any, is_down: Any = False) -> Floats:
    """``lag`` for arrays: NaN where undefined; ``is_down`` marks metrics where lower is better."""
    reached = divide(actual, plan_to_date)
    return np.where(np.asarray(is_down, dtype=bool), reached - 1, 1 - reached)


__all__ = [
    "AlertConfig",
    "AlertState",
    "RunRate",
    "completion",
    "divide",
    "lag",
    "lag_points",
    "lags",
    "needed_run_rate",
    "pace",
    "ratio",
    "status_badge",
    "step",
    "tail_probability_amount",
    "tail_probability_count",
    "tail_probability_ratio",
]
