"""Progress rows: who is shown with what, in scope, in a fixed number of queries; and the doors to them."""

from __future__ import annotations

import datetime as dt

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from common.errors import Invalid
from crm.tests.factories import make_lead, make_opportunity, make_payment
from metrics.models import Metric
from metrics.services import refresh_changed_days
from org.models import Role
from org.scope import Scope, scope_for
from org.services import assignment_transfer, token_create
from org.tests.factories import make_person, make_unit, make_user
from tracking.models import SnapshotRun
from tracking.selectors.progress import progress_rows, unit_children_rows, unit_people_rows
from tracking.services import snapshots_drain, snapshots_ensure
from tracking.tests.conftest import TODAY
from tracking.tests.factories import make_plan, make_target

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("wednesday", "plain_calendar")]
EVERYONE = Scope.everyone(reason="test", on=TODAY)


def settle():
    while refresh_changed_days().taken:
        pass
    snapshots_drain()


def asked(metric="sales", **more):
    return {
        "scope": EVERYONE,
        "metric": Metric.objects.select_related("numerator", "denominator").get(code=metric),
        "grain": "month",
        "as_of": TODAY,
    } | more


def test_team_shows_who_has_no_target_and_who_sold_nothing(team, ann, ben):
    make_target(make_plan(), team, 1_200_000, person=ann)
    make_opportunity(ben, "30.00", won_on=dt.date(2026, 6, 2))
    settle()
    rows = {row.name: row for row in progress_rows(children_of=team, **asked())}
    assert (rows["Ann"].target, rows["Ann"].actual, rows["Ann"].lag) == (100_000, 0, 1.0)
    assert (rows["Ben"].target, rows["Ben"].actual, rows["Ben"].lag) == (None, 3_000, None)
    assert rows["Ben"].status == "undefined"


def test_who_left_for_another_team_stays_with_what_was_sold_here(east, team, ann):
    other = make_unit("Other", east)
    make_opportunity(ann, "10.00", won_on=dt.date(2026, 6, 2))
    make_opportunity(ann, "20.00", won_on=dt.date(2026, 6, 16))
    assignment_transfer(person=ann, unit=other, on=dt.date(2026, 6, 10), actor=None)
    settle()
    sold = {unit: [row.actual for row in unit_people_rows(unit=unit, **asked())] for unit in (team, other)}
    assert sold == {team: [1_000], other: [2_000]}
    below = {row.name: row.actual for row in unit_children_rows(unit=east, **asked())}
    assert below == {"Team": 1_000, "Other": 2_000}


def test_children_add_up_to_the_unit_whatever_has_no_team(team, ann):
    make_opportunity(ann, "10.00", won_on=dt.date(2026, 6, 2))
    make_opportunity(None, "5.00", won_on=dt.date(2026, 6, 2))
    settle()
    root = team.parent.parent
    [whole] = progress_rows(unit=root, **asked())
    assert whole.actual == 1_500
    assert sum(row.actual for row in unit_children_rows(unit=root, **asked())) == 1_500


def test_ratio_of_a_team_is_never_the_average_of_its_people(team, ann, ben):
    june = dt.date(2026, 6, 3)
    for person, converted, lost in ((ann, 1, 0), (ben, 1, 8)):
        for status, count in (("converted", converted), ("disqualified", lost)):
            for _ in range(count):
                make_lead(person, created_on=june, status=status, closed_on=june)
    settle()
    [row] = progress_rows(unit=team, **asked("lead_conversion_rate"))
    assert (row.numerator, row.denominator, row.actual) == (2, 10, 0.2)


def test_refunds_can_make_an_actual_negative_and_more_than_everything_missing(team, ann):
    make_target(make_plan(), team, 1_200_000, metric="collections", person=ann)
    make_payment(ann, "-10.00", dt.date(2026, 6, 2))
    settle()
    [row] = progress_rows(unit=team, person=ann, **asked("collections"))
    assert row.actual == -1_000
    assert row.lag > 1
    assert row.needed_per_day == pytest.approx(101_000 / 9)


