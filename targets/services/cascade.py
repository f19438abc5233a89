"""Carry a changed amount or month down the tree: every level keeps its proportions and locks.

What others build on, all of it inside the caller's transaction with the plan locked (``services/guards.py``):

- ``cascade(parents)`` after amounts or months were saved: everything below gets amounts and months anew.
- ``months_lay_below(parents)`` likewise, but amounts stay; ``children_months_lay(parent)`` with its children.
- ``settle(parent, children)`` does the same to ``Planned`` figures that are not stored yet;
  ``services/rows.py`` inserts them by thousands.
- ``save(targets)`` writes amounts and months of ``Target`` rows; ``columns`` names what else was changed.

A level is read with one query as plain values and all levels are written with one statement, whatever
their size: 11,000 targets below a company's amount take about a second. Only what changed is written.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from django.utils import timezone

from crm.services.tables import among, update_rows
from targets.calc.families import Planned, amounts_below, months_below
from targets.calc.weights import scaled_weight
from targets.models import MONTH_FIELDS, Target
from targets.services.months import (
    MONTH_COLUMNS,
    Presence,
    months_of_children,
    months_write,
    planned_of,
)

_READ = (
    "pk", "parent_id", "amount", "weight", "lower_amount", "upper_amount", "is_locked", "is_additive",
    "cushion_bp", "starts_on", "ends_on", *MONTH_FIELDS,
)  # fmt: skip


@dataclass(slots=True)
class _Line(Planned):
    """A stored target while its figures are reckoned anew."""

    pk: int = 0
    parent: int = 0
    was: tuple[int, list[int]] = (0, [])

    @property
    def is_changed(self) -> bool:
        return self.was != (self.amount, self.months)


def cascade(parents: Sequence[Target]) -> int:
    """Re-allocate the children of these targets by their stored weights, then theirs, level by level.

    Where locks or bounds leave no solution the children stay as they are and the gap stands on screen.
    Returns how many targets changed.
    """
    return _carry(parents, settle)


def months_lay_below(targets: Sequence[Target]) -> None:
    """Lay the months of everything below these targets anew; amounts stay."""
    _carry(targets, _lay_months)


def settle(parent: Planned, children: Sequence[Planned]) -> None:
    """Give the children their amounts and months anew."""
    for child, amount in zip(children, amounts_below(parent, children), strict=True):
        child.amount = amount
    _lay_months(parent, children)


def children_months_lay(parent: Target, current: Target | None = None) -> None:
    """Lay the months of all children anew, so that each month of them fits the parent's; amounts stay.

    ``current`` is a child with unsaved changes: it is saved too.
    """
    children = list(Target.objects.filter(parent=parent).select_related("plan").order_by("position", "pk"))
    children = [current if current and child.pk == current.pk else child for child in children]
    moved: list[Target] = []
    for child, months in zip(children, months_of_children(parent, children), strict=True):
        if child is not current and child.months != months:
            moved.append(child)
        months_write(child, months)
    save([*moved, current] if current else moved)
    months_lay_below(moved)


def save(targets: Iterable[Target], columns: Sequence[str] = ()) -> None:
    """Write amounts and months, and the other columns named, in one statement."""
    now = timezone.now()
    names = [*columns, *MONTH_COLUMNS]
    rows = []
    for target in targets:
        target.updated_at = now
        rows.append([*(getattr(target, name) for name in names), target.pk])
    update_rows(Target, names, rows)


def _carry(parents: Sequence[Target], lay: Callable[[Planned, Sequence[Planned]], None]) -> int:
    """Settle the children of each target, then theirs; write those that changed and return how many."""
    if not parents:
        return 0
    presence = Presence(parents[0].plan)
    level: dict[int, Planned] = {target.pk: planned_of(target, presence) for target in parents}
    changed: list[_Line] = []
    while level:
        below = _lines_below(level, presence)
        for pk, children in below.items():
            lay(level[pk], children)
        lines = [line for children in below.values() for line in children]
        changed += [line for line in lines if line.is_changed]
        level = {line.pk: line for line in lines}
    now = timezone.now()
    update_rows(Target, MONTH_COLUMNS, [(line.amount, *line.months, now, line.pk) for line in changed])
    return len(changed)


def _lines_below(parents: Iterable[int], presence: Presence) -> dict[int, list[_Line]]:
    """The children of each target in their order; one query."""
    below: dict[int, list[_Line]] = {}
    rows = Target.objects.filter(among("parent_id", parents)).order_by("position", "pk")
    for pk, parent, amount, weight, *rest in rows.values_list(*_READ):
        lower, upper, is_locked, is_additive, cushion_bp, starts_on, ends_on, *months = rest
        line = _Line(
            amount, months, scaled_weight(weight), lower, upper, is_locked, is_additive, cushion_bp,
            presence(starts_on, ends_on), pk, parent, (amount, months),
        )  # fmt: skip
        below.setdefault(parent, []).append(line)
    return below


def _lay_months(parent: Planned, children: Sequence[Planned]) -> None:
    for child, months in zip(children, months_below(parent, children), strict=True):
        child.months = months
