"""What the first run shows of a calendar: countries by name, a year's public holidays and workdays."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import holidays
from django.utils.translation import get_language, gettext_noop
from django.utils.translation import gettext as _
from holidays.registry import COUNTRIES

from common.periods import fiscal_year_of, fiscal_year_period
from org.models import Company
from org.selectors import calendar_overrides
from targets.calc.calendar import is_provisional, workdays

# First in the list, by their name in the reader's language; the others follow in English.
_NEAR = {
    "CN": gettext_noop("China"),
    "HK": gettext_noop("Hong Kong"),
    "TW": gettext_noop("Taiwan"),
    "SG": gettext_noop("Singapore"),
    "JP": gettext_noop("Japan"),
    "US": gettext_noop("United States"),
    "GB": gettext_noop("United Kingdom"),
    "DE": gettext_noop("Germany"),
}
_LANGUAGES = {"zh-hans": "zh_CN", "en": "en_US"}


@dataclass(frozen=True)
class YearCalendar:
    """A fiscal year's workdays and public holidays; ``is_provisional`` while its decree is not known."""

    first: dt.date
    last: dt.date
    workdays: int
    holidays: list[tuple[dt.date, str]]
    is_provisional: bool


def country_choices() -> list[tuple[str, str]]:
    """Countries with a known calendar by name, those near first, none at all before them."""
    near = [(code, _(name)) for code, name in _NEAR.items()]
    return [("", _("None: Monday to Friday")), *near, *_others()]


@lru_cache(maxsize=1)
def _others() -> list[tuple[str, str]]:
    known = {names[1]: re.sub(r"(?<=[a-z])(?=[A-Z])", " ", names[0]) for names in COUNTRIES.values()}
    there = holidays.list_supported_countries(include_aliases=False)
    rows = [(code, name) for code, name in known.items() if code in there and code not in _NEAR]
    return sorted(rows, key=lambda row: row[1])


def year_calendar(company: Company, today: dt.date) -> YearCalendar:
    """The fiscal year of a day as a company, saved or not, works it; raises Invalid for no such place."""
    first_month = company.fiscal_year_start_month
    period = fiscal_year_period(fiscal_year_of(today, first_month), first_month)
    place = company.country or None, company.subdivision or None
    flags = workdays(period.start, period.end, *place, calendar_overrides(period.start, period.end))
    years = range(period.start.year, period.last_day.year + 1)
    return YearCalendar(
        first=period.start,
        last=period.last_day,
        workdays=sum(flags),
        holidays=[row for row in _holidays(company, years) if period.start <= row[0] < period.end],
        is_provisional=any(is_provisional(year, company.country or None) for year in years),
    )


def _holidays(company: Company, years: range) -> list[tuple[dt.date, str]]:
    """The days of a country's calendar by their names, in the reader's language where it has them."""
    if not company.country:
        return []
    asked: dict[str, Any] = {"subdiv": company.subdivision or None, "years": years}
    plain = holidays.country_holidays(company.country, **asked)
    language = _LANGUAGES.get(get_language() or "en", "en_US")
    if language in plain.supported_languages:
        plain = holidays.country_holidays(company.country, language=language, **asked)
    return sorted(plain.items())
