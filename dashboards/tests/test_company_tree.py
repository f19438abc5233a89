"""The company's tree: parents equal their parts and what is not assigned, in scope, by plan or last year."""

from __future__ import annotations

import datetime as dt
import re
from pathlib import Path
from types import SimpleNamespace

import pytest
import time_machine
from django.conf import settings

from common.periods import period_containing
from crm.models import Segment
from crm.tests.factories import make_opportunity
from dashboards.company_compared import last_year
from dashboards.company_rows import rows_of
from dashboards.company_tree import company_tree, folded
from dashboards.headlines import headlines_of
from dashboards.nodes import Figures, Node
from dashboards.places import Asked, place_get
from dashboards.selectors import Choice
from metrics.models import Metric
from metrics.services import sweep
from org.models import Company
from org.scope import Scope, scope_for
from org.selectors import unit_placeholder, unit_root
from org.tests.factories import make_person, make_unit, make_user
from tracking.services import snapshots_ensure
from tracking.tests.factories import make_plan, make_target

pytestmark = pytest.mark.django_db
TODAY = dt.date(2026, 6, 17)
JUNE = dt.date(2026, 6, 2)
EVERYONE = Scope.everyone(reason="test", on=TODAY)


@pytest.fixture(autouse=True)
def today():
    """17 June 2026, noon in China; Monday to Friday are worked."""
    Company.objects.update(country="")
    with time_machine.travel(dt.datetime(2026, 6, 17, 4, tzinfo=dt.UTC), tick=False):
        yield


@pytest.fixture
def company():
    """Two regions, three teams, three people; targets of 1 200 a year are 100 a month (in cents)."""
    root = unit_root()
    east, west = make_unit("East"), make_unit("West")
    first, second, third = make_unit("First", east), make_unit("Second", east), make_unit("Third", west)
    ann, ben, cem = make_person("Ann", first), make_person("Ben", second), make_person("Cem", third)
    plan = make_plan()
    for owner, amount in (
        (root, 360_000),
        (east, 240_000),
        (first, 120_000),
        (second, 96_000),
        (west, 120_000),
    ):
        make_target(plan, owner, amount)
    make_target(plan, first, 120_000, person=ann)
    make_opportunity(ann, "90.00", won_on=JUNE, product_line="premium", region="north")
    make_opportunity(ben, "5.00", won_on=JUNE, product_line="entry", region="north")
    make_opportunity(cem, "70.00", won_on=JUNE, product_line="entry", region="south")
    make_opportunity(cem, "40.00", won_on=dt.date(2025, 6, 3), region="south")
    return SimpleNamespace(**locals())


def tree_of(node="", *, by="unit", metric="sales", scope=EVERYONE, grain="month"):
    sweep()
    snapshots_ensure(TODAY)
    place = place_get(node, scope=scope)
    chosen = Metric.objects.select_related("numerator", "denominator").get(code=metric)
    choice = Choice(chosen, grain, TODAY, True)
    asked = Asked(scope, choice, place, by, period_containing(TODAY, grain))
    return company_tree(asked, rows_of(asked))


def shown(tree):
    return {node.name: (node.figures.target, node.figures.top) for node in tree.nodes}


def assert_reconciled(tree):
    for parent in tree.nodes:
        parts = [node.figures for node in tree.nodes if node.parent == parent.key]
        if parts:
            assert sum(part.target or 0 for part in parts) == (parent.figures.target or 0), parent.name
            assert sum(part.top for part in parts) == parent.figures.top, parent.name


def test_parts_and_what_is_not_assigned_sum_to_the_whole(company):
    tree = tree_of()
    assert_reconciled(tree)
    found = {(node.parent, node.name): node.figures.target for node in tree.nodes}
    assert found[f"unit:{company.east.pk}", "Not assigned below"] == 2_000
    assert shown(tree)["Ann"] == (10_000, 9_000)
    assert tree.root.figures.target == 30_000


def test_who_has_no_target_stands_there_with_what_was_achieved(company):
    tree = tree_of()
    assert shown(tree)["Third"] == (None, 7_000)
    [third] = [node for node in tree.nodes if node.name == "Third"]
    assert (third.lag, third.status) == (None, "undefined")
    assert unit_placeholder().name not in shown(tree)


