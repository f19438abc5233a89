"""Strategy lines: what carries them counts once, what carries none is named, a copy keeps them."""

import datetime as dt
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from common.errors import Conflict, Invalid
from metrics.models import Metric
from org.models import AuditEntry
from org.scope import Scope
from org.tests.factories import make_unit
from targets.models import StrategyLine, StrategyTilt
from targets.selectors import (
    Carried,
    strategy_lines_serving,
    strategy_rows,
    strategy_targets,
    strategy_tilts,
    strategy_unlinked,
)
from targets.services import (
    StrategyAsk,
    TiltAsk,
    plan_copy,
    plan_publish,
    strategy_line_delete,
    strategy_line_move,
    strategy_line_save,
    strategy_links_set,
    strategy_status_set,
    strategy_tilts_set,
    target_amount_set,
)
from targets.tests.factories import again, make_child, make_plan, root_of
from targets.tests.strategy_factories import make_line

pytestmark = pytest.mark.django_db
EVERYONE = Scope.everyone(reason="test", on=dt.date(2026, 1, 1))


@pytest.fixture
def root():
    return target_amount_set(target=root_of(make_plan()), amount=1_000, actor=None)


@pytest.fixture
def tree(root):
    """A company target of 10.00 over East (6.00, all of it with its team) and West (4.00)."""
    east = make_child(root, make_unit("East"), 600)
    team = make_child(east, make_unit("Team", east.unit), 600)
    west = make_child(root, make_unit("West"), 400)
    return again(root), east, team, west


@pytest.mark.parametrize(
    ("case", "linked", "carried", "state"),
    [
        ("nothing is linked", [], 0, Carried.NOT),
        ("one branch carries a part", ["west"], 400, Carried.PARTLY),
        ("both branches carry it", ["east", "west"], 1_000, Carried.FULLY),
        ("what is below a linked target counts through it", ["east", "team", "west"], 1_000, Carried.FULLY),
        ("the company's target counts everything once", ["root", "team"], 1_000, Carried.FULLY),
    ],
)
def test_a_line_shows_what_its_targets_carry_each_counted_once(tree, case, linked, carried, state):
    named = dict(zip(("root", "east", "team", "west"), tree, strict=True))
    line = make_line(tree[0].plan, "Grow", *(named[name] for name in linked), amount=1_000)
    [row] = strategy_rows(line.plan)
    assert (row.carried, row.gap, row.state) == (carried, 1_000 - carried, state)
    assert row.share == carried / 1_000


def test_a_target_may_serve_two_lines(tree):
    root, east, _team, west = tree
    make_line(root.plan, "East first", east, amount=500)
    make_line(root.plan, "Everything", east, west, amount=2_000)
    first, second = strategy_rows(root.plan)
    assert (first.carried, first.gap, first.state) == (600, -100, Carried.FULLY)
    assert (second.carried, second.gap, second.state) == (1_000, 1_000, Carried.PARTLY)
    assert [line.text for line in strategy_lines_serving(again(_team))] == ["East first", "Everything"]


def test_a_focus_in_words_has_no_gap(tree):
    make_line(tree[0].plan, "East first", tree[1], metric=None)
    [row] = strategy_rows(tree[0].plan)
    assert (row.carried, row.gap, row.share, row.state) == (None, None, None, Carried.LINKED)


def test_what_carries_no_strategy_is_named_by_the_top_of_its_branch(tree):
    root, _east, team, west = tree
    assert strategy_unlinked(root.plan, scope=EVERYONE) == [root]
    line = make_line(root.plan, "Team", team, amount=600)
    assert strategy_unlinked(root.plan, scope=EVERYONE) == [west]
    strategy_links_set(line=line, targets=[root], actor=None)
    assert strategy_unlinked(root.plan, scope=EVERYONE) == []
    strategy_status_set(line=line, status="dropped", actor=None)
    assert strategy_unlinked(root.plan, scope=EVERYONE) == [root]


