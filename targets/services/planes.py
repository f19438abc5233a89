"""A two-way grid saved as the tree: missing lines and cells are made, all amounts written at once."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction

import numpy as np
from django.db import transaction
from django.utils.translation import gettext_lazy as _
from numpy.typing import NDArray

from common.errors import Conflict, FieldError, Invalid
from org.models import User
from org.services import audit_record
from targets.models import Target
from targets.selectors.bases import split_dimension
from targets.selectors.planes import Plane, PlaneLine, plane_token
from targets.services.cascade import cascade, save
from targets.services.guards import target_locked
from targets.services.months import months_of_children, months_write
from targets.services.trees import target_children_add

_MILLION = 10**6


@dataclass(frozen=True)
class PlaneAsk:
    """The amounts of all cells (rows × columns, minor units), the locked cells and the locked lines."""

    amounts: NDArray[np.int64]
    locked: Collection[tuple[int, int]] = field(default_factory=tuple)
    locked_rows: Collection[int] = field(default_factory=tuple)
    locked_columns: Collection[int] = field(default_factory=tuple)


@transaction.atomic
def plane_save(*, plane: Plane, ask: PlaneAsk, actor: User | None, seen_at: str | None = None) -> None:
    """Write a grid: each line's amount is its cells' sum, and everything further down follows.

    Lines and cells of nothing that have no target get none. Raises Conflict for a change by somebody else
    or a frozen plan, Invalid for cells outside their bounds or that don't sum to the target.
    """
    current = target_locked(plane.target)
    if seen_at and plane_token(current) != seen_at:
        raise Conflict(_("Somebody changed this target while you were editing. Reload and look again."))
    amounts = ask.amounts.T if plane.is_turned else ask.amounts
    outer_lines, inner_lines = (plane.columns, plane.rows) if plane.is_turned else (plane.rows, plane.columns)
    if int(amounts.sum()) != plane.wanted or (amounts < 0).any():
        raise Invalid(_("The cells of a grid sum to the target, and none is below zero."), field="cells")
    before = {str(child.pk): child.amount for child in plane.outer.values()}
    outer = _made(current, outer_lines, amounts.sum(axis=1), plane, actor)
    locks = {place[::-1] if plane.is_turned else place for place in ask.locked}
    line_locks = ask.locked_columns if plane.is_turned else ask.locked_rows
    cells: dict[int, list[Target]] = {}
    for at, child in outer.items():
        cells[at] = _cells(child, inner_lines, amounts[at], {j for i, j in locks if i == at}, actor)
        _put(child, int(amounts[at].sum()), plane.wanted, at in line_locks)
        child.cushion_bp = 0
    _refuse_bounds([*outer.values(), *(cell for row in cells.values() for cell in row)])
    _write(current, [(outer[at], cells[at]) for at in outer])
    audit_record(
        actor=actor,
        action="targets.grid.set",
        subject=current,
        before={"children": before},
        after={"by": list(plane.by), "children": {str(row.pk): row.amount for row in outer.values()}},
    )


def _made(
    current: Target, lines: Sequence[PlaneLine], sums: NDArray[np.int64], plane: Plane, actor: User | None
) -> dict[int, Target]:
    """The children by their line; made where a line carries an amount and has none."""
    missing = [line.member for at, line in enumerate(lines) if sums[at] and line.key not in plane.outer]
    if missing:
        target_children_add(target=current, members=missing, actor=actor)
    return _by_line(current, lines)


def _cells(
    parent: Target,
    lines: Sequence[PlaneLine],
    amounts: NDArray[np.int64],
    locked: Collection[int],
    actor: User | None,
) -> list[Target]:
    """The cells of one child with their amounts, weights and locks; not saved yet."""
    have = _by_line(parent, lines)
    missing = [line.member for at, line in enumerate(lines) if amounts[at] and at not in have]
    if missing:
        target_children_add(target=parent, members=missing, actor=actor)
        have = _by_line(parent, lines)
    for at, cell in have.items():
        _put(cell, int(amounts[at]), int(amounts.sum()), at in locked)
    return list(have.values())


def _by_line(parent: Target, lines: Sequence[PlaneLine]) -> dict[int, Target]:
    places = {line.key: at for at, line in enumerate(lines)}
    rows = Target.objects.filter(parent=parent).select_related("plan", "unit", "person", "metric")
    found: dict[int, Target] = {}
    for row in rows.order_by("position", "pk"):
        kind = split_dimension(parent, row)
        found[places[kind, getattr(row, f"{kind}_id")]] = row
    return found


def _put(row: Target, amount: int, whole: int, is_locked: bool) -> None:
    """An amount with the weight that gives it again, in percent of the whole."""
    row.amount, row.is_locked = amount, is_locked
    if whole:
        row.weight = Decimal(round(Fraction(amount * 100 * _MILLION, whole))).scaleb(-6)


def _refuse_bounds(rows: Sequence[Target]) -> None:
    errors = []
    for row in rows:
        low, high = row.lower_amount, row.upper_amount
        if (low is not None and row.amount < low) or (high is not None and row.amount > high):
            message = _("%(name)s is outside its floor or cap: change the bound, or this amount.")
            errors.append(FieldError("cells", message, "bounds", {"name": str(row)}))
    if errors:
        raise Invalid(errors[0].message, errors=errors, code="bounds", params=errors[0].params)


def _write(current: Target, families: Sequence[tuple[Target, list[Target]]]) -> None:
    """Months from the top down, then all rows in one statement, then what lies below the cells."""
    children = [child for child, _cells in families]
    for child, months in zip(children, months_of_children(current, children), strict=True):
        months_write(child, months)
    cells = []
    for child, below in families:
        for cell, months in zip(below, months_of_children(child, below), strict=True):
            months_write(cell, months)
        cells += below
    save([*children, *cells], ["weight", "is_locked", "cushion_bp"])
    cascade(cells)
