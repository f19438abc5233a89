"""A unit's page: rows add up to the unit, weeks and moves are right, nothing out of scope, few queries."""

from __future__ import annotations

import datetime as dt

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from common.errors import NotFound
from crm.models import Segment
from crm.tests.factories import make_lead, make_opportunity
from metrics.selectors import metric_get
from metrics.services import refresh_changed_days
from org.models import Unit
from org.scope import Scope, scope_for
from org.selectors import unit_placeholder, unit_root
from org.services import assignment_transfer
from org.tests.factories import make_person, make_unit, make_user
from tracking.models import SnapshotRun
from tracking.selectors.curves import progress_curve
from tracking.selectors.overview import WEEKS, unit_overview
from tracking.selectors.progress import progress_rows, segment_rows
from tracking.services import snapshots_drain, snapshots_ensure
from tracking.tests.conftest import TODAY
from tracking.tests.factories import make_plan, make_target

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("wednesday", "plain_calendar")]
EVERYONE = Scope.everyone(reason="test", on=TODAY)
# Twelve months of 220,000: 10,000 on each of the 22 workdays of June.
A_YEAR = 2_640_000


def june(day: int) -> dt.date:
    return dt.date(2026, 6, day)


def settle(as_of: dt.date = TODAY) -> None:
    while refresh_changed_days().taken:
        pass
    snapshots_drain()
    snapshots_ensure(as_of)


def overview(unit: Unit | None, metric: str = "sales", grain: str = "month", **more):
    asked = {"scope": EVERYONE, "as_of": TODAY} | more
    return unit_overview(unit_id=unit.pk if unit else None, metric=metric_get(metric), grain=grain, **asked)


def figures(rows) -> dict:
    """What each row says, by name."""
    return {
        row.name: (
            *(row.target, row.plan_to_date, row.actual, row.numerator, row.denominator),
            *(row.previous, row.completion, row.lag, row.needed_per_day, row.status),
        )
        for row in rows
    }


def progresses(courses) -> list:
    return [course.progress for course in courses]


def line_of(code: str) -> Segment:
    """A product line; the first ones stand first."""
    lines = Segment.objects.filter(kind="product_line")
    return lines.get_or_create(
        kind="product_line", code=code, defaults={"name": code, "position": lines.count()}
    )[0]


