"""The grid of a plan: a target by two dimensions, edited in cells and sums, everything else giving way."""

from __future__ import annotations

from typing import Any

import numpy as np
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from numpy.typing import NDArray

from common.errors import DomainError, Invalid, NotAllowed
from metrics.templatetags.figures import figure_text
from org.http import PageRequest, page_required, translated
from targets import policies, selectors
from targets.calc.balance import balanced_grid
from targets.forms import SPLITS, Amounts
from targets.models import Plan, Target
from targets.plane_forms import GridTyped, shown_text, typed_read
from targets.selectors.planes import Plane, plane_default, plane_dimensions, plane_of, plane_token
from targets.services.planes import PlaneAsk, plane_save

HERE = "targets:plan_grid"
LABELS = dict(SPLITS)


@page_required()
def plan_grid(request: PageRequest, plan_id: int) -> HttpResponse:
    """GET shows a target's grid, POST what it would become, POST with ``apply`` saves it as the tree."""
    scope = request.row_scope
    plan = selectors.plan_get(plan_id, scope=scope)
    target = _asked(request, plan)
    context: dict[str, Any] = {"plan": plan, "here": HERE, "target": target}
    context["metrics"] = [each.metric for each in selectors.plan_metrics_of(plan) if not each.metric.is_ratio]
    if target is None:
        return render(request, "targets/plan_grid.html", context)
    may_edit = policies.may_split(scope, target)
    if request.method == "POST" and not may_edit:
        raise NotAllowed(_("Your role does not allow this."))
    free = plane_dimensions(target)
    rows, columns = plane_default(target, scope=scope)
    rows, columns = request.GET.get("rows", rows), request.GET.get("columns", columns)
    context |= {
        "metric": target.metric,
        "name": selectors.target_name(target),
        "way": _way(target),
        "choices": [(kind, LABELS[kind]) for kind in free],
        "rows_by": rows,
        "columns_by": columns,
        "may_edit": may_edit,
        "status": 200,
    }
    try:
        plane = plane_of(target, rows, columns, scope=scope)
    except Invalid as error:
        context |= {"refused": error.text(translated), "status": 422 if request.GET.get("rows") else 200}
        return render(request, "targets/plan_grid.html", context, status=context["status"])
    saved = _filled(request, plane, context)
    return saved or render(request, "targets/plan_grid.html", context, status=context["status"])


def _asked(request: PageRequest, plan: Plan) -> Target | None:
    """The target of the address, else the top one of the metric asked for, else of the first."""
    scope, raw = request.row_scope, request.GET.get("target", "")
    if raw.isascii() and raw.isdigit() and len(raw) < 16:
        target = selectors.target_get(int(raw), scope=scope)
        if target.plan_id == plan.pk and target.is_additive:
            return target
    metrics = [each.metric for each in selectors.plan_metrics_of(plan) if not each.metric.is_ratio]
    wanted = [metric for metric in metrics if metric.code == request.GET.get("metric")]
    tops = (selectors.plan_top(plan, metric, scope=scope) for metric in wanted or metrics)
    return next((top for top in tops if top is not None), None)


def _way(target: Target) -> list[Target]:
    """The target and those it was opened from, the nearest last."""
    way = [target]
    while way[0].parent is not None and len(way) < 3:
        way.insert(0, way[0].parent)
    return way[:-1]


def _filled(request: PageRequest, plane: Plane, context: dict[str, Any]) -> HttpResponse | None:
    """Put the grid into the context; answer the redirect where it was saved."""
    target = plane.target
    money = Amounts(target.metric, target.plan.currency)
    amounts, typed, data = plane.amounts, GridTyped(plane.amounts), None
    context["seen_at"] = request.POST.get("seen_at") or plane_token(target)
    if request.method == "POST":
        try:
            typed = typed_read(request.POST, plane, money)
            if typed.errors:
                raise Invalid(_("Some cells can't be read."), errors=typed.errors)
            amounts = _balanced(plane, typed)
            if "apply" in request.POST:
                _saved(request, plane, typed, amounts)
                messages.success(request, _("Saved: rows and columns sum to the target."))
                asked: dict[str, str | int] = {
                    "target": target.pk,
                    "rows": plane.by[0],
                    "columns": plane.by[1],
                }
                return redirect(f"{reverse(HERE, args=[target.plan_id])}?{urlencode(asked)}")
            context["is_preview"] = True
        except DomainError as error:
            context |= {"error": _why(error, plane), "status": 422}
            amounts, data = typed.shown, request.POST.dict()
    context |= _table(plane, amounts, typed, money, data)
    return None


