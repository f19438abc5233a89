"""Years before a plan: made comparable; what a day has room for; rates that lean to the team's."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from targets.calc.history import day_norm, growth_of, shrunk_rate, year_windows, yearly_totals

WINDOWS = year_windows(dt.date(2026, 1, 1))


def test_years_are_whole_and_touch():
    assert [
        (dt.date(2023, 1, 1), dt.date(2024, 1, 1)),
        (dt.date(2024, 1, 1), dt.date(2025, 1, 1)),
        (dt.date(2025, 1, 1), dt.date(2026, 1, 1)),
    ] == WINDOWS


def test_a_year_from_the_29th_of_february_begins_on_the_28th():
    assert year_windows(dt.date(2024, 2, 29), 1) == [(dt.date(2023, 2, 28), dt.date(2024, 2, 29))]


@pytest.mark.parametrize(
    ("case", "first", "totals"),
    [
        ("nothing ever", None, []),
        ("from the beginning", dt.date(2023, 1, 1), [30, 60, 90]),
        ("a first fact in January is a whole year", dt.date(2023, 1, 31), [30, 60, 90]),
        ("half of the first year is stretched", dt.date(2023, 7, 2), [30 * 365 / 183, 60, 90]),
        ("the last weeks of a year say nothing", dt.date(2023, 11, 1), [60, 90]),
        ("years before the first fact are unknown", dt.date(2025, 1, 1), [90]),
    ],
)
def test_only_known_years_count(case, first, totals):
    assert yearly_totals([30, 60, 90], WINDOWS, first) == pytest.approx(totals)


def test_a_year_without_figures_between_others_is_zero_and_counts():
    assert yearly_totals([30, 0, 90], WINDOWS, dt.date(2023, 1, 1)) == [30, 0, 90]


@pytest.mark.parametrize(
    ("case", "totals", "growth"),
    [
        ("a tenth more", [100, 110], 0.1),
        ("only one year", [100], 0.0),
        ("nothing before", [0, 100], 0.0),
        ("a loss tells nothing", [100, -5], 0.0),
    ],
)
def test_growth_is_last_over_before(case, totals, growth):
    assert growth_of(totals) == pytest.approx(growth)


@pytest.mark.parametrize(
    ("case", "own", "team", "norm"),
    [
        ("what the best quarter does", 1.0, [1.0, 2.0, 3.0], 2.5),
        ("never less than one does already", 4.0, [1.0, 2.0, 3.0], 4.0),
        ("idle people set no norm", 0.0, [0.0, 2.0], 2.0),
        ("nobody does anything", 0.0, [0.0], 0.0),
    ],
)
def test_the_norm_of_a_day(case, own, team, norm):
    assert day_norm(own, team) == pytest.approx(norm)


@given(
    won=st.integers(0, 50), more=st.integers(0, 50), team=st.integers(0, 50), rest=st.integers(1, 50),
    weight=st.integers(0, 40),
)  # fmt: skip
def test_a_shrunk_rate_lies_between_the_own_and_the_teams(won, more, team, rest, weight):
    tried = won + more
    rate = shrunk_rate(won, tried, team, team + rest, weight) if tried + weight else None
    if rate is None:
        return
    own = won / tried if tried else team / (team + rest)
    assert min(own, team / (team + rest)) - 1e-9 <= rate <= max(own, team / (team + rest)) + 1e-9


def test_nobody_has_tried_so_there_is_no_rate():
    assert shrunk_rate(0, 0, 0, 0, 10) is None