def test_rep_sees_only_the_own_row_and_a_manager_only_the_own_team(east, team, ann, ben):
    other = make_unit("Other", east)
    cid = make_person("Cid", other)
    boss = make_person("Boss", manages=team)
    plan = make_plan()
    for unit, person in ((team, None), (other, None), (team, ann), (team, ben), (other, cid)):
        make_target(plan, unit, 1_200_000, person=person)
    settle()
    rep = scope_for(make_user("ann@example.com", ann), on=TODAY)
    manager = scope_for(make_user("boss@example.com", boss), on=TODAY)

    def names(scope, **owner):
        return [row.name for row in progress_rows(**asked(scope=scope), **owner)]

    assert names(rep, children_of=team) == []
    assert names(rep, person=ann) == ["Ann"]
    assert names(rep, person=ben) == names(rep, unit=team) == []
    assert names(manager, children_of=team) == ["Ann", "Ben"]
    assert names(manager, children_of=other) == names(manager, unit=other) == []
    assert names(manager, person=cid) == []


def test_as_many_queries_for_thirty_people_as_for_three(team, django_assert_num_queries):
    plan = make_plan()
    for number in range(3):
        make_target(plan, team, 1_200_000, person=make_person(f"P{number}", team))
    make_person("Unplanned", team)
    settle()
    known = asked(children_of=team)
    few = _queries(known)
    for number in range(27):
        make_target(plan, team, 1_200_000, person=make_person(f"Q{number}", team))
    make_person("Also unplanned", team)
    SnapshotRun.objects.all().delete()
    settle()
    with django_assert_num_queries(few):
        assert len(progress_rows(**known)) == 32


def _queries(known):
    with CaptureQueriesContext(connection) as captured:
        progress_rows(**known)
    return len(captured)


def test_days_to_come_have_no_figures():
    with pytest.raises(Invalid):
        snapshots_ensure(dt.date(2026, 6, 18))
    assert not SnapshotRun.objects.exists()


@pytest.fixture
def api(client, team, ann):
    make_target(make_plan(), team, 1_200_000, person=ann)
    make_target(make_plan(2027, is_published=False), team, 5, person=ann)
    make_opportunity(ann, "400.00", won_on=dt.date(2026, 6, 2))
    settle()
    admin = make_user("api@example.com", None, Role.EXECUTIVE)
    token = token_create(user=admin, name="test", scopes=["tracking:read"], actor=None)[1]

    def get(path, **query):
        answer = client.get(f"/api/v1/tracking/{path}", query, headers={"Authorization": f"Bearer {token}"})
        return answer.status_code, answer.json()

    return get


def test_api_shows_amounts_as_text_and_ratios_as_numbers(api, team, ann):
    status, body = api("progress", metric="sales", period="month", owner=f"person:{ann.pk}")
    assert status == 200
    [row] = body["results"]
    assert row["owner"] == {"kind": "person", "id": ann.pk, "key": ann.employee_number, "name": "Ann"}
    assert (row["target"], row["plan_to_date"], row["actual"]) == ("1000.00", "590.91", "400.00")
    assert (row["completion"], row["lag"], row["status"]) == (0.4, 0.323078, "behind")
    assert (row["period_start"], row["as_of"]) == ("2026-06-01", "2026-06-17")


def test_api_lists_everything_visible_page_by_page(api, team, ann, ben):
    status, first = api("progress", page_size=1, period="year")
    assert (status, len(first["results"]), first["next"]) == (200, 1, None)
    status, body = api("progress", owner=f"children:unit:{team.external_id}", metric="sales")
    assert {row["owner"]["name"]: row["actual"] for row in body["results"]} == {
        "Ann": "400.00",
        "Ben": "0.00",
    }


def test_api_makes_the_run_of_a_day_gone_by(api, ann):
    _status, body = api("progress", metric="sales", as_of="2026-06-01", owner=f"person:{ann.employee_number}")
    assert [row["actual"] for row in body["results"]] == ["0.00"]
    assert SnapshotRun.objects.filter(as_of=dt.date(2026, 6, 1)).exists()


@pytest.mark.parametrize(
    ("case", "query", "status"),
    [
        ("a day to come", {"as_of": "2026-06-18"}, 400),
        ("no such period", {"period": "decade"}, 400),
        ("no such metric", {"metric": "nonsense"}, 404),
        ("no such unit", {"owner": "unit:nowhere"}, 404),
        ("people have no children", {"owner": "children:person:1"}, 400),
        ("no owner at all", {"owner": "everybody"}, 400),
    ],
)
def test_api_refuses_nonsense(api, case, query, status):
    assert api("progress", **query)[0] == status
