"""The grid of a target's children: drafts outlive pages, changes of two people meet, culprits are named."""

from __future__ import annotations

import datetime as dt

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from org.models import Role
from org.tests.factories import make_unit, make_user
from targets import tasks
from targets.grid_form import base_text
from targets.models import GridDraft
from targets.plan_page import Amounts
from targets.services import target_amount_set, target_children_add
from targets.tests.factories import again, make_child, make_plan, publish, root_of

pytestmark = pytest.mark.django_db
# Texts and the stored amount, None where they are refused; the browser is held to the same.
READ = [
    ("1,234.50", 123_450),
    ("１，２３４．５０", 123_450),
    ("1.2万", 1_200_000),
    ("¥300", 30_000),
    (" 7 ", 700),
    ("(300)", -30_000),
    ("−300", -30_000),
    ("1.234,50", None),
    ("12%", None),
    ("1,2", None),
    ("seven", None),
]


@pytest.fixture
def director(cast, client_of):
    return client_of(cast.carol)


@pytest.fixture
def other(cast, client_of):
    """A second director."""
    return client_of(make_user("eve@cast.example", None, Role.EXECUTIVE))


@pytest.fixture
def team(cast):
    """A company target of 1,000.00 with two children of nothing yet, east and west."""
    root = target_amount_set(target=root_of(make_plan()), amount=100_000, actor=None)
    east, west = target_children_add(target=root, members=[cast.east, cast.west], actor=None)
    return again(root), again(east), again(west)


def posted(root, *children, **cells):
    """The grid as a page posts it: base values of these children, their cells, and what is typed over."""
    data = {"cushion": "0", "base-cushion": "0", "base-target": str(root.amount)}
    for child in children:
        base = base_text(child, Amounts(child.metric, child.plan.currency))
        weight, low, high, locked, amount = base.split("|")
        row = {"base": base, "weight": weight, "min": low, "max": high, "amount": amount}
        data |= {f"{name}-{child.pk}": text for name, text in row.items()}
        data |= {f"locked-{child.pk}": "on"} if locked else {}
    return data | {name.replace("_", "-"): text for name, text in cells.items()}


def typed(child, amount):
    return {f"amount-{child.pk}": amount, f"locked-{child.pk}": "on"}


def apply(client, root, data):
    return client.post(reverse("targets:target_allocate", args=[root.pk]), {**data, "apply": "1"})


def keep(client, root, data):
    return client.post(reverse("targets:grid_draft", args=[root.pk]), data)


def page_of(client, root, **asked):
    return client.get(reverse("targets:plan", args=[root.plan_id]), {"target": root.pk, **asked})


@pytest.mark.parametrize(("text", "stored"), READ)
def test_amounts_are_read_as_people_write_them_and_never_guessed(team, text, stored):
    root, _east, _west = team
    root.plan.currency = "CNY"
    amounts = Amounts(root.metric, root.plan.currency)
    if stored is None:
        with pytest.raises(ValueError, match=text.strip().replace("$", r"\$")):
            amounts.read(text)
    else:
        assert amounts.read(text) == stored


def test_an_amount_in_another_currency_is_refused(team):
    root, _east, _west = team
    with pytest.raises(ValueError, match="is in EUR"):
        Amounts(root.metric, "CNY").read("€300")


def test_what_is_typed_is_kept_and_comes_back_after_a_crash_and_goes_once_distributed(team, director):
    root, east, west = team
    data = posted(root, east, west, **typed(east, "700"))
    told = keep(director, root, data)
    assert "kept" in told.content.decode()
    names = ("base", "weight", "min", "max", "locked", "amount")
    assert set(GridDraft.objects.get().cells) == {f"{name}-{east.pk}" for name in names}
    fresh = page_of(director, root)
    assert fresh.context["draft"].cells
    assert fresh.context["rows"][0]["amount"] == "0.00"
    assert "draft=1" in fresh.content.decode()
    restored = page_of(director, root, draft="1")
    rows = {row["target"].pk: row for row in restored.context["rows"]}
    assert (rows[east.pk]["amount"], rows[east.pk]["locked"]) == ("700", True)
    assert not rows[west.pk]["locked"]
    assert apply(director, root, {**data, "restored": "1"}).status_code == 302
    assert (again(east).amount, again(west).amount) == (70_000, 30_000)
    assert GridDraft.objects.count() == 0


