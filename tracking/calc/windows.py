"""The windows of an as-of day: its year, quarter, month and week so far, and the same stretch before.

Days are summed once over the pieces between all windows' edges and added up to windows afterwards.
"""

from __future__ import annotations

import datetime as dt
from bisect import bisect_left
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise

import numpy as np
from numpy.typing import NDArray

from common.periods import ONE_DAY, Grain, Period, period_containing, previous

GRAINS = (Grain.YEAR, Grain.QUARTER, Grain.MONTH, Grain.WEEK)
Flags = Callable[[dt.date, dt.date], Sequence[bool]]
Span = tuple[dt.date, dt.date]


@dataclass(frozen=True)
class Workdays:
    """Workdays accumulated from ``first`` on: ``passed[i]`` of them lie before its i-th day."""

    first: dt.date
    passed: tuple[int, ...]

    @classmethod
    def of(cls, first: dt.date, flags: Sequence[bool]) -> Workdays:
        """From one flag a day."""
        return cls(first, tuple(accumulate(map(int, flags), initial=0)))

    def count(self, start: dt.date, end: dt.date) -> int:
        """Workdays of [start, end); 0 if that is empty."""
        return self._before(end) - self._before(start) if start < end else 0

    def after(self, start: dt.date, count: int) -> dt.date:
        """The day after the ``count``-th workday from ``start`` on; ``start`` itself for none."""
        if count <= 0:
            return start
        at = bisect_left(self.passed, self._before(start) + count)
        return self.first + at * ONE_DAY

    def _before(self, day: dt.date) -> int:
        return self.passed[min(max((day - self.first).days, 0), len(self.passed) - 1)]


@dataclass(frozen=True)
class Window:
    """A period up to an as-of date. ``until`` is the first day not counted.

    ``before_start`` and ``before_until`` bound the same stretch of the previous period; they are equal when
    nothing of it is to compare with.
    """

    period: Period
    until: dt.date
    workdays_elapsed: int
    workdays_remaining: int
    before_start: dt.date
    before_until: dt.date

    @property
    def spans(self) -> tuple[Span, Span]:
        """The days counted, now and before."""
        return (self.period.start, self.until), (self.before_start, self.before_until)


def windows_of(as_of: dt.date, fiscal_start_month: int, flags: Flags) -> list[Window]:
    """The windows of year, quarter, month and week that hold ``as_of``, figures including that day.

    ``flags(start, end)`` says of each day of [start, end) whether it is worked. The previous period counts up
    to the same number of workdays and as many idle days after them; all of it once this one is over.
    """
    periods = [period_containing(as_of, grain, fiscal_start_month) for grain in GRAINS]
    first = min(previous(period).start for period in periods)
    last = max(period.end for period in periods)
    workdays = Workdays.of(first, flags(first, last))
    return [_window(period, as_of + ONE_DAY, workdays) for period in periods]


def _window(period: Period, until: dt.date, workdays: Workdays) -> Window:
    elapsed = workdays.count(period.start, until)
    before = previous(period)
    return Window(
        period=period,
        until=until,
        workdays_elapsed=elapsed,
        workdays_remaining=workdays.count(until, period.end),
        before_start=before.start,
        before_until=_same_point(period, before, until, elapsed, workdays),
    )


def _same_point(period: Period, before: Period, until: dt.date, elapsed: int, workdays: Workdays) -> dt.date:
    if until >= period.end or workdays.count(before.start, before.end) < elapsed:
        return before.end
    worked = workdays.after(before.start, elapsed)
    idle = until - workdays.after(period.start, elapsed)
    next_workday = workdays.after(worked, 1) - ONE_DAY
    return min(worked + idle, max(next_workday, worked), before.end)


@dataclass(frozen=True, eq=False)
class Pieces:
    """Days cut at the edges of all spans: piece i is [edges[i], edges[i + 1]).

    ``members`` is int64[spans, pieces], 1 where the piece belongs to the span: with sums a piece in the last
    axis, ``sums @ members.T`` are the sums a span.
    """

    edges: tuple[dt.date, ...]
    members: NDArray[np.int64]

    @property
    def gaps(self) -> list[Span]:
        """Days between the first and last edge that no span counts."""
        idle = np.flatnonzero(~self.members.any(axis=0)).tolist()
        return [(self.edges[at], self.edges[at + 1]) for at in idle]


def pieces_of(spans: Sequence[Span]) -> Pieces | None:
    """The pieces of the days that any span counts; None if all spans are empty."""
    edges = tuple(sorted({edge for span in spans if span[0] < span[1] for edge in span}))
    if not edges:
        return None
    members = [[int(start <= low and high <= end) for low, high in pairwise(edges)] for start, end in spans]
    return Pieces(edges, np.array(members, dtype=np.int64))