@pytest.fixture
def story(east, team, ann, ben):
    """Ann has a target and segments, Ben none; both sell; a second team sells without a target."""
    other = make_unit("Other", east)
    cid = make_person("Cid", other)
    plan = make_plan()
    make_target(plan, east, 2 * A_YEAR)
    whole = make_target(plan, team, A_YEAR)
    make_target(plan, team, A_YEAR // 4, parent=whole, product_line=line_of("premium"))
    make_target(plan, team, A_YEAR * 3 // 4, parent=whole, product_line=line_of("entry"))
    make_target(plan, team, A_YEAR, person=ann)
    make_target(plan, team, 350_000, metric="win_rate", person=ann)
    make_target(plan, team, 120, metric="deals_won")
    for person, day, amount, line in (
        (ann, 2, "300.00", "premium"),
        (ann, 12, "600.00", "entry"),
        (ben, 16, "50.00", "entry"),
        (cid, 3, "70.00", "entry"),
    ):
        make_opportunity(person, amount, won_on=june(day), product_line=line)
    make_opportunity(ben, "40.00", won_on=dt.date(2026, 5, 4), product_line="entry")
    make_opportunity(ann, "9.00", lost_on=june(4), product_line="entry")
    settle()
    return east, team, other


def test_units_below_add_up_to_the_unit(story):
    east, _team, _other = story
    found = overview(east)
    assert {row.name: row.actual for row in progresses(found.units)} == {"Team": 95_000, "Other": 7_000}
    assert found.cards[0].actual == 102_000
    assert found.people == []


def test_people_add_up_to_their_unit_with_or_without_a_target(story):
    found = overview(story[1])
    assert {row.name: row.actual for row in progresses(found.people)} == {"Ann": 90_000, "Ben": 5_000}
    assert found.cards[0].actual == 95_000
    assert found.units == []


def test_segments_add_up_to_the_unit(story):
    found = overview(story[1])
    assert {row.name: (row.target, row.actual) for row in found.segments} == {
        "premium": (55_000, 30_000),
        "entry": (165_000, 65_000),
    }
    card = found.cards[0]
    assert sum(row.target for row in found.segments) == card.target
    assert sum(row.actual for row in found.segments) == card.actual


def test_what_has_no_team_stands_beside_the_units_so_that_the_company_adds_up(story):
    root = unit_root()
    assert unit_placeholder().name not in [row.name for row in progresses(overview(None).units)]
    make_opportunity(None, "5.00", won_on=june(2))
    make_target(make_plan(2027), root, 1)  # keeps the company without a target of this year
    settle()
    found = overview(None)
    assert found.unit == root
    assert {row.name: row.actual for row in progresses(found.units)} == {
        "East": 102_000,
        unit_placeholder().name: 500,
    }
    assert found.curve.actual[16] == 102_500


def test_a_closed_unit_stays_only_while_it_has_a_figure(story):
    east, team, other = story
    empty = make_unit("Empty", east)
    Unit.objects.filter(pk__in=[other.pk, empty.pk]).update(closed_on=june(10))
    assert [row.name for row in progresses(overview(east).units)] == ["Other", "Team"]
    in_week = overview(east, grain="week").units
    assert [row.name for row in progresses(in_week)] == [team.name]


def test_who_has_no_target_is_told_with_what_they_did_now_and_before(story):
    rows = {row.name: row for row in progresses(overview(story[1]).people)}
    ben = rows["Ben"]
    assert (ben.target, ben.lag, ben.status) == (None, None, "undefined")
    assert (ben.actual, ben.previous, ben.change) == (5_000, 4_000, 1_000)


def test_who_has_no_target_and_sold_nothing_has_sold_0(story):
    make_person("Dan", story[1])
    dan = {row.name: row for row in progresses(overview(story[1]).people)}["Dan"]
    assert (dan.target, dan.actual, dan.change) == (None, 0, 0)


def test_who_moved_away_stays_with_what_was_sold_here_and_idle_managers_do_not_appear(east, team, ann):
    other = make_unit("Other", east)
    make_person("Boss", manages=team)
    make_opportunity(ann, "10.00", won_on=june(2))
    make_opportunity(ann, "20.00", won_on=june(16))
    assignment_transfer(person=ann, unit=other, on=june(10), actor=None)
    settle()
    sold = {unit.name: figures_of(overview(unit).people) for unit in (team, other)}
    assert sold == {"Team": {"Ann": 1_000}, "Other": {"Ann": 2_000}}


def figures_of(courses) -> dict:
    return {course.progress.name: course.progress.actual for course in courses}


def test_cards_are_the_units_own_metrics_in_the_order_of_the_catalogue(story):
    found = overview(story[1])
    assert [(row.metric.code, row.name) for row in found.cards] == [("sales", "Team"), ("deals_won", "Team")]
    assert found.cards[1].actual == 3


def test_the_units_above_are_those_one_may_see_from_the_top(story):
    east, team, _other = story
    assert [unit.name for unit in overview(team).above] == [unit_root().name, "East"]
    boss = make_user("boss@example.com", make_person("Boss", manages=east))
    found = overview(team, scope=scope_for(boss, on=TODAY))
    assert [unit.name for unit in found.above] == ["East"]


# --- courses -----------------------------------------------------------------------------------------------


def test_the_twelve_weeks_end_today_and_hold_each_days_figure_once(team, ann):
    make_target(make_plan(), team, A_YEAR, person=ann)
    first = TODAY - dt.timedelta(days=12 * 7 - 1)
    days = (first - dt.timedelta(days=1), first, june(10), june(11), TODAY)
    for number, day in enumerate(days):
        make_opportunity(ann, str(10**number), won_on=day)
    settle()
    [ann_course] = overview(team).people
    weeks = ann_course.weeks
    assert len(weeks) == WEEKS
    assert (weeks[0], weeks[-2], weeks[-1]) == (1_000, 10_000, 1_100_000)
    assert sum(weeks) == 1_111_000


def test_the_weeks_of_a_ratio_are_quotients_and_unknown_without_a_denominator(team, ann):
    for status, count in (("converted", 1), ("disqualified", 3)):
        for _n in range(count):
            make_lead(ann, created_on=june(3), status=status, closed_on=june(15))
    settle()
    [ann_course] = overview(team, "lead_conversion_rate").people
    assert ann_course.weeks == [None] * (WEEKS - 1) + [0.25]
    assert ann_course.moved is None


@pytest.mark.parametrize(
    ("case", "grain", "as_of", "moved"),
    [
        # 11–17 June: 60,000 done, 5 workdays of 10,000 owed, of a target of 220,000.
        ("seven days inside the month", "month", TODAY, 10_000 / 220_000),
        # The week began on Monday: 15,000 done, 30,000 owed, of 50,000; what was won on Friday is not its.
        ("a week three days old", "week", TODAY, -15_000 / 50_000),
        # 1–3 June: 30,000 done, 30,000 owed; what was won in May is not June's.
        ("a month three days old", "month", june(3), 0),
    ],
)
def test_moved_is_done_less_owed_in_seven_days_as_a_share_of_the_target(team, ann, case, grain, as_of, moved):
    make_target(make_plan(), team, A_YEAR, person=ann)
    for day, amount in ((dt.date(2026, 5, 29), "999.00"), (june(3), "300.00"), (june(10), "70.00")):
        make_opportunity(ann, amount, won_on=day)
    for day, amount in ((june(12), "450.00"), (june(16), "150.00")):
        make_opportunity(ann, amount, won_on=day)
    settle(as_of)
    found = overview(team, grain=grain, as_of=as_of)
    assert [course.moved for course in found.people] == [pytest.approx(moved)]


def test_who_has_no_target_has_moved_nothing_that_can_be_told(story):
    moved = {course.progress.name: course.moved for course in overview(story[1]).people}
    assert moved["Ben"] is None
    assert moved["Ann"] == pytest.approx(10_000 / 220_000)


def test_a_target_held_only_by_segment_still_says_what_was_owed(team, ann):
    plan = make_plan()
    for code in ("premium", "entry"):
        make_target(plan, team, A_YEAR // 2, person=ann, product_line=line_of(code))
    make_opportunity(ann, "600.00", won_on=june(12), product_line="premium")
    settle()
    [ann_course] = overview(team).people
    assert (ann_course.progress.target, ann_course.moved) == (220_000, pytest.approx(10_000 / 220_000))


# --- the same as elsewhere, to nobody else, in as many queries ----------------------------------------------


@pytest.mark.parametrize("metric", ["sales", "win_rate", "deals_won", "collections"])
@pytest.mark.parametrize("grain", ["week", "month", "quarter", "year"])
def test_page_and_api_say_the_same_of_everybody(story, metric, grain):
    for unit in (unit_root(), *story):
        found = overview(unit, metric, grain)
        asked = {"scope": EVERYONE, "metric": metric_get(metric), "grain": grain, "as_of": TODAY}
        below = progress_rows(children_of=unit, **asked)
        assert figures(progresses([*found.units, *found.people])) == figures(below)
        own = [row for row in found.cards if row.metric.code == metric]
        if own:
            assert figures(own) == figures(progress_rows(unit=unit, **asked))
        assert figures(found.segments) == figures(segment_rows(unit=unit, person=None, **asked))
        assert found.curve == progress_curve(unit=unit, person=None, **asked)


def test_a_unit_out_of_scope_is_not_found(story, ben):
    east, team, other = story
    boss = make_user("boss@example.com", make_person("Boss", manages=team))
    rep = make_user("ben@example.com", ben)
    assert overview(team, scope=scope_for(boss, on=TODAY)).unit == team
    for user, hidden in ((boss, (east, other, None)), (rep, (team, None))):
        for unit in hidden:
            with pytest.raises(NotFound):
                overview(unit, scope=scope_for(user, on=TODAY))


def test_a_unit_that_is_not_there_is_not_found(story):
    with pytest.raises(NotFound):
        overview(Unit(pk=0))


def queries(work) -> int:
    with CaptureQueriesContext(connection) as captured:
        work()
    return len(captured)


@pytest.mark.parametrize("metric", ["sales", "win_rate"])
def test_a_unit_takes_as_many_queries_for_thirty_people_as_for_three(team, metric):
    plan = make_plan()
    make_target(plan, team, A_YEAR)

    def hire(count: int) -> None:
        for _n in range(count):
            person = make_person(unit=team)
            make_target(plan, team, A_YEAR, person=person)
            make_opportunity(person, "10.00", won_on=june(2))
        make_person("Unplanned", team)
        make_unit(f"Below {count}", team)
        SnapshotRun.objects.all().delete()
        settle()
        overview(team, metric)  # the plan side of the run is in memory from now on

    hire(3)
    few = queries(lambda: overview(team, metric))
    hire(27)
    assert queries(lambda: overview(team, metric)) == few <= 10
    assert len(overview(team, metric).people) == 32
