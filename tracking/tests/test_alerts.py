"""Alerts: judged once a finished workday, raised when confirmed, held back by chance, cleared after."""

from __future__ import annotations

import datetime as dt

import pytest
import time_machine

from common.errors import Invalid
from crm.tests.factories import make_activity, make_opportunity
from metrics.models import Metric
from metrics.services import refresh_changed_days
from org.models import AuditEntry
from org.tests.factories import make_user
from tracking.models import Alert, AlertRule
from tracking.services import (
    alert_acknowledge,
    alerts_catch_up,
    alerts_evaluate,
    rule_save,
    snapshots_drain,
)
from tracking.tests.factories import make_plan, make_target

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("wednesday", "plain_calendar")]
MONDAY, TUESDAY = dt.date(2026, 6, 15), dt.date(2026, 6, 16)


@pytest.fixture
def rule() -> AlertRule:
    return AlertRule.objects.get()


def settle():
    while refresh_changed_days().taken:
        pass
    snapshots_drain()


def visits(person, count, on=dt.date(2026, 6, 2)):
    for _ in range(count):
        make_activity(person, on)


def test_far_behind_is_raised_on_the_second_day_and_not_before(team, ann, rule):
    # 60 visits wanted in June: 30 due by the 15th, the 11th of 22 workdays.
    make_target(make_plan(), team, 720, metric="effective_visits", person=ann)
    visits(ann, 12)
    settle()
    assert alerts_evaluate(as_of=MONDAY).raised == 0
    assert (Alert.objects.get().level, Alert.objects.get().hot) == ("ok", 1)
    assert alerts_evaluate(as_of=TUESDAY).raised == 1
    alert = Alert.objects.get()
    assert (alert.level, alert.person, alert.evaluated_on) == ("critical", ann, TUESDAY)
    assert alert.lag_ratio == pytest.approx(1 - 12 / 33)
    assert alert.tail_probability < 0.001
    assert alert.raised_at is not None


def test_evaluating_a_day_again_changes_nothing(team, ann, rule):
    make_target(make_plan(), team, 720, metric="effective_visits", person=ann)
    settle()
    alerts_evaluate(as_of=MONDAY)
    before = list(Alert.objects.values())
    assert alerts_evaluate(as_of=MONDAY).stepped == 0
    assert alerts_evaluate(as_of=dt.date(2026, 6, 12)).stepped == 0
    assert list(Alert.objects.values()) == before


def test_few_deals_behind_by_chance_alert_nobody(team, ann, rule):
    # Four deals a month, two due, one won: half missing, yet on plan that happens four times in ten.
    make_target(make_plan(), team, 48, metric="deals_won", person=ann)
    make_opportunity(ann, won_on=dt.date(2026, 6, 2))
    settle()
    for day in (MONDAY, TUESDAY):
        assert alerts_evaluate(as_of=day).raised == 0
    assert not Alert.objects.exists()


def test_literal_rule_alerts_on_the_bare_threshold_at_once(team, ann, rule):
    rule_save(rule=rule, actor=None, is_literal=True)
    make_target(make_plan(), team, 48, metric="deals_won", person=ann)
    make_opportunity(ann, won_on=dt.date(2026, 6, 2))
    settle()
    assert alerts_evaluate(as_of=MONDAY).raised == 1


def test_exactly_twenty_percent_behind_is_behind(team, ann, rule):
    rule_save(rule=rule, actor=None, is_literal=True)
    # 44 wanted in June, 20 due by the tenth workday, 16 done: 16/20 is a hair off in binary.
    make_target(make_plan(), team, 528, metric="effective_visits", person=ann)
    visits(ann, 16)
    settle()
    assert alerts_evaluate(as_of=dt.date(2026, 6, 12)).raised == 1


def test_who_catches_up_is_cleared_after_two_days(team, ann, rule):
    make_target(make_plan(), team, 720, metric="effective_visits", person=ann)
    settle()
    for day in (dt.date(2026, 6, 11), dt.date(2026, 6, 12)):
        alerts_evaluate(as_of=day)
    assert Alert.objects.get().level == "critical"
    visits(ann, 60)
    settle()
    assert alerts_evaluate(as_of=MONDAY).cleared == 0
    assert alerts_evaluate(as_of=TUESDAY).cleared == 1
    alert = Alert.objects.get()
    assert (alert.level, alert.cleared_at is not None) == ("ok", True)


