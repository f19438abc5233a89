"""Snapshots and curves of a calibrated plan: from its day on the new months count, before it the old ones."""

from __future__ import annotations

import datetime as dt

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from common.periods import period_containing
from crm.tests.factories import make_opportunity
from metrics.models import Metric
from metrics.services import refresh_changed_days
from org.models import Company
from org.scope import Scope
from org.selectors import company_today
from targets.models import DELTA_FIELDS, Calibration, CalibrationLine
from tracking.models import Snapshot
from tracking.selectors.curves import progress_curve
from tracking.selectors.plans import PlanSide
from tracking.services import refresh_snapshots, snapshots_drain, snapshots_ensure
from tracking.tests.factories import make_plan, make_target

pytestmark = pytest.mark.django_db
TODAY = dt.date(2026, 5, 12)
CHANGE = (0,) * 5 + (-20_000, -20_000, 8_000, 8_000, 8_000, 8_000, 8_000)


@pytest.fixture(autouse=True)
def may():
    Company.objects.update(country="")
    with time_machine.travel(dt.datetime(2026, 5, 12, 4, tzinfo=dt.UTC), tick=False):
        yield


def adjust(target, change=CHANGE, effective_on=TODAY, title="Price war"):
    """A published calibration of one target, as its rows say it."""
    moved = [at for at, delta in enumerate(change) if delta]
    row = Calibration.objects.create(
        plan=target.plan,
        title=title,
        trigger="market",
        evidence="Prices",
        reason="A rival cut prices",
        first_month=moved[0],
        last_month=moved[-1],
        status="published",
        effective_on=effective_on,
        decided_at=timezone.now(),
        published_at=timezone.now(),
    )
    deltas = dict(zip(DELTA_FIELDS, change, strict=True))
    is_additive = target.is_additive
    return CalibrationLine.objects.create(
        calibration=row,
        target=target,
        is_additive=is_additive,
        amount_delta=sum(change) if is_additive else 0,
        **deltas,
    )


def shown(unit, person=None, grain="month", as_of=None):
    row = Snapshot.objects.get(
        as_of=as_of or company_today(), unit=unit, person=person, grain=grain, metric__code="sales"
    )
    return row.target_value, row.plan_to_date


def columns_of(row):
    return {
        field.attname: getattr(row, field.attname)
        for field in row._meta.concrete_fields
        if field.name != "id"
    }


def test_from_its_day_on_the_revised_month_is_due_and_before_it_the_old_one(team, ann):
    target = make_target(make_plan(), team, 1_200_000, person=ann)
    adjust(target)
    with time_machine.travel(dt.datetime(2026, 6, 17, 4, tzinfo=dt.UTC), tick=False):
        refresh_snapshots()
        # 80,000 in June over 22 workdays, 13 of them up to the 17th.
        assert shown(team, ann) == (80_000, 47_273)
        assert shown(team, ann, "quarter")[0] == 280_000
        assert shown(team, ann, "year")[0] == 1_200_000
        refresh_snapshots(as_of=TODAY - dt.timedelta(days=1))
        before = TODAY - dt.timedelta(days=1)
        assert shown(team, ann, "quarter", before)[0] == 300_000


def test_a_page_of_a_day_before_is_the_same_as_it_ever_was(team, ann):
    target = make_target(make_plan(), team, 1_200_000, person=ann)
    make_opportunity(ann, "400.00", won_on=dt.date(2026, 4, 2))
    while refresh_changed_days().taken:
        pass
    april = dt.date(2026, 4, 20)
    refresh_snapshots(as_of=april)
    old = [columns_of(row) for row in Snapshot.objects.filter(as_of=april).order_by("grain")]
    basis = PlanSide.load(april).basis
    adjust(target)
    assert PlanSide.load(april).basis == basis
    refresh_snapshots(as_of=april)
    assert [columns_of(row) for row in Snapshot.objects.filter(as_of=april).order_by("grain")] == old


def test_the_past_of_the_year_stays_due_as_it_was(team):
    target = make_target(make_plan(), team, 1_200_000)
    refresh_snapshots()
    due = shown(team, grain="year")[1]
    adjust(target, change=(*CHANGE[:5], -20_000, *([0] * 6)))
    refresh_snapshots()
    assert shown(team, grain="year") == (1_180_000, due)


