"""The SMART check: what is known of a target, the worst first, for whom; a fixed number of queries."""

import datetime as dt

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from org.scope import Scope, scope_for
from org.tests.factories import make_person
from targets.calc.smart import Grade, Letter
from targets.selectors import plan_metrics_of
from targets.selectors.checks import CheckAsk, plan_check
from targets.services import plan_metric_set, target_amount_set
from targets.tests.factories import again, make_child, make_plan, root_of
from targets.tests.facts import make_year
from targets.tests.strategy_factories import make_line

pytestmark = pytest.mark.django_db
TODAY = dt.date(2026, 1, 1)
EVERYONE = Scope.everyone(reason="test", on=TODAY)


@pytest.fixture
def tree(cast):
    """Sales of 1,000 (a division and its team with all of it, alice 600 of it) and visits for alice."""
    plan = make_plan(2026, "sales", "effective_visits", "leads")
    root = target_amount_set(target=root_of(plan), amount=100_000, actor=None)
    division = make_child(root, cast.east, 100_000)
    team = make_child(division, cast.borealis, 100_000)
    return plan, again(root), again(division), again(team), make_child(team, cast.alice.person, 60_000)


def graded(check, target, letter):
    """The finding of a letter of a target."""
    [row] = [row for row in check.rows if row.target.pk == target.pk]
    return next(finding for finding in row.findings if finding.letter == letter)


def test_children_that_do_not_sum_are_found_at_their_parent(tree):
    plan, _root, division, team, _alice = tree
    check = plan_check(plan, scope=EVERYONE)
    assert graded(check, team, Letter.TIME_BOUND).grade == Grade.MISSING
    assert graded(check, division, Letter.TIME_BOUND).grade == Grade.GOOD


def test_a_strategy_line_far_above_makes_a_target_relevant(tree):
    plan, _root, division, _team, alice = tree
    assert graded(plan_check(plan, scope=EVERYONE), alice, Letter.RELEVANT).grade == Grade.WEAK
    make_line(plan, "East first", division)
    found = graded(plan_check(plan, scope=EVERYONE), alice, Letter.RELEVANT)
    assert (found.grade, found.params) == (Grade.GOOD, {"count": 1})


def test_a_growth_line_without_an_amount_is_no_target(tree):
    plan = tree[0]
    visits = root_of(plan, "effective_visits")
    make_line(plan, "+20 %", visits, metric="effective_visits", kind="growth", share_bp=2000)
    assert "growth rate" in graded(plan_check(plan, scope=EVERYONE), visits, Letter.SPECIFIC).evidence


def test_a_metric_that_was_never_counted_can_not_be_measured(tree, cast):
    plan, root, *_rest = tree
    assert graded(plan_check(plan, scope=EVERYONE), root, Letter.MEASURABLE).place == "metric"
    make_year(cast.alice.person, cast.borealis, 2025, sales=50_000)
    assert graded(plan_check(plan, scope=EVERYONE), root, Letter.MEASURABLE).place == "process"


def test_an_even_month_is_no_rhythm_for_sales_but_is_for_visits(tree):
    plan, root, *_rest = tree
    sales, visits, _leads = plan_metrics_of(plan)
    for each in (sales, visits):
        plan_metric_set(plan_metric=each, phases=[1, 1, 1], actor=None)
    check = plan_check(plan, scope=EVERYONE)
    assert graded(check, root, Letter.TIME_BOUND).place == "rhythm"
    assert graded(check, root_of(plan, "effective_visits"), Letter.TIME_BOUND).grade == Grade.GOOD


@pytest.mark.parametrize(
    ("case", "before", "grade"),
    [
        ("as in the years before", 60_000, Grade.GOOD),
        ("a third of it would be enough", 180_000, Grade.WEAK),
        ("ten times as much", 6_000, Grade.MISSING),
        ("no year is known", 0, Grade.UNKNOWN),
    ],
)
def test_history_says_how_likely_a_persons_target_is(case, before, grade, tree, cast):
    plan, *_above, alice = tree
    if before:
        for year in (2023, 2024, 2025):
            make_year(cast.alice.person, cast.borealis, year, sales=before)
    assert graded(plan_check(plan, scope=EVERYONE), alice, Letter.ACHIEVABLE).grade == grade


def test_a_newcomer_is_asked_for_what_the_team_does(tree, cast):
    plan, *_above, alice = tree
    for name in ("Ann", "Ben"):
        make_year(make_person(name, cast.borealis), cast.borealis, 2025, sales=60_000)
    [row] = [row for row in plan_check(plan, scope=EVERYONE).rows if row.target.pk == alice.pk]
    assert row.chances.history == pytest.approx(0.5, abs=0.02)
    assert row.chances.last_year is None


def test_too_few_working_days_bind_where_history_would_not(tree, cast):
    plan, *_above, alice = tree
    # 100 visits bring 10 deals of 10.00 each: 100.00 a year, and the target is 600.00.
    make_year(cast.alice.person, cast.borealis, 2025, sales=10_000, deals_won=10, effective_visits=100)
    [row] = [row for row in plan_check(plan, scope=EVERYONE).rows if row.target.pk == alice.pk]
    assert row.chances.visits == pytest.approx(100)
    assert row.chances.value == pytest.approx(1000)
    assert row.chances.capacity < 0.01
    finding = graded(plan_check(plan, scope=EVERYONE), alice, Letter.ACHIEVABLE)
    assert (finding.grade, finding.place) == (Grade.MISSING, "resources")