def test_open_alert_escalates_on_the_third_day(team, ann, rule):
    make_target(make_plan(), team, 720, metric="effective_visits", person=ann)
    settle()
    days = [dt.date(2026, 6, day) for day in (9, 10, 11, 12, 15)]
    escalated = [alerts_evaluate(as_of=day).escalated for day in days]
    assert escalated == [0, 0, 0, 0, 1]
    assert Alert.objects.get().escalation == 1


def test_day_off_is_not_judged(team, ann, rule):
    make_target(make_plan(), team, 720, metric="effective_visits", person=ann)
    settle()
    assert alerts_evaluate(as_of=dt.date(2026, 6, 14)).stepped == 0
    rule.refresh_from_db()
    assert rule.evaluated_on is None


def test_new_rule_looks_back_as_far_as_it_needs_to_confirm(team, ann, rule):
    make_target(make_plan(), team, 720, metric="effective_visits", person=ann)
    settle()
    changes = alerts_catch_up(dt.date(2026, 6, 17))
    assert changes.raised == 1
    rule.refresh_from_db()
    assert rule.evaluated_on == TUESDAY
    assert alerts_catch_up(dt.date(2026, 6, 17)).stepped == 0
    with time_machine.travel(dt.datetime(2026, 6, 18, 4, tzinfo=dt.UTC), tick=False):
        assert alerts_catch_up(dt.date(2026, 6, 18)).stepped == 1


def test_inactive_rule_and_other_metrics_are_left_alone(team, ann, rule):
    make_target(make_plan(), team, 720, metric="effective_visits", person=ann)
    settle()
    rule_save(rule=rule, actor=None, metric=rule_metric("sales"))
    assert alerts_evaluate(as_of=MONDAY).stepped == 0
    rule_save(rule=rule, actor=None, metric=None, is_active=False)
    assert alerts_evaluate(as_of=TUESDAY).stepped == 0
    assert not Alert.objects.exists()


def rule_metric(code):
    return Metric.objects.get(code=code)


@pytest.mark.parametrize(
    ("case", "changes", "field"),
    [
        ("watch above alert", {"watch_ratio": 0.3}, "threshold_ratio"),
        ("clears above alert", {"clear_ratio": 0.25}, "clear_ratio"),
        ("more than all", {"critical_ratio": 1.5}, "critical_ratio"),
        ("never confirmed", {"confirmations": 0}, "confirmations"),
        ("escalation falls", {"escalate_workdays": [6, 3]}, "escalate_workdays"),
    ],
)
def test_rule_that_cannot_work_is_refused(case, changes, field, rule):
    with pytest.raises(Invalid) as refused:
        rule_save(rule=rule, actor=None, **changes)
    assert field in {each.field for each in refused.value.errors}
    rule.refresh_from_db()
    assert getattr(rule, field) != changes.get(field, object())
    assert not AuditEntry.objects.filter(action="tracking.rule.change").exists()


def test_changed_rule_is_audited_and_saving_it_unchanged_is_not(rule):
    boss = make_user("boss@example.com")
    rule_save(rule=rule, actor=boss, threshold_ratio=0.25)
    rule_save(rule=rule, actor=boss, threshold_ratio=0.25)
    entry = AuditEntry.objects.get(action="tracking.rule.change")
    assert (entry.before["threshold_ratio"], entry.after["threshold_ratio"]) == (0.2, 0.25)


def test_first_to_see_an_alert_is_kept(team, ann, rule):
    make_target(make_plan(), team, 720, metric="effective_visits", person=ann)
    settle()
    alerts_catch_up(dt.date(2026, 6, 17))
    first, second = make_user("first@example.com"), make_user("second@example.com")
    for user in (first, second):
        alert_acknowledge(alert=Alert.objects.get(), actor=user)
    assert Alert.objects.get().acknowledged_by == first
    assert AuditEntry.objects.filter(action="tracking.alert.acknowledge").count() == 1
