"""Distribute a target over its children: computed exactly, shown first, saved when applied."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from common.errors import Invalid
from org.models import User
from org.services import audit_record
from targets.calc.allocation import allocate, cushioned_total
from targets.models import Target
from targets.services.cascade import cascade, save
from targets.services.guards import amount_checked, target_locked
from targets.services.months import months_of_children, months_write

MAX_CUSHION_BP = 5_000


@dataclass(frozen=True)
class ChildAsk:
    """What is asked for one child; ``locked`` keeps ``amount`` (or what it has) whatever the weights say."""

    target: Target
    weight: Decimal
    lower: int | None = None
    upper: int | None = None
    locked: bool = False
    amount: int | None = None


@dataclass(frozen=True)
class AllocationPreview:
    """The children's amounts in the order asked; they sum to ``wanted`` = total × (1 + over-assignment)."""

    total: int
    wanted: int
    amounts: list[int]
    applied: bool

    @property
    def over_assigned(self) -> int:
        return self.wanted - self.total


def target_allocate(
    *,
    target: Target,
    children: Sequence[ChildAsk],
    cushion_bp: int = 0,
    apply: bool,
    actor: User | None,
    seen_at: str | None = None,
) -> AllocationPreview:
    """Distribute a target over all its children by weight, within bounds, keeping locks.

    Without ``apply`` nothing is saved. Raises Infeasible (kind and gap say what doesn't fit), Invalid when a
    child is missing, Conflict for a frozen plan. Ratios aren't distributed: each child gets the same.
    """
    if not children:
        raise Invalid(_("Add children first, then distribute."), field="children")
    if not 0 <= cushion_bp <= MAX_CUSHION_BP:
        raise Invalid(_("The over-assignment is between 0 and 50 %."), field="cushion_bp")
    known = set(Target.objects.filter(parent=target).values_list("pk", flat=True))
    if {ask.target.pk for ask in children} != known:
        raise Invalid(_("Name each child of the target once."), field="children")
    for ask in children:
        for bound in (ask.lower, ask.upper, ask.amount):
            amount_checked(bound or 0, "children")
    amounts = _amounts(target, children, cushion_bp)
    wanted = cushioned_total(target.amount, cushion_bp) if target.is_additive else target.amount
    if apply:
        _apply(target, children, amounts, cushion_bp, actor, seen_at)
    return AllocationPreview(target.amount, wanted, amounts, apply)


def _amounts(target: Target, children: Sequence[ChildAsk], cushion_bp: int) -> list[int]:
    kept = [ask.amount if ask.amount is not None else ask.target.amount for ask in children]
    if not target.is_additive:
        return [amount if ask.locked else target.amount for ask, amount in zip(children, kept, strict=True)]
    return allocate(
        target.amount,
        [f"{ask.weight:f}" for ask in children],
        [ask.lower for ask in children],
        [ask.upper for ask in children],
        [amount if ask.locked else None for ask, amount in zip(children, kept, strict=True)],
        cushion_bp=cushion_bp,
    )


@transaction.atomic
def _apply(
    target: Target,
    children: Sequence[ChildAsk],
    amounts: Sequence[int],
    cushion_bp: int,
    actor: User | None,
    seen_at: str | None,
) -> None:
    current = target_locked(target, seen_at)
    current.cushion_bp = cushion_bp
    before = {str(ask.target.pk): ask.target.amount for ask in children}
    rows = [ask.target for ask in children]
    for ask, amount in zip(children, amounts, strict=True):
        row = ask.target
        row.plan, row.amount, row.weight = current.plan, amount, ask.weight
        row.lower_amount, row.upper_amount, row.is_locked = ask.lower, ask.upper, ask.locked
    for row, months in zip(rows, months_of_children(current, rows), strict=True):
        months_write(row, months)
    save([*rows, current], ["weight", "lower_amount", "upper_amount", "is_locked", "cushion_bp"])
    cascade(rows)
    audit_record(
        actor=actor,
        action="targets.target.allocate",
        subject=current,
        before={"children": before},
        after={
            "children": {str(row.pk): row.amount for row in rows},
            "cushion_bp": cushion_bp,
        },
    )
