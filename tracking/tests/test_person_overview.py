"""A person's page: own figures, the typical deal, and the team's rows for nobody but a member of it."""

from __future__ import annotations

import datetime as dt

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from crm.models import Segment
from crm.tests.factories import make_lead, make_opportunity
from metrics.selectors import metric_get
from metrics.services import refresh_changed_days
from org.models import Role
from org.scope import scope_for
from org.services import assignment_transfer
from org.tests.factories import make_person, make_unit, make_user
from tracking.models import SnapshotRun
from tracking.selectors.curves import progress_curve
from tracking.selectors.person import person_overview
from tracking.selectors.progress import progress_rows, segment_rows
from tracking.services import snapshots_drain, snapshots_ensure
from tracking.tests.conftest import TODAY
from tracking.tests.factories import make_plan, make_target
from tracking.tests.test_overview import A_YEAR, figures, june

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("wednesday", "plain_calendar")]


def settle() -> None:
    while refresh_changed_days().taken:
        pass
    snapshots_drain()
    snapshots_ensure(TODAY)


def overview(person, unit, user, metric="sales", grain="month"):
    return person_overview(
        scope=scope_for(user, on=TODAY),
        person=person,
        unit=unit,
        metric=metric_get(metric),
        grain=grain,
        as_of=TODAY,
    )


@pytest.fixture
def rep(ann):
    return make_user("ann@example.com", ann)


@pytest.fixture
def boss(team):
    return make_user("boss@example.com", make_person("Boss", manages=team))


@pytest.fixture
def story(team, ann, ben):
    """Ann and Ben have targets, Ann one by product line too; both sell."""
    plan = make_plan()
    make_target(plan, team, 2 * A_YEAR)
    whole = make_target(plan, team, A_YEAR, person=ann)
    line = Segment.objects.create(kind="product_line", code="premium", name="Premium", position=0)
    make_target(plan, team, A_YEAR // 4, person=ann, parent=whole, product_line=line)
    make_target(plan, team, 350_000, metric="win_rate", person=ann)
    make_target(plan, team, A_YEAR, person=ben)
    for person, day, amount in ((ann, 2, "300.00"), (ann, 12, "500.00"), (ben, 3, "70.00")):
        make_opportunity(person, amount, won_on=june(day), product_line="premium")
    make_opportunity(ann, "9.00", lost_on=june(4))
    settle()


@pytest.mark.usefixtures("story")
@pytest.mark.parametrize("metric", ["sales", "win_rate", "collections"])
@pytest.mark.parametrize("grain", ["week", "month", "quarter", "year"])
def test_page_and_api_say_the_same_of_a_person(team, ann, rep, metric, grain):
    found = overview(ann, team, rep, metric, grain)
    scope = scope_for(rep, on=TODAY)
    asked = {"metric": metric_get(metric), "grain": grain, "as_of": TODAY, "unit": team, "person": ann}
    own = [row for row in found.cards if row.metric.code == metric]
    if own:
        assert figures(own) == figures(progress_rows(scope=scope, **asked))
    assert figures(found.segments) == figures(segment_rows(scope=scope, **asked))
    assert found.curve == progress_curve(scope=scope_for_manager(team), **asked)


def scope_for_manager(team):
    manager = make_user("manager@example.com", make_person("Manager", manages=team))
    return scope_for(manager, on=TODAY)


@pytest.mark.usefixtures("story")
def test_cards_are_the_whole_targets_and_segments_those_of_the_metric(team, ann, rep):
    found = overview(ann, team, rep)
    assert [(row.metric.code, row.segment, row.target) for row in found.cards] == [
        ("sales", "", 220_000),
        ("win_rate", "", 0.35),
    ]
    assert [(row.segment, row.target, row.actual) for row in found.segments] == [("Premium", 55_000, 80_000)]


@pytest.mark.usefixtures("story")
def test_the_teams_rows_come_to_oneself_with_everybodys_completion(team, ann, rep):
    rows = overview(ann, team, rep).team
    assert {row.name: row.completion for row in rows} == {
        "Ann": pytest.approx(80_000 / 220_000),
        "Ben": pytest.approx(7_000 / 220_000),
    }


@pytest.mark.usefixtures("story")
def test_nobody_elses_page_holds_the_teams_rows(team, ann, ben, boss):
    director = make_user("erin@example.com", None, Role.FINANCE)
    for user in (boss, director):
        assert {row.name for row in overview(ann, team, user).team} <= {"Ann"}


@pytest.mark.usefixtures("story")
def test_somebody_elses_cards_never_come_from_the_board(team, ann, ben, rep):
    found = overview(ben, team, rep)  # the page finds Ben out of scope before; the rows do too
    assert (found.cards, found.segments, found.team) == ([], [], [])


def test_a_former_team_shows_its_rows_no_more(east, team, ann, ben, rep):
    plan = make_plan()
    for person in (ann, ben):
        make_target(plan, team, A_YEAR, person=person)
    assignment_transfer(person=ann, unit=make_unit("Other", east), on=june(10), actor=None)
    settle()
    found = overview(ann, team, rep)
    assert [row.name for row in found.cards] == ["Ann"]
    assert [row.name for row in found.team] == ["Ann"]


@pytest.mark.parametrize(
    ("case", "won", "typical"),
    [
        ("no deal yet", [], None),
        ("one", [("2026-06-02", "300.00")], 30_000),
        ("the average", [("2026-06-02", "300.00"), ("2026-02-02", "100.00")], 20_000),
        ("the last year's too", [("2025-06-20", "500.00"), ("2026-06-02", "100.00")], 30_000),
        ("but none that is older", [("2025-06-16", "500.00"), ("2026-06-02", "100.00")], 10_000),
    ],
)
@pytest.mark.parametrize("grain", ["week", "year"])
def test_the_typical_deal_is_a_years_average_whatever_the_period(
    team, ann, ben, rep, case, won, typical, grain
):
    for day, amount in won:
        make_opportunity(ann, amount, won_on=dt.date.fromisoformat(day))
    make_opportunity(ben, "9000.00", won_on=june(2))
    make_opportunity(ann, "9000.00", lost_on=june(2))
    settle()
    assert overview(ann, team, rep, grain=grain).typical == typical


@pytest.mark.parametrize("metric", ["new_customer_sales", "collections", "deals_won", "win_rate"])
def test_a_metric_of_other_facts_than_all_won_deals_has_no_typical_deal(team, ann, rep, metric):
    make_opportunity(ann, "100.00", won_on=june(2))
    settle()
    assert overview(ann, team, rep, metric).typical is None


def test_a_ratios_curve_is_the_quotient_so_far(team, ann, rep):
    for status, day in (("converted", 3), ("disqualified", 5)):
        make_lead(ann, created_on=june(1), status=status, closed_on=june(day))
    settle()
    actual = overview(ann, team, rep, "lead_conversion_rate").curve.actual
    assert (actual[0], actual[2], actual[4], actual[16], actual[17]) == (None, 1.0, 0.5, 0.5, None)


def test_a_person_takes_as_many_queries_in_a_team_of_thirty_as_of_three(team, ann, rep):
    plan = make_plan()
    make_target(plan, team, A_YEAR, person=ann)

    def queries(hired: int) -> int:
        for _n in range(hired):
            make_target(plan, team, A_YEAR, person=make_person(unit=team))
        SnapshotRun.objects.all().delete()
        settle()
        overview(ann, team, rep)  # the plan side of the run is in memory from now on
        with CaptureQueriesContext(connection) as captured:
            overview(ann, team, rep)
        return len(captured)

    assert queries(2) == queries(27) <= 8
