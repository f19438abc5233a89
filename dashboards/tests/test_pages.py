"""The progress pages in a browser's eyes: few queries, a small page for any period, a discreet board."""

from __future__ import annotations

import datetime as dt
import re

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from crm.services import records_upsert
from crm.tests.factories import make_opportunity
from metrics.models import Metric
from metrics.services import refresh_changed_days
from org.calc.credit import FOREVER, Stay
from org.models import Person, Role
from org.selectors import unit_root
from org.services import assignments_set, person_leave
from org.tests.factories import make_person, make_unit, make_user
from targets.models import PlanMetric
from tracking.services import snapshots_drain
from tracking.tests.conftest import TODAY
from tracking.tests.factories import make_plan, make_target

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("wednesday", "plain_calendar")]
MOST_QUERIES, MOST_BYTES = 12, 150_000
A_YEAR = 2_640_000
PLANNED = ("sales", "collections", "deals_won", "new_customers", "win_rate", "visits")
PERIODS = ("week", "month", "quarter", "year")
TEAM_SIZE = 50


def settle() -> None:
    while refresh_changed_days().taken:
        pass
    snapshots_drain()


def browser(user) -> Client:
    client = Client()
    client.force_login(user, "allauth.account.auth_backends.AuthenticationBackend")
    return client


@pytest.fixture
def company(east, team):
    """A team of fifty with targets of two metrics and a deal in each week of a year."""
    plan = make_plan()
    for metric in Metric.objects.filter(code__in=PLANNED):
        PlanMetric.objects.create(plan=plan, metric=metric, position=metric.position)
    for metric, amount in (("sales", A_YEAR), ("win_rate", 400_000)):
        for unit in (unit_root(), east, team):
            make_target(plan, unit, amount * TEAM_SIZE if metric == "sales" else amount, metric=metric)
    people = [make_person(f"Person Number {number:02}", team) for number in range(TEAM_SIZE)]
    for person in people:
        make_target(plan, team, A_YEAR, person=person)
        make_target(plan, team, 400_000, metric="win_rate", person=person)
    records = [_won(person, TODAY - dt.timedelta(weeks=week)) for person in people for week in range(52)]
    results = records_upsert(resource="opportunities", source="test", records=records)
    assert {result.status for result in results} == {"created"}
    make_opportunity(people[0], "9999.00", name="Open", expected_close_on=dt.date(2026, 6, 10))
    settle()
    return people


def _won(person: Person, day: dt.date) -> dict[str, str]:
    return {
        "external_id": f"{person.employee_number} {day}",
        "stage": "won",
        "amount": "1234.56",
        "closed_on": day.isoformat(),
        "owner": person.employee_number,
    }


def opened(client: Client, path: str, **query: str) -> tuple[str, int]:
    """A page's text and its queries, the second time: the first may have to make the day's figures."""
    client.get(path, query)
    with CaptureQueriesContext(connection) as captured:
        answer = client.get(path, query)
    assert answer.status_code == 200
    return answer.content.decode(), len(captured)


def test_every_progress_page_is_read_in_twelve_queries_and_150_kilobytes_for_any_period(company, east, team):
    rep = browser(make_user("rep@example.com", company[0]))
    boss = browser(make_user("boss@example.com", make_person("Boss", manages=team)))
    director = browser(make_user("carol@example.com", None, Role.EXECUTIVE))
    pages = {
        "rep's home": (rep, "/"),
        "board": (rep, "/board/"),
        "manager's home": (boss, "/"),
        "team of fifty": (director, f"/units/{team.pk}/"),
        "division": (director, f"/units/{east.pk}/"),
        "company": (director, "/"),
        "somebody's page": (boss, f"/people/{company[1].pk}/"),
    }
    told = {}
    for name, (client, path) in pages.items():
        for period in PERIODS:
            for metric in ("sales", "win_rate"):
                text, queries = opened(client, path, period=period, metric=metric)
                told[name, period, metric] = queries, len(text.encode())
    too_much = {
        page: (queries, size)
        for page, (queries, size) in told.items()
        if queries > MOST_QUERIES or size > MOST_BYTES
    }
    assert too_much == {}


def test_the_team_page_shows_everybody_with_figure_course_and_bar(company, team):
    director = browser(make_user("carol@example.com", None, Role.EXECUTIVE))
    text, _queries = opened(director, f"/units/{team.pk}/", period="year")
    assert len(set(re.findall(r"Person Number \d\d", text))) == TEAM_SIZE
    assert text.count('class="spark"') == TEAM_SIZE
    assert text.count('aria-sort="descending"') == 1


