"""The planning pages: what is typed survives a preview, what others saved survives a click."""

import datetime as dt

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from org.models import AuditEntry
from org.tests.factories import make_person, make_unit
from targets.models import Plan, PlanStatus, Target
from targets.services import seen_token, target_amount_set, target_children_add
from targets.tests.factories import again, make_child, make_plan, root_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def director(cast, client_of):
    return client_of(cast.carol)


@pytest.fixture
def team(cast):
    """A company target of 1,000.00 with two children of nothing yet, east and west."""
    root = target_amount_set(target=root_of(make_plan()), amount=100_000, actor=None)
    east, west = target_children_add(target=root, members=[cast.east, cast.west], actor=None)
    return again(root), again(east), again(west)


def grid(root, **cells):
    return {"seen_at": seen_token(root), "cushion": "0", **{k.replace("_", "-"): v for k, v in cells.items()}}


def test_from_nothing_to_a_published_plan_of_a_year_long_gone(cast, director):
    person = make_person("Seller of 2017", cast.borealis, starts_on=dt.date(2016, 5, 1))
    made = director.post(
        reverse("targets:plan_list"), {"fiscal_year": 2017, "name": "Old", "metrics": ["sales"]}
    )
    plan = Plan.objects.get(fiscal_year=2017)
    assert made.url == reverse("targets:plan", args=[plan.pk])
    target = root_of(plan)
    director.post(reverse("targets:target_set", args=[target.pk]), {"amount": "10,000,000.05"})
    for by in ("unit", "unit", "person"):
        director.post(reverse("targets:target_split", args=[target.pk]), {"by": by})
        children = Target.objects.filter(parent=target).order_by("pk")
        cells = {f"weight-{child.pk}": "1" for child in children}
        applied = director.post(
            reverse("targets:target_allocate", args=[target.pk]), {**cells, "apply": "1", "cushion": "0"}
        )
        assert applied.status_code == 302
        target = children.filter(unit__in=[cast.east, cast.borealis]).first()
    quota = Target.objects.get(plan=plan, person=person)
    assert sum(quota.months) == quota.amount == target.amount > 0
    # The other division has a target nobody below carries: that is allowed, a wrong sum is not.
    assert director.post(reverse("targets:plan_step", args=[plan.pk, "publish"])).status_code == 302
    plan.refresh_from_db()
    assert plan.status == PlanStatus.PUBLISHED
    page = director.get(reverse("targets:plan", args=[plan.pk])).content.decode()
    assert "10,000,000.05" in page
    assert reverse("targets:plan_step", args=[plan.pk, "publish"]) not in page


def test_a_preview_keeps_what_was_typed_and_sums_what_it_shows(team, director):
    root, east, west = team
    asked = {f"amount_{east.pk}": "700", f"locked_{east.pk}": "on", f"max_{west.pk}": "500"}
    answer = director.post(reverse("targets:target_allocate", args=[root.pk]), grid(root, **asked))
    rows = {row["target"].pk: row for row in answer.context["rows"]}
    assert rows[east.pk]["locked"]
    assert not rows[west.pk]["locked"]
    assert (rows[east.pk]["amount"], rows[west.pk]["amount"]) == ("700.00", "300.00")
    assert rows[west.pk]["max"] == "500"
    assert rows[west.pk]["share"] == 0.3
    assert answer.context["sums"].gap == 0
    assert answer.context["sums"].total == 100_000
    assert [again(child).amount for child in (east, west)] == [0, 0]


def test_a_preview_does_not_forget_when_the_page_was_opened(team, director):
    root, east, _west = team
    opened = grid(root)
    target_amount_set(target=east, amount=40_000, actor=None)
    url = reverse("targets:target_allocate", args=[root.pk])
    shown = director.post(url, opened)
    before = AuditEntry.objects.count()
    refused = director.post(url, {**opened, "seen_at": shown.context["seen_at"], "apply": "1"})
    assert refused.status_code == 422
    assert again(east).amount == 40_000
    assert AuditEntry.objects.count() == before


def test_a_refused_grid_says_by_how_much(team, director):
    root, east, west = team
    asked = {f"max_{east.pk}": "100", f"max_{west.pk}": "200"}
    answer = director.post(reverse("targets:target_allocate", args=[root.pk]), grid(root, **asked))
    assert answer.status_code == 422
    assert "700" in answer.content.decode()


