"""A unit's page: everybody right below it in the order asked for, who moved, who is behind."""

from __future__ import annotations

import datetime as dt

import pytest

from common.errors import NotFound
from crm.tests.factories import make_opportunity
from dashboards.selectors import Choice
from dashboards.unit_page import COLUMNS, PER_PAGE, SORTS, unit_page
from metrics.models import Direction, Metric
from metrics.selectors import metric_get
from metrics.services import refresh_changed_days
from org.models import Role
from org.scope import Scope, scope_for
from org.tests.factories import make_person, make_unit, make_user
from targets.models import Plan
from tracking.models import SnapshotRun
from tracking.services import snapshots_drain, snapshots_ensure
from tracking.tests.conftest import TODAY
from tracking.tests.factories import make_plan, make_target

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("wednesday", "plain_calendar")]
EVERYONE = Scope.everyone(reason="test", on=TODAY)
# Twelve months of 220,000: 10,000 on each of the 22 workdays of June, 130,000 of them due by the 17th.
A_YEAR = 2_640_000


def june(day: int) -> dt.date:
    return dt.date(2026, 6, day)


def settle() -> None:
    """Count everything anew: targets of these tests are written past the services."""
    SnapshotRun.objects.all().delete()
    while refresh_changed_days().taken:
        pass
    snapshots_drain()
    snapshots_ensure(TODAY)


def page_of(unit, *, sort="name", page="1", metric="sales", scope=EVERYONE):
    choice = Choice(metric_get(metric), "month", TODAY, is_today=True)
    return unit_page(scope=scope, unit_id=unit.pk if unit else None, choice=choice, sort=sort, page=page)


def names(group) -> list[str]:
    return [row.name for row in group.page]


def hire(name, unit, target=0, *, plan=None, won=()):
    """A member of a unit with a target of the year in minor units, and what was won on which day of June."""
    person = make_person(name, unit)
    if target:
        make_target(plan or Plan.objects.get(), unit, target, person=person)
    for day, amount in won:
        make_opportunity(person, amount, won_on=june(day) if isinstance(day, int) else day)
    return person