def test_a_copied_plan_keeps_its_strategy(tree):
    root, east, team, _west = tree
    line = make_line(root.plan, "East first", east, team, amount=500, floor_amount=450)
    strategy_tilts_set(line=line, tilts=[TiltAsk(east.unit, Decimal("1.2"))], actor=None)
    copy = plan_copy(plan=root.plan, actor=None)
    [row] = strategy_rows(copy)
    assert (row.line.text, row.carried, row.line.floor_amount) == ("East first", 600, 450)
    assert [target.plan_id for target in strategy_targets(row.line, scope=EVERYONE)] == [copy.pk] * 2
    assert strategy_tilts(copy).units == {east.unit_id: Decimal("1.200")}
    [kept] = strategy_rows(root.plan)
    assert kept.carried == 600


def test_tilts_of_several_lines_multiply_and_dropped_ones_are_forgotten(tree):
    root, east, _team, west = tree
    for text, factor in (("A", "1.2"), ("B", "1.5")):
        tilt = [TiltAsk(east.unit, Decimal(factor)), TiltAsk(west.unit, Decimal(1))]
        strategy_tilts_set(line=make_line(root.plan, text), tilts=tilt, actor=None)
    tilts = strategy_tilts(root.plan)
    assert (tilts.of(east), tilts.of(west)) == (Decimal("1.8"), Decimal(1))
    assert StrategyTilt.objects.count() == 2
    strategy_status_set(line=StrategyLine.objects.get(text="B"), status="dropped", actor=None)
    assert strategy_tilts(root.plan).of(east) == Decimal("1.2")


@pytest.mark.parametrize(
    ("case", "field", "ask"),
    [
        ("no words", "text", {"text": " "}),
        ("too many words", "text", {"text": "x" * 201}),
        ("an unknown kind", "kind", {"kind": "hope"}),
        ("an amount that is missing", "amount", {"kind": "amount", "with_metric": True}),
        ("an amount of no metric", "metric", {"kind": "focus", "amount": 5}),
        ("a share that is missing", "share", {"kind": "share"}),
        ("a share beyond reason", "share", {"kind": "growth", "share_bp": 100_001}),
        ("a floor above the amount", "floor_amount", {"amount": 5, "floor_amount": 6, "with_metric": True}),
        ("an amount no company has", "amount", {"amount": 10**18, "with_metric": True}),
    ],
)
def test_a_line_that_says_too_little_is_refused_naming_the_field(root, case, field, ask):
    metric = root.metric if ask.pop("with_metric", False) else None
    entries = AuditEntry.objects.count()
    with pytest.raises(Invalid) as refused:
        strategy_line_save(
            plan=root.plan,
            ask=StrategyAsk(**{"text": "T", "kind": "focus", "metric": metric, **ask}),
            actor=None,
        )
    assert refused.value.field == field
    assert (StrategyLine.objects.count(), AuditEntry.objects.count()) == (0, entries)


def test_a_line_is_linked_to_targets_of_its_own_plan_and_metric(tree):
    line = make_line(tree[0].plan, metric="sales")
    other = root_of(make_plan(2027))
    leads = root_of(make_plan(2028, "leads"), "leads")
    for target in (other, leads):
        with pytest.raises(Invalid):
            strategy_links_set(line=line, targets=[target], actor=None)
    assert not line.links.exists()


def test_the_strategy_of_a_published_plan_is_frozen_but_a_goal_may_be_reached(tree):
    root, east, _team, _west = tree
    line = make_line(root.plan, "East first", east, amount=500)
    plan_publish(plan=root.plan, actor=None)
    with pytest.raises(Conflict):
        strategy_links_set(line=line, targets=[], actor=None)
    with pytest.raises(Conflict):
        strategy_line_delete(line=line, actor=None)
    strategy_status_set(line=line, status="reached", actor=None)
    [row] = strategy_rows(root.plan)
    assert (row.line.status, row.linked) == ("reached", 1)