@pytest.mark.parametrize(
    ("case", "sort", "first"),
    [
        ("names from A", "name", "Ann"),
        ("names from Z", "-name", "Ben"),
        ("most sold first", "-actual", "Ben"),
        ("nonsense is the default: furthest behind first", "salary", "Ann"),
    ],
)
def test_the_address_says_how_the_table_stands(team, ann, ben, case, sort, first):
    plan = make_plan()
    for person in (ann, ben):
        make_target(plan, team, A_YEAR, person=person)
    make_opportunity(ben, "10.00", won_on=dt.date(2026, 6, 2))
    settle()
    director = browser(make_user("carol@example.com", None, Role.EXECUTIVE))
    text, _queries = opened(director, f"/units/{team.pk}/", sort=sort)
    table = text[text.index('id="group-1"') :]
    assert re.search(r"/people/\d+/[^>]*>(\w+)<", table).group(1) == first


def test_the_board_holds_names_and_completion_but_never_an_amount(team, ann, ben):
    plan = make_plan()
    for person, amount in ((ann, "98765.43"), (ben, "12345.67")):
        make_target(plan, team, 12 * 4_567_800, person=person)
        make_opportunity(person, amount, won_on=dt.date(2026, 6, 2))
    settle()
    text, _queries = opened(browser(make_user("ann@example.com", ann)), "/board/")
    text = re.sub(r"<!--.*?-->", "", text, flags=re.DOTALL)
    assert "Ann" in text
    assert "Ben" in text
    assert "216 %" in text
    assert "27 %" in text
    for secret in ("98", "12,3", "45,6", "45.6", "12.3K", "¥", "/figures/"):
        assert secret not in _shown(text), secret


def _shown(page: str) -> str:
    """The main part of a page without what the frame around it says."""
    return page[page.index('id="content"') : page.index("</main>")]


def test_a_reps_home_holds_colleagues_completion_but_no_amount_of_theirs(team, ann, ben):
    plan = make_plan()
    make_target(plan, team, A_YEAR, person=ann)
    make_target(plan, team, 12 * 4_567_800, person=ben)
    make_opportunity(ben, "12345.67", won_on=dt.date(2026, 6, 2))
    make_opportunity(ben, "777.77", name="Ben's open deal", expected_close_on=TODAY)
    settle()
    text, _queries = opened(browser(make_user("ann@example.com", ann)), "/")
    shown = _shown(text)
    assert "27 %" in shown
    for secret in ("12.3", "12,3", "45.6", "45,6", "777", "Ben's open deal", "Ben&#x27;s"):
        assert secret not in shown, secret


@pytest.mark.parametrize("path", ["/", "/board/", "/units/{unit}/", "/people/{person}/"])
@pytest.mark.parametrize(
    "query", ["as_of=2999-01-01", "as_of=nonsense", "metric=none&period=decade", "page=-1"]
)
def test_nonsense_in_the_address_falls_back_instead_of_failing(team, ann, path, query):
    boss = make_person("Boss", team, manages=team)
    client = browser(make_user("boss@example.com", boss))
    answer = client.get(f"{path.format(unit=team.pk, person=ann.pk)}?{query}")
    assert answer.status_code == 200


def test_a_leaver_has_no_page_of_their_own_but_their_manager_still_has_it(team, ann):
    user = make_user("ann@example.com", ann)
    boss = browser(make_user("boss@example.com", make_person("Boss", manages=team)))
    person_leave(person=ann, on=dt.date(2026, 6, 10), actor=None)
    assert boss.get(f"/people/{ann.pk}/").status_code == 200
    answer = browser(user).get(f"/people/{ann.pk}/")
    assert answer.status_code != 200


def test_who_is_in_no_unit_has_a_page_that_says_so(client):
    alone = make_person("Alone")
    text, _queries = opened(browser(make_user("alone@example.com", alone)), "/")
    assert "Alone" in text


def test_a_manager_of_two_units_starts_at_the_first(east, team):
    other = make_unit("Other", east)
    boss = make_person("Boss", manages=team)
    since = dt.date(2026, 1, 1)
    stays = [Stay(unit.pk, since, FOREVER, is_manager=True) for unit in (other, team)]
    assignments_set(person=boss, stays=stays, actor=None)
    text, _queries = opened(browser(make_user("boss@example.com", boss)), "/")
    assert re.search(r"<h1[^>]*>\s*Team\s*<", text)
