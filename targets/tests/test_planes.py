"""The two-way grid: proposed by history, edited in cells and sums, saved as the tree, both margins exact."""

from __future__ import annotations

import datetime as dt
import json

import numpy as np
import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from common.errors import Invalid
from crm.models import Segment
from crm.tests.factories import make_opportunity
from metrics.services import recompute_actuals
from org.models import AuditEntry
from org.scope import scope_for
from org.tests.factories import make_unit
from targets.models import Target
from targets.selectors.planes import plane_default, plane_of, plane_token
from targets.services import plan_publish, target_amount_set, target_children_add
from targets.services.planes import PlaneAsk, plane_save
from targets.tests.factories import again, make_child, make_plan, root_of

pytestmark = pytest.mark.django_db
TODAY = dt.datetime(2025, 12, 10, 4, tzinfo=dt.UTC)


@pytest.fixture(autouse=True)
def december():
    with time_machine.travel(TODAY, tick=False):
        yield


@pytest.fixture
def everything(cast):
    return scope_for(cast.carol, on=dt.date(2025, 12, 10))


@pytest.fixture
def root(cast):
    """1,000.00; last year west sold 300.00 of fridges and 100.00 of washers, east 100.00 of washers."""
    for owner, amount, line in (
        (cast.dave, "300.00", "fridge"),
        (cast.dave, "100.00", "washer"),
        (cast.alice, "100.00", "washer"),
    ):
        make_opportunity(owner.person, amount, won_on=dt.date(2025, 6, 2), product_line=line)
    recompute_actuals()
    return again(target_amount_set(target=root_of(make_plan()), amount=100_000, actor=None))


@pytest.fixture
def director(cast, client_of):
    return client_of(cast.carol)


def address(root, **asked):
    rows = {"rows": "unit", "columns": "product_line"} | asked
    query = "&".join(f"{name}={value}" for name, value in {"target": root.pk, **rows}.items())
    return f"{reverse('targets:plan_grid', args=[root.plan_id])}?{query}"


def sent(answer, **changes):
    """What the page would send, with some fields typed over (``c_0_1="5"``, ``lock_c_0_1="on"``)."""
    context = answer.context
    data = {"seen_at": context["seen_at"], "shown": context["shown"]}
    for row in context["grid_rows"]:
        for entry in [*row["cells"], row["margin"], *context["grid_columns"]]:
            data[entry["name"]] = entry["text"]
            if entry["locked"]:
                data[f"lock-{entry['name']}"] = "on"
    return data | {name.replace("_", "-"): value for name, value in changes.items()}


def cells_of(answer):
    return [[entry["text"] for entry in row["cells"]] for row in answer.context["grid_rows"]]


def _cell(root):
    """West's fridges."""
    return Target.objects.get(parent__parent=root, product_line__code="fridge", unit__name__startswith="Aus")


def tree_of(root):
    """Amounts by owner and segment, two levels down."""
    rows = Target.objects.filter(parent__parent=root).select_related("unit", "product_line")
    return {(row.unit.name.split()[0], row.product_line.code): row.amount for row in rows}


def test_a_grid_without_a_tree_is_proposed_by_history_and_saves_nothing(root, director):
    shown = director.get(address(root))
    assert shown.context["plane"].is_proposed
    assert cells_of(shown) == [["600.00", "200.00"], ["0.00", "200.00"]]
    assert not Target.objects.filter(parent=root).exists()


