# ruff: noqa: S608 (every name in these texts comes from the models; values are always parameters)
"""Whom a rule has to look at on a day: those far enough behind to be hot, and those it knows already."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from metrics.models import Direction, Metric, MetricKind
from tracking.calc.alerting import LEVELS, AlertConfig, AlertStates
from tracking.calc.judging import Counted, chance_of, chance_of_ratio
from tracking.calc.laying import PARTS_PER_MILLION
from tracking.calc.pace import divide, lags
from tracking.models import Alert, AlertRule, Snapshot
from tracking.selectors.integers import Ints, read_integers

SNAPSHOTS, ALERTS = Snapshot._meta.db_table, Alert._meta.db_table
KEY = ("metric_id", "unit_id", "person_id", "product_line_id", "region_id", "customer_type_id")
_FIGURES = (
    "target_value", "plan_to_date", "actual", "numerator", "denominator", "workdays_elapsed",
    "workdays_remaining",
)  # fmt: skip
_STATE = ("id", "level", "hot", "cool", "open_days", "escalation")
# A lag of 0.2 is rarely exact in binary, and the badge rounds it likewise.
DIGITS = 8
# A lag of what has none: the actual of a ratio may be missing.
_MISSING = -(2**62)

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Candidates:
    """Owners of one period as columns: keys, known alert's id (0: none), lag (or NaN) and its chance."""

    keys: Ints
    alert_ids: Ints
    states: AlertStates
    lag: Floats
    chance: Floats
    workdays_elapsed: Ints
    plan_fraction: Floats


def candidates_of(
    rule: AlertRule, as_of: dt.date, config: AlertConfig, sizes: dict[str, float]
) -> Candidates:
    """The rule's candidates among the snapshots of a day; two queries whatever their number.

    ``sizes`` are the mean daily figures by metric id. Who is neither known to the rule nor behind is left
    out: for them a step changes nothing.
    """
    table = read_integers(*_select(rule, as_of, config), _names(), is_bulk=True)
    figures = dict(zip(_names(), table.T, strict=True))
    metrics = Metric.objects.select_related("numerator").in_bulk(np.unique(figures["metric_id"]).tolist())
    is_down = np.isin(
        figures["metric_id"], [pk for pk, metric in metrics.items() if metric.direction == Direction.DOWN]
    )
    actual = np.where(figures["actual"] == _MISSING, np.nan, figures["actual"].astype(np.float64))
    chance, fraction = _judged(figures, actual, metrics, sizes)
    return Candidates(
        keys=table[:, : len(KEY)],
        alert_ids=figures["id"],
        states=AlertStates(*(figures[name] for name in _STATE[1:])),
        lag=np.round(lags(actual, figures["plan_to_date"], is_down), DIGITS),
        chance=chance,
        workdays_elapsed=figures["workdays_elapsed"],
        plan_fraction=fraction,
    )


def _judged(
    figures: dict[str, Ints], actual: Floats, metrics: dict[int, Metric], sizes: dict[str, float]
) -> tuple[Floats, Floats]:
    """The chance of each figure on plan, and the share of the plan that was due."""
    plan, top, bottom = (
        figures[name].astype(np.float64) for name in ("plan_to_date", "numerator", "denominator")
    )
    elapsed, remaining = figures["workdays_elapsed"], figures["workdays_remaining"]
    chance = np.ones(len(plan))
    fraction = divide(plan, figures["target_value"])
    for metric in metrics.values():
        at = np.flatnonzero(figures["metric_id"] == metric.pk)
        if metric.is_ratio:
            counted = _counted(metric.numerator or metric, metric, sizes)
            chance[at] = chance_of_ratio(top[at], bottom[at], plan[at] / PARTS_PER_MILLION, counted)
            # What is wanted of a ratio doesn't grow: the share of the period that has passed stands for it.
            fraction[at] = divide(elapsed[at], elapsed[at] + remaining[at])
        else:
            chance[at] = chance_of(actual[at], plan[at], _counted(metric, metric, sizes))
    return np.nan_to_num(chance, nan=1.0), np.nan_to_num(fraction)


def _counted(summed: Metric, judged: Metric, sizes: dict[str, float]) -> Counted:
    """``summed`` is what makes up the figure, ``judged`` the metric whose direction counts."""
    return Counted(
        is_amount=summed.kind == MetricKind.AMOUNT,
        is_down=judged.direction == Direction.DOWN,
        size=sizes.get(str(summed.pk), 1.0),
    )


def _names() -> tuple[str, ...]:
    return (*KEY, *_FIGURES, *_STATE)


def _select(rule: AlertRule, as_of: dt.date, config: AlertConfig) -> tuple[str, list[object]]:
    """Snapshots that are behind or known to the rule, with the known alert's state; 0 for none."""
    levels = " ".join(f"WHEN '{level}' THEN {at}" for at, level in enumerate(LEVELS))
    special = {
        "actual": f"COALESCE(s.actual, {_MISSING})",
        "level": f"CASE a.level {levels} ELSE 0 END",
        **{name: f"COALESCE(a.{name}, 0)" for name in _STATE if name != "level"},
    }
    picked = ", ".join(
        f"CAST({special.get(name, f'COALESCE(s.{name}, 0)')} AS bigint) AS {name}" for name in _names()
    )
    same = " AND ".join(
        f"a.{name} = s.{name}" if name in KEY[:2] else f"COALESCE(a.{name}, 0) = COALESCE(s.{name}, 0)"
        for name in KEY
    )
    where, params = "s.as_of = %s AND s.grain = %s", [as_of, rule.grain]
    if rule.metric_id is not None:
        where, params = f"{where} AND s.metric_id = %s", [*params, rule.metric_id]
    behind = "s.lag_ratio >= %s AND s.workdays_elapsed >= %s"
    sql = (
        f"SELECT {picked} FROM {SNAPSHOTS} s LEFT JOIN {ALERTS} a"
        f" ON a.rule_id = %s AND a.period_start = s.period_start AND {same}"
        f" WHERE {where} AND (({behind}) OR a.id IS NOT NULL)"
    )
    return sql, [rule.pk, *params, config.threshold - 0.1**DIGITS, config.min_days]