def _balanced(plane: Plane, typed: GridTyped) -> NDArray[np.int64]:
    """The grid with what was typed or locked; rows of the tree get back the sums they should have."""
    rows, columns = dict(typed.rows), dict(typed.columns)
    outer = {
        at: plane.outer[line.key].amount
        for at, line in enumerate(plane.outer_lines)
        if line.key in plane.outer
    }
    own = columns if plane.is_turned else rows
    is_untouched = not typed.is_changed and (typed.shown == plane.amounts).all()
    if is_untouched and sum(outer.values()) == plane.wanted and len(outer) == len(plane.outer_lines):
        own |= outer
    return balanced_grid(typed.shown, plane.wanted, typed.cells, rows, columns)


def _saved(request: PageRequest, plane: Plane, typed: GridTyped, amounts: NDArray[np.int64]) -> None:
    ask = PlaneAsk(amounts, set(typed.cells), set(typed.rows), set(typed.columns))
    plane_save(plane=plane, ask=ask, actor=request.user, seen_at=request.POST.get("seen_at"))


def _why(error: DomainError, plane: Plane) -> str:
    """Why a grid can't be, with the line and the amount."""
    text, gap = error.text(translated), error.params.get("gap")
    row, column = getattr(error, "row", None), getattr(error, "column", None)
    if row is not None:
        text = f"{plane.rows[row].name}: {text}"
    elif column is not None:
        text = f"{plane.columns[column].name}: {text}"
    if isinstance(gap, int):
        text += " " + _("By: %(gap)s.") % {"gap": figure_text(gap, plane.target.metric)}
        text += " " + _("Unlock or lower an amount, or raise the sum.")
    for each in getattr(error, "errors", ())[:10]:
        text += f" {_place(each.field, plane)}: {each.text(translated)}" if "-" in each.field else ""
    return text


def _place(name: str, plane: Plane) -> str:
    """What a field of the grid is called on the page."""
    kind, *places = name.split("-")
    if kind == "c":
        return f"{plane.rows[int(places[0])].name} × {plane.columns[int(places[1])].name}"
    return (plane.rows if kind == "r" else plane.columns)[int(places[0])].name


def _table(
    plane: Plane, amounts: NDArray[np.int64], typed: GridTyped, money: Amounts, data: dict[str, Any] | None
) -> dict[str, Any]:
    """Lines, cells and sums as texts; ``data`` is what was typed where it could not be used."""
    is_first = data is None and not typed.cells and not typed.rows and not typed.columns

    def entry(name: str, value: int, is_locked: bool, was: int | None = None) -> dict[str, Any]:
        if data is not None:
            return {"name": name, "text": data.get(name, ""), "locked": f"lock-{name}" in data}
        entry = {"name": name, "text": money.write(value), "locked": is_locked, "value": value}
        return entry | {"was": was if was is not None and was != value else None}

    locked = plane.locked if is_first else set(typed.cells)
    outer_locks = {
        at
        for at, line in enumerate(plane.outer_lines)
        if line.key in plane.outer and plane.outer[line.key].is_locked
    }
    row_locks = outer_locks if is_first and not plane.is_turned else set(typed.rows)
    column_locks = outer_locks if is_first and plane.is_turned else set(typed.columns)
    rows = []
    for i, line in enumerate(plane.rows):
        cells = [
            entry(f"c-{i}-{j}", int(amounts[i, j]), (i, j) in locked, int(plane.amounts[i, j]))
            | {"label": f"{line.name} × {column.name}", "target": plane.targets.get((i, j))}
            for j, column in enumerate(plane.columns)
        ]
        margin = entry(f"r-{i}", int(amounts[i].sum()), i in row_locks) | {"label": line.name}
        rows.append(
            {
                "line": line,
                "cells": cells,
                "margin": margin,
                "gap": _gap(plane, i, amounts[i], is_turned=False),
            }
        )
    columns = [
        entry(f"k-{j}", int(amounts[:, j].sum()), j in column_locks)
        | {"label": column.name, "gap": _gap(plane, j, amounts[:, j], is_turned=True)}
        for j, column in enumerate(plane.columns)
    ]
    return {
        "plane": plane,
        "grid_rows": rows,
        "grid_columns": columns,
        "wanted": plane.wanted,
        "gap": plane.wanted - int(amounts.sum()),
        "shown": shown_text(plane, amounts),
        "is_stale": data is not None,
        "cushioned": [child.unit.name for child in plane.outer.values() if child.cushion_bp],
    }


def _gap(plane: Plane, at: int, cells: NDArray[np.int64], *, is_turned: bool) -> int | None:
    """What the cells of a line lack of its own target as it is stored; None where it has none."""
    lines = plane.columns if is_turned else plane.rows
    child = plane.outer.get(lines[at].key) if is_turned == plane.is_turned else None
    return child.amount - int(cells.sum()) if child is not None else None
