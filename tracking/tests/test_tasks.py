"""The sweep and the command: all that is due is done once, and doing it again changes nothing."""

from __future__ import annotations

import datetime as dt
from io import StringIO

import pytest
import time_machine
from django.core.management import CommandError, call_command

from crm.tests.factories import make_opportunity
from metrics.models import ChangedActual
from metrics.services import refresh_changed_days
from org.models import CalendarDay
from targets.models import Plan
from tracking.models import Alert, AlertRule, Snapshot, SnapshotRun
from tracking.services import refresh_snapshots
from tracking.services.snapshots import KEPT_RUNS
from tracking.tasks import sweep_snapshots
from tracking.tests.conftest import TODAY
from tracking.tests.factories import make_plan, make_target

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("wednesday", "plain_calendar")]


def state():
    """Everything the sweep writes, without when."""
    runs = SnapshotRun.objects.values_list("as_of", "basis", "rows")
    shots = [field.attname for field in Snapshot._meta.concrete_fields if field.name != "id"]
    return (
        sorted(runs),
        sorted(Snapshot.objects.values_list(*shots), key=repr),
        list(Alert.objects.values()),
        list(AlertRule.objects.values()),
        ChangedActual.objects.count(),
    )


def test_sweeping_twice_changes_nothing(team, ann):
    make_target(make_plan(), team, 1_200_000, person=ann)
    make_opportunity(ann, "10.00", won_on=dt.date(2026, 6, 2))
    refresh_changed_days()
    sweep_snapshots()
    first = state()
    assert first[0][-1][0] == TODAY
    assert ChangedActual.objects.count() == 0
    sweep_snapshots()
    assert state() == first


def test_next_morning_has_its_own_run(team, ann):
    make_target(make_plan(), team, 1_200_000, person=ann)
    sweep_snapshots()
    with time_machine.travel(dt.datetime(2026, 6, 17, 16, 5, tzinfo=dt.UTC), tick=False):  # 00:05 in China
        sweep_snapshots()
    assert Snapshot.objects.filter(as_of=dt.date(2026, 6, 18), grain="week").exists()


def test_holiday_set_later_lays_the_plan_anew(team, ann):
    make_target(make_plan(), team, 1_200_000, person=ann)
    sweep_snapshots()
    CalendarDay.objects.create(day=dt.date(2026, 6, 16), is_workday=False)
    sweep_snapshots()
    row = Snapshot.objects.get(as_of=TODAY, grain="month")
    assert (row.workdays_elapsed, row.plan_to_date) == (12, 57_143)


def test_plan_taken_back_leaves_no_snapshots(team, ann):
    plan = make_plan()
    make_target(plan, team, 1_200_000, person=ann)
    sweep_snapshots()
    Plan.objects.filter(pk=plan.pk).update(status="closed")
    sweep_snapshots()
    assert not Snapshot.objects.filter(as_of=TODAY).exists()


def test_fact_dated_ahead_touches_nothing_yet(team, ann):
    make_target(make_plan(), team, 1_200_000, person=ann)
    sweep_snapshots()
    before = state()
    make_opportunity(ann, "10.00", won_on=dt.date(2026, 6, 18))
    refresh_changed_days()
    sweep_snapshots()
    assert state() == before


def test_only_so_many_past_days_are_kept(team, ann):
    make_target(make_plan(), team, 1_200_000, person=ann)
    for back in range(KEPT_RUNS + 5):
        SnapshotRun.objects.create(
            as_of=TODAY - dt.timedelta(days=back + 1), computed_at=dt.datetime(2026, 6, 1, tzinfo=dt.UTC)
        )
    make_opportunity(ann, won_on=TODAY)
    refresh_changed_days()
    refresh_snapshots()
    sweep_snapshots()
    assert SnapshotRun.objects.exclude(as_of=TODAY).count() <= KEPT_RUNS + 2


def test_command_recounts_and_refuses_days_to_come(team, ann):
    make_target(make_plan(), team, 1_200_000, person=ann)
    make_opportunity(ann, "10.00", won_on=dt.date(2026, 6, 2))
    said = StringIO()
    call_command("recompute", "--as-of", "2026-06-10", stdout=said)
    assert "Snapshots of 2026-06-10: 4 rows" in said.getvalue()
    assert Snapshot.objects.get(as_of=dt.date(2026, 6, 10), grain="month").actual == 1_000
    with pytest.raises(CommandError):
        call_command("recompute", "--as-of", "2026-06-18", stdout=said)
