"""Times and periods as people read them, in English and Chinese."""

from __future__ import annotations

import datetime as dt
import re
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.utils import timezone, translation

from common.periods import Grain, Period, period_containing
from org.templatetags.moments import ago, exact, period_name, short_day

NOVEMBER_23 = dt.date(2026, 11, 23)


@pytest.mark.parametrize(
    ("grain", "start_month", "english", "chinese"),
    [
        ("month", 1, "November 2026", "2026年11月"),
        ("quarter", 1, "Q4 2026", "2026.*4季度"),
        ("quarter", 4, "Q3 FY2026", "FY2026.*3季度"),
        ("week", 1, "Week 48 of 2026", "2026年第48周"),
        ("year", 1, "Year 2026", "2026年"),
        ("year", 4, "Year FY2026", "FY2026.*年"),
        ("day", 1, "Nov. 23, 2026", "2026年11月23日"),
    ],
)
def test_a_period_has_the_name_people_give_it(grain, start_month, english, chinese):
    period = period_containing(NOVEMBER_23, grain, start_month)
    told = {}
    for language in ("en", "zh-hans"):
        with translation.override(language):
            told[language] = period_name(period)
    assert told["en"] == english
    assert re.fullmatch(chinese, told["zh-hans"].replace(" ", ""))


def test_a_week_of_the_turn_of_the_year_belongs_to_its_iso_year():
    monday = dt.date(2026, 12, 28)
    week = Period(monday, monday + dt.timedelta(days=7), Grain.WEEK)
    assert period_name(week) == "Week 53 of 2026"


def test_single_digit_weeks_have_no_leading_zero():
    assert period_name(period_containing(dt.date(2026, 2, 4), "week")) == "Week 6 of 2026"


@pytest.mark.parametrize(("language", "text"), [("en", "Nov 2"), ("zh-hans", "11月2日")])
def test_a_short_day_has_no_year(language, text):
    with translation.override(language):
        assert short_day(dt.date(2026, 11, 2)) == text


@pytest.mark.parametrize(
    ("zone", "language", "text"),
    [
        ("Asia/Shanghai", "en", "Nov. 2, 2026, 12:30 a.m. CST"),
        ("Asia/Shanghai", "zh-hans", "2026年11月2日 00:30 CST"),
        ("Europe/Berlin", "en", "Nov. 1, 2026, 5:30 p.m. CET"),
        ("UTC", "en", "Nov. 1, 2026, 4:30 p.m. UTC"),
    ],
)
def test_an_exact_time_is_the_readers_and_names_its_zone(zone, language, text):
    moment = dt.datetime(2026, 11, 1, 16, 30, tzinfo=dt.UTC)
    with timezone.override(ZoneInfo(zone)), translation.override(language):
        assert exact(moment) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (20, "just now"),
        (-20, "just now"),
        (60, "1 minute ago"),
        (26 * 3600, "1 day ago"),
        (45 * 86400, "1 month ago"),
        (-5 * 86400, "in 5 days"),
    ],
)
def test_how_long_ago_is_told_in_the_largest_unit(seconds, text):
    now = dt.datetime(2026, 11, 23, 10, 0, tzinfo=dt.UTC)
    with time_machine.travel(now, tick=False):
        assert ago(now - dt.timedelta(seconds=seconds)).replace("\xa0", " ") == text
