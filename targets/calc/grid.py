"""Grids whose rows and columns are both exact: people × months, regions × products."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from common.errors import Invalid, gettext_noop
from targets.calc.bounds import Infeasible

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]
Places = NDArray[np.intp]

_ROUNDS = 500
_TOLERANCE = 1e-12
# A cell this close to a whole number of units is that number: the fit is no closer.
_WHOLE = 1e-9
_UNBOUNDED = np.int64(2**62)
_UNSEEN, _ROOT = -2, -1


def controlled_round(matrix: ArrayLike, row_totals: Sequence[int], column_totals: Sequence[int]) -> Ints:
    """An integer grid in the pattern of ``matrix`` whose rows and columns sum to the given totals exactly.

    The pattern (≥ 0, shape rows × columns) is first fitted to both margins, then each cell is rounded up
    or down; a cell of 0 stays 0. Totals are minor units, all of one sign.
    ``controlled_round([[1, 1], [1, 1]], [3, 2], [2, 3])`` has rows of 3 and 2, columns of 2 and 3.
    Raises ``Infeasible``: ``unequal_margins``, or ``no_basis`` where zeros leave a total out of reach.
    """
    pattern = np.array(matrix, dtype=np.float64)
    rows, columns = np.array(row_totals, dtype=np.int64), np.array(column_totals, dtype=np.int64)
    if pattern.ndim != 2 or pattern.shape != (rows.size, columns.size):
        raise Invalid(gettext_noop("The grid and its totals have different sizes."), code="shape")
    if not np.isfinite(pattern).all() or (pattern < 0).any():
        raise Invalid(gettext_noop("A grid's pattern holds numbers, zero or more."), code="weight")
    total, across = sum(rows.tolist()), sum(columns.tolist())
    if total != across:
        raise Infeasible("unequal_margins", abs(total - across))
    sign = -1 if total < 0 else 1
    rows, columns = sign * rows, sign * columns
    if (rows < 0).any() or (columns < 0).any():
        raise Invalid(gettext_noop("A grid's totals must all have one sign."), code="sign")
    return sign * _rounded(fitted_grid(pattern, rows, columns), rows, columns)


def fitted_grid(pattern: Floats, rows: Ints, columns: Ints) -> Floats:
    """The pattern scaled row by row and column by column until it sums to both margins.

    Iterative proportional fitting (Deming & Stephan 1940): keeps zeros and cross ratios. Where zeros
    forbid the margins it comes as near as it can.
    """
    grid = pattern.copy()
    for _ in range(_ROUNDS):
        grid *= _scale(rows, grid.sum(axis=1))[:, None]
        grid *= _scale(columns, grid.sum(axis=0))
        if np.abs(grid.sum(axis=1) - rows).max(initial=0) <= _TOLERANCE * rows.max(initial=1):
            break
    return grid


def _scale(wanted: Ints, present: Floats) -> Floats:
    factors: Floats = np.divide(wanted, present, out=np.zeros(wanted.size), where=present > 0)
    return factors


def _rounded(grid: Floats, rows: Ints, columns: Ints) -> Ints:
    """The grid in whole units: floor or ceiling of each cell, beyond only where nothing else sums."""
    floor = np.floor(grid + _WHOLE).astype(np.int64)
    part = np.clip(grid - floor, 0, 1)
    ceiling = floor + (part > _WHOLE)
    whole = _diffused(floor, part, rows)
    unsettled = _settle(whole, floor, ceiling, rows, columns)
    if unsettled:
        # Float error in very large totals, or zeros that kept the fit from the margins.
        unsettled = _settle(whole, np.zeros_like(whole), np.where(grid > 0, _UNBOUNDED, 0), rows, columns)
    if unsettled:
        raise Infeasible("no_basis", unsettled)
    return whole


def _diffused(floor: Ints, part: Floats, rows: Ints) -> Ints:
    """Rows rounded one after the other, each carrying its columns' rounding errors to the next row.

    Rows come out exact where floor and ceiling allow it; columns are off by a few units at most, however
    many rows there are.
    """
    whole = floor.copy()
    missing = rows - floor.sum(axis=1)
    carried = np.zeros(floor.shape[1])
    for row, steps in enumerate(missing.tolist()):
        wanted = part[row] + carried
        order = np.argsort(-wanted, kind="stable")
        up = order[part[row][order] > _WHOLE][: max(0, steps)]
        whole[row, up] += 1
        carried = wanted
        carried[up] -= 1
    return whole


def _settle(whole: Ints, low: Ints, high: Ints, rows: Ints, columns: Ints) -> int:
    """Shift units of ``whole``, in place, until rows and columns sum, each cell in [low, high].

    A row that lacks units raises a cell, a column with too many lowers one: augmenting paths of a maximum
    flow (Edmonds & Karp 1972), in whole units throughout. Answers the units that found no path: 0 means
    both margins are met, and anything else proves that they cannot be.
    """
    count = rows.size
    while True:
        lack = np.concatenate([rows - whole.sum(axis=1), whole.sum(axis=0) - columns])
        path = _path(whole < high, whole > low, lack)
        if path is None:
            return int(lack[lack > 0].sum())
        steps = list(itertools.pairwise(path))
        # Row to column is a unit up in their cell, column to row a unit down.
        ups = [(a, b - count) for a, b in steps if a < count]
        downs = [(b, a - count) for a, b in steps if a >= count]
        room = [int(high[cell] - whole[cell]) for cell in ups] + [
            int(whole[cell] - low[cell]) for cell in downs
        ]
        units = min(int(lack[path[0]]), -int(lack[path[-1]]), *room)
        for cell in ups:
            whole[cell] += units
        for cell in downs:
            whole[cell] -= units


def _path(can_rise: Flags, can_fall: Flags, lack: Ints) -> list[int] | None:
    """A shortest way from a line that must pass units on to one that can take them, or None.

    Lines are rows 0 … m−1, then columns m …; ``lack`` is positive at the first kind, negative at the other.
    """
    count = can_rise.shape[0]
    parent = np.where(lack > 0, _ROOT, _UNSEEN)
    frontier = np.flatnonzero(lack > 0)
    while frontier.size:
        takers = frontier[lack[frontier] < 0]
        if takers.size:
            path = [int(takers[0])]
            while parent[path[-1]] != _ROOT:
                path.append(int(parent[path[-1]]))
            return path[::-1]
        from_rows, from_columns = frontier[frontier < count], frontier[frontier >= count]
        reached_columns = _reached(can_rise[from_rows], from_rows, parent[count:])
        reached_rows = _reached(can_fall[:, from_columns - count].T, from_columns, parent[:count])
        frontier = np.concatenate([reached_rows, reached_columns + count])
    return None


def _reached(is_open: Flags, sources: Places, parent: Places) -> Places:
    """Lines newly reached over open cells (sources × lines); notes in ``parent`` from where."""
    if not sources.size:
        return np.empty(0, dtype=np.intp)
    new = np.flatnonzero(is_open.any(axis=0) & (parent == _UNSEEN))
    parent[new] = sources[is_open[:, new].argmax(axis=0)]
    return new
