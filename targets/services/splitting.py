"""Split a target by what its children have: history, last plan, potential, a formula."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from django.db import transaction

from org.models import User
from targets.models import SplitBasis, Target
from targets.selectors.splits import FORMULA, SplitAsk, SplitFigures
from targets.services.allocating import AllocationPreview, ChildAsk, target_allocate


def asks_weighted(asks: Sequence[ChildAsk], figures: SplitFigures) -> list[ChildAsk]:
    """The same asks with the weights of a split."""
    return [replace(ask, weight=weight) for ask, weight in zip(asks, figures.weights, strict=True)]


def asks_standing(children: Sequence[Target]) -> list[ChildAsk]:
    """What the children have now: weights, bounds and locks."""
    return [
        ChildAsk(child, child.weight, child.lower_amount, child.upper_amount, child.is_locked)
        for child in children
    ]


@transaction.atomic
def target_split_by(
    *,
    target: Target,
    children: Sequence[ChildAsk],
    ask: SplitAsk,
    figures: SplitFigures,
    cushion_bp: int,
    apply: bool,
    actor: User | None,
    seen_at: str | None = None,
) -> AllocationPreview:
    """Distribute a target by the weights of a split, within bounds and locks; remember the method.

    Without ``apply`` nothing is saved. Who has no basis gets the floor. Raises like ``target_allocate``.
    """
    preview = target_allocate(
        target=target,
        children=asks_weighted(children, figures),
        cushion_bp=cushion_bp,
        apply=apply,
        actor=actor,
        seen_at=seen_at,
    )
    if apply:
        SplitBasis.objects.update_or_create(
            target=target,
            defaults={
                "method": ask.method,
                "formula": ask.formula if ask.method == FORMULA else "",
                "is_tilted": ask.is_tilted,
                "potentials": {str(pk): f"{value:f}" for pk, value in ask.potentials.items()},
            },
        )
    return preview