def test_a_typed_cell_stays_its_margins_hold_and_saving_makes_the_tree(root, director):
    shown = director.get(address(root))
    preview = director.post(address(root), sent(shown, c_0_0="500"))
    assert preview.status_code == 200
    assert cells_of(preview) == [["500.00", "300.00"], ["100.00", "100.00"]]
    assert [row["margin"]["text"] for row in preview.context["grid_rows"]] == ["800.00", "200.00"]
    assert preview.context["grid_rows"][0]["cells"][0]["locked"]
    assert not Target.objects.filter(parent=root).exists()
    again_sent = sent(preview, k_1="350.00")
    second = director.post(address(root), again_sent)
    assert cells_of(second)[0][0] == "500.00"
    assert [entry["text"] for entry in second.context["grid_columns"]] == ["650.00", "350.00"]
    saved = director.post(address(root), {**sent(second), "apply": "1"})
    assert saved.status_code == 302
    amounts = tree_of(root)
    assert amounts["Australis", "fridge"] == 50_000
    assert sum(amounts.values()) == 100_000
    assert sum(value for (_unit, line), value in amounts.items() if line == "washer") == 35_000
    for child in Target.objects.filter(parent=root):
        cells = list(Target.objects.filter(parent=child))
        assert sum(cell.amount for cell in cells) == child.amount == sum(child.months)
        assert [sum(cell.months[at] for cell in cells) for at in range(12)] == child.months
    assert Target.objects.get(
        parent__parent=root, product_line__code="fridge", unit__name__startswith="Aus"
    ).is_locked
    [entry] = AuditEntry.objects.filter(action="targets.grid.set")
    assert entry.after["by"] == ["unit", "product_line"]


def test_a_tree_that_is_there_is_shown_turned_as_well_and_keeps_its_order(root, director):
    director.post(address(root), {**sent(director.get(address(root))), "apply": "1"})
    turned = director.get(address(root, rows="product_line", columns="unit"))
    assert cells_of(turned) == [["600.00", "0.00"], ["200.00", "200.00"]]
    saved = director.post(
        address(root, rows="product_line", columns="unit"), {**sent(turned, r_0="400.00"), "apply": "1"}
    )
    assert saved.status_code == 302
    assert {row.unit.name.split()[0] for row in Target.objects.filter(parent=root)} == {
        "Borealis",
        "Australis",
    }
    assert sum(value for (_unit, line), value in tree_of(root).items() if line == "fridge") == 40_000


def test_a_cell_is_cut_further_by_the_third_dimension(root, director, everything):
    make_opportunity(None, "1.00", customer_type="KA", region="north")
    director.post(address(root), {**sent(director.get(address(root))), "apply": "1"})
    cell = _cell(root)
    assert plane_default(again(cell), scope=everything)[0] == "region"
    page = director.get(address(cell, rows="customer_type", columns="unit"))
    assert [kind for kind, _label in page.context["choices"]] == ["unit", "person", "region", "customer_type"]
    assert page.status_code == 200


def test_what_cannot_be_keeps_what_was_typed_and_says_where(root, director):
    shown = director.get(address(root))
    before = AuditEntry.objects.count()
    refused = director.post(
        address(root), {**sent(shown, c_0_0="500", c_0_1="400", lock_r_0="on"), "apply": "1"}
    )
    assert refused.status_code == 422
    assert "Australis division" in refused.context["error"]
    assert "100" in refused.context["error"]
    assert cells_of(refused)[0] == ["500", "400"]
    unread = director.post(address(root), sent(shown, c_1_0="abc", k_0="-5"))
    assert unread.status_code == 422
    assert "Borealis division × fridge" in unread.context["error"]
    assert AuditEntry.objects.count() == before
    assert not Target.objects.filter(parent=root).exists()


def test_a_tree_cut_otherwise_is_refused_with_the_mend(root, director):
    make_child(root, root.unit.children.first(), 5_000)
    page = director.get(address(root, rows="region", columns="product_line"))
    assert page.status_code == 422
    assert "units" in page.context["refused"]
    for rows, columns in (("unit", "unit"), ("unit", "person"), ("x", "unit")):
        assert director.get(address(root, rows=rows, columns=columns)).status_code == 422


def test_gaps_stand_in_the_grid_with_their_amount_and_preview_closes_them(root, director, cast):
    director.post(address(root), {**sent(director.get(address(root))), "apply": "1"})
    cell = _cell(root)
    Target.objects.filter(pk=cell.pk).update(amount=50_000, m01=cell.m01 - 10_000)
    shown = director.get(address(root))
    assert [row["gap"] for row in shown.context["grid_rows"]] == [10_000, 0]
    assert shown.context["gap"] == 10_000
    closed = director.post(address(root), sent(shown))
    assert [row["margin"]["text"] for row in closed.context["grid_rows"]] == ["800.00", "200.00"]
    assert closed.context["gap"] == 0


