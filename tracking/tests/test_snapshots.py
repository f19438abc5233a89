"""Snapshots: the right figure on the right owner, made anew or only where touched, with the same rows."""

import datetime as dt

import pytest
import time_machine

from crm.tests.factories import make_lead, make_opportunity
from metrics.services import refresh_changed_days
from org.models import Company
from org.services import assignment_transfer
from org.tests.factories import make_person, make_unit
from tracking.models import Snapshot, SnapshotRun
from tracking.services import refresh_snapshots, snapshots_drain, snapshots_ensure
from tracking.tests.factories import make_plan, make_target

pytestmark = pytest.mark.django_db
TODAY = dt.date(2026, 6, 17)  # a Wednesday


@pytest.fixture(autouse=True)
def today():
    with time_machine.travel(dt.datetime(2026, 6, 17, 4, tzinfo=dt.UTC), tick=False):
        yield


@pytest.fixture(autouse=True)
def plain_calendar():
    Company.objects.update(country="")


@pytest.fixture
def east():
    return make_unit("East")


@pytest.fixture
def team(east):
    return make_unit("Team", east)


@pytest.fixture
def ann(team):
    return make_person("Ann", team)


@pytest.fixture
def ben(team):
    return make_person("Ben", team)


def settle():
    """Count what has changed and bring the snapshots in line, as the tasks do."""
    while refresh_changed_days().taken:
        pass
    snapshots_drain()


def shot(unit, person=None, metric="sales", grain="month", **segments):
    keys = {"product_line": None, "region": None, "customer_type": None} | segments
    return Snapshot.objects.get(
        as_of=TODAY, unit=unit, person=person, metric__code=metric, grain=grain, **keys
    )


def rows():
    columns = [f.attname for f in Snapshot._meta.concrete_fields if f.name != "id"]
    return sorted(Snapshot.objects.values_list(*columns), key=repr)


def test_a_deal_counts_for_its_seller_and_every_unit_above(east, team, ann):
    plan = make_plan()
    make_target(plan, east, 1_200_000)
    make_target(plan, team, 1_200_000)
    make_target(plan, team, 1_200_000, person=ann)
    make_opportunity(ann, "400.00", won_on=dt.date(2026, 6, 2))
    settle()
    for unit, person in ((east, None), (team, None), (team, ann)):
        row = shot(unit, person)
        # 100,000 in June over 22 workdays, 13 of them up to the 17th.
        assert (row.target_value, row.plan_to_date, row.actual) == (100_000, 59_091, 40_000)
        assert (row.workdays_elapsed, row.workdays_remaining) == (13, 9)
        assert row.completion_ratio == pytest.approx(0.4)
        assert row.lag_ratio == pytest.approx(1 - 40_000 / 59_091)


def test_who_sold_nothing_has_everything_missing(team, ann):
    make_target(make_plan(), team, 1_200_000, person=ann)
    settle()
    row = shot(team, ann)
    assert (row.actual, row.lag_ratio, row.completion_ratio) == (0, 1.0, 0.0)


def test_weeks_months_quarters_and_the_year_each_have_their_row(team, ann):
    make_target(make_plan(), team, 1_200_000, person=ann)
    make_opportunity(ann, "10.00", won_on=dt.date(2026, 6, 15))
    make_opportunity(ann, "20.00", won_on=dt.date(2026, 6, 2))
    make_opportunity(ann, "40.00", won_on=dt.date(2026, 4, 2))
    make_opportunity(ann, "80.00", won_on=dt.date(2026, 1, 2))
    settle()
    actuals = {grain: shot(team, ann, grain=grain).actual for grain in ("week", "month", "quarter", "year")}
    assert actuals == {"week": 1_000, "month": 3_000, "quarter": 7_000, "year": 15_000}


def test_somebody_who_moved_keeps_what_was_sold_with_the_old_team(east, team, ann):
    other = make_unit("Other", east)
    plan = make_plan()
    make_target(plan, team, 1_200_000, person=ann)
    make_target(plan, other, 1_200_000, person=ann)
    make_opportunity(ann, "10.00", won_on=dt.date(2026, 6, 2))
    make_opportunity(ann, "20.00", won_on=dt.date(2026, 6, 16))
    settle()
    assignment_transfer(person=ann, unit=other, on=dt.date(2026, 6, 10), actor=None)
    settle()
    assert (shot(team, ann).actual, shot(other, ann).actual) == (1_000, 2_000)


def test_a_joiner_owes_nothing_for_the_days_before(team, ann):
    make_target(make_plan(), team, 1_200_000, person=ann, starts_on=dt.date(2026, 6, 17))
    settle()
    # 100,000 in June over the ten workdays left.
    assert shot(team, ann).plan_to_date == 10_000