def test_more_assigned_than_the_target_is_said_and_negative(company):
    make_target(company.plan, company.third, 150_000)
    tree = tree_of(f"unit:{company.west.pk}")
    assert_reconciled(tree)
    assert shown(tree)["Assigned beyond the target"] == (-2_500, 0)


def test_furthest_behind_comes_first_and_the_rest_last(company):
    tree = tree_of(f"unit:{company.east.pk}")
    assert [node.name for node in tree.children] == ["Second", "First", "Not assigned below"]


def test_manager_stands_at_the_own_unit_and_sees_nothing_beside_it(company):
    manager = make_user("m@example.com", make_person("Mia", manages=company.east))
    scope = scope_for(manager, on=TODAY)
    tree = tree_of(scope=scope)
    assert tree.root.name == "East"
    assert {"West", "Third", "Cem"}.isdisjoint(shown(tree))
    assert [unit.name for unit in place_get("", scope=scope).path] == ["East"]
    for unit in (company.west, company.root, company.third):
        assert place_get(f"unit:{unit.pk}", scope=scope) is None


@pytest.mark.parametrize(
    "node", ["person:1", "unit:x", "unit:", "unit:0", "unit:1|segment:999999", "unit:1|"]
)
def test_a_node_that_is_none_is_not_found(company, node):
    assert place_get(node, scope=EVERYONE) is None


def test_a_dimension_without_targets_stands_beside_last_year(company):
    tree = tree_of(by="region")
    assert tree.is_compared
    north, south = (Segment.objects.get(kind="region", code=code).name for code in ("north", "south"))
    found = {node.name: (node.figures.top, node.figures.last_top) for node in tree.nodes}
    assert (found[north], found[south]) == ((9_500, 0), (7_000, 4_000))
    assert {node.figures.target for node in tree.nodes} == {None}
    assert tree.root.figures.top == 16_500
    assert_reconciled(tree)


def test_a_segment_without_targets_opens_into_units_and_then_people(company):
    south = Segment.objects.get(kind="region", code="south")
    tree = tree_of(f"unit:{company.root.pk}|segment:{south.pk}")
    found = {node.name: (node.figures.top, node.figures.last_top) for node in tree.children}
    assert found == {"West": (7_000, 4_000), "East": (0, 0)}
    tree = tree_of(f"unit:{company.third.pk}|segment:{south.pk}")
    assert [(node.name, node.kind, node.change) for node in tree.children] == [("Cem", "person", 0.75)]
    assert_reconciled(tree)


def test_what_nobody_owns_is_a_rest_without_a_page(company):
    make_opportunity(None, "3.00", won_on=JUNE, region="north")
    north = Segment.objects.get(kind="region", code="north")
    tree = tree_of(f"unit:{unit_placeholder().pk}|segment:{north.pk}")
    assert [(each.name, each.kind, each.figures.top) for each in tree.children] == [("No owner", "gap", 300)]


def test_targets_by_product_line_are_shown_and_open_into_units(company):
    line = Segment.objects.get(kind="product_line", code="premium")
    make_target(company.plan, company.root, 120_000, product_line=line)
    make_target(company.plan, company.east, 60_000, product_line=line)
    tree = tree_of(by="product_line")
    assert not tree.is_compared
    assert shown(tree)[line.name] == (10_000, 9_000)
    assert_reconciled(tree)
    crossed = tree_of(by="product_line_unit")
    assert_reconciled(crossed)
    key = f"unit:{company.east.pk}|segment:{line.pk}"
    assert {node.key: node.parent for node in crossed.nodes}[
        key
    ] == f"unit:{company.root.pk}|segment:{line.pk}"
    inside = tree_of(f"unit:{company.root.pk}|segment:{line.pk}")
    assert shown(inside)["East"] == (5_000, 9_000)
    assert inside.kinds == {"product_line"}


