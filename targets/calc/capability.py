"""Capability: how much more somebody sells than peers would have there, shrunk by how little is known.

1.0 is a seller nothing is known of, so a newcomer. People stand in rows, months in columns. A month's
``exposure`` is how much of an average full seller stood there: the part of the month in the unit × ramp ×
what the base of the split counts already (customers, territory), so that nothing is counted twice.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]

# Who sells less than peers is asked for less only down to here: a lower target would make the weak result
# the standard, and a year's weakness is as often the territory's as the seller's.
FLOOR = 0.8
CAP = 2.0
# Months of history at which a person's own figures and "as everybody" weigh the same, where a group is too
# small to tell (fewer than MIN_GROUP people with MIN_MONTHS months).
DEFAULT_PRIOR_MONTHS = 12.0
MIN_GROUP, MIN_MONTHS = 5, 6
PRIOR_RANGE = (3.0, 120.0)
# A month in which less than this of a full seller stood says too little to measure the noise by.
LEAST_EXPOSURE = 0.25


@dataclass(frozen=True)
class Capability:
    """What each person's history says, in the order of the rows.

    ``ratio`` is the result ÷ what peers would have had (NaN without history), ``shrunk`` the same drawn
    towards 1, ``months`` how many months of history there are, ``prior_months`` the k of the shrinkage.
    """

    ratio: Floats
    shrunk: Floats
    months: Floats
    prior_months: float


def peer_rates(results: ArrayLike, exposure: ArrayLike) -> Floats:
    """What one full seller had in each month: Σ results ÷ Σ exposure; 0 where nobody stood there.

    ``peer_rates([[100, 50], [50, 0]], [[1, 1], [0.5, 0]])`` is [100, 50].
    """
    top, bottom = _matrix(results).sum(axis=0), _matrix(exposure).sum(axis=0)
    rates: Floats = np.divide(top, bottom, out=np.zeros(len(top)), where=bottom > 0)
    return rates


def capability(
    results: ArrayLike,
    exposure: ArrayLike,
    presence: ArrayLike,
    rates: ArrayLike | None = None,
    prior_months: float | None = None,
) -> Capability:
    """Each person's result against peers', drawn towards 1: r̂ = 1 + n/(n + k)·(r − 1).

    ``results``, ``exposure`` and ``presence`` (part of the month in the unit, 0 to 1) are people × months;
    ``rates`` what one full seller had in each month (of these people where not given). Months without a
    positive rate are unknown and left out. n sums the presence, k is ``prior_months`` or estimated from
    the noise within and the spread between these people. Nothing else of others counts.
    """
    had, stood, there = _matrix(results), _matrix(exposure), _matrix(presence)
    of_peers = peer_rates(had, stood) if rates is None else np.asarray(rates, float)
    known = (of_peers > 0)[np.newaxis, :] & (stood > 0)
    expected = np.where(known, stood * of_peers, 0.0)
    achieved = np.where(known, had, 0.0)
    months = np.where(known, there, 0.0).sum(axis=1)
    total = expected.sum(axis=1)
    ratio = np.divide(achieved.sum(axis=1), total, out=np.full(len(total), np.nan), where=total > 0)
    k = _prior_months(achieved, expected, stood, ratio) if prior_months is None else float(prior_months)
    drawn = np.where(np.isnan(ratio), 0.0, months / (months + k) * (np.nan_to_num(ratio) - 1.0))
    return Capability(ratio, 1.0 + drawn, months, k)


def capability_factor(
    shrunk: ArrayLike, strength: float = 1.0, floor: float = FLOOR, cap: float = CAP
) -> Floats:
    """The factor a weight takes: 1 + strength·(r̂ − 1), held within [floor, cap].

    ``strength`` 0 ignores history. Top sellers land at 1.5 to 2.0 where they do sell that much more; a group
    of equals has no star, and none is made up. ``capability_factor([0.5, 1, 1.6, 3])`` is [0.8, 1, 1.6, 2].
    """
    return np.clip(1.0 + strength * (np.asarray(shrunk, float) - 1.0), floor, cap)


def _prior_months(achieved: Floats, expected: Floats, stood: Floats, ratio: Floats) -> float:
    """k = variance of one month's ratio within people ÷ variance of true ratios between them (moments).

    Without five people who have half a year each, or without noise or spread to see, the default or an end
    of the range.
    """
    usable = (expected > 0) & (stood >= LEAST_EXPOSURE)
    counts = usable.sum(axis=1)
    people = counts >= MIN_MONTHS
    if people.sum() < MIN_GROUP:
        return DEFAULT_PRIOR_MONTHS
    monthly = np.divide(achieved, expected, out=np.zeros_like(achieved), where=usable)
    off = np.where(usable, monthly - ratio[:, np.newaxis], 0.0)[people]
    within = float((off**2).sum() / (counts[people] - 1).sum())
    between = float(ratio[people].var(ddof=1)) - within * float((1 / counts[people]).mean())
    low, high = PRIOR_RANGE
    if between <= 0:
        return high
    return float(min(high, max(low, within / between)))


def _matrix(values: ArrayLike) -> Floats:
    return np.atleast_2d(np.asarray(values, float))