def test_a_cell_put_back_leaves_the_draft_and_a_draft_not_restored_is_not_overwritten(team, director):
    root, east, west = team
    keep(director, root, posted(root, east, **typed(east, "700")))
    keep(director, root, posted(root, west, **typed(west, "100")))
    assert {name.partition("-")[2] for name in GridDraft.objects.get().cells} == {str(east.pk), str(west.pk)}
    keep(director, root, posted(root, east))
    assert {name.partition("-")[2] for name in GridDraft.objects.get().cells} == {str(west.pk)}
    # Somebody who opens the page anew and distributes something else keeps the draft he did not look at.
    apply(director, root, posted(root, east, west, **typed(east, "200")))
    assert {name.partition("-")[2] for name in GridDraft.objects.get().cells} == {str(west.pk)}
    director.post(reverse("targets:grid_draft_discard", args=[root.pk]))
    assert GridDraft.objects.count() == 0


def test_a_preview_without_scripts_is_kept_too(team, director):
    root, east, west = team
    url = reverse("targets:target_allocate", args=[root.pk])
    shown = director.post(url, posted(root, east, west, **typed(east, "700")))
    assert shown.context["rows"][1]["amount"] == "300.00"
    assert shown.context["draft"] is None  # what is typed stands in the cells already
    assert page_of(director, root).context["draft"] is not None


def test_drafts_of_a_frozen_plan_are_told_and_of_others_not_shown(cast, team, director, other, client_of):
    root, east, west = team
    data = posted(root, east, west, **typed(east, "700"))
    keep(director, root, data)
    apply(other, root, posted(root, east, west))
    publish(root.plan)
    assert keep(director, root, data).status_code == 409
    shown = page_of(director, root).content.decode()
    assert "before the plan was frozen" in shown
    assert "Amount 700" in shown
    assert page_of(client_of(cast.frank), root).context["draft"] is None


def test_drafts_are_forgotten_after_thirty_days(team, director):
    root, east, _west = team
    keep(director, root, posted(root, east, **typed(east, "700")))
    tasks.forget_grid_drafts()
    assert GridDraft.objects.count() == 1
    GridDraft.objects.update(seen_at=timezone.now() - dt.timedelta(days=31))
    assert page_of(director, root).context["draft"] is None
    tasks.forget_grid_drafts()
    assert GridDraft.objects.count() == 0


def test_who_else_is_at_the_grid_is_named_within_the_scope(cast, director, client_of):
    root = root_of(make_plan())
    division = make_child(root, cast.east, 1000)
    team = make_child(division, cast.borealis, 1000)
    child = make_child(team, cast.alice.person, 1000)
    bob = client_of(cast.bob)
    keep(bob, team, {})
    assert f"{cast.bob.person.name}\n" in keep(director, team, {}).content.decode()
    assert "has this open since" in page_of(director, team).content.decode()
    keep(director, team, posted(team, child, **typed(child, "5")))
    seen = page_of(bob, team).content.decode()
    assert "Somebody else" in seen
    assert "is editing this since" in seen
    assert cast.carol.person.name not in seen
    GridDraft.objects.update(seen_at=timezone.now() - dt.timedelta(hours=3))
    later = page_of(bob, team).content.decode()
    assert "has unsaved changes of" in later
    assert GridDraft.objects.count() == 2


def test_queries_stay_as_many_with_thirty_drafts_of_others_as_with_three(
    cast, team, director, django_user_model
):
    root, _east, _west = team
    counts = []
    for many in (3, 27):
        for at in range(many):
            user = django_user_model.objects.create(username=f"u{many}-{at}", email=f"u{many}-{at}@x.example")
            now = timezone.now()
            GridDraft.objects.create(user=user, target=root, opened_at=now, seen_at=now, saved_at=now)
        with CaptureQueriesContext(connection) as queries:
            page_of(director, root)
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_changes_of_two_people_in_different_cells_both_stay(team, director, other):
    root, east, west = team
    mine = posted(root, east, west, **typed(east, "700"), **{f"weight-{west.pk}": "3"})
    apply(other, root, posted(root, east, west, **{f"max-{west.pk}": "900", f"weight-{east.pk}": "2"}))
    assert apply(director, root, mine).status_code == 302
    one, two = again(east), again(west)
    assert (one.amount, one.is_locked, one.weight) == (70_000, True, 2)
    assert (two.amount, two.upper_amount, two.weight) == (30_000, 90_000, 3)


@pytest.mark.parametrize(
    ("choice", "text", "wanted"),
    [("mine", "", 70_000), ("theirs", "", 40_000), ("other", "0.055万", 55_000), ("other", "", None)],
)
def test_a_cell_that_both_changed_is_asked_and_answered(team, director, other, choice, text, wanted):
    root, east, west = team
    mine = posted(root, east, west, **typed(east, "700"))
    apply(other, root, posted(root, east, west, **typed(east, "400")))
    asked = apply(director, root, mine)
    assert asked.status_code == 409
    [question] = asked.context["questions"]
    assert (question.key, question.base, question.mine, question.theirs) == (
        f"amount-{east.pk}",
        "",
        "700.00",
        "400.00",
    )
    assert again(east).amount == 40_000
    answer = {
        f"asked-{question.key}": "400.00",
        f"choose-{question.key}": choice,
        f"other-{question.key}": text,
    }
    assert apply(director, root, {**mine, **answer}).status_code == 302
    if wanted is None:  # typed empty: follows the weights again
        assert not again(east).is_locked
    else:
        assert (again(east).amount, again(west).amount) == (wanted, 100_000 - wanted)


