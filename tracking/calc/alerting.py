"""The alert state of one owner, metric and period: a pure step a working day, alone or for many at once.

ok → alert after ``confirm`` hot evaluations (critical if the lag is that large); alert → critical when it
worsens; cleared after ``clear_after`` evaluations under ``clear``; escalated on given days while open.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

Event = tuple[str, str | int]
LEVELS = ("ok", "alert", "critical")


@dataclass(frozen=True)
class AlertConfig:
    """When a lag is hot, how often it must be, and when it clears. Ratios are shares of the plan to date."""

    threshold: float = 0.20
    watch: float = 0.10
    critical: float = 0.35
    clear: float = 0.10
    min_days: int = 3
    min_plan_fraction: float = 0.10
    alpha: float = 0.10
    confirm: int = 2
    clear_after: int = 2
    escalate_days: tuple[int, ...] = (3, 6)

    @classmethod
    def literal(cls, threshold: float = 0.20) -> AlertConfig:
        """The bare rule "20 % behind": no waiting, no guard against noise, no confirmation."""
        return cls(
            threshold=threshold, min_days=0, min_plan_fraction=0.0, alpha=1.0, confirm=1, clear_after=1
        )


@dataclass(frozen=True)
class AlertState:
    """Level and counters: hot and cool evaluations in a row, working days open, escalations made."""

    level: str = "ok"
    hot: int = 0
    cool: int = 0
    open_days: int = 0
    escalation: int = 0


def step(
    state: AlertState,
    lag: float | None,
    p: float,
    days_elapsed: int,
    plan_fraction: float,
    config: AlertConfig = AlertConfig(),
) -> tuple[AlertState, list[Event]]:
    """One evaluation; ``p`` is the chance of doing this badly while on plan, ``plan_fraction`` of the target.

    Events are ("raise", level), ("worsen", "critical"), ("escalate", step) and ("clear", level).
    """
    hot = (
        lag is not None
        and days_elapsed >= config.min_days
        and plan_fraction >= config.min_plan_fraction
        and lag >= config.threshold
        and p <= config.alpha
    )
    if state.level == "ok":
        count = state.hot + 1 if hot else 0
        if count < config.confirm:
            return replace(state, hot=count), []
        level = "critical" if lag is not None and lag >= config.critical else "alert"
        return AlertState(level, count), [("raise", level)]
    return _step_open(state, lag, hot, config)


def _step_open(
    state: AlertState, lag: float | None, hot: bool, config: AlertConfig
) -> tuple[AlertState, list[Event]]:
    events: list[Event] = []
    open_days = state.open_days + 1
    cool = state.cool + 1 if lag is not None and lag < config.clear else 0
    if cool >= config.clear_after:
        return AlertState(), [("clear", state.level)]
    level = state.level
    if level == "alert" and hot and lag is not None and lag >= config.critical:
        level = "critical"
        events.append(("worsen", level))
    escalation = state.escalation
    if escalation < len(config.escalate_days) and open_days >= config.escalate_days[escalation]:
        escalation += 1
        events.append(("escalate", escalation))
    return AlertState(level, state.hot, cool, open_days, escalation), events


@dataclass(frozen=True)
class AlertStates:
    """Many states as columns; ``level`` is 0 ok, 1 alert, 2 critical."""

    level: NDArray[np.int64]
    hot: NDArray[np.int64]
    cool: NDArray[np.int64]
    open_days: NDArray[np.int64]
    escalation: NDArray[np.int64]

    @classmethod
    def fresh(cls, count: int) -> AlertStates:
        """``count`` states that nothing has happened to."""
        return cls(*(np.zeros(count, np.int64) for _ in range(5)))


def step_many(
    states: AlertStates,
    lag: NDArray[np.float64],
    p: NDArray[np.float64],
    days_elapsed: NDArray[np.int64],
    plan_fraction: NDArray[np.float64],
    config: AlertConfig,
) -> AlertStates:
    """``step`` for many at once; a NaN lag is undefined. Events follow from comparing before and after."""
    known = ~np.isnan(lag)
    value = np.where(known, lag, 0.0)
    hot = known & (days_elapsed >= config.min_days) & (plan_fraction >= config.min_plan_fraction)
    hot &= (value >= config.threshold) & (p <= config.alpha)
    is_ok = states.level == 0
    hot_count = np.where(is_ok, np.where(hot, states.hot + 1, 0), states.hot)
    raised = is_ok & (hot_count >= config.confirm)
    is_critical = known & (value >= config.critical)
    open_days = np.where(is_ok, 0, states.open_days + 1)
    cool = np.where(~is_ok & known & (value < config.clear), states.cool + 1, 0)
    cleared = ~is_ok & (cool >= config.clear_after)
    level = np.where(raised, np.where(is_critical, 2, 1), states.level)
    level = np.where(~is_ok & (states.level == 1) & hot & is_critical, 2, level)
    due = np.array([*config.escalate_days, np.iinfo(np.int64).max], dtype=np.int64)
    made = np.minimum(states.escalation, len(config.escalate_days))
    escalation = np.where(~is_ok & (open_days >= due[made]), states.escalation + 1, states.escalation)
    kept = ~cleared
    return AlertStates(
        np.where(cleared, 0, level),
        hot_count * kept,
        cool * kept * ~raised,
        open_days * kept,
        np.where(raised, 0, escalation) * kept,
    )
