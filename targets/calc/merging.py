"""Three-way merge of a row of amounts: as it was handed out, as it came back, as it stands by now."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

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


def year_over_months(year: int, months: Sequence[int]) -> list[int]:
    """A year's amount typed over the sum of its months: the months follow in proportion, to the unit.

    Months of nothing are filled evenly: ``year_over_months(10, [1, 1, 2])`` is [3, 2, 5].
    """
    weights = [abs(month) for month in months]
    return cumulative_round(year, weights if any(weights) else [1] * len(months))
