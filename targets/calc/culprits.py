"""Who stands in the way where no distribution fits: the bounds, locks and weights that add up to the gap."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True)
class Claim:
    """What is asked for one child: its weight, bounds, and the amount it is locked at."""

    weight: Decimal
    lower: int | None = None
    upper: int | None = None
    locked: int | None = None


@dataclass(frozen=True)
class Culprit:
    """The child at ``position`` and its cell (weight, min, max, amount) with the amount that stands there."""

    position: int
    cell: str
    amount: int


def culprits(kind: str, claims: Sequence[Claim]) -> list[Culprit]:
    """The cells behind an ``Infeasible`` of this kind, largest first (of caps: smallest first).

    ``culprits("below_floors", [Claim(Decimal(1), lower=5), Claim(Decimal(1), lower=7)])`` names 1 before 0.
    Children without a cap never lack room, so for ``above_caps`` those of weight 0 are named beside the caps.
    """
    free = [(at, claim) for at, claim in enumerate(claims) if claim.locked is None]
    if kind in ("locked_exceeds_total", "locked_below_total"):
        locked = [Culprit(at, "amount", claim.locked or 0) for at, claim in enumerate(claims) if claim.locked]
        return sorted(locked, key=lambda each: (-abs(each.amount), each.position))
    if kind == "crossed_bounds":
        return [
            Culprit(at, "min", claim.lower or 0)
            for at, claim in free
            if claim.upper is not None and (claim.lower or 0) > claim.upper
        ]
    if kind == "no_basis":
        return [Culprit(at, "weight", 0) for at, claim in free if not claim.weight]
    if kind == "below_floors":
        floors = [Culprit(at, "min", claim.lower) for at, claim in free if claim.lower]
        return sorted(floors, key=lambda each: (-abs(each.amount), each.position))
    caps = [Culprit(at, "max", claim.upper) for at, claim in free if claim.weight and claim.upper is not None]
    idle = [Culprit(at, "weight", claim.lower or 0) for at, claim in free if not claim.weight]
    return sorted(caps, key=lambda each: (abs(each.amount), each.position)) + idle
