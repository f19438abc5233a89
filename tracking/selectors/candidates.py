"""Whom a rule has to look at on a day: those far enough behind to be hot, and those it knows already."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from django.db.models import Q, QuerySet
from numpy.typing import NDArray

from metrics.models import Direction, Metric, MetricKind
from tracking.calc.alerting import AlertConfig
from tracking.calc.judging import Counted, chance_of, chance_of_ratio
from tracking.calc.laying import PARTS_PER_MILLION
from tracking.calc.pace import divide
from tracking.models import Alert, AlertRule, Snapshot

KEY = ("metric_id", "unit_id", "person_id", "product_line_id", "region_id", "customer_type_id")
_FIGURES = (
    "target_value", "plan_to_date", "actual", "numerator", "denominator", "lag_ratio", "workdays_elapsed",
    "workdays_remaining",
)  # fmt: skip
# A lag of 0.2 is rarely exact in binary, and the badge rounds it likewise.
DIGITS = 8

Key = tuple[int | None, ...]
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Candidates:
    """Owners of one period as columns: the alert so far, lag (NaN undefined) and its chance on plan."""

    period_start: dt.date
    keys: Sequence[Key]
    alerts: Sequence[Alert | None]
    lag: Floats
    chance: Floats
    workdays_elapsed: NDArray[np.int64]
    plan_fraction: Floats


def candidates_of(
    rule: AlertRule, as_of: dt.date, config: AlertConfig, sizes: dict[str, float]
) -> Candidates:
    """The rule's candidates among the snapshots of a day; three or four queries whatever their number.

    ``sizes`` are the mean daily figures by metric id. Who is neither known to the rule nor behind is left
    out: for them a step changes nothing.
    """
    snapshots = Snapshot.objects.filter(as_of=as_of, grain=rule.grain)
    if rule.metric_id is not None:
        snapshots = snapshots.filter(metric=rule.metric_id)
    first = snapshots.values_list("period_start", flat=True).first()
    if first is None:
        return _judged(as_of, [], {}, sizes)
    known = {_key_of(alert): alert for alert in Alert.objects.filter(rule=rule, period_start=first)}
    behind = snapshots.filter(
        lag_ratio__gte=config.threshold - 0.1**DIGITS, workdays_elapsed__gte=config.min_days
    )
    rows = list(behind.order_by().values_list(*KEY, *_FIGURES))
    waiting = known.keys() - {row[: len(KEY)] for row in rows}
    if waiting:
        rows += [row for row in _of_owners(snapshots, waiting) if row[: len(KEY)] in waiting]
    return _judged(first, rows, known, sizes)


def _of_owners(snapshots: QuerySet[Snapshot], keys: set[Key]) -> list[tuple[Any, ...]]:
    """The snapshots of all owners among ``keys``; more than one of an owner may come."""
    people = {key[2] for key in keys if key[2] is not None}
    units = {key[1] for key in keys if key[2] is None}
    owned = snapshots.filter(Q(person__in=people) | Q(person=None, unit__in=units))
    return list(owned.order_by().values_list(*KEY, *_FIGURES))


def _key_of(alert: Alert) -> Key:
    return tuple(getattr(alert, name) for name in KEY)


def _judged(
    first: dt.date, rows: Sequence[tuple[Any, ...]], known: dict[Key, Alert], sizes: dict[str, float]
) -> Candidates:
    width = len(KEY)
    columns = [np.array([row[width + at] for row in rows], np.float64) for at in range(len(_FIGURES))]
    target, plan, actual, top, bottom, lag, elapsed, remaining = columns
    metric = np.array([row[0] for row in rows], np.int64)
    chance = np.ones(len(rows))
    fraction = divide(plan, target)
    present = np.unique(metric).tolist()
    for each in Metric.objects.filter(pk__in=present).select_related("numerator"):
        at = np.flatnonzero(metric == each.pk)
        if each.is_ratio:
            counted = _counted(each.numerator or each, each, sizes)
            chance[at] = chance_of_ratio(top[at], bottom[at], plan[at] / PARTS_PER_MILLION, counted)
            # What is wanted of a ratio doesn't grow: the share of the period that has passed stands for it.
            fraction[at] = divide(elapsed[at], elapsed[at] + remaining[at])
        else:
            chance[at] = chance_of(actual[at], plan[at], _counted(each, each, sizes))
    keys = [row[:width] for row in rows]
    return Candidates(
        period_start=first,
        keys=keys,
        alerts=[known.get(key) for key in keys],
        lag=np.round(lag, DIGITS),
        chance=np.nan_to_num(chance, nan=1.0),
        workdays_elapsed=elapsed.astype(np.int64),
        plan_fraction=np.nan_to_num(fraction),
    )


def _counted(summed: Metric, judged: Metric, sizes: dict[str, float]) -> Counted:
    """``summed`` is what makes up the figure, ``judged`` the metric whose direction counts."""
    return Counted(
        is_amount=summed.kind == MetricKind.AMOUNT,
        is_down=judged.direction == Direction.DOWN,
        size=sizes.get(str(summed.pk), 1.0),
    )
