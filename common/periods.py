"""Periods of the calendar and of the fiscal year, always half-open: the day ``end`` is outside.

A fiscal year is named by the calendar year in which it starts; weeks are ISO weeks (Monday first).
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from enum import StrEnum

from common.errors import Invalid, gettext_noop

MONTHS_A_YEAR = 12
ONE_DAY = dt.timedelta(days=1)
ONE_WEEK = dt.timedelta(days=7)


class Grain(StrEnum):
    """How long a period is."""

    YEAR = "year"
    QUARTER = "quarter"
    MONTH = "month"
    WEEK = "week"
    DAY = "day"


_MONTHS = {Grain.YEAR: 12, Grain.QUARTER: 3, Grain.MONTH: 1}


@dataclass(frozen=True, order=True)
class Span:
    """The days [start, end)."""

    start: dt.date
    end: dt.date

    def __post_init__(self) -> None:
        if self.start >= self.end:
            raise Invalid(gettext_noop("A period must end after it starts."), code="period_empty")

    @property
    def days(self) -> int:
        """Number of days."""
        return (self.end - self.start).days

    @property
    def last_day(self) -> dt.date:
        """The last day inside, for screens."""
        return self.end - ONE_DAY

    def contains(self, day: dt.date) -> bool:
        """Whether ``day`` is inside."""
        return self.start <= day < self.end


@dataclass(frozen=True, order=True)
class Period(Span):
    """A span that is a year, quarter, month, week or day; periods of the same days and grain are equal.

    ``fiscal_start_month`` only serves the label of years and quarters.
    """

    grain: Grain
    fiscal_start_month: int = field(default=1, compare=False)

    @property
    def label(self) -> str:
        """A short name, the same in every language: 2026, FY2026, 2026-Q3, FY2026-Q1, 2026-07, 2026-W31.

        A week carries its ISO year: the week of 2027-01-01 is 2026-W53.
        """
        if self.grain is Grain.WEEK:
            iso_year, iso_week, _ = self.start.isocalendar()
            return f"{iso_year:04d}-W{iso_week:02d}"
        if self.grain is Grain.DAY:
            return self.start.isoformat()
        if self.grain is Grain.MONTH:
            return f"{self.start.year:04d}-{self.start.month:02d}"
        prefix = "" if self.fiscal_start_month == 1 else "FY"
        year = f"{prefix}{fiscal_year_of(self.start, self.fiscal_start_month):04d}"
        if self.grain is Grain.YEAR:
            return year
        return f"{year}-Q{_months_into_year(self.start, self.fiscal_start_month) // 3 + 1}"


def period_containing(day: dt.date, grain: Grain | str, fiscal_start_month: int = 1) -> Period:
    """The period of this grain in which ``day`` lies.

    Raises ``Invalid``: an unknown grain, a start month outside 1–12, or days outside years 1–9999.
    """
    grain = _grain(grain)
    try:
        if grain is Grain.DAY:
            return Period(day, day + ONE_DAY, grain)
        if grain is Grain.WEEK:
            monday = day - dt.timedelta(days=day.weekday())
            return Period(monday, monday + ONE_WEEK, grain)
    except OverflowError:
        raise _out_of_range() from None
    length = _MONTHS[grain]
    months_in = _months_into_year(day, fiscal_start_month) % length
    first = _month_start(day.year, day.month - months_in)
    return Period(first, _month_start(first.year, first.month + length), grain, fiscal_start_month)


def previous(period: Period) -> Period:
    """The period of the same grain that ends where this one starts."""
    return _shifted(period, -1)


def following(period: Period) -> Period:
    """The period of the same grain that starts where this one ends."""
    return _shifted(period, 1)


def periods_between(
    start: dt.date, end: dt.date, grain: Grain | str, fiscal_start_month: int = 1
) -> list[Period]:
    """All whole periods that share a day with [start, end), in order; none if it is empty.

    The first and last may reach beyond the range: a year's ISO weeks do.
    """
    if start >= end:
        return []
    periods = [period_containing(start, grain, fiscal_start_month)]
    while periods[-1].end < end:
        periods.append(following(periods[-1]))
    return periods


def fiscal_year_of(day: dt.date, start_month: int) -> int:
    """The fiscal year of a day, named by the calendar year in which it starts.

    2026-03-31 is in 2025 when years start in April.
    """
    return day.year if day.month >= _checked_month(start_month) else day.year - 1


def fiscal_year_period(fiscal_year: int, start_month: int) -> Period:
    """The fiscal year as a period of twelve months."""
    first = _month_start(fiscal_year, _checked_month(start_month))
    return Period(first, _month_start(fiscal_year + 1, start_month), Grain.YEAR, start_month)


def fiscal_months(fiscal_year: int, start_month: int) -> list[Period]:
    """The twelve months of a fiscal year, in order."""
    year = fiscal_year_period(fiscal_year, start_month)
    return periods_between(year.start, year.end, Grain.MONTH, start_month)


def _shifted(period: Period, steps: int) -> Period:
    try:
        if period.grain is Grain.DAY:
            start = period.start + steps * ONE_DAY
        elif period.grain is Grain.WEEK:
            start = period.start + steps * ONE_WEEK
        else:
            start = _month_start(period.start.year, period.start.month + steps * _MONTHS[period.grain])
    except OverflowError:
        raise _out_of_range() from None
    return period_containing(start, period.grain, period.fiscal_start_month)


def _month_start(year: int, month: int) -> dt.date:
    """The first of a month counted from January of ``year``; 0 is December before, 13 January after."""
    years, index = divmod(month - 1, MONTHS_A_YEAR)
    try:
        return dt.date(year + years, index + 1, 1)
    except (ValueError, OverflowError):
        raise _out_of_range() from None


def _months_into_year(day: dt.date, start_month: int) -> int:
    return (day.month - _checked_month(start_month)) % MONTHS_A_YEAR


def _checked_month(month: int) -> int:
    if not 1 <= month <= MONTHS_A_YEAR:
        raise Invalid(gettext_noop("A fiscal year starts in a month from 1 to 12."), code="start_month")
    return month


def _grain(grain: Grain | str) -> Grain:
    try:
        return Grain(grain)
    except ValueError:
        message = gettext_noop("Unknown period: %(grain)s.")
        raise Invalid(message, code="grain", params={"grain": str(grain)[:20]}) from None


def _out_of_range() -> Invalid:
    return Invalid(gettext_noop("The calendar has the years 1 to 9999 only."), code="out_of_range")
