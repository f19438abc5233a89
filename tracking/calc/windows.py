"""The spans of days one as-of date looks at: per grain the running period and the same stretch before it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from common.periods import ONE_DAY, Grain, Period, period_containing, previous

GRAINS = (Grain.YEAR, Grain.QUARTER, Grain.MONTH, Grain.WEEK)
Flags = Callable[[dt.date, dt.date], Sequence[bool]]


@dataclass(frozen=True)
class Window:
    """A period up to an as-of date. ``until`` is the first day not counted.

    ``before_start`` and ``before_until`` bound the stretch of the previous period with as many workdays;
    they are equal when no workday has passed.
    """

    period: Period
    until: dt.date
    workdays_elapsed: int
    workdays_remaining: int
    before_start: dt.date
    before_until: dt.date


def windows_of(as_of: dt.date, fiscal_start_month: int, flags: Flags) -> list[Window]:
    """The windows of year, quarter, month and week that hold ``as_of``, figures including that day.

    ``flags(start, end)`` says of each day of [start, end) whether it is worked.
    """
    return [_window(period_containing(as_of, grain, fiscal_start_month), as_of, flags) for grain in GRAINS]


def _window(period: Period, as_of: dt.date, flags: Flags) -> Window:
    until = as_of + ONE_DAY
    elapsed = sum(flags(period.start, until))
    before = previous(period)
    return Window(
        period=period,
        until=until,
        workdays_elapsed=elapsed,
        workdays_remaining=sum(flags(until, period.end)) if until < period.end else 0,
        before_start=before.start,
        before_until=_after_workdays(before, elapsed, flags),
    )


def _after_workdays(period: Period, count: int, flags: Flags) -> dt.date:
    """The first day after ``count`` workdays of a period; its end if it has no more than that."""
    if count == 0:
        return period.start
    seen = 0
    for at, is_worked in enumerate(flags(period.start, period.end)):
        seen += is_worked
        if seen == count:
            return period.start + dt.timedelta(days=at + 1)
    return period.end
