"""Frames of figures are typed and right for zero rows."""

from __future__ import annotations

import datetime as dt
import math

import pytest

from metrics.calc.frames import every_day, figures_frame

JAN_1 = dt.date(2026, 1, 1)


@pytest.mark.parametrize("is_ratio", [False, True])
def test_zero_rows_keep_columns_and_dtypes(is_ratio):
    frame = figures_frame(["unit"], [], is_ratio=is_ratio)
    assert list(frame.columns) == ["unit", "numerator", "denominator", "value"]
    assert frame["numerator"].dtype == frame["denominator"].dtype == "int64"
    assert frame["value"].dtype == ("float64" if is_ratio else "int64")


def test_an_additive_value_is_its_numerator_and_stays_whole():
    frame = figures_frame(["unit"], [(1, 2**60, 0)], is_ratio=False)
    assert frame["value"].tolist() == [2**60]
    assert frame["denominator"].tolist() == [1]


def test_a_ratio_over_nothing_is_undefined_not_zero():
    frame = figures_frame(["unit"], [(1, 3, 4), (2, 5, 0)], is_ratio=True)
    assert frame["value"][0] == 0.75
    assert math.isnan(frame["value"][1])


def test_every_day_fills_days_without_facts():
    frame = every_day([(dt.date(2026, 1, 2), 7, 0)], JAN_1, dt.date(2026, 1, 4), is_ratio=False)
    assert frame["day"].dt.date.tolist() == [JAN_1, dt.date(2026, 1, 2), dt.date(2026, 1, 3)]
    assert frame["value"].tolist() == [0, 7, 0]


def test_every_day_of_no_days_is_empty():
    assert every_day([], JAN_1, JAN_1, is_ratio=True).empty
