"""The tree keeps its months in step, its splits apart, and learns the season of the past."""

import datetime as dt
from decimal import Decimal

import pytest

from common.errors import Conflict, Invalid
from metrics.models import Metric, UnitDailyActual
from org.models import CreditInterval
from org.scope import Scope
from org.selectors import unit_root
from org.tests.factories import make_person, make_unit
from targets.models import PlanMetric
from targets.selectors import child_candidates, children_grid
from targets.services import (
    plan_delete,
    plan_publish,
    season_learn,
    seen_token,
    target_amount_set,
    target_children_add,
    target_delete,
    target_month_set,
)
from targets.tests.factories import again, make_child, make_plan, root_of

pytestmark = pytest.mark.django_db
EVERYONE = Scope.everyone(reason="test", on=dt.date(2026, 1, 1))


@pytest.fixture
def root(db):
    return target_amount_set(target=root_of(make_plan()), amount=1_000, actor=None)


def test_amounts_typed_one_by_one_fit_the_parent_in_every_month(root):
    first, second, third = [make_child(root, make_unit(name)) for name in "ABC"]
    make_child(second, make_unit("B1", second.unit), 10)
    for child, amount in ((first, 333), (second, 333), (third, 334)):
        target_amount_set(target=again(child), amount=amount, actor=None)
    grid = children_grid(again(root), scope=EVERYONE)
    assert grid.gap == 0
    assert grid.month_gaps == [0] * 12


def test_a_ratio_follows_its_parents_course_over_the_year():
    root = target_amount_set(
        target=root_of(make_plan(2026, "win_rate"), "win_rate"), amount=300_000, actor=None
    )
    child = make_child(root, make_unit("A"), 150_000)
    target_month_set(target=again(root), month=2, amount=400_000, actor=None)
    assert again(child).months[1:4] == [150_000, 200_000, 150_000]


def test_removing_a_child_is_noticed_by_whoever_has_the_grid_open(root):
    child = make_child(root, make_unit("A"))
    token = seen_token(again(root))
    target_delete(target=child, actor=None)
    with pytest.raises(Conflict):
        target_amount_set(target=again(root), amount=5, actor=None, seen_at=token)
    assert again(root).amount == 1_000


def test_people_of_a_unit_that_is_a_child_are_no_candidates_beside_it(root):
    team = make_unit("Team")
    make_person("In the team", team, starts_on=dt.date(2024, 1, 1))
    alone = make_person("At the top", unit_root(), starts_on=dt.date(2024, 1, 1))
    target_children_add(target=root, members=[team], actor=None)
    assert child_candidates(again(root), "person", scope=EVERYONE) == [alone]


def test_who_is_there_for_half_the_year_weighs_half(root):
    person = make_person("Joins in July", unit_root(), starts_on=dt.date(2026, 7, 2))
    assert CreditInterval.objects.filter(person=person, unit=unit_root()).exists()
    [child] = target_children_add(target=root, members=[person], actor=None)
    assert again(child).weight == Decimal("0.501370")


def test_who_left_before_the_year_is_no_candidate_of_the_company(root):
    since, until = dt.date(2024, 1, 1), dt.date(2025, 7, 1)
    make_person("Left in 2025", make_unit("Team"), starts_on=since, ends_on=until)
    assert child_candidates(root, "person", scope=EVERYONE) == []


def test_a_published_plan_is_not_deleted(root):
    plan_publish(plan=root.plan, actor=None)
    with pytest.raises(Conflict):
        plan_delete(plan=root.plan, actor=None)


def test_the_season_of_two_years_of_sales_shapes_the_months(root):
    sales = Metric.objects.get(code="sales")
    rows = [
        UnitDailyActual(metric=sales, unit=unit_root(), day=day, value=30_000 if day.month == 6 else 10_000)
        for day in (dt.date(2024, 1, 1) + dt.timedelta(days=at) for at in range(731))
    ]
    UnitDailyActual.objects.bulk_create(rows)
    chosen = PlanMetric.objects.get(plan=root.plan)
    season_learn(plan_metric=chosen, actor=None)
    chosen.refresh_from_db()
    assert chosen.season.index(max(chosen.season)) == 5
    assert "24" in chosen.season_source
    months = again(root).months
    assert sum(months) == 1_000
    assert months[5] == max(months)


def test_without_history_there_is_no_season_to_learn(root):
    with pytest.raises(Invalid):
        season_learn(plan_metric=PlanMetric.objects.get(plan=root.plan), actor=None)
