"""A person's page: what is due today, what can still close, the own place; nothing of it to anybody else."""

from __future__ import annotations

import datetime as dt

import pytest

from crm.services import Words, follow_up_add
from crm.services.deletion import record_delete
from crm.tests.factories import SOURCE, make_account, make_lead, make_opportunity
from dashboards.person_page import ALERTS, CLOSING, TODOS, person_page
from dashboards.selectors import Choice, board_rows, ranked
from metrics.models import Metric
from metrics.selectors import metric_get
from metrics.services import refresh_changed_days
from org.models import Person, Role, Unit
from org.scope import Scope, scope_for
from org.selectors import person_home
from org.services import person_leave
from org.tests.factories import make_person, make_unit, make_user
from tracking.models import Alert, AlertRule, SnapshotRun
from tracking.selectors.progress import ProgressRow
from tracking.services import snapshots_drain, snapshots_ensure
from tracking.tests.conftest import TODAY
from tracking.tests.factories import make_plan, make_row, make_target

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("wednesday", "plain_calendar")]
A_YEAR = 2_640_000
OVERDUE = "Should have closed on Jun 10: win it, lose it or move it"
DUE, VIEWED = "Expected to close today", "Quote was just viewed: call now"
BEHIND = "You are behind: look at what to do"


def june(day: int) -> dt.date:
    return dt.date(2026, 6, day)


def at(day: int, hour: int = 4) -> dt.datetime:
    return dt.datetime(2026, 6, day, hour, tzinfo=dt.UTC)


def settle(as_of: dt.date = TODAY) -> None:
    """Count everything anew: targets of these tests are written past the services."""
    SnapshotRun.objects.all().delete()
    while refresh_changed_days().taken:
        pass
    snapshots_drain()
    snapshots_ensure(as_of)


def page_of(person, viewer, *, grain="month", as_of=TODAY, metric="sales"):
    """The page as the view makes it for a user; None where it is not found."""
    settle(as_of)
    scope = scope_for(viewer, on=TODAY)
    found = person_home(person.pk, scope=scope)
    if found is None:
        return None
    shown, unit = found
    choice = Choice(metric_get(metric), grain, as_of, is_today=as_of == TODAY)
    return person_page(scope=scope, person=shown, unit=unit, choice=choice)


def told(page) -> list[tuple[str, str]]:
    return [(todo.text, todo.detail) for todo in page.todos]


def raise_alert(person, unit, *, metric="sales", level="alert", raised_at=None, grain="month") -> Alert:
    return Alert.objects.create(
        rule=AlertRule.objects.all()[0],
        grain=grain,
        period_start=june(1),
        metric=Metric.objects.get(code=metric),
        unit=unit,
        person=person,
        level=level,
        evaluated_on=TODAY,
        lag_ratio=0.3,
        raised_at=raised_at or at(16),
    )


@pytest.fixture
def rep(ann):
    return make_user("ann@example.com", ann)


@pytest.fixture
def boss(team):
    return make_user("boss@example.com", make_person("Boss", manages=team))


# --- today -------------------------------------------------------------------------------------------------


def test_what_is_due_today_comes_with_the_most_pressing_first(team, ann, rep):
    acme = make_account("Acme", owner=ann)
    make_opportunity(ann, "300.00", name="Later", expected_close_on=june(25))
    make_opportunity(ann, "100.00", name="Today", expected_close_on=TODAY)
    make_opportunity(ann, "200.00", name="Late", account=acme, expected_close_on=june(10))
    make_opportunity(ann, "400.00", name="Read", quote_viewed_at=at(16), expected_close_on=june(26))
    make_lead(ann, june(14), name="Young")
    make_lead(ann, june(12), name="Old", company_name="Old Ltd")
    raise_alert(ann, team)
    page = page_of(ann, rep)
    assert told(page) == [
        (BEHIND, "Sales, 30 % behind since Jun 16"),
        (VIEWED, "Read · ¥400"),
        (OVERDUE, "Acme · ¥200"),
        (DUE, "Today · ¥100"),
        ("2 new leads wait for a first call", "Old Ltd waits longest: 5 days"),
    ]
    assert [todo.tone for todo in page.todos] == ["orange", "blue", "orange", "blue", "blue"]
    assert page.more_todos == 0