def test_somebody_elses_change_of_a_cell_or_a_line_is_not_overwritten(root, director, cast):
    director.post(address(root), {**sent(director.get(address(root))), "apply": "1"})
    shown = director.get(address(root))
    with time_machine.travel(TODAY + dt.timedelta(minutes=1), tick=False):
        cell = Target.objects.filter(parent__parent=root).select_related("plan").first()
        target_amount_set(target=cell, amount=1, actor=None)
        refused = director.post(address(root), {**sent(shown, c_0_0="500"), "apply": "1"})
    assert refused.status_code == 422
    assert "Somebody changed" in refused.context["error"]
    make_unit("North", cast.root)
    refused = director.post(address(root), sent(shown, c_0_0="500"))
    assert "others now" in refused.context["error"]
    for nonsense in ("[]", "{", json.dumps({"rows": [], "columns": [], "cells": [[10**30]]})):
        assert director.post(address(root), sent(shown, shown=nonsense)).status_code == 422


def test_bounds_of_a_cell_and_a_sum_that_does_not_fit_are_refused(root, director, everything):
    director.post(address(root), {**sent(director.get(address(root))), "apply": "1"})
    Target.objects.filter(parent__parent=root, amount=60_000).update(upper_amount=60_000)
    refused = director.post(address(root), {**sent(director.get(address(root)), c_0_0="700"), "apply": "1"})
    assert refused.status_code == 422
    assert "floor or cap" in refused.context["error"]
    plane = plane_of(again(root), "unit", "product_line", scope=everything)
    with pytest.raises(Invalid):
        plane_save(plane=plane, ask=PlaneAsk(np.zeros(plane.amounts.shape, np.int64)), actor=None)


def test_a_published_plan_is_read_only(root, director, cast):
    director.post(address(root), {**sent(director.get(address(root))), "apply": "1"})
    plan_publish(plan=root.plan, actor=None)
    shown = director.get(address(root))
    assert not shown.context["may_edit"]
    assert 'name="c-0-0"' not in shown.content.decode()
    assert director.post(address(root), {"apply": "1"}).status_code == 403


def test_a_locked_line_of_the_tree_keeps_its_sum(root, director):
    director.post(address(root), {**sent(director.get(address(root)), r_0="700.00"), "apply": "1"})
    east = Target.objects.get(parent=root, unit__name__startswith="Aus")
    assert (east.amount, east.is_locked) == (70_000, True)
    preview = director.post(address(root), sent(director.get(address(root)), c_0_0="100", k_1="300.00"))
    assert preview.context["grid_rows"][0]["margin"]["text"] == "700.00"


def test_a_token_follows_target_children_and_cells(root, director):
    director.post(address(root), {**sent(director.get(address(root))), "apply": "1"})
    token = plane_token(again(root))
    with time_machine.travel(TODAY + dt.timedelta(minutes=1), tick=False):
        cell = Target.objects.filter(parent__parent=root).select_related("plan").first()
        target_amount_set(target=cell, amount=1, actor=None)
    assert plane_token(again(root)) > token


def test_a_grid_takes_as_many_queries_for_thirty_lines_as_for_three(cast, director):
    root = root_of(make_plan())
    counts = []
    for extra in (3, 27):
        units = [make_unit(f"Unit {extra}-{at}", cast.root) for at in range(extra)]
        for at in range(extra):
            Segment.objects.create(kind="product_line", code=f"{extra}-{at}", name=f"Line {extra}-{at}")
        children = target_children_add(target=root, members=units, actor=None)
        for child in children[:3]:
            lines = list(Segment.objects.filter(kind="product_line", is_placeholder=False))
            target_children_add(target=child, members=lines, actor=None)
        director.get(address(root))
        with CaptureQueriesContext(connection) as queries:
            assert director.get(address(root)).status_code == 200
        counts.append(len(queries))
    assert counts[0] == counts[1] <= 24
