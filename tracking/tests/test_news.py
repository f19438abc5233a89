"""What webhooks hear of alerts: raised and cleared, each once."""

from __future__ import annotations

import datetime as dt

import pytest
import time_machine

from crm.tests.factories import make_activity
from metrics.services import refresh_changed_days
from org.models import HookEvent
from org.tests.factories import make_hook
from tracking.models import Alert, AlertRule
from tracking.services import alerts_evaluate, snapshots_drain
from tracking.tests.factories import make_plan, make_target

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("wednesday", "plain_calendar")]
DAYS = [dt.date(2026, 6, day) for day in (11, 12, 15, 16)]


def settle():
    while refresh_changed_days().taken:
        pass
    snapshots_drain()


def step(at):
    """Judge a day, each a second after the one before."""
    with time_machine.travel(dt.datetime(2026, 6, 17, 4, 0, at, tzinfo=dt.UTC), tick=False):
        alerts_evaluate(as_of=DAYS[at])


def test_alert_is_told_when_raised_and_when_over(team, ann):
    make_hook("https://8.8.8.8/", "alert.raised", "alert.cleared", is_active=True)
    AlertRule.objects.update(confirmations=1, clear_confirmations=1)
    make_target(make_plan(), team, 720, metric="effective_visits", person=ann)
    settle()
    step(0)
    step(1)
    [raised] = HookEvent.objects.all()
    alert = Alert.objects.get()
    assert (raised.kind, raised.payload["id"]) == ("alert.raised", alert.pk)
    assert raised.payload["person"] == {"employee_number": ann.employee_number, "name": "Ann"}
    assert (raised.payload["metric"], raised.payload["lag"]) == ("effective_visits", 1.0)
    assert (raised.payload["unit"]["name"], raised.payload["as_of"]) == ("Team", "2026-06-11")
    for _visit in range(60):
        make_activity(ann, dt.date(2026, 6, 2))
    settle()
    step(2)
    step(3)
    kinds = list(HookEvent.objects.order_by("pk").values_list("kind", flat=True))
    assert kinds == ["alert.raised", "alert.cleared"]
    assert HookEvent.objects.latest("pk").payload["level"] == "ok"


def test_alert_that_nobody_listens_for_leaves_no_event(team, ann):
    AlertRule.objects.update(confirmations=1)
    make_target(make_plan(), team, 720, metric="effective_visits", person=ann)
    settle()
    step(0)
    assert Alert.objects.get().raised_at is not None
    assert not HookEvent.objects.exists()
