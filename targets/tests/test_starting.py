"""The first plan: spread by sellers and days, exact, tried without a trace."""

from __future__ import annotations

import datetime as dt

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from common.errors import Invalid
from metrics.models import Metric
from org.calc.credit import FOREVER, Stay
from org.models import AuditEntry, Unit
from org.services import assignments_set
from org.tests.factories import LONG_AGO, make_person, make_unit
from targets.models import Plan, Target
from targets.services.starting import plan_start

pytestmark = pytest.mark.django_db


@pytest.fixture
def company():
    """East with a team of two and one seller of its own, West with one who comes in July, an empty unit."""
    east, west = make_unit("East"), make_unit("West")
    team = make_unit("Team", east)
    make_unit("Nobody yet")
    make_person("Ann", team)
    make_person("Ben", team, manages=east)
    make_person("Cleo", east)
    make_person("Dan", west, starts_on=dt.date(2026, 7, 2))
    make_person("Eve", manages=west)


def start(*, apply=True, publish=False, year=2026, **amounts):
    chosen = {Metric.objects.get(code=code): amount for code, amount in amounts.items()}
    return plan_start(
        fiscal_year=year, name="First", amounts=chosen, publish=publish, actor=None, apply=apply
    )


def shown(started):
    return [(node.depth, node.name, node.target.amount) for node in started.nodes]


def test_units_get_their_share_by_their_sellers_and_the_days_they_are_there(company):
    made = shown(start(sales=3_500_000))
    # Dan is there 183 of 365 days: 3 + 183/365 heads share the amount.
    dan = round(3_500_000 * (183 / 365) / (3 + 183 / 365))
    assert [(depth, name) for depth, name, _amount in made] == [
        (0, "My company"),
        (1, "East"),
        (2, "Cleo"),
        (2, "Team"),
        (3, "Ann"),
        (3, "Ben"),
        (1, "West"),
        (2, "Dan"),
    ]
    amounts = {name: amount for _depth, name, amount in made}
    assert amounts["West"] == amounts["Dan"] == pytest.approx(dan, abs=5)
    assert amounts["Ann"] == pytest.approx(amounts["Cleo"], abs=2)


def test_children_sum_to_their_parent_and_in_each_month_somebody_is_there(company):
    plan = start(sales=10_000_001, leads=777).plan
    parents = Target.objects.filter(plan=plan, children__isnull=False).distinct()
    assert parents.count() == 8
    for parent in parents.select_related("unit"):
        children = list(Target.objects.filter(parent=parent))
        assert sum(child.amount for child in children) == parent.amount
        if parent.unit.name != "West":  # nobody is there before July: Dan's months are his own
            months = zip(*(child.months for child in children), strict=True)
            assert [sum(month) for month in months] == parent.months


def test_a_ratio_is_wanted_of_everybody_alike(company):
    plan = start(sales=1_000_000, win_rate=400_000).plan
    assert set(
        Target.objects.filter(plan=plan, metric__code="win_rate").values_list("amount", flat=True)
    ) == {400_000}


def test_somebody_in_two_teams_carries_a_part_in_each(db):
    left, right = make_unit("Left"), make_unit("Right")
    ann = make_person("Ann")
    stays = [Stay(left.pk, LONG_AGO, FOREVER, 2_500), Stay(right.pk, LONG_AGO, FOREVER, 7_500)]
    assignments_set(person=ann, stays=stays, actor=None)
    assert shown(start(sales=1_000_000)) == [
        (0, "My company", 1_000_000),
        (1, "Left", 250_000),
        (2, "Ann", 250_000),
        (1, "Right", 750_000),
        (2, "Ann", 750_000),
    ]


def test_who_comes_or_leaves_in_the_year_counts_for_those_days(company):
    plan = start(sales=1_000_000).plan
    dan = Target.objects.get(plan=plan, person__name="Dan")
    assert (dan.starts_on, dan.ends_on) == (dt.date(2026, 7, 2), None)
    assert dan.months[:6] == [0] * 6


def test_a_hundred_people_take_hardly_more_queries_than_four(company, django_assert_max_num_queries):
    with CaptureQueriesContext(connection) as few:
        start(sales=1_000_000, apply=False)
    for number in range(90):
        make_person(f"Seller {number}", Unit.objects.get(name="Team"))
    with django_assert_max_num_queries(len(few) + 4):  # SQLite's inserts go in batches
        start(sales=1_000_000, apply=False)


def test_a_trial_tells_the_same_and_leaves_nothing(company):
    before = AuditEntry.objects.count()
    tried = shown(start(sales=1_000_000, apply=False, publish=True))
    assert (Plan.objects.count(), Target.objects.count()) == (0, 0)
    assert AuditEntry.objects.count() == before
    assert shown(start(sales=1_000_000)) == tried


def test_a_plan_is_published_when_asked_and_a_draft_otherwise(company):
    assert start(sales=1_000_000).plan.status == "draft"
    assert start(sales=1_000_000, publish=True).plan.status == "published"


def test_a_company_without_people_gets_the_company_target_alone(db):
    assert shown(start(sales=1_000_000, publish=True)) == [(0, "My company", 1_000_000)]


@pytest.mark.parametrize(
    ("case", "asked"),
    [
        ("nothing wanted", {"sales": 0}),
        ("less than nothing", {"sales": -5}),
        ("a year beyond reach", {"sales": 5, "year": 3000}),
        ("no metric", {}),
    ],
)
def test_what_is_no_plan_is_refused_and_leaves_nothing(company, case, asked):
    with pytest.raises(Invalid):
        start(**asked)
    assert not Plan.objects.exists(), case
