"""Calibration: near months flex, the year keeps its floor, what has passed never changes.

Adjustments are additive: what a target gets, its children get together and its parents too, month by month,
to the unit. So any number of them can be laid over a published plan in any order with the same sums.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from common.errors import Invalid, gettext_noop
from targets.calc.allocation import allocate
from targets.calc.weights import Number, exact_fraction

MONTHS, QUARTER = 12, 3
HALF = Fraction(1, 2)


def calibrate(
    months: Sequence[int],
    current: int,
    factor: Number,
    horizon: int,
    year_floor: int | None,
    cap_up: Number = "0.10",
    cap_down: Number = "0.30",
) -> list[int]:
    """The year's months (units as given) after ``horizon`` months from index ``current`` took a factor.

    The factor is held within [1 − ``cap_down``, 1 + ``cap_up``], each month rounded half up. What the year
    then lacks of ``year_floor`` is spread over the months after the horizon in their proportions (over the
    horizon itself where none is left); None: the year may shrink. Months before ``current`` never change.
    Raises Invalid for a month or horizon outside the year.

    >>> calibrate([100] * 12, 3, "0.82", 2, 1200)
    [100, 100, 100, 82, 82, 106, 105, 105, 105, 105, 105, 105]
    """
    if not 0 <= current < len(months) or horizon < 1:
        raise Invalid(gettext_noop("Choose months that lie in the year and have not begun."), code="months")
    held = min(max(exact_fraction(factor), 1 - exact_fraction(cap_down)), 1 + exact_fraction(cap_up))
    end = min(len(months), current + horizon)
    changed = list(months)
    for at in range(current, end):
        changed[at] = math.floor(months[at] * held + HALF)
    lacking = 0 if year_floor is None else year_floor - sum(changed)
    if lacking > 0:
        places = list(range(end, len(months))) or list(range(current, end))
        weights = [max(0, changed[at]) for at in places]
        added = allocate(lacking, weights if any(weights) else [1] * len(places))
        for at, more in zip(places, added, strict=True):
            changed[at] += more
    return changed


@dataclass(frozen=True)
class Branch:
    """A target in its tree: its months as they stand now, and the target above it (None: a top)."""

    parent: int | None
    months: tuple[int, ...]
    is_additive: bool = True


def tree_deltas(nodes: Mapping[int, Branch], asked: Mapping[int, Sequence[int]]) -> dict[int, list[int]]:
    """The change of every target touched when the ``asked`` ones change by these monthly amounts.

    Down the tree each month is shared by what the children have in it; up the tree parents change by the sum
    of their children. A ratio's children change in its proportion, its parents not: ratios do not add up.
    Raises Invalid (code ``nested``) where one asked target lies below another.

    >>> two = {1: Branch(None, (30,)), 2: Branch(1, (20,)), 3: Branch(1, (10,))}
    >>> tree_deltas(two, {1: [-3]})
    {1: [-3], 2: [-2], 3: [-1]}
    """
    below = _children(nodes)
    deltas: dict[int, list[int]] = {}
    for pk, change in asked.items():
        if any(above in asked for above in _above(nodes, pk)):
            message = gettext_noop("One chosen target lies below another: choose one of them.")
            raise Invalid(message, code="nested", field="targets")
        deltas[pk] = list(change)
        _carry_down(nodes, below, pk, deltas)
    for pk in asked:
        if not nodes[pk].is_additive:
            continue
        for above in _above(nodes, pk):
            before = deltas.setdefault(above, [0] * len(asked[pk]))
            deltas[above] = [have + more for have, more in zip(before, asked[pk], strict=True)]
    return {pk: change for pk, change in deltas.items() if any(change)}


def _carry_down(
    nodes: Mapping[int, Branch], below: Mapping[int, list[int]], top: int, deltas: dict[int, list[int]]
) -> None:
    waiting = [top]
    while waiting:
        pk = waiting.pop()
        children = below.get(pk, [])
        if not children:
            continue
        if nodes[pk].is_additive:
            changes = _shared(deltas[pk], [nodes[child].months for child in children])
        else:
            changes = [_in_proportion(nodes[pk], nodes[child], deltas[pk]) for child in children]
        for child, change in zip(children, changes, strict=True):
            if any(change):
                deltas[child] = change
                waiting.append(child)


def _shared(change: Sequence[int], months: Sequence[Sequence[int]]) -> list[list[int]]:
    """A parent's monthly changes over its children: by what each has in the month, else in the year."""
    years = [sum(abs(value) for value in row) for row in months]
    columns: list[list[int]] = []
    for at, delta in enumerate(change):
        weights = [abs(row[at]) for row in months]
        if not any(weights):
            weights = years if any(years) else [1] * len(months)
        columns.append(allocate(delta, weights) if delta else [0] * len(months))
    return [list(row) for row in zip(*columns, strict=True)]


def _in_proportion(parent: Branch, child: Branch, change: Sequence[int]) -> list[int]:
    return [
        round(Fraction(delta * mine, whole)) if whole else delta
        for delta, mine, whole in zip(change, child.months, parent.months, strict=True)
    ]


def _children(nodes: Mapping[int, Branch]) -> dict[int, list[int]]:
    below: dict[int, list[int]] = {}
    for pk, node in nodes.items():
        if node.parent is not None:
            below.setdefault(node.parent, []).append(pk)
    return below


def _above(nodes: Mapping[int, Branch], pk: int) -> list[int]:
    chain, at = [], nodes[pk].parent
    while at is not None and at in nodes:
        chain.append(at)
        at = nodes[at].parent
    return chain


@dataclass(frozen=True)
class BrokenFloor:
    """A floor that a change would break: "year" or the quarter's number 1 … 4, and by how much."""

    quarter: int | None
    floor: int
    after: int

    @property
    def missing(self) -> int:
        return self.floor - self.after


def floor_of(planned: int, floor_bp: int) -> int:
    """The least that must stay of a planned amount, rounded up: 8500 basis points of 101 are 86."""
    return -((-planned * floor_bp) // 10_000)


def broken_floors(
    planned: Sequence[int], before: Sequence[int], after: Sequence[int], *, year_bp: int, quarter_bp: int
) -> list[BrokenFloor]:
    """Which floors the months ``after`` break that ``before`` did not break as much already.

    Floors are shares (basis points) of what was published (``planned``); only quarters that change count.

    >>> broken_floors([100] * 12, [100] * 12, [70] * 3 + [100] * 9, year_bp=9000, quarter_bp=8000)
    [BrokenFloor(quarter=1, floor=240, after=210)]
    """
    spans: list[tuple[int | None, slice, int]] = [(None, slice(0, MONTHS), year_bp)]
    spans += [(at + 1, slice(QUARTER * at, QUARTER * (at + 1)), quarter_bp) for at in range(4)]
    broken = []
    for quarter, span, floor_bp in spans:
        floor, now, then = floor_of(sum(planned[span]), floor_bp), sum(before[span]), sum(after[span])
        if then < floor and then < now:
            broken.append(BrokenFloor(quarter, floor, then))
    return broken
