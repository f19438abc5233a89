"""A target and its children as plain values: the amounts and the months that children get of their parent."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from targets.calc.allocation import Infeasible, allocate, controlled_round
from targets.calc.rhythm import cumulative_round

WHOLE_YEAR = (1.0,) * 12


@dataclass(slots=True)
class Planned:
    """A target's figures: amounts in stored units, ``weight`` in millionths.

    ``presence`` is the share of each month's days on which it counts.
    """

    amount: int
    months: list[int]
    weight: int = 1_000_000
    lower: int | None = None
    upper: int | None = None
    is_locked: bool = False
    is_additive: bool = True
    cushion_bp: int = 0
    presence: Sequence[float] = WHOLE_YEAR


def amounts_below(parent: Planned, children: Sequence[Planned]) -> list[int]:
    """What each child gets of its parent by weight, within bounds, keeping locks.

    Where locks or bounds leave no solution all keep what they have. Of a ratio each child gets the same.
    """
    if not parent.is_additive:
        return [child.amount if child.is_locked else parent.amount for child in children]
    try:
        return allocate(
            parent.amount,
            [child.weight for child in children],
            [child.lower for child in children],
            [child.upper for child in children],
            [child.amount if child.is_locked else None for child in children],
            cushion_bp=parent.cushion_bp,
        )
    except Infeasible:
        return [child.amount for child in children]


def months_below(parent: Planned, children: Sequence[Planned]) -> list[list[int]]:
    """Months of each child such that every month of the children sums to the parent's.

    With an over-assignment (or a gap) the parent's months are scaled to the children's sum first. A child
    that counts for part of the year has nothing in the months outside.
    """
    if not children:
        return []
    if not parent.is_additive:
        return [_ratio_months(parent, child) for child in children]
    total = sum(child.amount for child in children)
    is_plain = parent.amount and all(child.amount >= 0 for child in children) and min(parent.months) >= 0
    if not is_plain:
        return [_alone(parent, child) for child in children]
    columns = parent.months if total == parent.amount else cumulative_round(total, parent.months)
    scaled = [_scaled(parent, child) for child in children]
    try:
        grid = controlled_round(scaled, [child.amount for child in children], columns)
    except Infeasible:
        # Absences leave a month nobody can carry: each child is spread over its own months.
        return [_alone(parent, child) for child in children]
    months: list[list[int]] = grid.tolist()
    return months


def _scaled(parent: Planned, child: Planned) -> list[float]:
    """The parent's months on the days of the child, at the child's level."""
    row = [month * present for month, present in zip(parent.months, child.presence, strict=True)]
    whole = max(1, sum(row))
    return [cell * child.amount / whole for cell in row]


def _ratio_months(parent: Planned, child: Planned) -> list[int]:
    """The parent's course over the year at the child's level: 35 % under 30 % is 7/6 each month."""
    if not parent.amount:
        return [child.amount] * 12
    return [round(Fraction(month * child.amount, parent.amount)) for month in parent.months]


def _alone(parent: Planned, child: Planned) -> list[int]:
    weights = [abs(month) * share for month, share in zip(parent.months, child.presence, strict=True)]
    if not any(weights):
        weights = list(child.presence)
    return cumulative_round(child.amount, [round(weight * 1000) for weight in weights])
