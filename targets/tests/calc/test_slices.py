"""Slices: months by season, and any period cut from them through the day, all reconciling exactly."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from common.errors import Invalid
from common.periods import Grain, Span, fiscal_months, fiscal_year_period, period_containing, periods_between
from targets.calc.bounds import Infeasible
from targets.calc.calendar import weeks_445, workdays
from targets.calc.rhythm import PHASES, day_weights
from targets.calc.slices import (
    day_amounts,
    day_calendar,
    month_amounts,
    plan_to_date,
    plans_to_date,
    slice_amounts,
)

MONTHS = [31_000, 28_000, 31_001, 30_000, 31_000, 30_007, 31_000, 31_000, 30_000, 31_000, 30_000, 31_000]


other_years = st.lists(st.lists(st.integers(-(10**14), 10**14), min_size=12, max_size=12), max_size=5)


def day(text: str) -> dt.date:
    return dt.date.fromisoformat(text)


def year_weights(months, phases=(1, 1, 1), country=None):
    return [day_weights(workdays(month.start, month.end, country), phases) for month in months]


@st.composite
def plans(draw):
    """(months, spans, day weights) of a fiscal year with any start month, rhythm and country."""
    start_month = draw(st.integers(1, 12))
    spans = fiscal_months(draw(st.integers(2019, 2030)), start_month)
    amounts = [draw(st.integers(-(10**12), 10**12)) for _ in spans]
    phases = draw(st.sampled_from(list(PHASES.values())))
    return amounts, spans, year_weights(spans, phases, draw(st.sampled_from([None, "CN", "US"]))), start_month


@pytest.mark.parametrize(
    ("case", "total", "index", "days", "locked", "months"),
    [
        ("by season and workdays", 100, [1, 1, 2], [20, 20, 10], None, [33, 34, 33]),
        ("a locked month keeps its amount", 100, [1, 1, 2], [20, 20, 10], {0: 40}, [40, 30, 30]),
        ("locks in a list", 100, [1, 1, 2], [20, 20, 10], [None, None, 50], [25, 25, 50]),
        ("no season", 90, [], [20, 10, 15], None, [40, 20, 30]),
        ("all locked to the total", 90, [], [20, 10], {0: 50, 1: 40}, [50, 40]),
        ("a reduction", -100, [1, 1, 2], [20, 20, 10], {0: -40}, [-40, -30, -30]),
        ("a lock against the sign", 100, [], [10, 10, 10], {0: -20}, [-20, 60, 60]),
    ],
)
def test_total_goes_to_months(case, total, index, days, locked, months):
    assert month_amounts(total, index, days, locked) == months


@pytest.mark.parametrize(
    ("case", "total", "locked", "kind", "gap"),
    [
        ("above", 100, {0: 130}, "locked_exceeds_total", 30),
        ("a reduction, above", -100, {0: -130}, "locked_exceeds_total", 30),
        ("all locked below", 100, {0: 30, 1: 30}, "locked_below_total", 40),
        ("only a closed month left", 100, {0: 30}, "no_basis", 70),
    ],
)
def test_locks_that_do_not_fit_say_why(case, total, locked, kind, gap):
    with pytest.raises(Infeasible) as refused:
        month_amounts(total, [], [20, 0], locked)
    assert (refused.value.kind, refused.value.gap) == (kind, gap)


@settings(max_examples=40, deadline=None)
@given(plans())
def test_weeks_quarters_and_years_reconcile_with_days_and_months(plan):
    months, spans, weights, start_month = plan
    year = Span(spans[0].start, spans[-1].end)
    days = dict(
        zip(
            periods_between(year.start, year.end, Grain.DAY),
            day_amounts(months, weights),
            strict=True,
        )
    )
    for grain in Grain:
        periods = periods_between(year.start, year.end, grain, start_month)
        amounts = slice_amounts(months, spans, weights, periods)
        assert sum(amounts) == sum(months)
        for period, amount in zip(periods, amounts, strict=True):
            assert amount == sum(worth for on, worth in days.items() if period.contains(on.start))
    assert slice_amounts(months, spans, weights, spans) == months


@settings(max_examples=20, deadline=None)
@given(plans(), plans())
def test_a_week_between_two_years_is_the_sum_of_its_parts_in_both(this, that):
    months, spans, weights, _ = this
    next_spans = fiscal_months(spans[0].start.year + 1, spans[0].start.month)
    both = [*months, *that[0]]
    both_spans, both_weights = [*spans, *next_spans], [*weights, *year_weights(next_spans)]
    week = [period_containing(next_spans[0].start, Grain.WEEK)]
    (whole,) = slice_amounts(both, both_spans, both_weights, week)
    (old,) = slice_amounts(months, spans, weights, week)
    (new,) = slice_amounts(that[0], next_spans, year_weights(next_spans), week)
    assert whole == old + new


@settings(max_examples=40, deadline=None)
@given(plans(), st.integers(-20, 400), st.integers(-20, 400))
def test_plan_to_date_is_the_sum_of_the_days_so_far(plan, reached, begun):
    months, spans, weights, _ = plan
    as_of, since = (spans[0].start + dt.timedelta(days=offset) for offset in (reached, begun))
    days = day_amounts(months, weights)
    assert plan_to_date(months, spans, weights, as_of) == sum(days[: max(0, reached + 1)])
    expected = sum(days[max(0, begun) : max(0, reached + 1)])
    assert plan_to_date(months, spans, weights, as_of, since) == expected


@settings(max_examples=20, deadline=None)
@given(
    plans(),
    st.lists(st.lists(st.integers(-(10**14), 10**14), min_size=12, max_size=12), max_size=5),
    st.data(),
)
def test_many_plans_to_date_equal_each_alone(plan, more, data):
    months, spans, weights, _ = plan
    as_of = data.draw(st.dates(spans[0].start, spans[-1].end))
    since = data.draw(st.one_of(st.none(), st.dates(spans[0].start, spans[-1].end)))
    everyone = [months, *more]
    due = plans_to_date(np.array(everyone), day_calendar(spans, weights), as_of, since)
    assert due.dtype == np.int64
    assert due.tolist() == [plan_to_date(own, spans, weights, as_of, since) for own in everyone]


def test_monthly_plan_by_workday_in_numbers_one_can_add():
    spans = fiscal_months(2026, 1)[:2]
    weights = year_weights(spans)
    # January 2026 has 22 weekdays, February 20: 1,000 and 2,000 a day.
    months = [22_000, 40_000]
    weeks = periods_between(day("2026-01-26"), day("2026-02-08"), Grain.WEEK)
    assert [week.label for week in weeks] == ["2026-W05", "2026-W06"]
    assert slice_amounts(months, spans, weights, weeks) == [5_000, 10_000]
    assert plan_to_date(months, spans, weights, day("2026-02-01")) == 22_000
    assert plan_to_date(months, spans, weights, day("2026-02-02")) == 24_000
    assert plan_to_date(months, spans, weights, day("2026-02-03"), since=day("2026-02-01")) == 4_000
    assert plan_to_date(months, spans, weights, day("2026-02-03"), since=day("2026-02-20")) == 0


def test_months_of_a_445_year_are_cut_just_so():
    spans = weeks_445(1, 2026)
    weights = year_weights(spans, PHASES["sales"])
    weeks = periods_between(spans[0].start, spans[-1].end, Grain.WEEK)
    assert sum(slice_amounts(MONTHS, spans, weights, weeks)) == sum(MONTHS)
    assert slice_amounts(MONTHS, spans, weights, spans) == MONTHS


def test_days_outside_the_months_plan_nothing():
    spans = fiscal_months(2026, 1)
    weights = year_weights(spans)
    outside = [
        fiscal_year_period(2025, 1),
        fiscal_year_period(2027, 1),
        Span(day("2025-06-01"), day("2028-01-01")),
    ]
    assert slice_amounts(MONTHS, spans, weights, outside) == [0, 0, sum(MONTHS)]
    assert plan_to_date(MONTHS, spans, weights, dt.date.max) == sum(MONTHS)
    assert plan_to_date(MONTHS, spans, weights, dt.date.min) == 0


def test_days_between_separate_months_plan_nothing():
    january, _, march = fiscal_months(2026, 1)[:3]
    weights = year_weights([january, march])
    assert plan_to_date([100, 50], [january, march], weights, day("2026-02-14")) == 100
    assert slice_amounts([100, 50], [january, march], weights, [Span(january.end, march.start)]) == [0]


@pytest.mark.parametrize(
    ("case", "amounts", "spans", "weights"),
    [
        ("an amount is missing", [1], slice(0, 2), [[1] * 31, [1] * 28]),
        ("weights of a month are missing", [1, 2], slice(0, 2), [[1] * 31]),
        ("a day is missing", [1, 2], slice(0, 2), [[1] * 31, [1] * 27]),
        ("a negative weight", [1], slice(0, 1), [[-1, *[1] * 30]]),
        ("no weight at all", [1], slice(0, 1), [[0] * 31]),
        ("months out of order", [1, 2], slice(1, None, -1), [[1] * 28, [1] * 31]),
    ],
)
def test_incomplete_months_are_refused(case, amounts, spans, weights):
    with pytest.raises(Invalid):
        slice_amounts(amounts, fiscal_months(2026, 1)[spans], weights, [])