def test_a_ratio_is_the_quotient_of_sums_never_an_average(team, ann, ben):
    make_target(make_plan(), team, 500_000, metric="lead_conversion_rate")
    june = dt.date(2026, 6, 3)
    for person, converted, lost in ((ann, 1, 0), (ben, 1, 8)):
        for status, count in (("converted", converted), ("disqualified", lost)):
            for _ in range(count):
                make_lead(person, created_on=june, status=status, closed_on=june)
    settle()
    row = shot(team, metric="lead_conversion_rate")
    assert (row.numerator, row.denominator, row.actual) == (2, 10, 200_000)
    assert row.lag_ratio == pytest.approx(0.6)


def test_a_ratio_without_a_denominator_is_undefined(team):
    make_target(make_plan(), team, 500_000, metric="lead_conversion_rate")
    settle()
    row = shot(team, metric="lead_conversion_rate")
    assert (row.actual, row.lag_ratio, row.completion_ratio) == (None, None, None)


def test_targets_by_product_line_add_up_to_the_owners_whole(team, ann):
    deal = make_opportunity(ann, "10.00", won_on=dt.date(2026, 6, 2), product_line="premium")
    make_opportunity(ann, "20.00", won_on=dt.date(2026, 6, 2), product_line="entry")
    plan = make_plan()
    make_target(plan, team, 1_200_000, person=ann, product_line=deal.product_line)
    settle()
    assert shot(team, ann, product_line=deal.product_line).actual == 1_000
    whole = shot(team, ann)
    assert (whole.target_value, whole.actual, whole.target) == (100_000, 3_000, None)


def test_a_week_over_the_turn_of_the_year_takes_its_days_from_both_plans(team):
    for year in (2025, 2026):
        make_target(make_plan(year), team, 1_200_000)
    refresh_snapshots(as_of=dt.date(2026, 1, 2))
    week = Snapshot.objects.get(grain="week")
    # 29 to 31 December: 3 of 23 workdays; 1 and 2 January: 2 of 22.
    assert week.target_value == 13_043 + 9_091


def test_the_change_is_against_the_same_number_of_workdays_before(team, ann):
    make_target(make_plan(), team, 1_200_000, person=ann)
    make_opportunity(ann, "10.00", won_on=dt.date(2026, 5, 19))  # the 13th workday of May
    make_opportunity(ann, "20.00", won_on=dt.date(2026, 5, 20))
    settle()
    assert shot(team, ann).previous_actual == 1_000


def test_touching_one_person_gives_the_rows_of_making_everything_anew(east, team, ann, ben):
    plan = make_plan()
    first = make_opportunity(ann, "10.00", won_on=dt.date(2026, 6, 2), product_line="premium")
    for unit, person in ((east, None), (team, None), (team, ann), (team, ben)):
        make_target(plan, unit, 1_200_000, person=person, metric="deals_won")
        make_target(plan, unit, 300_000, person=person, metric="win_rate")
        make_target(plan, unit, 1_200_000, person=person, product_line=first.product_line)
    settle()
    make_opportunity(ann, "33.00", won_on=dt.date(2026, 6, 16), product_line="premium")
    make_opportunity(ben, "7.00", lost_on=dt.date(2026, 5, 4))
    settle()
    touched = rows()
    refresh_snapshots()
    assert rows() == touched
    refresh_snapshots()
    assert rows() == touched


def test_draining_twice_changes_nothing(team, ann):
    make_target(make_plan(), team, 1_200_000, person=ann)
    make_opportunity(ann, won_on=dt.date(2026, 6, 2))
    settle()
    before = rows()
    assert snapshots_drain() is False
    assert rows() == before


def test_a_late_fact_drops_the_older_runs_that_counted_its_day(team, ann):
    make_target(make_plan(), team, 1_200_000, person=ann)
    settle()
    for day in (dt.date(2026, 3, 31), dt.date(2026, 5, 31)):
        snapshots_ensure(day)
    make_opportunity(ann, won_on=dt.date(2026, 4, 2))
    settle()
    assert set(SnapshotRun.objects.values_list("as_of", flat=True)) == {TODAY, dt.date(2026, 3, 31)}
    assert set(Snapshot.objects.values_list("as_of", flat=True)) == {TODAY, dt.date(2026, 3, 31)}


def test_a_draft_plan_has_no_snapshots(team):
    make_target(make_plan(is_published=False), team, 1_200_000)
    settle()
    assert not Snapshot.objects.exists()
