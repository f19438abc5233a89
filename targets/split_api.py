"""What ``basis`` asks of the allocate endpoint: weights by history, last plan, potential or a formula."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.translation import gettext as _

from common.errors import Invalid
from org.scope import Scope
from targets.api_input import flag_of
from targets.models import Target
from targets.selectors.splits import SplitAsk, SplitFigures, split_figures
from targets.services import ChildAsk
from targets.services.splitting import asks_weighted
from targets.split_forms import method_of, potential_of


def children_bodies(body: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The children named; none at all where a basis goes for all that are there. Raises Invalid."""
    children = body.get("children", [] if body.get("basis") is not None else None)
    is_list = isinstance(children, list) and all(isinstance(child, dict) for child in children)
    if not is_list or not (children or body.get("basis") is not None):
        raise Invalid(_("Give a list of children."), field="children")
    if body.get("basis") is not None and any(child.get("weight") is not None for child in children):
        raise Invalid(_("With a basis children have no weight of their own."), field="children")
    return list(children)


def split_of(body: Mapping[str, Any]) -> SplitAsk | None:
    """The split asked for, without potentials; None where each child has its weight."""
    if body.get("basis") is None:
        return None
    formula = body.get("formula", "")
    if not isinstance(formula, str):
        raise Invalid(_("A formula is a text."), field="formula")
    return SplitAsk(method_of(body["basis"], "basis"), formula.strip(), flag_of(body, "tilt"))


def with_potentials(ask: SplitAsk, rows: Sequence[Target], bodies: Sequence[Mapping[str, Any]]) -> SplitAsk:
    """The split with each child's ``potential``."""
    typed = {
        row.pk: potential_of(body["potential"], "potential")
        for row, body in zip(rows, bodies, strict=True)
        if body.get("potential") is not None
    }
    return SplitAsk(ask.method, ask.formula, ask.is_tilted, typed)


def weighed(
    target: Target, asks: Sequence[ChildAsk], ask: SplitAsk, scope: Scope
) -> tuple[list[ChildAsk], SplitFigures]:
    """The children with the split's weights, and what they are made of."""
    figures = split_figures(target, [each.target for each in asks], ask, scope=scope)
    return asks_weighted(asks, figures), figures


def basis_shape(figures: SplitFigures, at: int) -> dict[str, Any]:
    """What a child has of each basis: its share, as a decimal string, beside its weight in percent."""
    return {
        "weight": f"{figures.weights[at]:f}",
        "tilt": f"{figures.tilts[at].normalize():f}",
        "shares": {column.basis.value: f"{float(column.shares[at]):.6f}" for column in figures.columns},
    }