def test_an_answer_to_an_older_question_is_asked_again(team, director, other):
    root, east, west = team
    mine = posted(root, east, west, **typed(east, "700"))
    apply(other, root, posted(root, east, west, **typed(east, "400")))
    key = f"amount-{east.pk}"
    answer = {f"asked-{key}": "400.00", f"choose-{key}": "mine"}
    apply(other, root, posted(root, again(east), again(west), **typed(east, "450")))
    asked = apply(director, root, {**mine, **answer})
    assert asked.status_code == 409
    assert asked.context["questions"][0].theirs == "450.00"
    assert again(east).amount == 45_000


def test_a_draft_restored_over_what_others_saved_is_asked_about(team, director, other):
    root, east, west = team
    keep(director, root, posted(root, east, **typed(east, "700")))
    apply(
        other,
        root,
        posted(root, east, west, **{f"weight-{east.pk}": "4", f"max-{east.pk}": "1"}) | typed(east, "650"),
    )
    restored = page_of(director, root, draft="1")
    row = next(row for row in restored.context["rows"] if row["target"].pk == east.pk)
    assert row["base"].endswith("||0.00")
    data = posted(root, again(west)) | {f"base-{east.pk}": row["base"], f"weight-{east.pk}": row["weight"]}
    asked = apply(
        director, root, data | typed(east, row["amount"]) | {f"min-{east.pk}": "", f"max-{east.pk}": ""}
    )
    assert [question.key for question in asked.context["questions"]] == [f"amount-{east.pk}"]


def test_cells_typed_on_another_page_of_the_grid_travel_along(team, director, monkeypatch):
    root, east, west = team
    monkeypatch.setattr("targets.plan_page.CHILDREN", 1)
    keep(director, root, posted(root, east, **typed(east, "700")))
    shown = page_of(director, root, page="2", draft="1")
    assert [row["target"].pk for row in shown.context["rows"]] == [west.pk]
    carried = dict(shown.context["carried"])
    assert carried[f"amount-{east.pk}"] == "700"
    assert shown.context["elsewhere"] == 70_000
    assert apply(director, root, {**posted(root, west), **carried, "restored": "1"}).status_code == 302
    assert (again(east).amount, again(west).amount) == (70_000, 30_000)


def test_a_target_that_became_another_meanwhile_is_said(team, director):
    root, east, west = team
    mine = posted(root, east, west, **typed(east, "700"))
    target_amount_set(target=root, amount=200_000, actor=None)
    answer = apply(
        director, root, posted(root, again(east), again(west)) | {"base-target": mine["base-target"]}
    )
    shown = director.get(answer.url).content.decode()
    assert "became" in shown
    assert "2,000" in shown


def test_who_does_not_fit_is_named_with_what_is_too_much_and_marked(team, director):
    root, east, west = team
    floors = {f"min-{east.pk}": "500", f"min-{west.pk}": "700"}
    answer = director.post(
        reverse("targets:target_allocate", args=[root.pk]), posted(root, east, west, **floors)
    )
    told = answer.content.decode()
    assert answer.status_code == 422
    east_name, west_name = (row["name"] for row in answer.context["rows"])
    assert f"{west_name}: at least $700" in told.replace("¥", "$")
    assert f"and {east_name}: at least $500" in told.replace("¥", "$")
    assert "together exceed" in told
    assert told.count("is-invalid") == 2
    assert answer.context["rows"][0]["min"] == "500"


def test_a_cell_that_cannot_be_read_says_so_at_the_cell_and_keeps_the_text(team, director):
    root, east, west = team
    data = posted(root, east, west, **typed(east, "seven hundred"))
    answer = director.post(reverse("targets:target_allocate", args=[root.pk]), data)
    row = answer.context["rows"][0]
    assert row["amount"] == "seven hundred"
    assert "is not an amount" in row["faults"]["amount"]
    assert f"{row['name']}: “seven hundred”" in answer.content.decode()
    assert GridDraft.objects.get().cells[f"amount-{east.pk}"] == "seven hundred"


def test_a_page_of_two_hundred_children_can_be_posted(cast, director):
    root = target_amount_set(target=root_of(make_plan()), amount=1_000_000, actor=None)
    units = [make_unit(f"Unit {at}", cast.root) for at in range(200)]
    children = target_children_add(target=root, members=units, actor=None)
    data = posted(root, *(again(child) for child in children))
    assert len(data) > 1_000
    assert apply(director, root, data).status_code == 302
