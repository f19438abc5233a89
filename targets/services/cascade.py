"""Carry a changed amount or month down the tree: every level keeps its proportions and locks."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils import timezone

from targets.calc.allocation import Infeasible, allocate
from targets.models import Target
from targets.services.months import MONTH_COLUMNS, months_of_children, months_write


def cascade(parents: Sequence[Target]) -> int:
    """Re-allocate the children of these targets by their stored weights, then theirs, level by level.

    Where locks or bounds leave no solution the children stay as they are and the gap stands on screen.
    Returns how many targets changed.
    """
    changed = 0
    level = list(parents)
    while level:
        below: dict[int, list[Target]] = {}
        children = Target.objects.filter(parent__in=[target.pk for target in level]).select_related("plan")
        for child in children.order_by("position", "pk"):
            below.setdefault(child.parent_id or 0, []).append(child)
        saved: list[Target] = []
        for parent in level:
            saved += settle_children(parent, below.get(parent.pk, []))
        save(saved)
        changed += len(saved)
        level = saved
    return changed


def settle_children(parent: Target, children: Sequence[Target]) -> list[Target]:
    """Give the children their amounts and months anew (not saved); returns them."""
    if not children:
        return []
    if parent.is_additive:
        try:
            amounts = allocate(
                parent.amount,
                weights_of(children),
                [child.lower_amount for child in children],
                [child.upper_amount for child in children],
                [child.amount if child.is_locked else None for child in children],
                cushion_bp=parent.cushion_bp,
            )
        except Infeasible:
            amounts = [child.amount for child in children]
    else:
        amounts = [child.amount if child.is_locked else parent.amount for child in children]
    for child, amount in zip(children, amounts, strict=True):
        child.amount = amount
    for child, months in zip(children, months_of_children(parent, children), strict=True):
        months_write(child, months)
    return list(children)


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


def months_lay_below(targets: Sequence[Target]) -> None:
    """Lay the months of everything below these targets anew; amounts stay."""
    level = list(targets)
    while level:
        children: dict[int, list[Target]] = {}
        rows = Target.objects.filter(parent__in=[target.pk for target in level]).select_related("plan")
        for child in rows.order_by("position", "pk"):
            children.setdefault(child.parent_id or 0, []).append(child)
        for parent in level:
            below = children.get(parent.pk, [])
            for child, months in zip(below, months_of_children(parent, below), strict=True):
                months_write(child, months)
        level = [child for below in children.values() for child in below]
        save(level)


def weights_of(children: Sequence[Target]) -> list[str]:
    """The children's weights as exact texts."""
    return [f"{child.weight:f}" for child in children]


def save(targets: Sequence[Target]) -> None:
    """Write amounts and months."""
    now = timezone.now()
    for target in targets:
        target.updated_at = now
    Target.objects.bulk_update(targets, MONTH_COLUMNS, batch_size=300)
