"""Windows of a day: workdays counted, the same stretch before, and the pieces between their edges."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.periods import ONE_DAY
from tracking.calc.windows import Workdays, pieces_of, windows_of

D = dt.date


def weekdays(start: dt.date, end: dt.date) -> list[bool]:
    return [(start + at * ONE_DAY).weekday() < 5 for at in range((end - start).days)]


def window(as_of: dt.date, grain: str, fiscal_start_month: int = 1):
    return next(w for w in windows_of(as_of, fiscal_start_month, weekdays) if w.period.grain == grain)


@pytest.mark.parametrize(
    ("case", "as_of", "grain", "elapsed", "remaining", "until"),
    [
        ("Wednesday against Wednesday", D(2026, 6, 17), "week", 3, 2, D(2026, 6, 11)),
        ("the 13th workday of May", D(2026, 6, 17), "month", 13, 9, D(2026, 5, 20)),
        ("a Saturday counts last Saturday too", D(2026, 6, 20), "week", 5, 0, D(2026, 6, 14)),
        ("a period that is over counts all of the one before", D(2026, 6, 30), "month", 22, 0, D(2026, 6, 1)),
        ("the first Saturday, before any workday", D(2026, 8, 1), "month", 0, 21, D(2026, 7, 1)),
        ("more workdays than the month before had", D(2026, 7, 30), "month", 22, 1, D(2026, 7, 1)),
    ],
)
def test_same_stretch_of_the_period_before(case, as_of, grain, elapsed, remaining, until):
    found = window(as_of, grain)
    assert (found.workdays_elapsed, found.workdays_remaining) == (elapsed, remaining)
    assert found.before_until == until


def test_fiscal_year_is_compared_with_the_fiscal_year_before():
    found = window(D(2026, 4, 2), "year", 4)
    assert (found.period.start, found.before_start, found.before_until) == (
        D(2026, 4, 1), D(2025, 4, 1), D(2025, 4, 3),
    )  # fmt: skip


@given(st.dates(D(2024, 1, 1), D(2027, 12, 31)), st.integers(1, 12))
def test_comparison_never_leaves_the_period_before_nor_counts_other_workdays(as_of, fiscal_start_month):
    for found in windows_of(as_of, fiscal_start_month, weekdays):
        assert found.before_start <= found.before_until <= found.period.start
        calendar = Workdays.of(found.before_start, weekdays(found.before_start, found.period.end))
        counted = calendar.count(found.before_start, found.before_until)
        if found.until < found.period.end:
            whole = calendar.count(found.before_start, found.period.start)
            assert counted == min(found.workdays_elapsed, whole)
        assert found.workdays_elapsed + found.workdays_remaining == calendar.count(
            found.period.start, found.period.end
        )


@given(st.dates(D(2024, 1, 1), D(2027, 12, 31)), st.data())
def test_pieces_add_up_to_every_span(as_of, data):
    spans = [span for found in windows_of(as_of, 1, weekdays) for span in found.spans]
    pieces = pieces_of(spans)
    assert pieces is not None
    first, last = pieces.edges[0], pieces.edges[-1]
    days = data.draw(st.lists(st.dates(first, last - ONE_DAY), max_size=20))
    sums = np.zeros(pieces.members.shape[1], np.int64)
    for day in days:
        sums[np.searchsorted(np.array(pieces.edges[1:], "datetime64[D]"), np.datetime64(day), "right")] += 1
    by_span = (sums @ pieces.members.T).tolist()
    assert by_span == [sum(start <= day < end for day in days) for start, end in spans]
    assert not any(low <= day < high for low, high in pieces.gaps for day in days if _counted(day, spans))


def _counted(day: dt.date, spans) -> bool:
    return any(start <= day < end for start, end in spans)


def test_nothing_to_sum_has_no_pieces():
    assert pieces_of([(D(2026, 1, 1), D(2026, 1, 1))]) is None
