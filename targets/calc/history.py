"""What earlier years say of a target: years made comparable, growth, and what a working day has room for.

Totals share the unit of their metric; they are statistics from here on and therefore floats.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from itertools import pairwise

import numpy as np

Span = tuple[dt.date, dt.date]

# A first fact so late after a year's beginning still makes a whole year.
GRACE = dt.timedelta(days=30)
# A year of which less is known says nothing.
LEAST_KNOWN = 0.25
# What the best quarter of a team does in a day can be done by the others.
NORM_QUANTILE = 0.75


def year_windows(end: dt.date, count: int = 3) -> list[Span]:
    """The ``count`` years before ``end``, half-open, oldest first.

    ``year_windows(date(2026, 1, 1), 2)`` begins in 2024 and in 2025.
    """
    edges = [_years_before(end, back) for back in range(count, -1, -1)]
    return list(pairwise(edges))


def _years_before(day: dt.date, years: int) -> dt.date:
    # The 29th of February becomes the 28th.
    last = 28 if years and (day.month, day.day) == (2, 29) else day.day
    return day.replace(year=day.year - years, day=last)


def yearly_totals(sums: Sequence[float], windows: Sequence[Span], first: dt.date | None) -> list[float]:
    """The totals of the years that are known, oldest first; ``first`` is the owner's first day with a fact.

    Years before it are unknown, not zero; the one it lies in is stretched to a whole year, and left out when
    less than a quarter of it is known. A fact on 2 July, 50 until the year's end: about 100.
    """
    if first is None:
        return []
    totals: list[float] = []
    for total, (start, end) in zip(sums, windows, strict=True):
        whole, known = (end - start).days, (end - max(start, first)).days
        if first <= start + GRACE:
            totals.append(float(total))
        elif known >= LEAST_KNOWN * whole:
            totals.append(total * whole / known)
    return totals


def growth_of(totals: Sequence[float]) -> float:
    """Of the last year over the one before; 0 while either is unknown. ``growth_of([100, 110])`` is 0.1."""
    if len(totals) < 2 or totals[-2] <= 0 or totals[-1] <= 0:
        return 0.0
    return totals[-1] / totals[-2] - 1


def day_norm(own: float, team: Sequence[float]) -> float:
    """Activities that a working day has room for: what the best quarter of the team does, at least one's own.

    ``day_norm(1.0, [1.0, 2.0, 3.0])`` is 2.5.
    """
    busy = [each for each in team if each > 0]
    return max(own, float(np.quantile(busy, NORM_QUANTILE))) if busy else own


def shrunk_rate(won: float, tried: float, team_won: float, team_tried: float, weight: float) -> float | None:
    """A person's rate, leaning to the team's as if ``weight`` of the tries had been the team's.

    None where nobody has tried. ``shrunk_rate(2, 10, 30, 100, 10)`` is 0.25.
    """
    if team_tried <= 0:
        return won / tried if tried > 0 else None
    return (won + weight * team_won / team_tried) / (tried + weight)
