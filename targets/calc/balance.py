"""A two-way grid after somebody typed in it: what is locked stays, the rest gives way, margins are exact."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from common.errors import Invalid, gettext_noop
from targets.calc.allocation import allocate
from targets.calc.bounds import Infeasible
from targets.calc.grid import controlled_round

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Cells = Mapping[tuple[int, int], int]
# Where nothing else sums, cells at zero get something: this share of a mean cell, before the fit.
_TRACE = 1e-6


class GridInfeasible(Infeasible):
    """No such grid; ``row`` or ``column`` (from 0) is where it fails, if it fails in one line."""

    def __init__(self, kind: str, gap: int, *, row: int | None = None, column: int | None = None) -> None:
        super().__init__(kind, gap)
        self.row, self.column = row, column


def balanced_grid(
    cells: ArrayLike,
    total: int,
    locked: Cells | None = None,
    rows: Mapping[int, int] | None = None,
    columns: Mapping[int, int] | None = None,
) -> Ints:
    """The grid nearest to ``cells`` (≥ 0, rows × columns) with this total, these cells and margins kept.

    ``locked`` fixes cells, ``rows`` and ``columns`` fix sums of lines; other lines keep their sums as far
    as they can, else share in proportion. A cell of 0 stays 0 unless nothing else sums. Whole minor units.
    ``balanced_grid([[40, 20], [20, 20]], 100, {(0, 0): 50})`` is [[50, 10], [10, 30]]. Without anything
    fixed a grid that sums is its own answer. Raises ``GridInfeasible``, ``Invalid`` for less than zero.
    """
    present = np.array(cells, dtype=np.float64)
    kept, row_sums, column_sums = dict(locked or {}), dict(rows or {}), dict(columns or {})
    if total < 0 or min([0, *kept.values(), *row_sums.values(), *column_sums.values()]) < 0:
        raise Invalid(gettext_noop("Amounts of a grid are zero or more."), code="sign")
    if (present < 0).any() or not np.isfinite(present).all():
        raise Invalid(gettext_noop("Amounts of a grid are zero or more."), code="sign")
    fixed, is_locked = np.zeros(present.shape, np.int64), np.zeros(present.shape, np.bool_)
    for place, amount in kept.items():
        fixed[place], is_locked[place] = amount, True
    across = _margin(present, fixed, is_locked, total, row_sums, "row")
    down = _margin(present.T, fixed.T, is_locked.T, total, column_sums, "column")
    rest_rows, rest_columns = across - fixed.sum(axis=1), down - fixed.sum(axis=0)
    free = _seeded(np.where(is_locked, 0.0, present), ~is_locked, rest_rows, rest_columns)
    try:
        spread = controlled_round(free, rest_rows.tolist(), rest_columns.tolist())
    except Infeasible:
        trace = max(float(total), 1.0) / present.size * _TRACE
        loosened = np.where(is_locked, 0.0, np.maximum(free, trace))
        try:
            spread = controlled_round(loosened, rest_rows.tolist(), rest_columns.tolist())
        except Infeasible as error:
            raise GridInfeasible(error.kind, error.gap) from None
    return fixed + spread


def _margin(
    present: Floats,
    fixed: Ints,
    is_locked: NDArray[np.bool_],
    total: int,
    typed: Mapping[int, int],
    side: str,
) -> Ints:
    """The sums of the lines: those typed, the others at what they have, making room for locked cells."""
    count = present.shape[0]
    floors: list[int] = fixed.sum(axis=1).tolist()
    for line, amount in typed.items():
        if floors[line] > amount:
            raise _at("locked_exceeds_total", floors[line] - amount, side, line)
        if is_locked[line].all() and floors[line] < amount:
            raise _at("locked_below_total", amount - floors[line], side, line)
    sums = [round(value) for value in present.sum(axis=1).tolist()]
    free = [line for line in range(count) if line not in typed]
    if not any(sums[line] for line in free):
        sums = [1] * count
    caps: Sequence[int | None] = [floors[line] if is_locked[line].all() else None for line in range(count)]
    try:
        margin = allocate(total, sums, floors, caps, dict(typed))
    except Infeasible as error:
        raise GridInfeasible(error.kind, error.gap) from None
    return np.array(margin, dtype=np.int64)


def _seeded(free: Floats, is_open: NDArray[np.bool_], rows: Ints, columns: Ints) -> Floats:
    """The free cells, with something to go by in lines that have to carry an amount but have none yet."""
    grid = free.copy()
    whole = max(1, int(rows.sum()))
    for row in np.flatnonzero((rows > 0) & (grid.sum(axis=1) <= 0)):
        grid[row] = np.where(is_open[row], columns * (rows[row] / whole), 0.0)
    for column in np.flatnonzero((columns > 0) & (grid.sum(axis=0) <= 0)):
        grid[:, column] = np.where(is_open[:, column], rows * (columns[column] / whole), 0.0)
    return grid


def _at(kind: str, gap: int, side: str, line: int) -> GridInfeasible:
    return GridInfeasible(kind, gap, row=line) if side == "row" else GridInfeasible(kind, gap, column=line)
