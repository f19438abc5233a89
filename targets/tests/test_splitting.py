"""Splits by history, last plan, potential and formula: what each child has, and what it gets of it."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from common.errors import Invalid
from crm.models import Segment
from crm.tests.factories import make_account, make_opportunity
from metrics.services import recompute_actuals
from org.models import AuditEntry
from org.scope import scope_for
from org.tests.factories import make_person, make_unit
from targets.calc.bounds import Infeasible
from targets.models import SplitBasis
from targets.selectors.splits import Basis, SplitAsk, split_figures
from targets.services import (
    StrategyAsk,
    TiltAsk,
    seen_token,
    strategy_line_save,
    strategy_tilts_set,
    target_amount_set,
    target_children_add,
)
from targets.tests.factories import again, make_child, make_plan, publish, root_of

pytestmark = pytest.mark.django_db
TODAY = dt.datetime(2025, 12, 10, 4, tzinfo=dt.UTC)


@pytest.fixture(autouse=True)
def december():
    with time_machine.travel(TODAY, tick=False):
        yield


@pytest.fixture
def history(cast):
    """East sold 300.00 last year and 100.00 the year before, west 100.00 and 500.00; this month runs."""
    east, west = cast.alice.person, cast.dave.person
    for owner, amount, day in (
        (east, "300.00", dt.date(2025, 11, 30)),
        (west, "100.00", dt.date(2024, 12, 1)),
        (east, "100.00", dt.date(2024, 11, 30)),
        (west, "500.00", dt.date(2024, 1, 2)),
        (west, "7000.00", dt.date(2025, 12, 1)),
    ):
        make_opportunity(owner, amount, won_on=day, product_line="fridge" if owner == east else "washer")
    recompute_actuals()


@pytest.fixture
def team(cast, history):
    """A company target of 1,000.00 with two children of nothing yet, east and west."""
    root = target_amount_set(target=root_of(make_plan()), amount=100_000, actor=None)
    east, west = target_children_add(target=root, members=[cast.east, cast.west], actor=None)
    return again(root), again(east), again(west)


@pytest.fixture
def everything(cast):
    return scope_for(cast.carol, on=dt.date(2025, 12, 10))


def figures_of(team, scope, **asked):
    root, *children = team
    return split_figures(root, children, SplitAsk(**asked), scope=scope)


def column(figures, basis):
    return next(list(each.values) for each in figures.columns if each.basis == basis)


def test_history_counts_the_full_months_that_are_over(team, everything):
    figures = figures_of(team, everything)
    assert column(figures, Basis.HISTORY) == [30_000, 10_000]
    assert column(figures, Basis.HISTORY_24) == [40_000, 60_000]
    assert figures.weights == [75, 25]
    assert figures_of(team, everything, method="history_24").weights == [40, 60]


def test_people_and_segments_have_a_history_of_their_own(cast, history, everything):
    root = target_amount_set(target=root_of(make_plan()), amount=100_000, actor=None)
    lines = list(Segment.objects.filter(kind="product_line", code__in=["fridge", "washer"]).order_by("code"))
    children = [again(row) for row in target_children_add(target=root, members=lines, actor=None)]
    assert column(figures_of([root, *children], everything), Basis.HISTORY) == [30_000, 10_000]
    seller = target_children_add(
        target=children[0], members=[cast.alice.person, cast.dave.person], actor=None
    )
    assert column(figures_of([children[0], *map(again, seller)], everything), Basis.HISTORY) == [30_000, 0]
    units = target_children_add(target=children[1], members=[cast.east, cast.west], actor=None)
    assert column(figures_of([children[1], *map(again, units)], everything), Basis.HISTORY_24) == [0, 60_000]


def test_the_last_plan_is_the_one_published_before(cast, everything):
    old = make_plan(2025)
    root = target_amount_set(target=root_of(old), amount=100_000, actor=None)
    make_child(root, cast.east, 20_000)
    make_child(again(root), cast.west, 80_000)
    publish(old)
    make_plan(2025)
    root = root_of(make_plan(2026))
    children = target_children_add(target=root, members=[cast.east, cast.west], actor=None)
    assert figures_of([root, *map(again, children)], everything, method="last_plan").weights == [20, 80]


def test_accounts_count_where_their_owner_sells_and_money_in_one_currency_only(cast, team, everything):
    root, _east, _west = team
    for owner, revenue, currency in (
        (cast.alice.person, "900.00", root.plan.currency),
        (cast.alice.person, "50.00", "USD" if root.plan.currency != "USD" else "EUR"),
        (cast.dave.person, "100.00", root.plan.currency),
    ):
        make_account(f"Account {revenue}", owner=owner, annual_revenue=revenue, currency=currency)
    figures = figures_of(team, everything, method="account_revenue")
    assert column(figures, Basis.ACCOUNTS) == [2, 1]
    assert column(figures, Basis.ACCOUNT_REVENUE) == [90_000, 10_000]
    assert column(figures, Basis.HEADCOUNT) == [1, 1]
    assert figures.weights == [90, 10]


def test_a_formula_mixes_shares_and_a_tilt_leans_them(cast, team, everything):
    root, _east, _west = team
    asked = {"method": "formula", "formula": "0.5*history + 0.5*headcount"}
    assert figures_of(team, everything, **asked).weights == [Decimal("62.5"), Decimal("37.5")]
    line = strategy_line_save(plan=root.plan, ask=StrategyAsk(text="East first", kind="focus"), actor=None)
    strategy_tilts_set(line=line, tilts=[TiltAsk(cast.east, factor=Decimal(3))], actor=None)
    figures = figures_of(team, everything, is_tilted=True)
    assert figures.tilts == [3, 1]
    assert figures.weights == [90, 10]


def test_who_has_no_basis_is_told_and_gets_the_floor(cast, team, client_of):
    root, east, west = team
    new = make_unit("North", cast.root)
    [north] = target_children_add(target=root, members=[new], actor=None)
    north.lower_amount = 5_000
    north.save()
    url = reverse("targets:target_by", args=[root.pk])
    director = client_of(cast.carol)
    shown = director.post(url, {"method": "history"})
    assert shown.context["no_basis"] == "North"
    assert [row["amount"] for row in shown.context["rows"]] == [71_250, 23_750, 5_000]
    assert [again(child).amount for child in (east, west, north)] == [0, 0, 0]
    asked = {"method": "history", "apply": "1", "seen_at": seen_token(again(root))}
    assert director.post(url, asked).status_code == 302
    assert [again(child).amount for child in (east, west, north)] == [71_250, 23_750, 5_000]
    assert AuditEntry.objects.filter(action="targets.target.allocate").count() == 1
    assert SplitBasis.objects.get(target=root).method == "history"


def test_typed_potentials_are_kept_also_where_one_cannot_be_read(cast, team, client_of):
    root, east, west = team
    url = reverse("targets:target_by", args=[root.pk])
    director = client_of(cast.carol)
    asked = {"method": "potential", f"potential-{east.pk}": "1,500", f"potential-{west.pk}": "x"}
    refused = director.post(url, {**asked, "apply": "1"})
    assert refused.status_code == 422
    assert west.unit.name in refused.context["error"]
    assert [row["potential"] for row in refused.context["rows"]] == ["1,500", "x"]
    director.post(url, {**asked, f"potential-{west.pk}": "500", "apply": "1"})
    assert [again(child).amount for child in (east, west)] == [75_000, 25_000]
    opened = director.get(url)
    assert opened.context["ask"].method == "potential"
    assert [row["potential"] for row in opened.context["rows"]] == ["1500", "500"]


@pytest.mark.parametrize(
    ("case", "asked", "told"),
    [
        ("a name that is no column", {"method": "formula", "formula": "2*histry"}, "character 3"),
        ("a column with nothing in it", {"method": "formula", "formula": "last_plan"}, "last_plan"),
        ("a basis with nothing in it", {"method": "accounts"}, "another basis"),
        ("below zero", {"method": "formula", "formula": "headcount - 0.6"}, "Borealis"),
        ("no method of ours", {"method": "x"}, "history"),
    ],
)
def test_a_split_that_cannot_be_is_refused_with_the_mend(case, asked, told, cast, team, client_of):
    root, east, _west = team
    answer = client_of(cast.carol).post(reverse("targets:target_by", args=[root.pk]), {**asked, "apply": "1"})
    assert answer.status_code == 422
    assert told in answer.context["error"]
    assert again(east).amount == 0
    assert not SplitBasis.objects.exists()


def test_somebody_elses_change_is_not_overwritten(cast, team, client_of):
    root, east, _west = team
    seen = seen_token(root)
    with time_machine.travel(TODAY + dt.timedelta(minutes=1)):
        target_amount_set(target=east, amount=1_000, actor=None)
    url = reverse("targets:target_by", args=[root.pk])
    answer = client_of(cast.carol).post(url, {"method": "history", "apply": "1", "seen_at": seen})
    assert answer.status_code == 422
    assert "Somebody changed" in answer.context["error"]
    assert again(east).amount == 1_000


def test_nobody_with_anything_is_infeasible(team, everything):
    with pytest.raises(Infeasible) as refused:
        figures_of(team, everything, method="last_plan")
    assert refused.value.kind == "no_basis"
    with pytest.raises(Invalid):
        figures_of(team, everything, method="nonsense")


def test_the_api_splits_all_children_by_a_basis(cast, team, client_of):
    root, east, west = team
    client = client_of(cast.carol)

    def ask(**body):
        url = f"/api/v1/targets/{root.pk}/allocate"
        answer = client.post(url, body, content_type="application/json")
        return answer.status_code, answer.json()

    status, answer = ask(basis="history", apply=True)
    assert status == 200
    assert [child["amount"] for child in answer["children"]] == ["750.00", "250.00"]
    assert answer["children"][0]["basis"]["shares"]["history_24"] == "0.400000"
    assert [again(child).weight for child in (east, west)] == [75, 25]
    potentials = [
        {"owner": {"unit": unit.pk}, "potential": 1 + at} for at, unit in enumerate((cast.east, cast.west))
    ]
    status, answer = ask(basis="formula", formula="potential", children=potentials)
    assert [child["amount"] for child in answer["children"]] == ["333.33", "666.67"]
    for body in (
        {"basis": "formula", "formula": "1/0"},
        {"basis": "nonsense"},
        {"basis": ["history"]},
        {"basis": "history", "formula": 7},
        {"basis": "history", "children": [{"owner": {"unit": cast.east.pk}, "weight": "2"}]},
        {"basis": "last_plan"},
    ):
        assert ask(**body)[0] == 400, body


def test_a_split_takes_as_many_queries_for_thirty_people_as_for_three(cast, client_of, history):
    root = root_of(make_plan())
    east = make_child(make_child(root, cast.east), cast.borealis)
    url, director = reverse("targets:target_by", args=[east.pk]), client_of(cast.carol)
    counts = []
    for extra in (3, 27):
        people = [
            make_person(f"P{extra}-{at}", cast.borealis, starts_on=dt.date(2024, 1, 1)) for at in range(extra)
        ]
        target_children_add(target=east, members=people, actor=None)
        director.get(url)
        with CaptureQueriesContext(connection) as queries:
            director.get(url)
        counts.append(len(queries))
    assert counts[0] == counts[1] <= 30