def test_without_any_plan_the_whole_stands_beside_last_year(company):
    company.plan.targets.all().delete()
    company.plan.delete()
    tree = tree_of()
    assert tree.is_compared
    assert {node.name: node.figures.top for node in tree.children} == {"East": 9_500, "West": 7_000}
    assert_reconciled(tree)


def test_ratios_have_no_rest_and_are_as_large_as_their_denominator(company):
    make_target(company.plan, company.root, 500_000, metric="win_rate")
    make_target(company.plan, company.east, 500_000, metric="win_rate")
    make_opportunity(company.ann, lost_on=JUNE)
    tree = tree_of(metric="win_rate")
    assert {node.kind for node in tree.nodes} <= {"unit", "person"}
    [east] = [node for node in tree.nodes if node.name == "East"]
    assert (east.actual, east.target, east.size) == (pytest.approx(2 / 3), 0.5, 3)


def test_headlines_count_who_is_behind_and_add_up_by_how_much(company):
    first, people = headlines_of(tree_of(f"unit:{company.east.pk}"))
    # Due by 17 June are 13 of 22 workdays of 80.00, that is 47.27; 5.00 are done.
    assert first.text == "1 of 2 units are behind, together −¥42."
    assert first.worst.name == "Second"
    assert people.worst is None
    assert people.text == "1 person, not 20 % behind."


def node(key, parent="", depth=1, target=10, metric=None):
    metric = metric or Metric(code="m", kind="amount", unit="currency", direction="up")
    return Node(key, parent, depth, "unit", key, metric, Figures(target=target, due=target, top=1))


def test_a_large_tree_keeps_two_levels_and_sums_up_the_small_ones():
    top = node("top", depth=0, target=1000)
    regions = [node(f"r{at}", "top", 1, 100) for at in range(3)]
    teams = [node(f"{region.key}t{at}", region.key, 2, at) for region in regions for at in range(10)]
    people = [node(f"{team.key}p{at}", team.key, 3, 1) for team in teams for at in range(20)]
    nodes = [top, *regions, *teams, *people]
    assert folded(nodes, 1000) == nodes
    assert len(folded(nodes, 40)) == 34
    few = folded(nodes, 20)
    assert sum(each.figures.target for each in few if each.depth == 2) == 3 * 45
    others = [each for each in few if each.kind == "others"]
    assert {each.name for each in others} == {"4 others", "5 others"}
    assert len(few) <= 20 + len(regions)


def test_a_team_of_many_people_keeps_the_largest():
    team = node("team", depth=0)
    people = [node(f"p{at}", "team", 1, at) for at in range(500)]
    few = folded([team, *people], 300)
    assert len(few) == 301
    assert few[-1].name == "201 others"
    assert few[-1].figures.target == sum(range(201))


DOCUMENT = Path(settings.BASE_DIR) / "docs" / "calculations.md"
DAY = r"(\d{4}-\d\d-\d\d)"
DOCUMENTED = re.findall(
    rf"^\| ([^|]+) \| (week|month) \| {DAY} to {DAY} \| {DAY} to {DAY} \|$",
    DOCUMENT.read_text(),
    re.MULTILINE,
)


def test_the_document_has_worked_rows():
    assert len(DOCUMENTED) == 4


@pytest.mark.parametrize(("case", "grain", "start", "end", "start_before", "end_before"), DOCUMENTED)
def test_the_same_days_of_last_year(case, grain, start, end, start_before, end_before):
    now, before = (
        tuple(map(dt.date.fromisoformat, days)) for days in ((start, end), (start_before, end_before))
    )
    assert last_year(now, grain) == before


@pytest.mark.parametrize(
    ("direction", "top", "last", "tone"),
    [
        ("up", 110, 100, "on_track"),
        ("up", 100, 100, "watch"),
        ("up", 90, 100, "behind"),
        ("up", 5, 0, "undefined"),
        ("down", 80, 100, "on_track"),
        ("down", 120, 100, "behind"),
    ],
)
def test_the_tone_beside_last_year(direction, top, last, tone):
    metric = Metric(code="m", kind="count", unit="number", direction=direction)
    figures = Figures(top=top, last_top=last)
    assert Node("unit:1", "", 0, "unit", "East", metric, figures).tone == tone