def test_next_steps_stand_above_the_deals_from_their_day_on(ann, rep):
    acme = make_account("Acme", owner=ann)
    deal = make_opportunity(ann, "200.00", name="Late", expected_close_on=june(10))
    steps = [(acme, "Send samples", TODAY), (deal, "Call the buyer", june(15)), (deal, "Visit", june(18))]
    for record, step, on in steps:
        words = Words(next_step=step, next_step_on=on)
        follow_up_add(record=record, words=words, actor=rep, scope=scope_for(rep, on=TODAY))
    page = page_of(ann, rep)
    assert told(page) == [
        ("Call the buyer", "Late, since Jun 15"),
        ("Send samples", "Acme"),
        (OVERDUE, "Late · ¥200"),
    ]
    assert page.todos[0].url == f"/crm/opportunities/{deal.pk}/#follow-up"
    assert page.todos[1].url == f"/crm/accounts/{acme.pk}/#follow-up"


def test_a_quiet_day_has_nothing_to_do(ann, ben, rep):
    make_opportunity(ann, "300.00", expected_close_on=june(18))
    make_opportunity(ann, "300.00", won_on=june(10), expected_close_on=june(10))
    make_opportunity(ben, "300.00", expected_close_on=june(10), quote_viewed_at=at(17))
    late = make_opportunity(ann, "300.00", expected_close_on=june(10))
    record_delete(resource="opportunities", source=SOURCE, external_id=late.external_id)
    make_lead(ann, june(15), name="Two days old")
    make_lead(ben, june(1), name="Ben's")
    assert page_of(ann, rep).todos == []


@pytest.mark.parametrize(
    ("case", "viewed_at", "is_fresh"),
    [
        ("an hour ago", at(17, 3), True),
        ("three days ago, just after midnight in China", at(13, 17), True),
        ("four days ago, just before midnight in China", at(13, 15), False),
        ("last month", dt.datetime(2026, 5, 17, tzinfo=dt.UTC), False),
    ],
)
def test_a_quote_viewed_within_three_days_of_the_company_is_a_reason_to_call(
    ann, rep, case, viewed_at, is_fresh
):
    make_opportunity(ann, "10.00", name="Deal", quote_viewed_at=viewed_at)
    assert told(page_of(ann, rep)) == ([(VIEWED, "Deal · ¥10")] if is_fresh else [])


def test_a_deal_that_was_just_viewed_and_is_overdue_is_called_about_once(ann, rep):
    make_opportunity(ann, "10.00", name="Deal", quote_viewed_at=at(17, 2), expected_close_on=june(10))
    assert told(page_of(ann, rep)) == [(VIEWED, "Deal · ¥10")]


def test_the_last_viewed_quote_is_called_about_first(ann, rep):
    for name, hour in (("First", 1), ("Last", 3), ("Second", 2)):
        make_opportunity(ann, "10.00", name=name, quote_viewed_at=at(17, hour))
    assert [detail for _text, detail in told(page_of(ann, rep))] == [
        "Last · ¥10",
        "Second · ¥10",
        "First · ¥10",
    ]


def test_many_alerts_do_not_push_the_deals_off_the_list(team, ann, rep):
    for metric in ("sales", "collections", "deals_won", "win_rate"):
        raise_alert(ann, team, metric=metric, level="critical" if metric == "win_rate" else "alert")
    make_opportunity(ann, "10.00", name="Deal", expected_close_on=TODAY)
    page = page_of(ann, rep)
    assert [text for text, _detail in told(page)] == [BEHIND] * ALERTS + [DUE]
    assert page.todos[0].tone == "red"


