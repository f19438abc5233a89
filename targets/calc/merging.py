"""Three-way merge of a row of amounts: as it was handed out, as it came back, as it stands by now."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from decimal import Decimal
from typing import Any

from targets.calc.rhythm import cumulative_round


@dataclass(frozen=True)
class Merged:
    """The amounts that follow, whether they differ from those standing, and whether both sides changed them.

    In a conflict ``amounts`` are those that came back; somebody has to choose.
    """

    amounts: tuple[int, ...]
    is_changed: bool = False
    is_conflict: bool = False


def merged(base: Sequence[int], mine: Sequence[int], theirs: Sequence[int]) -> Merged:
    """``base`` was handed out, ``mine`` came back, ``theirs`` stands now; all in the same minor units.

    ``merged([1, 2], [1, 5], [1, 2])`` is the change to (1, 5); an unchanged row keeps what stands.
    """
    if tuple(mine) == tuple(base) or tuple(mine) == tuple(theirs):
        return Merged(tuple(theirs))
    return Merged(tuple(mine), True, tuple(theirs) != tuple(base))


@dataclass(frozen=True)
class ChildCells:
    """What may be typed for a child in the grid; ``amount`` only where it is locked."""

    weight: Decimal
    min: int | None = None
    max: int | None = None
    amount: int | None = None


def cells_merged(
    base: ChildCells, mine: ChildCells, theirs: ChildCells
) -> tuple[ChildCells, tuple[str, ...]]:
    """A child's cells with the changes of both sides, and the cells that both changed, differently.

    Of those the answer holds mine; somebody has to choose. A weight that only they changed and a floor that
    only I set stand beside each other.
    """
    found: dict[str, Any] = {}
    asked = []
    for each in fields(ChildCells):
        was, own, other = (getattr(side, each.name) for side in (base, mine, theirs))
        cell = merged([was], [own], [other])
        [found[each.name]] = cell.amounts
        if cell.is_conflict:
            asked.append(each.name)
    return ChildCells(**found), tuple(asked)


def year_over_months(year: int, months: Sequence[int]) -> list[int]:
    """A year's amount typed over the sum of its months: the months follow in proportion, to the unit.

    Months of nothing are filled evenly: ``year_over_months(10, [1, 1, 2])`` is [3, 2, 5].
    """
    weights = [abs(month) for month in months]
    return cumulative_round(year, weights if any(weights) else [1] * len(months))
