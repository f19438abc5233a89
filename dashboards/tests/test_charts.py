"""Charts are figures Plotly accepts, and their tables hold the same numbers."""

import datetime as dt
from dataclasses import replace

import plotly.graph_objects as go
import pytest

from dashboards.charts import Labels, cumulative_curve, daily_bars, ticks

LABELS = Labels(title="Sales", unit="CNY", actual="Actual", plan="Plan", today="as of", day="Day")
DAYS = [dt.date(2026, 6, day) for day in (1, 2, 3)]


def as_plotly(chart):
    """Plotly's own check; theme colours are replaced in the browser, here by a colour Plotly knows."""
    text = repr(chart.figure)
    for name in ("primary-lt", "primary", "secondary", "green"):
        text = text.replace(f"var(--tblr-{name})", "#123456")
    return go.Figure(eval(text))  # noqa: S307  (the repr of our own plain dict)


def test_the_curve_ends_at_the_as_of_date_and_the_plan_goes_on():
    chart = cumulative_curve(DAYS, [1.0, 3.0, None], [1.0, 2.0, 3.0], DAYS[1], LABELS)
    figure = as_plotly(chart)
    assert [trace.name for trace in figure.data] == ["Plan", "Actual"]
    assert figure.layout.shapes[0].x0 == "2026-06-02"
    assert chart.rows == [(DAYS[0], 1.0, 1.0), (DAYS[1], 3.0, 2.0), (DAYS[2], None, 3.0)]


def test_without_a_target_there_is_no_plan_line():
    chart = cumulative_curve(DAYS, [1.0, None, None], [], DAYS[0], LABELS)
    assert [trace.name for trace in as_plotly(chart).data] == ["Actual"]
    assert chart.rows[0] == (DAYS[0], 1.0, None)


def test_an_empty_period_draws_an_empty_chart():
    assert as_plotly(daily_bars([], [], LABELS)).layout.xaxis.range is None


@pytest.mark.parametrize(
    ("low", "high", "marks"),
    [
        (0, 730, [0, 200, 400, 600, 800]),
        (0, 0, [0]),
        (-120, 250, [-200, -100, 0, 100, 200, 300]),
        (0, 0.65, [0, 0.2, 0.4, 0.6, 0.8]),
    ],
)
def test_axis_marks_are_round_and_hold_every_value(low, high, marks):
    assert ticks(low, high) == marks


def test_axis_and_hover_are_written_by_the_readers_number_format():
    labels = replace(LABELS, number=lambda value: f"{value:g} CNY")
    figure = cumulative_curve(DAYS, [1.0, 3.0, None], [], DAYS[1], labels).figure
    assert figure["layout"]["yaxis"]["ticktext"][1] == "1 CNY"
    assert figure["data"][0]["text"] == ["1 CNY", "3 CNY", None]
