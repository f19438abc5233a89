"""Periods: where they start and end, what they are called, that they leave no day out."""

from __future__ import annotations

import datetime as dt
import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.errors import Invalid
from common.periods import (
    Grain,
    Period,
    Span,
    fiscal_months,
    fiscal_year_of,
    fiscal_year_period,
    following,
    period_containing,
    periods_between,
    previous,
)

days = st.dates(dt.date(1990, 1, 1), dt.date(2060, 12, 31))
grains = st.sampled_from(list(Grain))
start_months = st.integers(1, 12)


def day(text: str) -> dt.date:
    return dt.date.fromisoformat(text)


@pytest.mark.parametrize(
    ("case", "on", "grain", "start_month", "start", "end", "label"),
    [
        ("calendar year", "2026-08-02", "year", 1, "2026-01-01", "2027-01-01", "2026"),
        ("calendar quarter", "2026-08-02", "quarter", 1, "2026-07-01", "2026-10-01", "2026-Q3"),
        ("month", "2026-07-31", "month", 1, "2026-07-01", "2026-08-01", "2026-07"),
        ("december", "2026-12-31", "month", 1, "2026-12-01", "2027-01-01", "2026-12"),
        ("leap february", "2028-02-29", "month", 1, "2028-02-01", "2028-03-01", "2028-02"),
        ("week", "2026-08-02", "week", 1, "2026-07-27", "2026-08-03", "2026-W31"),
        ("week keeps its ISO year", "2027-01-03", "week", 1, "2026-12-28", "2027-01-04", "2026-W53"),
        ("week of the next ISO year", "2025-12-29", "week", 1, "2025-12-29", "2026-01-05", "2026-W01"),
        ("day", "2026-08-02", "day", 1, "2026-08-02", "2026-08-03", "2026-08-02"),
        ("fiscal year, first day", "2026-04-01", "year", 4, "2026-04-01", "2027-04-01", "FY2026"),
        ("fiscal year, last day", "2027-03-31", "year", 4, "2026-04-01", "2027-04-01", "FY2026"),
        ("fiscal first quarter", "2026-06-30", "quarter", 4, "2026-04-01", "2026-07-01", "FY2026-Q1"),
        ("fiscal last quarter", "2027-02-01", "quarter", 4, "2027-01-01", "2027-04-01", "FY2026-Q4"),
        ("quarter across new year", "2027-01-15", "quarter", 12, "2026-12-01", "2027-03-01", "FY2026-Q1"),
        ("month of a fiscal year", "2027-02-01", "month", 4, "2027-02-01", "2027-03-01", "2027-02"),
    ],
)
def test_period_containing_a_day(case, on, grain, start_month, start, end, label):
    period = period_containing(day(on), grain, start_month)
    assert (period.start, period.end) == (day(start), day(end))
    assert period.label == label
    assert period.grain is Grain(grain)


@given(days, grains, start_months)
def test_period_holds_its_day_and_its_neighbours_touch_it(on, grain, start_month):
    period = period_containing(on, grain, start_month)
    assert period.contains(on)
    assert not period.contains(period.end)
    assert period.contains(period.last_day)
    assert previous(period).end == period.start
    assert following(period).start == period.end
    assert following(previous(period)) == period
    assert period_containing(period.last_day, grain, start_month) == period


@given(days, st.integers(0, 800), grains, start_months)
def test_periods_between_cover_every_day_once(start, length, grain, start_month):
    end = start + dt.timedelta(days=length)
    periods = periods_between(start, end, grain, start_month)
    if not length:
        assert periods == []
        return
    assert periods[0].contains(start)
    assert periods[-1].contains(end - dt.timedelta(days=1))
    assert all(a.end == b.start for a, b in itertools.pairwise(periods))
    assert len({p.label for p in periods}) == len(periods)


@given(st.integers(1990, 2060), start_months)
def test_twelve_months_make_the_fiscal_year(fiscal_year, start_month):
    year = fiscal_year_period(fiscal_year, start_month)
    months = fiscal_months(fiscal_year, start_month)
    assert len(months) == 12
    assert (months[0].start, months[-1].end) == (year.start, year.end)
    assert {fiscal_year_of(month.start, start_month) for month in months} == {fiscal_year}
    assert fiscal_year_of(year.end, start_month) == fiscal_year + 1
    assert len(periods_between(year.start, year.end, "quarter", start_month)) == 4
    assert sum(month.days for month in months) == year.days


def test_years_are_calendar_years_unless_said_otherwise():
    start, end = day("2026-01-01"), day("2028-01-01")
    assert [p.label for p in periods_between(start, end, "year")] == ["2026", "2027"]
    assert Period(start, day("2027-01-01"), Grain.YEAR).label == "2026"


def test_fiscal_april_2026_ends_in_march_2027():
    year = fiscal_year_period(2026, 4)
    assert (year.start, year.last_day) == (day("2026-04-01"), day("2027-03-31"))


def test_same_days_and_grain_are_the_same_period_whatever_the_fiscal_year():
    assert period_containing(day("2026-10-05"), "quarter", 4) == period_containing(
        day("2026-10-05"), "quarter"
    )
    assert len({period_containing(day("2026-10-05"), "month", m) for m in range(1, 13)}) == 1


def test_span_counts_days_and_refuses_to_be_empty():
    assert Span(day("2026-02-01"), day("2026-03-01")).days == 28
    with pytest.raises(Invalid):
        Span(day("2026-02-01"), day("2026-02-01"))
    with pytest.raises(Invalid):
        Period(day("2026-02-02"), day("2026-02-01"), Grain.DAY)


@pytest.mark.parametrize(
    ("case", "call", "code"),
    [
        ("grain", lambda: period_containing(day("2026-01-01"), "decade"), "grain"),
        ("start month", lambda: period_containing(day("2026-01-01"), "year", 0), "start_month"),
        ("start month 13", lambda: fiscal_year_of(day("2026-01-01"), 13), "start_month"),
        ("last day of all", lambda: period_containing(dt.date.max, "day"), "out_of_range"),
        ("last week of all", lambda: period_containing(dt.date.max, "week"), "out_of_range"),
        ("last year of all", lambda: period_containing(dt.date.max, "year"), "out_of_range"),
        ("before the first", lambda: previous(period_containing(dt.date.min, "year")), "out_of_range"),
        ("before the first day", lambda: previous(period_containing(dt.date.min, "day")), "out_of_range"),
        ("year 0", lambda: fiscal_year_period(0, 1), "out_of_range"),
    ],
)
def test_impossible_periods_are_refused(case, call, code):
    with pytest.raises(Invalid) as refused:
        call()
    assert refused.value.code == code
