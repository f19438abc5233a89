"""What webhooks tell of alerts: that they were raised, that they are over."""

from __future__ import annotations

import datetime as dt
from typing import Any

from org.selectors import hook_kinds_wanted
from org.services import Event, events_record
from tracking.models import Alert, AlertRule

RAISED, CLEARED = "alert.raised", "alert.cleared"


def alerts_announce(rule: AlertRule, at: dt.datetime) -> None:
    """Tell of the alerts of a rule that were raised or cleared at this moment, in the same transaction."""
    wanted = hook_kinds_wanted(RAISED, CLEARED)
    moments = {RAISED: {"raised_at": at}, CLEARED: {"cleared_at": at}}
    told = [
        Event(kind, _told(rule, alert))
        for kind in sorted(wanted)
        for alert in _of(rule).filter(**moments[kind])
    ]
    if told:
        events_record(told, occurred_at=at)


def _of(rule: AlertRule) -> Any:
    named = ("metric", "unit", "person", "product_line", "region", "customer_type")
    return Alert.objects.filter(rule=rule).select_related(*named).order_by("pk")


def _told(rule: AlertRule, alert: Alert) -> dict[str, Any]:
    segments = (alert.product_line, alert.region, alert.customer_type)
    person = alert.person
    return {
        "id": alert.pk,
        "rule": rule.name,
        "metric": alert.metric.code,
        "grain": alert.grain,
        "period_start": alert.period_start.isoformat(),
        "as_of": alert.evaluated_on.isoformat(),
        "level": alert.level,
        "lag": None if alert.lag_ratio is None else round(alert.lag_ratio, 4),
        "unit": {"source": alert.unit.source, "external_id": alert.unit.external_id, "name": alert.unit.name},
        "person": {"employee_number": person.employee_number, "name": person.name} if person else None,
        "segment": next((segment.name for segment in segments if segment is not None), None),
    }
