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


def weights_of(children: Sequence[Target]) -> list[str]:
    """The children's weights as exact texts."""
    return [f"{child.weight:f}" for child in children]


def save(targets: Sequence[Target]) -> None:
    """Write amounts and months."""
    now = timezone.now()
    for target in targets:
        target.updated_at = now
    Target.objects.bulk_update(targets, MONTH_COLUMNS, batch_size=300)
