"""Carrying figures down the tree for thousands at once gives what one after the other would."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from org.tests.factories import make_person, make_unit
from targets.models import MONTH_FIELDS, Target
from targets.services import target_amount_set, target_month_set
from targets.services.cascade import cascade
from targets.tests.factories import again, make_plan, root_of
from targets.tests.plain_cascade import plain_cascade

pytestmark = pytest.mark.django_db

amounts = st.integers(-(10**9), 10**11)
bounds = st.none() | st.integers(0, 10**9)
children = st.fixed_dictionaries(
    {
        "weight": st.decimals(0, 500, places=6),
        "lower_amount": bounds,
        "upper_amount": bounds,
        "is_locked": st.sampled_from([False, False, False, True]),
        "cushion_bp": st.sampled_from([0, 0, 300, 1234]),
        "amount": st.integers(0, 10**8),
        "starts_on": st.none() | st.dates(dt.date(2026, 1, 2), dt.date(2026, 12, 30)),
    }
)
trees = st.lists(st.tuples(children, st.lists(children, max_size=4)), min_size=1, max_size=4)


def hang(parent: Target, unit, position: int, asked) -> Target:
    """A child with these figures, its amount in the first month."""
    child = Target(
        plan=parent.plan, parent=parent, metric=parent.metric, unit=unit, position=position, **asked
    )
    child.is_additive = parent.is_additive
    child.m01 = child.amount
    child.save()
    return child


def stored(plan) -> list[tuple[int, ...]]:
    return list(Target.objects.filter(plan=plan).order_by("pk").values_list("pk", "amount", *MONTH_FIELDS))


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(amount=amounts, tree=trees, metric=st.sampled_from(["sales", "sales", "win_rate"]))
def test_all_at_once_is_what_one_after_the_other_gives(amount, tree, metric):
    plan = make_plan(2026, metric)
    root = target_amount_set(target=root_of(plan, metric), amount=amount, actor=None)
    for at, (asked, below) in enumerate(tree):
        team = hang(root, make_unit(f"Team {at}", root.unit), at % 2, asked)
        for place, figures in enumerate(below):
            hang(team, make_unit(f"Group {at}.{place}", team.unit), place % 2, figures)
    before = stored(plan)
    plain_cascade(again(root))
    plain = stored(plan)
    Target.objects.bulk_update(
        [
            Target(pk=pk, amount=total, **dict(zip(MONTH_FIELDS, months, strict=True)))
            for pk, total, *months in before
        ],
        ["amount", *MONTH_FIELDS],
    )
    cascade([again(root)])
    assert stored(plan) == plain
    plan.delete()


@pytest.fixture
def company():
    """A company's target with three teams of people under it, half of them for half a year."""
    root = root_of(make_plan())
    for name in ("A", "B", "C"):
        team = hang(root, make_unit(name, root.unit), 0, {"amount": 0, "weight": Decimal(2)})
        for at in range(4):
            person = make_person(f"{name}{at}", team.unit)
            starts_on = dt.date(2026, 7, 1) if at % 2 else None
            hang(team, team.unit, at, {"amount": 0, "person": person, "starts_on": starts_on})
    return root


def test_what_changes_at_the_top_reaches_every_person_in_every_month(company):
    target_amount_set(target=company, amount=12_000_000_01, actor=None)
    root = again(company)
    people = list(Target.objects.exclude(person=None))
    assert sum(person.amount for person in people) == root.amount == 12_000_000_01
    assert [sum(person.months[at] for person in people) for at in range(12)] == root.months
    target_month_set(target=root, month=10, amount=5_000_000_00, actor=None)
    people = list(Target.objects.exclude(person=None))
    assert sum(person.months[10] for person in people) == 5_000_000_00


def test_only_what_changed_is_written(company):
    target_amount_set(target=company, amount=999_999, actor=None)
    seen = dict(Target.objects.values_list("pk", "updated_at"))
    assert cascade([again(company)]) == 0
    assert dict(Target.objects.values_list("pk", "updated_at")) == seen


def asked(work) -> int:
    with CaptureQueriesContext(
        connection,
    ) as queries:
        work()
    return len(queries)


def test_thirty_children_take_as_many_queries_as_three(company):
    few = asked(lambda: target_amount_set(target=company, amount=1_000, actor=None))
    team = Target.objects.filter(parent=company).first()
    for at in range(30):
        hang(team, team.unit, at, {"amount": 0, "person": make_person(f"More {at}", team.unit)})
    assert asked(lambda: target_amount_set(target=company, amount=77_000, actor=None)) == few
