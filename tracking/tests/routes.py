"""Who gets which answer from the doors of this room."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

from django.utils import timezone

from metrics.models import Metric
from org.models import User
from tests.cast import Cast
from tests.matrix import Row
from tracking.models import Alert, AlertRule

EVERYBODY = (200, 200, 200, 200, 200, 200)
ADMIN_ONLY = (403, 403, 403, 403, 403, 200)
NEW_RULE = {
    "name": "Weekly visits",
    "grain": "week",
    "watch_ratio": "10",
    "threshold_ratio": "20",
    "critical_ratio": "35",
    "clear_ratio": "10",
    "min_workdays": "2",
    "min_plan_ratio": "10",
    "alpha": "10",
    "confirmations": "2",
    "clear_confirmations": "2",
    "escalate_workdays": "3, 6",
    "is_active": "on",
}


def make_alert(user: User) -> Alert:
    """An open alert about a member of the cast, in their own team."""
    person = user.person
    stay = person.assignments.first()
    assert stay is not None
    return Alert.objects.create(
        rule=AlertRule.objects.all()[0],
        grain="month",
        period_start=dt.date(2026, 6, 1),
        metric=Metric.objects.get(code="sales"),
        unit=stay.unit,
        person=person,
        level="alert",
        evaluated_on=dt.date(2026, 6, 17),
        lag_ratio=0.3,
        tail_probability=0.02,
        raised_at=timezone.now(),
    )


def _alert(name: str) -> Callable[[Cast], dict[str, Any]]:
    return lambda cast: {"pk": make_alert(getattr(cast, name)).pk}


def _rule(cast: Cast) -> dict[str, Any]:
    return {"pk": AlertRule.objects.all()[0].pk}


ROUTES = {
    "tracking:alert_list": Row(*EVERYBODY),
    "tracking:alert_acknowledge": [
        # Finance and administrators see every alert, but lead nobody.
        Row(302, 302, 302, 404, 403, 403, method="POST", args=_alert("alice")),
        Row(404, 404, 302, 302, 403, 403, method="POST", args=_alert("dave")),
    ],
    "tracking:rule_list": Row(*ADMIN_ONLY),
    "tracking:rule_create": [
        Row(*ADMIN_ONLY),
        Row(403, 403, 403, 403, 403, 302, method="POST", data=NEW_RULE),
        Row(403, 403, 403, 403, 403, 422, method="POST", data=NEW_RULE | {"watch_ratio": "30"}),
    ],
    "tracking:rule_edit": [
        Row(*ADMIN_ONLY, args=_rule),
        Row(403, 403, 403, 403, 403, 404, args=lambda cast: {"pk": 0}),
        Row(403, 403, 403, 403, 403, 302, method="POST", args=_rule, data=NEW_RULE),
    ],
    "tracking_api:progress": [
        Row(*EVERYBODY),
        Row(*EVERYBODY, query="?metric=sales&period=year"),
        Row(400, 400, 400, 400, 400, 400, query="?period=century"),
        Row(404, 404, 404, 404, 404, 404, query="?metric=sales&owner=unit:nowhere"),
        Row(400, 400, 400, 400, 400, 400, query="?as_of=2999-01-01"),
    ],
    "tracking_api:alerts": [
        Row(*EVERYBODY),
        Row(*EVERYBODY, query="?state=all&level=critical"),
        Row(404, 404, 404, 404, 404, 404, query="?owner=person:nobody"),
    ],
}
