"""Exact sums of many rows by dense codes, and their roll-up along a tree.

``np.bincount`` adds weights as floats, exact only below 2⁵³; values are cut into a low and a high half whose
sums stay below that, so that int64 money sums exactly at nearly bincount's speed.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
_HALF_BITS = 24
_HALF = 1 << _HALF_BITS
_CHUNK = 1 << 22  # rows at a time: low sums stay under 2²² · 2²⁴ = 2⁴⁶, high ones under 2²² · 2³⁰
_EXACT = 1 << 53


def dense_codes(values: Any) -> tuple[Ints, NDArray[Any]]:
    """Codes 0 … n−1 of the values and the n distinct values in order.

    >>> dense_codes(np.array([7, 5, 7]))[0].tolist()
    [1, 0, 1]
    """
    uniques, codes = np.unique(np.asarray(values), return_inverse=True)
    return codes.astype(np.int64), uniques


def sum_by(codes: Ints, size: int, values: Ints) -> Ints:
    """The exact int64 sum of ``values`` for each code 0 … size−1; totals must fit 63 bits.

    Small values take one pass, since no partial sum can leave the floats' exact range.
    """
    totals = np.zeros(size, np.int64)
    for at in range(0, len(values), _CHUNK):
        part, of = values[at : at + _CHUNK], codes[at : at + _CHUNK]
        bound = int(max(-part.min(), part.max())) if len(part) else 0
        if bound * len(part) < _EXACT:
            totals += np.bincount(of, part, minlength=size).astype(np.int64)
            continue
        low = part & (_HALF - 1)
        totals += np.bincount(of, low, minlength=size).astype(np.int64)
        totals += _high_sums(of, size, part >> _HALF_BITS) << _HALF_BITS
    return totals


def _high_sums(codes: Ints, size: int, high: Ints) -> Ints:
    bound = int(max(-high.min(), high.max()))
    if bound * len(high) < _EXACT:
        return np.bincount(codes, high, minlength=size).astype(np.int64)
    totals = np.zeros(size, np.int64)
    np.add.at(totals, codes, high)  # amounts beyond 2⁵⁵ in one chunk: rare enough to be slow
    return totals


def roll_up_tree(own: Ints, parent: Ints) -> Ints:
    """Sums of each node's subtree: ``own`` has a row a node, ``parent`` the parent's row or −1.

    Level by level from the leaves, so the only loop is over the tree's depth. Raises ValueError for a circle.

    >>> roll_up_tree(np.array([[1], [2], [3]]), np.array([-1, 0, 1])).ravel().tolist()
    [6, 5, 3]
    """
    totals = own.copy()
    depth = _depths(parent)
    for level in range(int(depth.max(initial=0)), 0, -1):
        nodes = np.flatnonzero(depth == level)
        np.add.at(totals, parent[nodes], totals[nodes])
    return totals


def _depths(parent: Ints) -> Ints:
    depth = np.zeros(len(parent), np.int64)
    above = parent.copy()
    for _ in range(len(parent) + 1):
        alive = above >= 0
        if not alive.any():
            return depth
        depth += alive
        above = np.where(alive, parent[above], -1)
    raise ValueError("the parents form a circle")
