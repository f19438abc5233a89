"""The page that splits a target by history, last plan, potential or a formula: looked at, then saved."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from common.errors import DomainError, Invalid, NotAllowed
from common.money import WHOLE_BP
from metrics.templatetags.figures import figure_text, money_short
from org.http import PageRequest, page_required, translated
from targets import policies, selectors
from targets.models import Target
from targets.selectors.splits import (
    FORMULA,
    METHODS,
    Basis,
    SplitAsk,
    SplitColumn,
    names_of,
    split_columns,
    split_last,
    split_tilts,
    split_weights,
)
from targets.selectors.splits import SplitFigures as Figures
from targets.services import seen_token
from targets.services.allocating import AllocationPreview
from targets.services.splitting import asks_standing, target_split_by
from targets.split_forms import split_read

# So many children are shown; the others are split all the same.
SHOWN = 300


@page_required()
def target_by(request: PageRequest, target_id: int) -> HttpResponse:
    """Split a target's children by a basis: GET and POST show what it gives, POST with ``apply`` saves it."""
    scope = request.row_scope
    target = selectors.target_get(target_id, scope=scope)
    if not policies.may_split(scope, target):
        raise NotAllowed(_("Your role does not allow this."))
    children = [row.target for row in selectors.children_grid(target, scope=scope).rows]
    if not children or not target.is_additive:
        messages.info(request, _("Add children first, then distribute."))
        return redirect(f"{reverse('targets:plan', args=[target.plan_id])}?target={target.pk}")
    last, status = split_last(target), 200
    ask, error, preview = last or SplitAsk(), None, None
    tilts = split_tilts(target, children)
    columns: list[SplitColumn] = []
    weights: list[Decimal] = []
    bare: list[int] = []
    try:
        ask = split_read(request.POST, children, last)
        columns = split_columns(target, children, ask.potentials, scope=scope)
        weights, bare = split_weights(columns, tilts, ask)
        figures = Figures(columns, tilts, weights, [children[at] for at in bare])
        preview = _split(request, target, children, ask, figures)
    except DomainError as refused:
        error, status = refused, 422 if request.method == "POST" else 200
        ask = _typed(request, ask)
        columns = columns or split_columns(target, children, ask.potentials, scope=scope)
    if preview and preview.applied:
        messages.success(request, _("Distributed; the children sum to the target."))
        return redirect(f"{reverse('targets:plan', args=[target.plan_id])}?target={target.pk}")
    context = _context(request, target, children, ask, columns)
    context["rows"] = _rows(request, target, children, columns, (tilts, weights, bare), preview)
    context |= {"error": _why(error, target, children) if error else "", "preview": preview}
    context["no_basis"] = names_of([children[at] for at in bare])
    return render(request, "targets/split_by.html", context, status=status)


def _split(
    request: PageRequest, target: Target, children: Sequence[Target], ask: SplitAsk, figures: Figures
) -> AllocationPreview:
    apply = "apply" in request.POST
    return target_split_by(
        target=target,
        children=asks_standing(children),
        ask=ask,
        figures=figures,
        cushion_bp=target.cushion_bp,
        apply=apply,
        actor=request.user,
        seen_at=request.POST.get("seen_at") if apply else None,
    )


def _typed(request: PageRequest, ask: SplitAsk) -> SplitAsk:
    """What was typed, also where it can't be read."""
    data = request.POST
    if not data.get("method"):
        return ask
    return SplitAsk(data["method"], data.get("formula", "")[:500], bool(data.get("tilt")), ask.potentials)


def _why(error: DomainError, target: Target, children: Sequence[Target]) -> str:
    """Why a split does not work, in a sentence that names the child or the amount."""
    params = error.params
    text = error.text(translated)
    row, gap = params.get("row"), params.get("gap")
    if isinstance(row, int) and 0 < row <= len(children):
        text += f" ({selectors.target_name(children[row - 1])})"
    if isinstance(gap, int) and error.code != "no_basis":
        text += " " + _("By: %(gap)s.") % {"gap": figure_text(gap, target.metric)}
    if error.code == "no_basis" and not params.get("name"):
        text += " " + _("Choose another basis, type potentials, or set the amounts by hand.")
    if isinstance(error, Invalid):
        names = {f"potential-{child.pk}": selectors.target_name(child) for child in children}
        for each in error.errors:
            if each.field in names:
                text += f" {names[each.field]}: {each.text(translated)}"
    return text


def _context(
    request: PageRequest,
    target: Target,
    children: Sequence[Target],
    ask: SplitAsk,
    columns: Sequence[SplitColumn],
) -> dict[str, Any]:
    empty = {column.basis for column in columns if column.is_empty}
    shown = [column for column in columns if not column.is_empty and column.basis != Basis.POTENTIAL]
    return {
        "plan": target.plan,
        "here": "targets:plan",
        "target": target,
        "metric": target.metric,
        "name": selectors.target_name(target),
        "ask": ask,
        "is_formula": ask.method == FORMULA,
        "methods": [(value, label, value in empty) for value, label in METHODS.items()],
        "formula_names": [(basis.value, METHODS[basis]) for basis in Basis],
        "columns": [(METHODS[column.basis], column.note, column.basis == ask.method) for column in shown],
        "seen_at": request.POST.get("seen_at") or seen_token(target),
        "more": max(0, len(children) - SHOWN),
        "cushion": f"{target.cushion_bp * 100 / WHOLE_BP:g}" if target.cushion_bp else "",
    }


def _rows(
    request: PageRequest,
    target: Target,
    children: Sequence[Target],
    columns: Sequence[SplitColumn],
    made: tuple[Sequence[Decimal], Sequence[Decimal], Sequence[int]],
    preview: AllocationPreview | None,
) -> list[dict[str, Any]]:
    """Each child with its figure and share in every column, the weight, what it would get and the change."""
    tilts, weights, bare = made
    shown = [column for column in columns if not column.is_empty and column.basis != Basis.POTENTIAL]
    typed = {column.basis: column.values for column in columns}[Basis.POTENTIAL]
    without = set(bare)
    rows = []
    for at, child in enumerate(children[:SHOWN]):
        amount = preview.amounts[at] if preview else None
        rows.append(
            {
                "target": child,
                "name": selectors.target_name(child),
                "cells": [(_figure(c, at, target), float(c.shares[at])) for c in shown],
                "potential": request.POST.get(f"potential-{child.pk}", f"{typed[at]:f}" if typed[at] else ""),
                "tilt": f"{tilts[at].normalize():f}" if tilts[at] != 1 else "",
                "weight": float(weights[at]) / 100 if weights else None,
                "amount": amount,
                "change": amount - child.amount if amount is not None else None,
                "is_bare": at in without,
            }
        )
    return rows


def _figure(column: SplitColumn, at: int, target: Target) -> str:
    value = column.values[at]
    if column.basis in (Basis.HISTORY, Basis.HISTORY_24, Basis.LAST_PLAN):
        return figure_text(float(value), target.metric, short=True)
    if column.basis == Basis.ACCOUNT_REVENUE:
        return money_short(int(value), target.plan.currency)
    return f"{value:,}"