def test_an_alert_is_told_by_the_companys_day_and_not_once_it_is_over(team, ann, rep):
    alert = raise_alert(ann, team, raised_at=at(15, 20))  # the 16th in China
    assert told(page_of(ann, rep)) == [(BEHIND, "Sales, 30 % behind since Jun 16")]
    Alert.objects.filter(pk=alert.pk).update(level="ok")
    assert told(page_of(ann, rep)) == []


def test_a_long_list_ends_and_says_how_many_more_there_are(ann, rep):
    for number in range(TODOS + 3):
        make_opportunity(ann, "10.00", name=f"Deal {number}", expected_close_on=june(10))
    page = page_of(ann, rep)
    assert (len(page.todos), page.more_todos) == (TODOS, 3)


def test_nothing_of_today_and_no_board_is_on_somebody_elses_page(team, ann, ben, boss):
    make_target(make_plan(), team, A_YEAR, person=ann)
    make_opportunity(ann, "10.00", name="Deal", quote_viewed_at=at(17, 3), expected_close_on=june(10))
    make_lead(ann, june(1))
    raise_alert(ann, team)
    for viewer in (boss, make_user("erin@example.com", None, Role.FINANCE)):
        page = page_of(ann, viewer)
        assert (page.is_me, page.todos, page.board, page.board_size) == (False, [], [], 0)
    assert page_of(ann, make_user("ben@example.com", ben)) is None


def test_a_day_gone_by_has_nothing_to_do_today(ann, rep):
    make_opportunity(ann, "10.00", expected_close_on=june(1))
    assert page_of(ann, rep, as_of=june(10)).todos == []


# --- what can still close ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("grain", "wanted"),
    [
        ("week", ["Tomorrow", "Today"]),
        ("month", ["Month's end", "Tomorrow", "Today"]),
        ("year", ["Autumn", "Month's end", "Tomorrow", "Today"]),
    ],
)
def test_open_deals_expected_by_the_periods_end_can_close_the_largest_first(ann, rep, grain, wanted):
    expected = {
        "Today": (TODAY, "10.00"),
        "Tomorrow": (june(18), "20.00"),
        "Month's end": (june(30), "30.00"),
        "Autumn": (dt.date(2026, 9, 1), "40.00"),
        "Yesterday": (june(16), "50.00"),
        "Next year": (dt.date(2027, 1, 1), "60.00"),
    }
    for name, (day, amount) in expected.items():
        make_opportunity(ann, amount, name=name, expected_close_on=day)
    make_opportunity(ann, "70.00", name="Some day")
    closing = page_of(ann, rep, grain=grain).closing
    assert [deal.name for deal in closing.deals] == wanted
    total = sum(float(expected[name][1]) for name in wanted)
    assert (closing.count, closing.total_text) == (len(wanted), f"¥{total:.0f}")


def test_the_sum_of_what_can_close_holds_more_deals_than_are_listed(ann, rep, boss):
    for number in range(CLOSING + 2):
        make_opportunity(ann, "10.00", name=f"Deal {number}", expected_close_on=june(20))
    for viewer in (rep, boss):
        closing = page_of(ann, viewer).closing
        assert (len(closing.deals), closing.count, closing.total_text) == (CLOSING, CLOSING + 2, "¥100")


def test_nothing_can_close_in_a_period_that_is_over(ann, rep):
    make_opportunity(ann, "10.00", expected_close_on=june(20))
    closing = page_of(ann, rep, as_of=dt.date(2026, 5, 20)).closing
    assert (closing.deals, closing.count) == ([], 0)


# --- the sentence and the board ----------------------------------------------------------------------------


def test_the_sentence_is_about_the_own_target_and_the_own_average_deal(team, ann, rep):
    # 130,000 of 220,000 are due; 52,000 were won in two deals.
    make_target(make_plan(), team, A_YEAR, person=ann)
    for amount in ("420.00", "100.00"):
        make_opportunity(ann, amount, won_on=june(2))
    page = page_of(ann, rep)
    assert page.words == "60 % behind"
    assert page.way_back == "3 deals like your average (¥260) bring you back"
    assert (page.chosen.value, page.plan_name) == (52_000, "Plan 2026 v1")


