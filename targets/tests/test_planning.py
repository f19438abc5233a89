"""From the company's amount to a person's month: sums stay exact whatever is typed, locked or refused."""

import datetime as dt
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from common.errors import Conflict, Invalid
from org.models import AuditEntry
from org.scope import Scope
from org.tests.factories import make_person, make_unit
from targets.calc.allocation import Infeasible
from targets.models import PlanMetric, PlanStatus, Target
from targets.selectors import children_grid, plan_tree, slice_rows
from targets.services import (
    ChildAsk,
    plan_copy,
    plan_metric_set,
    plan_publish,
    target_allocate,
    target_amount_set,
    target_children_add,
    target_month_set,
)
from targets.tests.factories import again, make_child, make_plan, root_of

pytestmark = pytest.mark.django_db
EVERYONE = Scope.everyone(reason="test", on=dt.date(2026, 1, 1))


@pytest.fixture
def root():
    return target_amount_set(target=root_of(make_plan()), amount=1_000_000, actor=None)


def split(target, *names, **asked):
    """Children by units of these names, distributed with the weights given."""
    units = [make_unit(name, target.unit) for name in names]
    children = target_children_add(target=again(target), members=units, actor=None)
    weights = asked.pop("weights", [1] * len(children))
    asks = [ChildAsk(again(child), Decimal(weight)) for child, weight in zip(children, weights, strict=True)]
    target_allocate(target=again(target), children=asks, apply=True, actor=None, **asked)
    return [again(child) for child in children]


def months_of(targets):
    return [sum(months) for months in zip(*(target.months for target in targets), strict=True)]


def test_children_sum_to_the_parent_in_the_year_and_in_each_month(root):
    children = split(root, "A", "B", "C", weights=[3, 2, 2])
    assert sum(child.amount for child in children) == 1_000_000
    assert months_of(children) == again(root).months


def test_a_declared_over_assignment_is_what_the_children_have_more(root):
    children = split(root, "A", "B", cushion_bp=300)
    grid = children_grid(again(root), scope=EVERYONE)
    assert sum(child.amount for child in children) == 1_030_000
    assert (grid.gap, grid.over_assigned, grid.is_reconciled) == (0, 30_000, True)


def test_a_typed_amount_is_locked_and_kept_when_the_rest_is_distributed(root):
    first, second, third = split(root, "A", "B", "C")
    target_amount_set(target=first, amount=700_000, actor=None)
    asks = [
        ChildAsk(again(first), Decimal(1), locked=True),
        ChildAsk(again(second), Decimal(1)),
        ChildAsk(again(third), Decimal(2)),
    ]
    preview = target_allocate(target=again(root), children=asks, apply=True, actor=None)
    assert preview.amounts == [700_000, 100_000, 200_000]


def test_a_typed_amount_without_distributing_leaves_a_gap_on_screen(root):
    first, _second = split(root, "A", "B")
    target_amount_set(target=first, amount=400_000, actor=None)
    assert children_grid(again(root), scope=EVERYONE).gap == 100_000


def test_a_changed_amount_flows_down_every_level(root):
    east, _west = split(root, "East", "West")
    first, second = split(east, "A", "B", weights=[1, 3])
    target_amount_set(target=again(root), amount=2_000_000, actor=None)
    assert (again(first).amount, again(second).amount) == (250_000, 750_000)
    assert months_of([again(first), again(second)]) == again(east).months


def test_bounds_that_cannot_fit_say_which_and_by_how_much(root):
    children = split(root, "A", "B")
    asks = [ChildAsk(child, Decimal(1), upper=300_000) for child in children]
    with pytest.raises(Infeasible) as refused:
        target_allocate(target=again(root), children=asks, apply=True, actor=None)
    assert (refused.value.kind, refused.value.gap) == ("above_caps", 400_000)
    assert [again(child).amount for child in children] == [500_000, 500_000]


def test_a_preview_saves_nothing(root):
    children = split(root, "A", "B")
    entries = AuditEntry.objects.count()
    asks = [ChildAsk(child, Decimal(weight)) for child, weight in zip(children, (1, 4), strict=True)]
    preview = target_allocate(target=again(root), children=asks, apply=False, actor=None)
    assert preview.amounts == [200_000, 800_000]
    assert [again(child).amount for child in children] == [500_000, 500_000]
    assert AuditEntry.objects.count() == entries


def test_one_month_typed_leaves_the_year_as_it_was(root):
    children = split(root, "A", "B")
    target_month_set(target=again(root), month=4, amount=300_000, actor=None)
    current = again(root)
    assert current.months[4] == 300_000
    assert sum(current.months) == 1_000_000
    assert months_of([again(child) for child in children]) == current.months


