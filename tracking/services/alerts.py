"""Alert states: one step a finished working day for every owner, metric and period that a rule watches.

The colour badge always shows the lag; a rule only decides when somebody is alerted. All candidates of a rule
are judged at once as columns.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
from django.db import transaction
from django.utils import timezone
from numpy.typing import NDArray

from common.periods import period_containing
from crm.services.tables import insert_rows, update_rows
from org.selectors import company_get
from tracking.calc.alerting import LEVELS, AlertConfig, AlertStates, step_many
from tracking.models import Alert, AlertRule, SnapshotRun
from tracking.selectors.candidates import KEY, Candidates, candidates_of
from tracking.selectors.plans import WorkCalendar
from tracking.services.announcing import alerts_announce
from tracking.services.locks import hold_snapshot_lock
from tracking.services.snapshots import snapshots_ensure

# A worker that was away for long catches up this many days, no more: older ones alert nobody any more.
CATCH_UP = 5
_COLUMNS = ("level", "hot", "cool", "open_days", "escalation", "lag_ratio", "tail_probability")


@dataclass(frozen=True)
class AlertChanges:
    """How many alerts were stepped, and how many of them raised, worsened, escalated, cleared."""

    stepped: int = 0
    raised: int = 0
    worsened: int = 0
    escalated: int = 0
    cleared: int = 0

    def __add__(self, other: AlertChanges) -> AlertChanges:
        return AlertChanges(
            *(getattr(self, each.name) + getattr(other, each.name) for each in fields(AlertChanges))
        )


def alerts_evaluate(*, as_of: dt.date) -> AlertChanges:
    """Step the alerts of every active rule to the working day ``as_of``, by its snapshots.

    A day off steps nothing, and a rule never steps the same day twice nor backwards: running it again changes
    nothing. The day should be over: through its end the plan is due, but not yet all of its facts are known.
    """
    if not WorkCalendar(as_of, as_of + dt.timedelta(days=1)).is_workday(as_of):
        return AlertChanges()
    snapshots_ensure(as_of)
    with transaction.atomic():
        hold_snapshot_lock()
        rules = AlertRule.objects.select_for_update().filter(is_active=True)
        due = [rule for rule in rules if rule.evaluated_on is None or rule.evaluated_on < as_of]
        sizes = SnapshotRun.objects.get(as_of=as_of).fact_sizes if due else {}
        return sum((_evaluate(rule, as_of, sizes) for rule in due), AlertChanges())


def alerts_catch_up(today: dt.date) -> AlertChanges:
    """Step all rules through the working days before ``today`` that they have not seen.

    A new rule begins as many days back as it needs to confirm an alert, so that it isn't blind at first.
    """
    rules = list(AlertRule.objects.filter(is_active=True).values_list("evaluated_on", "confirmations"))
    if not rules:
        return AlertChanges()
    calendar = WorkCalendar(today - dt.timedelta(days=30), today)
    flags = calendar.flags(today - dt.timedelta(days=30), today)
    worked = [today - dt.timedelta(days=len(flags) - at) for at, is_worked in enumerate(flags) if is_worked]
    since = min(
        seen + dt.timedelta(days=1) if seen else (worked[-confirmations:] or [today])[0]
        for seen, confirmations in rules
    )
    days = [day for day in worked if day >= since][-CATCH_UP:]
    return sum((alerts_evaluate(as_of=day) for day in days), AlertChanges())


def config_of(rule: AlertRule) -> AlertConfig:
    """The pure configuration of a rule."""
    escalation = tuple(rule.escalate_workdays)
    if rule.is_literal:
        literal = AlertConfig.literal(rule.threshold_ratio)
        return AlertConfig(
            **{
                **{each.name: getattr(literal, each.name) for each in fields(AlertConfig)},
                "critical": rule.critical_ratio,
                "clear": rule.threshold_ratio,
                "escalate_days": escalation,
            }
        )
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
        escalate_days=escalation,
    )


def _evaluate(rule: AlertRule, as_of: dt.date, sizes: dict[str, float]) -> AlertChanges:
    config = config_of(rule)
    found = candidates_of(rule, as_of, config, sizes)
    after = step_many(
        found.states, found.lag, found.chance, found.workdays_elapsed, found.plan_fraction, config
    )
    _save(rule, as_of, found, after)
    AlertRule.objects.filter(pk=rule.pk).update(evaluated_on=as_of)
    was, now = found.states.level, after.level
    return AlertChanges(
        stepped=len(found.keys),
        raised=int(((was == 0) & (now > 0)).sum()),
        worsened=int(((was == 1) & (now == 2)).sum()),
        escalated=int((after.escalation > found.states.escalation).sum()),
        cleared=int(((was > 0) & (now == 0)).sum()),
    )


def _save(rule: AlertRule, as_of: dt.date, found: Candidates, after: AlertStates) -> None:
    """Write the states that anything happened to; when an alert was raised and cleared is kept."""
    now = timezone.now()
    was = found.states.level
    is_known = found.alert_ids > 0
    fresh = np.flatnonzero(~is_known & ((after.level > 0) | (after.hot > 0)))
    # What was quiet and stays quiet needs no new row.
    moved = (was > 0) | (after.level > 0) | (found.states.hot != after.hot)
    stale = np.flatnonzero(is_known & moved)
    window = period_containing(as_of, rule.grain, company_get().fiscal_year_start_month)
    keys = [tuple(key or None for key in row) for row in found.keys[fresh].tolist()]
    raised = [now if level else None for level in after.level[fresh].tolist()]
    rows = zip(keys, _listed(found, after, fresh), raised, strict=True)
    insert_rows(
        Alert,
        ("rule_id", "grain", "period_start", *KEY, *_COLUMNS, "evaluated_on", "raised_at"),
        [(rule.pk, rule.grain, window.start, *key, *state, as_of, at) for key, state, at in rows],
    )
    ids = found.alert_ids[stale].tolist()
    states = zip(_listed(found, after, stale), ids, strict=True)
    update_rows(Alert, (*_COLUMNS, "evaluated_on"), [(*state, as_of, pk) for state, pk in states])
    again = found.alert_ids[is_known & (was == 0) & (after.level > 0)].tolist()
    update_rows(Alert, ("raised_at", "cleared_at"), [(now, None, pk) for pk in again])
    over = found.alert_ids[is_known & (was > 0) & (after.level == 0)].tolist()
    update_rows(Alert, ("cleared_at",), [(now, pk) for pk in over])
    alerts_announce(rule, now)


def _listed(found: Candidates, after: AlertStates, rows: NDArray[np.intp]) -> Iterator[tuple[Any, ...]]:
    """The values of ``_COLUMNS`` at some rows."""
    levels = np.array(LEVELS, dtype=object)[after.level[rows]]
    counters = (after.hot, after.cool, after.open_days, after.escalation)
    lists = [column[rows].tolist() for column in counters]
    lags = [None if np.isnan(lag) else lag for lag in found.lag[rows].tolist()]
    return zip(levels.tolist(), *lists, lags, found.chance[rows].tolist(), strict=True)