def test_two_editors_of_one_line_are_told_apart(root):
    line = make_line(root.plan)
    seen = line.updated_at.isoformat()
    strategy_line_save(plan=root.plan, line=line, ask=StrategyAsk("First", "focus"), actor=None, seen_at=seen)
    with pytest.raises(Conflict):
        strategy_line_save(
            plan=root.plan, line=line, ask=StrategyAsk("Late", "focus"), actor=None, seen_at=seen
        )
    assert StrategyLine.objects.get().text == "First"


def test_lines_change_places(root):
    first, second = make_line(root.plan, "A"), make_line(root.plan, "B")
    strategy_line_move(line=second, up=True, actor=None)
    strategy_line_move(line=second, up=True, actor=None)
    assert [row.line.text for row in strategy_rows(root.plan)] == ["B", "A"]
    strategy_line_move(line=first, up=False, actor=None)
    assert [row.line.text for row in strategy_rows(root.plan)] == ["B", "A"]


def test_an_executive_writes_links_and_leans_a_line_in_the_browser(cast, client_of):
    root = target_amount_set(target=root_of(make_plan()), amount=1_000, actor=None)
    east = make_child(root, cast.east, 600)
    director = client_of(cast.carol)
    url = reverse("targets:strategy", args=[root.plan_id])
    typed = {"text": "East first", "kind": "amount", "metric": root.metric_id, "amount": "ten"}
    refused = director.post(url, typed)
    assert refused.status_code == 422
    assert 'value="ten"' in refused.content.decode()
    made = director.post(url, {**typed, "amount": "5.00", "floor_amount": "4", "share": ""})
    line = StrategyLine.objects.get()
    assert (made.status_code, line.amount, line.floor_amount) == (302, 500, 400)
    director.post(reverse("targets:strategy_links", args=[line.pk]), {"targets": [east.pk, 10**9]})
    tilts = reverse("targets:strategy_tilts", args=[line.pk])
    assert director.post(tilts, {"member": f"unit-{cast.east.pk}", "factor": "NaN"}).status_code == 422
    director.post(tilts, {"member": f"unit-{cast.east.pk}", "factor": "1.2"})
    page = director.get(reverse("targets:strategy_line", args=[line.pk])).content.decode()
    assert "120 % carried" in page
    assert strategy_tilts(root.plan).of(east) == Decimal("1.2")


def test_a_manager_reads_the_goals_but_only_the_own_targets_behind_them(cast, client_of):
    root = target_amount_set(target=root_of(make_plan()), amount=1_000, actor=None)
    east, west = make_child(root, cast.east, 600), make_child(root, cast.west, 400)
    mine = make_child(east, cast.borealis, 600)
    line = make_line(root.plan, "Both", mine, west, amount=1_000)
    page = client_of(cast.bob).get(reverse("targets:strategy_line", args=[line.pk])).content.decode()
    assert "Borealis team" in page
    assert "Australis" not in page


def test_lines_ask_as_many_queries_for_thirty_as_for_three(cast, client_of):
    root = target_amount_set(target=root_of(make_plan()), amount=1_000, actor=None)
    east = make_child(root, cast.east, 600)
    director = client_of(cast.carol)
    counts = []
    for count in (3, 27):
        for at in range(count):
            make_line(root.plan, f"Goal {count}-{at}", east, amount=1_000)
        with CaptureQueriesContext(connection) as queries:
            director.get(reverse("targets:strategy", args=[root.plan_id]))
        counts.append(len(queries))
    assert counts[0] == counts[1] <= 24


def test_the_api_lists_lines_with_what_is_carried(cast, client_of):
    root = target_amount_set(target=root_of(make_plan()), amount=100_000, actor=None)
    make_line(root.plan, "Grow", root, amount=150_000, floor_amount=90_000)
    answer = client_of(cast.carol).get(f"/api/v1/targets/plans/{root.plan_id}/strategy").json()
    [line] = answer["results"]
    assert (line["amount"], line["carried"], line["gap"], line["floor"]) == (
        "1500.00",
        "1000.00",
        "500.00",
        "900.00",
    )
    assert (line["metric"], line["linked_targets"]) == (Metric.objects.get(code="sales").code, 1)