def test_a_month_larger_than_the_year_is_refused(root):
    with pytest.raises(Invalid):
        target_month_set(target=root, month=0, amount=1_000_001, actor=None)


def test_the_season_shapes_the_months(root):
    plan_metric = PlanMetric.objects.get(plan=root.plan)
    plan_metric_set(plan_metric=plan_metric, season=[0] * 11 + [1], actor=None)
    assert again(root).months == [0] * 11 + [1_000_000]


def test_a_ratio_is_the_same_for_every_child():
    plan = make_plan(2026, "win_rate")
    root = target_amount_set(target=root_of(plan, "win_rate"), amount=350_000, actor=None)
    children = split(root, "A", "B")
    assert [child.amount for child in children] == [350_000, 350_000]
    assert children[0].months == [350_000] * 12


def test_somebody_who_joins_in_july_has_nothing_before(root):
    team = make_unit("Team", root.unit)
    stays = make_person("Ann", team)
    joins = make_person("Ben", team, starts_on=dt.date(2026, 7, 1))
    of_team = make_child(root, team, 1_000_000)
    target_children_add(target=of_team, members=[stays, joins], actor=None)
    asks = [ChildAsk(again(row.target), Decimal(1)) for row in children_grid(of_team, scope=EVERYONE).rows]
    target_allocate(target=again(of_team), children=asks, apply=True, actor=None)
    ben = Target.objects.get(person=joins)
    assert ben.starts_on == dt.date(2026, 7, 1)
    assert ben.months[:6] == [0] * 6
    assert sum(ben.months) == ben.amount == 500_000


@pytest.mark.parametrize("grain", ["year", "quarter", "month", "week", "day"])
def test_slices_of_every_grain_sum_to_the_target(root, grain):
    assert sum(row.amount for row in slice_rows(again(root), grain)) == 1_000_000


def test_publishing_is_refused_until_everything_sums(root):
    first, _second = split(root, "A", "B")
    target_amount_set(target=first, amount=1, actor=None)
    with pytest.raises(Conflict):
        plan_publish(plan=root.plan, actor=None)
    root.plan.refresh_from_db()
    assert root.plan.status == PlanStatus.DRAFT


def test_a_published_plan_is_frozen_and_its_successor_closes_it(root):
    first = plan_publish(plan=root.plan, actor=None)
    with pytest.raises(Conflict):
        target_amount_set(target=again(root), amount=5, actor=None)
    second = plan_copy(plan=first, actor=None)
    plan_publish(plan=second, actor=None)
    first.refresh_from_db()
    assert (first.status, second.number) == (PlanStatus.CLOSED, 2)


def test_a_copy_has_the_same_tree_of_its_own(root):
    east, _west = split(root, "East", "West")
    split(east, "A", "B")
    copy = plan_copy(plan=root.plan, actor=None)
    metric = root.metric
    shape = [
        (node.name, node.depth, node.target.amount) for node in plan_tree(root.plan, metric, scope=EVERYONE)
    ]
    assert [(n.name, n.depth, n.target.amount) for n in plan_tree(copy, metric, scope=EVERYONE)] == shape
    assert Target.objects.filter(plan=copy, parent__plan=root.plan).count() == 0


def test_two_editors_of_one_target_are_told_apart(root):
    seen = again(root).updated_at.isoformat()
    target_amount_set(target=root, amount=5, actor=None)
    with pytest.raises(Conflict):
        target_amount_set(target=root, amount=6, actor=None, seen_at=seen)
    assert again(root).amount == 5


def test_every_change_of_a_target_is_in_the_audit_log(root):
    split(root, "A", "B")
    actions = list(AuditEntry.objects.filter(action__startswith="targets.").values_list("action", flat=True))
    assert sorted(actions) == [
        "targets.children.add",
        "targets.plan.create",
        "targets.target.allocate",
        "targets.target.set",
    ]


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    amount=st.integers(0, 10**12),
    weights=st.lists(st.integers(1, 50), min_size=2, max_size=5),
    cushion=st.integers(0, 1500),
)
def test_whatever_the_numbers_every_level_and_month_reconciles(amount, weights, cushion):
    plan = make_plan()
    root = target_amount_set(target=root_of(plan), amount=amount, actor=None)
    children = split(root, *(f"U{at}" for at in range(len(weights))), weights=weights, cushion_bp=cushion)
    current = again(root)
    wanted = children_grid(current, scope=EVERYONE)
    assert sum(child.amount for child in children) == wanted.wanted
    assert all(sum(child.months) == child.amount for child in children)
    if not cushion:
        assert months_of(children) == current.months
    plan.delete()
