"""Alert states: one step a working day for every owner, metric and period a rule watches.

The colour badge always shows the lag; a rule only decides when somebody is alerted. All snapshots of a rule
are judged at once as columns.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from django.db import transaction
from django.db.models import Avg
from django.utils import timezone
from numpy.typing import NDArray

from metrics.models import DailyActual, Direction, Metric, MetricKind
from org.models import Company
from org.selectors import company_get
from tracking.calc.alerting import LEVELS, AlertConfig, AlertStates, step_many
from tracking.calc.laying import PARTS_PER_MILLION
from tracking.calc.pace import divide
from tracking.calc.tails import tail_probability_amount, tail_probability_count, tail_probability_ratio
from tracking.models import Alert, AlertRule, Snapshot
from tracking.selectors.plans import WorkCalendar

KEY = ("metric_id", "unit_id", "person_id", "product_line_id", "region_id", "customer_type_id")
_VALUES = ("period_start", "target_value", "plan_to_date", "actual", "numerator", "denominator", "lag_ratio",
           "workdays_elapsed")  # fmt: skip
_STATE = ("level", "hot", "cool", "open_days", "escalation")


def alerts_evaluate(*, as_of: dt.date) -> int:
    """Step the alerts of every active rule to ``as_of``; returns how many states were stepped.

    A day off steps nothing, and a day already evaluated is left alone: running it again changes nothing.
    """
    company = company_get()
    if not WorkCalendar(as_of, as_of + dt.timedelta(days=1), company).flags(
        as_of, as_of + dt.timedelta(days=1)
    )[0]:
        return 0
    return sum(_evaluate(rule, as_of, company) for rule in AlertRule.objects.filter(is_active=True))


def config_of(rule: AlertRule) -> AlertConfig:
    """The pure configuration of a rule."""
    if rule.is_literal:
        return AlertConfig.literal(rule.threshold_ratio)
    return AlertConfig(
        threshold=rule.threshold_ratio,
        watch=rule.watch_ratio,
        critical=rule.critical_ratio,
        clear=rule.clear_ratio,
        min_days=rule.min_workdays,
        min_plan_fraction=rule.min_plan_ratio,
        alpha=rule.alpha,
        confirm=rule.confirmations,
        clear_after=rule.clear_confirmations,
        escalate_days=tuple(rule.escalate_workdays or (3, 6)),
    )


@transaction.atomic
def _evaluate(rule: AlertRule, as_of: dt.date, company: Company) -> int:
    snapshots = Snapshot.objects.filter(as_of=as_of, grain=rule.grain)
    if rule.metric_id is not None:
        snapshots = snapshots.filter(metric=rule.metric_id)
    rows = list(snapshots.values_list(*KEY, *_VALUES))
    if not rows:
        return 0
    known = {
        tuple(getattr(alert, name) for name in KEY): alert
        for alert in Alert.objects.filter(rule=rule, period_start=rows[0][6]).select_for_update()
    }
    rows = [row for row in rows if (old := known.get(row[:6])) is None or old.evaluated_on < as_of]
    if not rows:
        return 0
    judged = _Judged.of(rows)
    config = config_of(rule)
    before = _states([known.get(row[:6]) for row in rows])
    after = step_many(before, judged.lag, judged.chance, judged.elapsed, judged.fraction, config)
    _save(rule, as_of, rows, known, before, after, judged)
    return len(rows)


@dataclass(frozen=True)
class _Judged:
    """Snapshots as columns: lag (NaN undefined), the chance of it on plan, workdays and share of the plan."""

    lag: NDArray[np.float64]
    chance: NDArray[np.float64]
    elapsed: NDArray[np.int64]
    fraction: NDArray[np.float64]

    @classmethod
    def of(cls, rows: Sequence[tuple[Any, ...]]) -> _Judged:
        lag = np.array([np.nan if row[12] is None else row[12] for row in rows])
        target = np.array([row[7] or 0 for row in rows], np.float64)
        plan = np.array([row[8] or 0 for row in rows], np.float64)
        chance = np.ones(len(rows))
        metric = np.array([row[0] for row in rows])
        mean_deals = _mean_facts()
        for each in Metric.objects.filter(pk__in=set(metric.tolist())):
            at = np.flatnonzero(metric == each.pk)
            if each.direction == Direction.UP:
                chance[at] = _chance(each, [rows[i] for i in at], plan[at], mean_deals.get(each.pk, 0.0))
            else:
                # Lower is better: no law of chance is known for it, so that the guard never holds it back.
                chance[at] = 0.0
        elapsed = np.array([row[13] for row in rows], np.int64)
        fraction = np.where(target > 0, divide(plan, target), 1.0)
        ratio_ids = set(Metric.objects.filter(kind=MetricKind.RATIO).values_list("pk", flat=True))
        fraction = np.where(np.isin(metric, list(ratio_ids)), 1.0, fraction)
        return cls(lag, chance, elapsed, np.nan_to_num(fraction))


def _chance(
    metric: Metric, rows: Sequence[tuple[Any, ...]], plan: NDArray[np.float64], mean_fact: float
) -> NDArray[np.float64]:
    actual = np.array([row[9] or 0 for row in rows], np.float64)
    if metric.kind == MetricKind.COUNT:
        return np.asarray(tail_probability_count(actual, plan))
    if metric.kind == MetricKind.AMOUNT:
        return np.asarray(tail_probability_amount(actual, plan, max(mean_fact, 1.0)))
    top = np.array([row[10] for row in rows], np.float64)
    bottom = np.array([row[11] for row in rows], np.float64)
    wanted = plan / PARTS_PER_MILLION
    is_share = (top <= bottom) & (wanted <= 1)
    chance = tail_probability_ratio(
        np.where(is_share, top, 0), np.where(is_share, bottom, 0), np.clip(wanted, 0, 1)
    )
    return np.where(is_share, chance, 0.0)


def _mean_facts() -> dict[int, float]:
    """The mean amount a day of each amount metric: what one deal is worth, for the law of chance.

    A person's day rarely holds more than one deal, and a larger unit only makes the guard more careful.
    """
    rows = DailyActual.objects.filter(metric__kind=MetricKind.AMOUNT, value__gt=0)
    newest = rows.order_by("-day").values_list("day", flat=True).first()
    if newest is None:
        return {}
    recent = rows.filter(day__gt=newest - dt.timedelta(days=90)).values_list("metric")
    return {metric: float(mean) for metric, mean in recent.annotate(mean=Avg("value"))}


def _states(alerts: Sequence[Alert | None]) -> AlertStates:
    columns = [
        [LEVELS.index(alert.level) if name == "level" else getattr(alert, name) for alert in alerts if alert]
        for name in _STATE
    ]
    at = np.flatnonzero([alert is not None for alert in alerts])
    states = AlertStates.fresh(len(alerts))
    for column, values in zip(
        (states.level, states.hot, states.cool, states.open_days, states.escalation), columns, strict=True
    ):
        column[at] = values
    return states


def _save(
    rule: AlertRule,
    as_of: dt.date,
    rows: Sequence[tuple[Any, ...]],
    known: dict[tuple[Any, ...], Alert],
    before: AlertStates,
    after: AlertStates,
    judged: _Judged,
) -> None:
    """Write the states that are anything but untouched; raised and cleared moments are kept."""
    now = timezone.now()
    fresh, stale = [], []
    for at, row in enumerate(rows):
        alert = known.get(row[:6])
        level, hot = int(after.level[at]), int(after.hot[at])
        if alert is None:
            if not level and not hot:
                continue
            alert = Alert(
                rule=rule, grain=rule.grain, period_start=row[6], **dict(zip(KEY, row[:6], strict=True))
            )
            fresh.append(alert)
        else:
            stale.append(alert)
        alert.level, alert.hot = LEVELS[level], hot
        alert.cool, alert.open_days = int(after.cool[at]), int(after.open_days[at])
        alert.escalation, alert.evaluated_on = int(after.escalation[at]), as_of
        alert.lag_ratio = None if np.isnan(judged.lag[at]) else float(judged.lag[at])
        alert.tail_probability = float(judged.chance[at])
        if level and not before.level[at]:
            alert.raised_at, alert.cleared_at = now, None
        elif before.level[at] and not level:
            alert.cleared_at = now
    Alert.objects.bulk_create(fresh, batch_size=1000)
    Alert.objects.bulk_update(
        stale,
        [*_STATE, "evaluated_on", "lag_ratio", "tail_probability", "raised_at", "cleared_at"],
        batch_size=500,
    )