@pytest.fixture
def staff(team):
    """Ann is ahead, Ben behind, Cid has no target, Dan has sold nothing."""
    make_target(make_plan(), team, 5 * A_YEAR)
    hire("Ann", team, 2 * A_YEAR, won=[(16, "3000.00")])
    hire("Ben", team, A_YEAR, won=[(12, "500.00"), (dt.date(2026, 5, 4), "900.00")])
    hire("Cid", team, won=[(2, "200.00")])
    hire("Dan", team, A_YEAR // 2)
    settle()
    return team


def test_every_column_sorts_both_ways_and_what_is_missing_stands_last_either_way(staff):
    upwards = {
        "name": ["Ann", "Ben", "Cid", "Dan"],
        "actual": ["Dan", "Cid", "Ben", "Ann"],
        "target": ["Dan", "Ben", "Ann", "Cid"],
        "completion": ["Dan", "Ben", "Ann", "Cid"],
        "lag": ["Ann", "Ben", "Dan", "Cid"],
        "needed": ["Dan", "Ann", "Ben", "Cid"],
        "moved": ["Dan", "Ben", "Ann", "Cid"],
        "change": ["Ben", "Dan", "Cid", "Ann"],
    }
    assert set(upwards) == set(SORTS) == {column.key for column in COLUMNS if column.key}
    for sort, wanted in upwards.items():
        [group] = page_of(staff, sort=sort).groups
        assert names(group) == wanted, sort
        [group] = page_of(staff, sort=f"-{sort}").groups
        missing = [] if sort in ("name", "actual", "change") else ["Cid"]
        assert names(group) == [name for name in reversed(wanted) if name not in missing] + missing, sort


def test_the_last_line_is_the_unit_itself_under_its_people_or_under_its_units(east, staff):
    make_target(Plan.objects.get(), east, 5 * A_YEAR)
    settle()
    [people] = page_of(staff).groups
    assert (people.title, people.total.name, people.total.value) == ("People", "Team", 370_000)
    assert people.total.value == sum(row.value for row in people.page)
    [units] = page_of(east).groups
    assert (units.title, units.total.name, units.total.value) == ("Units", "East", 370_000)


def test_beside_units_only_people_with_a_target_or_a_figure_of_their_own_appear(east, staff):
    hire("Eve", east, won=[(2, "10.00")])
    hire("Fay", east)
    settle()
    units, people = page_of(east).groups
    assert (names(units), names(people)) == (["Team"], ["Eve"])
    assert people.total is None


def test_without_a_target_of_its_own_a_unit_has_no_last_line_and_says_what_to_do(team, client):
    hire("Cid", team, won=[(2, "200.00")])
    make_plan()
    settle()
    page = page_of(team)
    assert (page.cards, page.chosen, page.groups[0].total) == ([], None, None)
    assert page.empty["title"] == "No published targets here"


def test_who_may_make_plans_is_led_to_them_and_others_are_not(team):
    settle()
    boss = make_user("boss@example.com", make_person("Boss", manages=team))
    director = make_user("carol@example.com", None, Role.EXECUTIVE)
    leads_to = {
        user.email: page_of(team, scope=scope_for(user, on=TODAY)).empty["url"] for user in (boss, director)
    }
    assert bool(leads_to["carol@example.com"])


def test_a_long_team_comes_in_pages_but_is_judged_as_a_whole(team):
    plan = make_plan()
    make_target(plan, team, 55 * A_YEAR)
    for number in range(PER_PAGE + 5):
        hire(f"Rep {number:02}", team, A_YEAR, plan=plan)
    settle()
    [first] = page_of(team).groups
    [second] = page_of(team, page="2").groups
    assert (len(first.page), len(second.page)) == (50, 5)
    assert names(second)[0] == "Rep 50"
    assert first.note == second.note
    assert first.note.startswith("55 of 55 are 20 % behind")
    assert names(page_of(team, page="99").groups[0]) == names(second)
    assert names(page_of(team, page="nonsense").groups[0]) == names(first)


def test_movers_are_the_three_furthest_up_and_down_by_at_least_a_point(team):
    make_target(make_plan(), team, 9 * A_YEAR)
    # 50,000 were owed in seven days by everybody, of 220,000.
    won = {
        "Up 1": "900.00",
        "Up 2": "800.00",
        "Up 3": "700.00",
        "Up 4": "600.00",
        "Even": "500.00",
        "A hair": "501.00",
        "Down 1": "400.00",
        "Down 2": "300.00",
    }
    for name, amount in won.items():
        hire(name, team, A_YEAR, won=[(12, amount)])
    hire("No target", team, won=[(12, "9999.00")])
    settle()
    movers = page_of(team).movers
    assert [row.name for row in movers.up] == ["Up 1", "Up 2", "Up 3"]
    assert [row.name for row in movers.down] == ["Down 2", "Down 1"]
    assert [row.moved.text for row in movers.up] == ["+18 pts", "+14 pts", "+9 pts"]


def test_units_move_rather_than_the_people_beside_them(east, staff):
    make_target(Plan.objects.get(), east, 5 * A_YEAR)
    hire("Eve", east, A_YEAR, won=[(12, "9000.00")])
    settle()
    movers = page_of(east).movers
    assert [row.name for row in [*movers.up, *movers.down]] == ["Team"]


def test_the_note_says_how_many_are_behind_and_by_how_much_together(staff):
    # Ben lacks 80,000 of 130,000, Dan all of 65,000; Ann is ahead, Cid has no target.
    assert page_of(staff).groups[0].note == "2 of 4 are 20 % behind, ¥1.45K short of the plan"


def test_the_note_says_when_nobody_is_behind(team):
    make_target(make_plan(), team, A_YEAR)
    hire("Ann", team, A_YEAR, won=[(2, "1300.00")])
    settle()
    assert page_of(team).groups[0].note == "none is 20 % behind"


def test_the_gap_of_a_metric_that_should_stay_low_is_no_negative_one(team):
    Metric.objects.filter(code="deals_won").update(direction=Direction.DOWN)
    plan = make_plan()
    make_target(plan, team, 132, metric="deals_won")  # 11 in June, 6.5 of them due
    ann = hire("Ann", team, won=[(2, "1.00")] * 12)
    make_target(plan, team, 132, metric="deals_won", person=ann)
    settle()
    note = page_of(team, metric="deals_won").groups[0].note
    assert note.startswith("1 of 1 is 20 % behind, ")
    assert "−" not in note


def test_ratios_are_not_added_up_in_the_note(team):
    plan = make_plan()
    make_target(plan, team, 500_000, metric="win_rate")
    ann = hire("Ann", team, won=[(2, "1.00")])
    make_target(plan, team, 500_000, metric="win_rate", person=ann)
    for _n in range(9):
        make_opportunity(ann, "1.00", lost_on=june(2))
    settle()
    assert page_of(team, metric="win_rate").groups[0].note == "1 of 1 is 20 % behind"


def test_the_way_up_leads_through_the_units_one_may_see(east, staff):
    boss = make_user("boss@example.com", make_person("Boss", manages=east))
    page = page_of(staff, scope=scope_for(boss, on=TODAY))
    assert [name for _url, name in page.crumbs] == ["East"]
    assert page.crumbs[0][0].startswith(f"/units/{east.pk}/?metric=sales&period=month")
    with pytest.raises(NotFound):
        page_of(make_unit("Elsewhere"), scope=scope_for(boss, on=TODAY))


def test_names_and_figures_lead_to_the_same_choice(staff):
    [group] = page_of(staff).groups
    ann = next(row for row in group.page if row.name == "Ann")
    assert ann.url.startswith(f"/people/{ann.person.pk}/?metric=sales&period=month")
    assert ann.figure_url.startswith(f"/figures/?unit={staff.pk}&person={ann.person.pk}&metric=sales")