def test_a_metric_that_is_not_planned_for_one_says_so(team, ann, rep):
    make_target(make_plan(), team, A_YEAR, person=ann)
    page = page_of(ann, rep, metric="collections")
    assert (page.chosen, page.words, page.way_back) == (None, "No target in this period", "")


def row(number: int, completion: float | None, name: str = "") -> ProgressRow:
    target = 100_000 if completion is not None else None
    found = make_row(
        metric_get("sales"), target=target, due=50_000, actual=round((completion or 0) * 100_000)
    )
    person = Person(pk=number, name=name or f"Rep {number:02}")
    return ProgressRow(found.metric, Unit(pk=1, name="Team"), person, "", found.snapshot)


def board_of(*completions: float | None, me: int = 0):
    scope = Scope(on=TODAY, person_id=me)
    return ranked([row(number, each) for number, each in enumerate(completions, 1)], scope)


def test_who_is_equal_shares_a_place_and_the_next_one_is_skipped():
    board = board_of(0.5, 1.2, 0.5, 0.1)
    assert [(each.place, each.name) for each in board] == [
        (1, "Rep 02"),
        (2, "Rep 01"),
        (2, "Rep 03"),
        (4, "Rep 04"),
    ]


def test_over_achievers_do_not_tie_at_the_end_of_the_bar():
    assert [each.place for each in board_of(2.0, 1.3, 1.4)] == [1, 2, 3]


def test_who_has_no_completion_stands_last():
    assert [each.name for each in board_of(None, -0.2, 0.3)] == ["Rep 03", "Rep 02", "Rep 01"]


@pytest.mark.parametrize(
    ("case", "size", "me", "places"),
    [
        ("leading", 10, 1, [1, 2, 3, 4, 5]),
        ("third", 10, 3, [1, 2, 3, 4, 5]),
        ("in the middle, with the leader", 10, 6, [1, 4, 5, 6, 7, 8]),
        ("last, with the leader", 10, 10, [1, 6, 7, 8, 9, 10]),
        ("in a small team", 3, 2, [1, 2, 3]),
        ("alone", 1, 1, [1]),
    ],
)
def test_the_own_place_is_shown_between_the_next_ones_and_under_the_leader(team, case, size, me, places):
    plan = make_plan()
    people = [make_person(f"Rep {number:02}", team) for number in range(1, size + 1)]
    for number, person in enumerate(people):
        make_target(plan, team, A_YEAR, person=person)
        make_opportunity(person, f"{100 - number}.00", won_on=june(2))
    page = page_of(people[me - 1], make_user("me@example.com", people[me - 1]))
    assert [each.place for each in page.board] == places
    assert [each.place for each in page.board if each.is_me] == [me]
    assert page.board_size == size


def test_the_small_board_and_the_large_one_say_the_same(team, ann, ben, rep):
    plan = make_plan()
    for person, amount in ((ann, "10.00"), (ben, "20.00")):
        make_target(plan, team, A_YEAR, person=person)
        make_opportunity(person, amount, won_on=june(2))
    page = page_of(ann, rep)
    asked = {"metric": metric_get("sales"), "grain": "month", "as_of": TODAY}
    boards = board_rows(scope=scope_for(rep, on=TODAY), teams=[team.pk, make_unit("Other").pk], **asked)
    assert boards == {team.pk: page.board}


# --- who left ----------------------------------------------------------------------------------------------


def test_a_leavers_page_is_the_last_managers_to_see_and_in_the_last_unit(team, ann, boss, rep):
    make_target(make_plan(), team, A_YEAR, person=ann)
    make_opportunity(ann, "10.00", won_on=june(2))
    person_leave(person=ann, on=june(10), actor=None)
    page = page_of(ann, boss)
    assert (page.unit, page.person.name, page.chosen.value) == (team, "Ann", 1_000)
    assert page_of(ann, rep) is None
