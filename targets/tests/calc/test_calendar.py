"""Workdays by country, provisional years, years of whole weeks, ISO weeks cut at month ends."""

from __future__ import annotations

import datetime as dt
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.errors import Invalid
from common.periods import fiscal_months
from targets.calc.calendar import is_provisional, iso_fragments, weeks_445, workdays

days = st.dates(dt.date(2000, 1, 1), dt.date(2040, 12, 31))


def day(text: str) -> dt.date:
    return dt.date.fromisoformat(text)


def test_workdays_of_china_2026():
    counts = [sum(workdays(month.start, month.end, "CN")) for month in fiscal_months(2026, 1)]
    assert counts == [21, 16, 22, 21, 19, 21, 23, 21, 22, 18, 21, 23]


@pytest.mark.parametrize(
    ("on", "is_worked"),
    [
        ("2026-02-14", True),
        ("2026-02-16", False),
        ("2026-02-28", True),
        ("2026-05-09", True),
        ("2026-10-10", True),
        ("2026-10-08", True),
    ],
)
def test_make_up_days_of_china(on, is_worked):
    assert workdays(day(on), day(on) + dt.timedelta(days=1), "CN") == [is_worked]


@pytest.mark.parametrize(
    ("case", "on", "country", "subdivision", "is_worked"),
    [
        ("no country: a Friday", "2026-12-25", None, None, True),
        ("no country: a Saturday", "2026-12-26", None, None, False),
        ("empty country", "2026-12-25", "", "", True),
        ("Christmas in the USA", "2026-12-25", "US", None, False),
        ("a state's holiday", "2026-06-04", "DE", "BY", False),
        ("is worked in the next state", "2026-06-04", "DE", "BE", True),
        ("Saudi weekend: Friday", "2026-08-07", "SA", None, False),
        ("Saudi weekend: Sunday", "2026-08-09", "SA", None, True),
        ("beyond the library's years", "2300-01-01", "US", None, True),
        ("before them", "1500-01-01", "CN", None, True),
        ("the last day but one of all", "9999-12-30", "CN", None, True),
    ],
)
def test_day_is_worked_by_the_calendar_of_the_place(case, on, country, subdivision, is_worked):
    assert workdays(day(on), day(on) + dt.timedelta(days=1), country, subdivision) == [is_worked]


def test_company_calendar_wins():
    overrides = {day("2026-10-01"): True, day("2026-10-09"): False, day("2030-01-01"): True}
    flags = workdays(day("2026-10-01"), day("2026-10-11"), "CN", overrides=overrides)
    # The festival runs to the 7th; the 1st is worked here, the 9th is not, the 10th makes up.
    assert flags == [True, *[False] * 6, True, False, True]


@given(days, st.integers(0, 900), st.integers(0, 900))
def test_ranges_join_without_a_seam(start, first, second):
    middle = start + dt.timedelta(days=first)
    end = middle + dt.timedelta(days=second)
    joined = workdays(start, middle, "CN") + workdays(middle, end, "CN")
    assert joined == workdays(start, end, "CN")
    assert len(joined) == first + second


def test_an_empty_range_has_no_days():
    assert workdays(day("2026-01-02"), day("2026-01-02"), "CN") == []
    assert workdays(day("2026-01-02"), day("2026-01-01"), "CN") == []


@pytest.mark.parametrize(
    ("country", "subdivision"), [("XX", None), ("CN", "ZZ"), ("cn", None), ("HolidayBase", None)]
)
def test_unknown_places_are_refused(country, subdivision):
    with pytest.raises(Invalid) as refused:
        workdays(day("2026-01-01"), day("2026-02-01"), country, subdivision)
    assert refused.value.code == "country"


@pytest.mark.parametrize(
    ("case", "year", "country", "provisional"),
    [
        ("decreed", 2026, "CN", False),
        ("long decreed", 2012, "CN", False),
        ("not decreed yet", 2050, "CN", True),
        ("fixed by law", 2050, "US", False),
        ("beyond the library", 2300, "US", True),
        ("no country", 2050, None, False),
        ("empty country", 2050, "", False),
    ],
)
def test_year_is_provisional_until_its_make_up_days_are_known(case, year, country, provisional):
    assert is_provisional(year, country) is provisional


def test_445_year_of_53_weeks_ending_on_the_last_saturday_of_january():
    months = weeks_445(1, 2026)
    assert (months[0].start, months[-1].last_day) == (day("2025-01-26"), day("2026-01-31"))
    assert [month.days // 7 for month in months] == [4, 4, 5] * 3 + [4, 4, 6]


def test_nearest_rule_may_end_a_year_in_the_next_month():
    # 31 January 2025 is a Friday: the last Saturday is the 25th, the nearest 1 February.
    assert weeks_445(1, 2025, rule="last")[-1].last_day == day("2025-01-25")
    assert weeks_445(1, 2025, rule="nearest")[-1].last_day == day("2025-02-01")


@given(
    st.integers(1, 12),
    st.integers(1990, 2060),
    st.integers(0, 6),
    st.sampled_from(["last", "nearest"]),
    st.sampled_from([(4, 4, 5), (4, 5, 4), (5, 4, 4)]),
)
def test_years_of_weeks_follow_one_another(month, year, weekday, rule, pattern):
    months = weeks_445(month, year, pattern, weekday, rule)
    assert len(months) == 12
    assert all(a.end == b.start for a, b in pairwise(months))
    assert months[-1].end == weeks_445(month, year + 1, pattern, weekday, rule)[0].start
    assert months[-1].last_day.weekday() == weekday
    assert sum(m.days for m in months) // 7 in (52, 53)
    distance = (dt.date(year + month // 12, month % 12 + 1, 1) - months[-1].end).days
    assert 0 <= distance <= 6 if rule == "last" else -3 <= distance <= 3


@pytest.mark.parametrize(
    "arguments", [(1, 2026, (4, 4, 4)), (1, 2026, (4, 4, 5), 7), (1, 2026, (4, 4, 5), 5, "first"), (13, 2026)]
)
def test_years_of_weeks_need_a_pattern_a_weekday_and_a_rule(arguments):
    with pytest.raises(Invalid):
        weeks_445(*arguments)


def test_iso_week_that_straddles_a_month():
    fragments = iso_fragments(day("2026-01-26"), day("2026-02-09"))
    # The table names first and last days; our ends are the first day no longer in it.
    assert [(f.iso_year, f.iso_week, f.month, f.start.isoformat(), f.end.isoformat()) for f in fragments] == [
        (2026, 5, 1, "2026-01-26", "2026-02-01"),
        (2026, 5, 2, "2026-02-01", "2026-02-02"),
        (2026, 6, 2, "2026-02-02", "2026-02-09"),
    ]


@given(days, st.integers(0, 400))
def test_fragments_lie_in_one_week_and_one_month_and_leave_no_day_out(start, length):
    end = start + dt.timedelta(days=length)
    fragments = iso_fragments(start, end)
    assert sum((f.end - f.start).days for f in fragments) == length
    for fragment in fragments:
        inside = [fragment.start + dt.timedelta(days=i) for i in range((fragment.end - fragment.start).days)]
        assert {(d.isocalendar()[0], d.isocalendar()[1], d.month) for d in inside} == {
            (fragment.iso_year, fragment.iso_week, fragment.month)
        }