def test_a_published_calibration_makes_todays_figures_anew(team):
    target = make_target(make_plan(), team, 1_200_000)
    snapshots_ensure(TODAY)
    with time_machine.travel(dt.datetime(2026, 5, 12, 5, tzinfo=dt.UTC), tick=False):
        adjust(target, change=(*CHANGE[:5], -20_000, *([0] * 6)))
    with time_machine.travel(dt.datetime(2026, 5, 12, 6, tzinfo=dt.UTC), tick=False):
        snapshots_ensure(TODAY)
        assert shown(team, grain="year")[0] == 1_180_000
        assert snapshots_drain() is False


def test_the_drain_notices_a_calibration_by_itself(team):
    target = make_target(make_plan(), team, 1_200_000)
    assert snapshots_drain() is True
    adjust(target, change=(*CHANGE[:5], -20_000, *([0] * 6)))
    assert snapshots_drain() is True
    assert shown(team, grain="year")[0] == 1_180_000


def test_touching_a_person_after_a_calibration_gives_the_rows_of_making_everything_anew(team, ann, ben):
    plan = make_plan()
    whole = make_target(plan, team, 2_400_000)
    targets = [make_target(plan, team, 1_200_000, person=each, parent=whole) for each in (ann, ben)]
    for target in (whole, *targets):
        adjust(target)
    snapshots_drain()
    make_opportunity(ann, "10.00", won_on=dt.date(2026, 5, 5))
    while refresh_changed_days().taken:
        pass
    snapshots_drain()
    touched = [columns_of(row) for row in Snapshot.objects.order_by("grain", "unit", "person")]
    refresh_snapshots()
    anew = [columns_of(row) for row in Snapshot.objects.order_by("grain", "unit", "person")]
    assert anew == touched


def test_two_calibrations_of_one_target_add_up_and_one_to_come_waits(team):
    target = make_target(make_plan(), team, 1_200_000)
    down = (*([0] * 5), -20_000, *([0] * 6))
    adjust(target, change=down)
    adjust(target, change=down, title="Second")
    adjust(target, change=down, effective_on=TODAY + dt.timedelta(days=1), title="Tomorrow")
    refresh_snapshots()
    assert shown(team, grain="year")[0] == 1_160_000
    with time_machine.travel(dt.datetime(2026, 5, 13, 4, tzinfo=dt.UTC), tick=False):
        refresh_snapshots()
        assert shown(team, grain="year")[0] == 1_140_000


def test_a_ratio_of_a_month_changes_and_that_of_the_year_stays(team):
    plan = make_plan()
    target = make_target(plan, team, 400_000, metric="win_rate")
    adjust(target, change=(*([0] * 5), -80_000, *([0] * 6)))
    refresh_snapshots(as_of=TODAY)
    with time_machine.travel(dt.datetime(2026, 6, 17, 4, tzinfo=dt.UTC), tick=False):
        refresh_snapshots()
        rows = {row.grain: row.target_value for row in Snapshot.objects.filter(as_of=company_today())}
    assert (rows["month"], rows["year"]) == (320_000, 400_000)


def test_the_curve_of_a_year_bends_where_the_months_do(team):
    target = make_target(make_plan(), team, 1_200_000)
    adjust(target)
    everyone = Scope.everyone(reason="test", on=TODAY)
    sales = Metric.objects.get(code="sales")
    asked = {"scope": everyone, "unit": team, "person": None, "metric": sales, "grain": "year"}
    refresh_snapshots()
    curve = progress_curve(as_of=TODAY, **asked)
    ends = dict(zip(curve.days, curve.plan, strict=True))
    assert curve.period == period_containing(TODAY, "year", 1)
    assert ends[dt.date(2026, 12, 31)] == 1_200_000
    assert ends[TODAY] == shown(team, grain="year")[1]
    old = progress_curve(as_of=TODAY - dt.timedelta(days=1), **asked)
    at = next(at for at, day in enumerate(curve.days) if day > dt.date(2026, 7, 31))
    assert old.plan[at] > curve.plan[at]


def test_adjustments_cost_one_query_a_plan_whatever_their_number(team):
    plan = make_plan()
    whole = make_target(plan, team, 2_400_000)
    counts = []
    for count in (3, 27):
        for at in range(count):
            adjust(whole, title=f"{count}-{at}")
        side = PlanSide.load(TODAY)
        with CaptureQueriesContext(connection) as queries:
            side.columns(plan, metrics=[whole.metric_id], units=[team.pk])
        counts.append(len(queries))
    assert counts == [2, 2]