@pytest.mark.parametrize("cell", ["1e9999", "NaN", "-1", "x" * 500, "\x00"])
def test_nonsense_in_a_cell_is_refused_with_the_page(team, director, cell):
    root, east, _west = team
    for name in ("weight", "min", "amount"):
        if (name, cell) in (("min", "-1"), ("amount", "-1")):
            continue
        asked = {f"{name}_{east.pk}": cell}
        answer = director.post(reverse("targets:target_allocate", args=[root.pk]), grid(root, **asked))
        assert answer.status_code == 422


def test_an_amount_no_company_has_is_refused(team, director):
    root, _east, _west = team
    url = reverse("targets:target_set", args=[root.pk])
    assert director.post(url, {"amount": "9" * 17}).status_code == 422
    assert again(root).amount == 100_000


def test_a_learned_season_without_history_is_refused_and_a_rhythm_saved(team, director):
    root, _east, _west = team
    url = reverse("targets:season_set", args=[root.plan_id, root.metric_id])
    rhythm = {"early": "1", "mid": "2", "late": "3"}
    director.post(url, {**rhythm, "season": "history"})
    assert root.plan.plan_metrics.get().phases != [1, 2, 3]
    director.post(url, {**rhythm, "season": "flat"})
    assert root.plan.plan_metrics.get().phases == [1, 2, 3]


def test_a_manager_reads_no_count_of_what_others_have(cast, team, client_of):
    _root, east, west = team
    make_child(east, cast.borealis)
    make_child(west, cast.australis)
    [plan] = client_of(cast.bob).get(reverse("targets:plan_list")).context["plans"]
    assert plan.target_count == 1


def test_a_page_asks_as_many_queries_for_thirty_children_as_for_three(cast, director):
    plan = make_plan()
    root = root_of(plan)
    url = f"{reverse('targets:plan', args=[plan.pk])}?target={root.pk}"
    counts = []
    for extra in (3, 27):
        units = [make_unit(f"Unit {extra}-{at}", cast.root) for at in range(extra)]
        target_children_add(target=root, members=units, actor=None)
        director.get(url)
        with CaptureQueriesContext(connection) as queries:
            director.get(url)
        counts.append(len(queries))
    assert counts[0] == counts[1] <= 24


def test_a_page_of_a_large_plan_takes_thirteen_queries_and_shows_the_open_branch_only(team, director):
    root, east, west = team
    for parent in (east, west):
        for at in range(8):
            make_child(parent, make_unit(f"Team {at} of {parent.unit.name}", parent.unit))
    page = reverse("targets:plan", args=[root.plan_id])
    with CaptureQueriesContext(connection) as queries:
        shown = director.get(page)
    assert len(queries) <= 13
    assert [row["node"].target.pk for row in shown.context["nodes"]] == [root.pk, east.pk, west.pk]
    assert [row["node"].has_children for row in shown.context["nodes"]] == [True, True, True]
    branch = reverse("targets:plan_branch", args=[root.plan_id, east.pk])
    rows = director.get(branch, {"depth": "2"}).content.decode()
    assert rows.count('role="treeitem"') == 8
    assert rows.count('aria-level="3"') == 8
    opened = director.get(page, {"target": Target.objects.filter(parent=east).first().pk})
    assert len(opened.context["nodes"]) == 11


def test_children_beyond_a_page_keep_what_they_have_and_count_in_the_sums(team, director, monkeypatch):
    root, east, west = team
    monkeypatch.setattr("targets.plan_page.CHILDREN", 1)
    target_amount_set(target=east, amount=60_000, actor=None)
    url = reverse("targets:plan", args=[root.plan_id])
    shown = director.get(url, {"target": root.pk, "page": "2"})
    assert [row["target"].pk for row in shown.context["rows"]] == [west.pk]
    assert (shown.context["sums"].total, shown.context["elsewhere"]) == (60_000, 60_000)
    address = reverse("targets:target_allocate", args=[root.pk]) + "?page=2"
    applied = director.post(address, {**grid(root), f"weight-{west.pk}": "1", "apply": "1"})
    assert applied.url.endswith(f"target={root.pk}&page=2")
    assert (again(east).amount, again(east).is_locked, again(west).amount) == (60_000, True, 40_000)


def test_the_page_counts_all_that_stands_against_publishing_and_names_the_first(team, director):
    root, east, _west = team
    for at in range(25):
        child = make_child(east, make_unit(f"Team {at}", east.unit), 5)
        make_child(child, make_unit(f"Group {at}", child.unit), 4)
    shown = director.get(reverse("targets:plan", args=[root.plan_id]))
    assert (shown.context["problem_count"], len(shown.context["problems"])) == (27, 20)
    assert "and 7 more" in shown.content.decode()
