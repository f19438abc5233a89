"""Which days are worked, and how years are cut into weeks: national calendars, 4-4-5 years, ISO weeks."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

import holidays

from common.errors import Invalid, gettext_noop
from common.periods import ONE_DAY, ONE_WEEK, Grain, Span, period_containing

_SATURDAY = 5
# Countries that decree every year, in the autumn before, which weekend days are worked in exchange for
# longer holidays. Elsewhere such days are rare, so that a year without them tells nothing.
_YEARLY_DECREES = frozenset({"CN"})


def workdays(
    start: dt.date,
    end: dt.date,
    country: str | None = None,
    subdivision: str | None = None,
    overrides: Mapping[dt.date, bool] | None = None,
) -> list[bool]:
    """Whether each day of [start, end) is worked; empty if there is none.

    ``country`` is an ISO 3166 code (with ``subdivision``, its state or province) and brings its holidays
    and its weekend days worked; without it Monday to Friday are worked. ``overrides`` {day: worked} win.
    ``workdays(date(2026, 2, 14), date(2026, 2, 17), "CN")`` is [True, False, False]: the Saturday before
    the Spring Festival is worked. Raises ``Invalid`` (code ``country``) for an unknown place.
    """
    flags: list[bool] = []
    for year in range(start.year, end.year + 1) if start < end else ():
        new_year = dt.date(year, 1, 1)
        of_year = _year_flags(year, country or "", subdivision or "")
        flags += of_year[max(0, (start - new_year).days) : (end - new_year).days]
    for day, is_worked in (overrides or {}).items():
        if start <= day < end:
            flags[(day - start).days] = is_worked
    return flags


def is_provisional(year: int, country: str | None) -> bool:
    """Whether a year's workdays are still an estimate, because the decree on them is not known yet.

    The holiday library fills such years by rule, silently; slices of them are redone once it knows.
    """
    if not country:
        return False
    place = _place(country, "", year)
    if not place.start_year <= year <= place.end_year:
        return True
    if country not in _YEARLY_DECREES:
        return False
    return all(day.year != year for day in place.weekend_workdays)


def weeks_445(
    anchor_month: int,
    end_year: int,
    pattern: Sequence[int] = (4, 4, 5),
    last_weekday: int = _SATURDAY,
    rule: str = "last",
) -> list[Span]:
    """The twelve "months" of a year of whole weeks, 52 or 53, in a pattern of weeks a month.

    The year ends on the last ``last_weekday`` (Monday is 0) of ``anchor_month`` in ``end_year`` (rule
    ``last``), or on the one nearest to the month's end (rule ``nearest``). Week 53 goes to the last month.
    """
    if len(pattern) != 3 or sum(pattern) != 13 or min(pattern) < 1:
        raise Invalid(gettext_noop("A quarter of weeks has three months and 13 weeks."), code="pattern")
    if rule not in ("last", "nearest") or not 0 <= last_weekday <= 6:
        raise Invalid(gettext_noop("Unknown rule for the end of a year of weeks."), code="rule")
    start = _week_year_end(anchor_month, end_year - 1, last_weekday, rule)
    end = _week_year_end(anchor_month, end_year, last_weekday, rule)
    lengths = list(pattern) * 4
    lengths[-1] += (end - start).days // 7 - 52
    months = []
    for length in lengths:
        months.append(Span(start, start + length * ONE_WEEK))
        start = months[-1].end
    return months


@dataclass(frozen=True)
class IsoFragment:
    """The part of an ISO week that lies in one calendar month, days [start, end)."""

    iso_year: int
    iso_week: int
    month: int
    start: dt.date
    end: dt.date


def iso_fragments(start: dt.date, end: dt.date) -> list[IsoFragment]:
    """[start, end) cut at week and at month ends, in order; a week is named with its ISO year."""
    fragments = []
    day = start
    while day < end:
        week = period_containing(day, Grain.WEEK)
        until = min(end, week.end, period_containing(day, Grain.MONTH).end)
        iso_year, iso_week, _ = day.isocalendar()
        fragments.append(IsoFragment(iso_year, iso_week, day.month, day, until))
        day = until
    return fragments


def _week_year_end(month: int, year: int, last_weekday: int, rule: str) -> dt.date:
    """The first day after the year of weeks that ends around the end of a month."""
    month_end = period_containing(_first_of(year, month), Grain.MONTH).last_day
    back = (month_end.weekday() - last_weekday) % 7
    is_later_nearer = rule == "nearest" and back > 3
    return month_end - dt.timedelta(days=back) + (ONE_WEEK if is_later_nearer else dt.timedelta()) + ONE_DAY


def _first_of(year: int, month: int) -> dt.date:
    try:
        return dt.date(year, month, 1)
    except ValueError:
        raise Invalid(gettext_noop("There is no such month."), code="month") from None


@lru_cache(maxsize=512)
def _year_flags(year: int, country: str, subdivision: str) -> tuple[bool, ...]:
    """Whether each day of a year is worked by the country's calendar, overrides aside."""
    first = dt.date(year, 1, 1).toordinal()
    days = [dt.date.fromordinal(first + i) for i in range(dt.date(year, 12, 31).toordinal() - first + 1)]
    if not country:
        return tuple(day.weekday() < _SATURDAY for day in days)
    place = _place(country, subdivision, year)
    return tuple(place.is_working_day(day) for day in days)


def _place(country: str, subdivision: str, year: int) -> holidays.HolidayBase:
    try:
        if len(country) != 2:  # The library would take the name of any of its classes.
            raise NotImplementedError
        place = holidays.country_holidays(country, subdiv=subdivision or None, expand=False)
    except NotImplementedError:
        message = gettext_noop("There is no calendar of %(country)s %(subdivision)s.")
        params = {"country": country, "subdivision": subdivision}
        raise Invalid(message, code="country", params=params) from None
    # Outside the years it knows the library warns and has no holidays: leave it with the weekends.
    if place.start_year <= year <= place.end_year:
        place = holidays.country_holidays(country, subdiv=subdivision or None, years=year, expand=False)
    return place
