"""Which sums belong to which target: exact look-up of many keys at once, and roll-up of sums to units."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from tracking.calc.rollup import dense_codes, roll_up_tree, sum_by

Ints = NDArray[np.int64]
Keys = Sequence[Ints]


def look_up(wanted: Keys, found: Keys, sums: Ints) -> Ints:
    """The sums of each wanted key, zeros where there is none; equal keys of ``found`` are added.

    ``wanted`` and ``found`` are columns of one key; ``sums`` is int64[found rows, windows].
    """
    if not len(found[0]):
        return np.zeros((len(wanted[0]), sums.shape[1]), np.int64)
    codes = _joint_codes(wanted, found)
    of_wanted, of_found = codes[: len(wanted[0])], codes[len(wanted[0]) :]
    size = int(codes.max()) + 1
    totals = np.stack([sum_by(of_found, size, sums[:, at]) for at in range(sums.shape[1])], axis=1)
    return np.asarray(totals[of_wanted], np.int64)


def roll_up(unit: Ints, others: Keys, sums: Ints, units: Ints, parent: Ints) -> tuple[Ints, list[Ints], Ints]:
    """Sums of units with their subtrees, from sums of rows that each belong to one unit.

    ``units`` are all unit ids in ascending order and ``parent`` the position of each one's parent (−1).
    Returns unit ids, the other key columns and the sums, a row for every unit and other key that occurs.
    """
    if not len(unit):
        return unit, [other[:0] for other in others], sums
    other_code, other_keys = key_codes(others)
    width, windows = len(other_keys[0]), sums.shape[1]
    place = np.searchsorted(units, unit)
    cell = place * width + other_code
    own = np.stack([sum_by(cell, len(units) * width, sums[:, at]) for at in range(windows)], axis=1)
    tree = roll_up_tree(own.reshape(len(units), width * windows), parent).reshape(len(units) * width, windows)
    owner = np.repeat(units, width)
    return owner, [np.tile(key, len(units)) for key in other_keys], tree


def spread_to_ancestors(unit: Ints, ancestors: Ints, descendants: Ints) -> tuple[NDArray[np.intp], Ints]:
    """For each row the units above (or at) its unit among the pairs given: row numbers and those units.

    ``ancestors`` and ``descendants`` are the pairs of the closure, in any order.
    """
    order = np.argsort(descendants, kind="stable")
    below, above = descendants[order], ancestors[order]
    first, last = np.searchsorted(below, unit, "left"), np.searchsorted(below, unit, "right")
    count = last - first
    rows = np.repeat(np.arange(len(unit)), count)
    offset = np.arange(len(rows)) - np.repeat(np.cumsum(count) - count, count)
    return rows, np.asarray(above[np.repeat(first, count) + offset], np.int64)


def _joint_codes(wanted: Keys, found: Keys) -> Ints:
    return key_codes([np.concatenate([w, f]) for w, f in zip(wanted, found, strict=True)])[0]


def key_codes(columns: Keys) -> tuple[Ints, list[Ints]]:
    """One dense code a row for the combination of columns, and the columns' values by code."""
    combined = np.zeros(len(columns[0]), np.int64)
    for column in columns:
        codes, values = dense_codes(column)
        combined = combined * max(1, len(values)) + codes
    _values, first, codes = np.unique(combined, return_index=True, return_inverse=True)
    return codes.ravel().astype(np.int64), [column[first] for column in columns]