def test_the_worst_comes_first_and_every_letter_is_counted(tree):
    check = plan_check(tree[0], scope=EVERYONE)
    assert [row.badness for row in check.rows] == sorted(row.badness for row in check.rows)
    assert check.checked == len(check.rows) == 6
    assert all(sum(counts.values()) == 6 for counts in check.letters.values())


def test_a_filter_shows_some_and_counts_all_that_were_looked_at(tree, cast):
    plan, *_above, team, _alice = tree
    ask = CheckAsk(letter=Letter.TIME_BOUND, grade=Grade.MISSING)
    check = plan_check(plan, scope=EVERYONE, ask=ask)
    assert [row.target for row in check.rows] == [team]
    assert check.checked == 6
    below = plan_check(plan, scope=EVERYONE, ask=CheckAsk(unit_id=cast.borealis.pk))
    assert {row.target.unit_id for row in below.rows} == {cast.borealis.pk}


def test_a_rep_sees_the_check_of_the_own_target_alone_without_the_teams_figures(tree, cast, client_of):
    plan, *_above, alice = tree
    make_year(
        make_person("Ann", cast.borealis), cast.borealis, 2025, sales=77_700, deals_won=7, effective_visits=9
    )
    assert [row.target for row in plan_check(plan, scope=scope_for(cast.alice, on=TODAY)).rows] == [alice]
    page = client_of(cast.alice).get(reverse("targets:check", args=[plan.pk]))
    assert b"Ann" not in page.content
    assert b"effective visits fit in" not in page.content
    assert (
        b"effective visits fit in"
        in client_of(cast.bob).get(reverse("targets:check", args=[plan.pk])).content
    )


def test_each_finding_leads_to_where_it_is_mended(tree, cast, client_of):
    plan, _root, _division, team, _alice = tree
    page = client_of(cast.carol).get(reverse("targets:check", args=[plan.pk])).content.decode()
    assert f'href="{reverse("targets:plan", args=[plan.pk])}?target={team.pk}#target-title"' in page
    assert f'href="{reverse("targets:strategy", args=[plan.pk])}"' in page


def test_the_card_of_a_target_shows_five_findings(tree, cast, client_of):
    plan, *_above, alice = tree
    page = client_of(cast.alice).get(reverse("targets:check_target", args=[plan.pk, alice.pk]))
    words = ("Specific", "Measurable", "Achievable", "Relevant", "Time-bound")
    assert all(word in page.content.decode() for word in words)


def test_publishing_warns_with_counts_and_refuses_nothing(tree, cast, client_of):
    plan = tree[0]
    browser = client_of(cast.carol)
    counts = browser.get(reverse("targets:check_counts", args=[plan.pk])).content.decode()
    assert "0 of 6 targets are sound" in counts
    assert "You can publish all the same." in counts


def test_a_filter_by_address_is_read_and_nonsense_is_said(tree, cast, client_of):
    plan, *_rest = tree
    url = reverse("targets:check", args=[plan.pk])
    browser = client_of(cast.carol)
    page = browser.get(f"{url}?letter=time_bound&grade=missing&metric=sales")
    assert len(page.context["rows"]) == 1
    assert "Select a valid choice" in browser.get(f"{url}?letter=x").content.decode()
    assert browser.get(f"{url}?unit={cast.australis.pk}").status_code == 200


def test_pages_ask_as_many_queries_for_thirty_targets_as_for_three(cast, client_of):
    plan = make_plan(2026, "sales", "win_rate")
    target_amount_set(target=root_of(plan), amount=100_000, actor=None)
    team = make_child(make_child(root_of(plan), cast.east, 100_000), cast.borealis, 100_000)
    counts = []
    for more in (3, 27):
        for at in range(more):
            person = make_person(f"Seller {more} {at}", cast.borealis)
            make_year(person, cast.borealis, 2025, sales=1000 + at, deals_won=5, effective_visits=20)
            make_child(again(team), person, 1000)
        browser = client_of(cast.carol)
        url = reverse("targets:check", args=[plan.pk])
        browser.get(url)
        with CaptureQueriesContext(connection) as queries:
            assert browser.get(url).status_code == 200
        counts.append(len(queries))
    assert counts[0] == counts[1] <= 35, counts


def test_the_api_lists_findings_and_says_which_filter_is_wrong(tree, cast, client_of):
    plan, *_above, alice = tree
    url = reverse("targets_api:check", args=[plan.pk])
    browser = client_of(cast.carol)
    rows = browser.get(url, {"letter": "time_bound", "grade": "missing"}).json()["results"]
    assert [row["target"] for row in rows] == [alice.parent_id]
    assert [each["letter"] for each in rows[0]["findings"]] == [letter.value for letter in Letter]
    refused = browser.get(url, {"grade": "superb"})
    assert refused.status_code == 400
    assert refused.json()["errors"][0]["field"] == "grade"
