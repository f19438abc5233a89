"""A target's history tells who did what and why; two versions of a year show what differs, to the cent."""

import csv
import datetime as dt
import io

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from org.scope import Scope, scope_for
from org.tests.factories import make_unit
from targets.models import Target
from targets.selectors import plan_diff, target_history
from targets.services import plan_copy, target_amount_set, target_delete, target_month_set
from targets.tests.calibration_factories import make_calibration, published_tree
from targets.tests.factories import again, make_child

pytestmark = pytest.mark.django_db
EVERYONE = Scope.everyone(reason="test", on=dt.date(2026, 5, 12))


@pytest.fixture(autouse=True)
def may():
    with time_machine.travel(dt.datetime(2026, 5, 12, 4, tzinfo=dt.UTC)):
        yield


@pytest.fixture
def tree(cast):
    return published_tree(cast)


@pytest.fixture
def versions(tree):
    """The published plan, and a draft of it with one amount changed, one target gone and one new."""
    copy = plan_copy(plan=tree[0].plan, actor=None)
    root = Target.objects.get(plan=copy, parent=None)
    west = Target.objects.get(plan=copy, unit__name="Australis division")
    target_delete(target=again(west), actor=None)
    target_amount_set(target=again(root), amount=150_000, actor=None)
    north = make_child(again(root), make_unit("=North"), 30_000)
    return tree[0].plan, copy, root, north


def test_a_target_tells_its_life_in_order(tree, cast):
    make_calibration(tree[1], reason="A rival cut prices")
    words = [each.words for each in target_history(tree[1], scope=EVERYONE)]
    assert words[0] == "Adjusted: Rival cut prices"
    assert words[1] == "Published: from now on it only changes by calibration"
    assert words[-1] == "The plan was made"
    assert "Set by hand, and so locked" in words
    assert "The target was made" in words
    adjusted = target_history(tree[1], scope=EVERYONE)[0]
    assert adjusted.reason == "A rival cut prices"
    assert "→" in adjusted.figures


def test_whoever_set_it_is_named_with_the_amounts(cast, tree):
    copy = plan_copy(plan=tree[0].plan, actor=cast.carol)
    quota = Target.objects.get(plan=copy, person=cast.alice.person)
    target_amount_set(target=again(quota), amount=70_000, actor=cast.carol, reason="Back from leave")
    found = target_history(again(quota), scope=EVERYONE)[0]
    assert (found.words, found.who, found.reason) == (
        "Set by hand, and so locked",
        "Carol Clark",
        "Back from leave",
    )
    assert "600.00 → " in found.figures
    assert "700.00" in found.figures


def test_a_representative_does_not_read_what_is_above(cast, tree, client_of):
    scope = scope_for(cast.alice, on=dt.date(2026, 5, 12))
    said = " ".join(
        f"{each.words} {each.figures} {each.reason}" for each in target_history(tree[3], scope=scope)
    )
    assert "A target above changed and this one followed" in said
    assert "Borealis" not in said
    page = client_of(cast.alice).get(reverse("targets:target_history", args=[tree[3].pk])).content.decode()
    assert "Borealis division" not in page


def test_a_copied_target_leads_to_its_history_in_the_version_before(cast, tree, client_of):
    copy = plan_copy(plan=tree[0].plan, actor=None)
    quota = Target.objects.get(plan=copy, person=cast.alice.person)
    page = client_of(cast.carol).get(reverse("targets:target_history", args=[quota.pk]))
    assert page.context["earlier"] == tree[3]


def test_versions_differ_in_what_was_added_removed_and_changed(versions):
    before, after, *_targets = versions
    rows = plan_diff(before, after, scope=EVERYONE)
    states = {(row.state, row.change) for row in rows}
    assert ("added", 30_000) in states
    assert ("removed", -60_000) in states
    [top] = [row for row in rows if row.is_top]
    assert (top.state, top.amount_before, top.amount_after) == ("changed", 120_000, 150_000)
    assert plan_diff(before, before, scope=EVERYONE) == []
    back = plan_diff(after, before, scope=EVERYONE)
    assert sorted(row.change for row in back) == sorted(-row.change for row in rows)


def test_a_month_moved_within_the_year_is_a_change_too(tree):
    copy = plan_copy(plan=tree[0].plan, actor=None)
    root = Target.objects.get(plan=copy, parent=None)
    target_month_set(target=again(root), month=3, amount=20_000, actor=None)
    rows = plan_diff(tree[0].plan, copy, scope=EVERYONE)
    assert {row.change for row in rows} == {0}
    assert min(row.months_changed for row in rows) > 1


def test_the_page_filters_and_the_file_runs_no_formula(versions, cast, client_of):
    before, after, _root, _north = versions
    carol = client_of(cast.carol)
    url = reverse("targets:plan_diff", args=[after.pk])
    page = carol.get(url)
    assert page.context["other"] == before
    added = carol.get(url, {"state": "added"})
    assert [named.name for named in added.context["rows"]] == ["=North"]
    answer = carol.get(url, {"export": "csv", "state": "added"})
    text = b"".join(answer).decode("utf-8-sig")
    headers, row = list(csv.reader(io.StringIO(text)))
    assert len(headers) == 30
    assert row[:6] == ["Sales", "'=North", "", "added", "", "300.00"]


def test_a_manager_compares_only_the_own_units(versions, cast, client_of):
    page = client_of(cast.bob).get(reverse("targets:plan_diff", args=[versions[1].pk])).content.decode()
    assert "Australis" not in page
    assert "=North" not in page


def test_a_year_of_one_version_says_so(tree, cast, client_of):
    page = client_of(cast.carol).get(reverse("targets:plan_diff", args=[tree[0].plan_id])).content.decode()
    assert "This year has one version only" in page


def test_both_pages_ask_as_many_queries_for_thirty_as_for_three(versions, cast, client_of):
    _before, after, root, _north = versions
    carol = client_of(cast.carol)
    urls = [reverse("targets:plan_diff", args=[after.pk]), reverse("targets:target_history", args=[root.pk])]
    counts = []
    for count in (3, 27):
        for at in range(count):
            make_child(again(root), make_unit(f"N{count}-{at}"), 10)
        for url in urls:
            carol.get(url)
            with CaptureQueriesContext(connection) as queries:
                carol.get(url)
            counts.append(len(queries))
    assert counts[:2] == counts[2:]
    assert max(counts) <= 26
