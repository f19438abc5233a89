"""Bars, changes, courses and cells: what they say, and that nothing undefined becomes a figure."""

from __future__ import annotations

import datetime as dt

import pytest
from django.template.loader import render_to_string
from django.utils import translation

from dashboards.charts import Chart
from dashboards.parts import (
    BAR_REACH,
    bullet_of,
    change_of,
    chart_card,
    chart_unit,
    delta_of,
    moved_of,
    spark_of,
)
from metrics.models import Direction, Metric
from metrics.selectors import metric_get

pytestmark = pytest.mark.django_db


@pytest.fixture
def sales() -> Metric:
    return metric_get("sales")


@pytest.fixture
def returns() -> Metric:
    """A count of which less is better."""
    Metric.objects.filter(code="deals_won").update(direction=Direction.DOWN)
    return metric_get("deals_won")


# --- bars --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("case", "completion", "due", "done_width", "due_width"),
    [
        ("half of the target, six tenths due", 0.5, 0.6, 40, 48),
        ("all of it", 1.0, 1.0, 80, 80),
        ("over-achievement shows", 1.2, 1.0, 96, 80),
        ("but ends with the bar", 3.0, 1.0, 100, 80),
        ("refunds leave nothing", -0.4, 0.5, 0, 40),
        ("nothing was due", 0.1, None, 8, None),
        ("nothing is due today", 0.1, 0.0, 8, 0),
    ],
)
def test_all_bars_have_one_scale_that_reaches_beyond_the_target(case, completion, due, done_width, due_width):
    bullet = bullet_of(completion, due, "on_track")
    assert (bullet.done, bullet.due, bullet.target) == (done_width, due_width, round(100 / BAR_REACH))


def test_a_bar_says_in_words_what_it_draws_and_is_not_capped_there():
    assert bullet_of(3.0, 0.5, "on_track").label == "300 % of the target done, 50 % due by now"
    assert bullet_of(0.4, None, "on_track").label == "40 % done"


def test_without_a_target_the_bar_is_empty_and_grey():
    bullet = bullet_of(None, None, "critical")
    assert (bullet.done, bullet.due, bullet.tone, bullet.label) == (0, None, "undefined", "No target")


def test_a_bar_is_an_image_with_a_name_and_a_mark_only_where_something_is_due():
    drawn = render_to_string("components/bullet_bar.html", {"bullet": bullet_of(0.5, 0.0, "behind")})
    assert 'role="img" aria-label="50 % of the target done, 0 % due by now"' in drawn
    assert 'class="bullet-due" x="0%"' in drawn
    without = render_to_string("components/bullet_bar.html", {"bullet": bullet_of(0.5, None, "behind")})
    assert "bullet-due" not in without


# --- changes -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "is_up_good", "way", "tone"),
    [
        (5, True, "up", "better"),
        (-5, True, "down", "worse"),
        (5, False, "up", "worse"),
        (-5, False, "down", "better"),
        (0, True, "flat", "same"),
        (0, False, "flat", "same"),
    ],
)
def test_a_change_has_a_way_and_is_for_the_better_or_worse(change, is_up_good, way, tone):
    delta = delta_of(change, "text", is_up_good=is_up_good)
    assert (delta.way, delta.tone, delta.text) == (way, tone, "text")


def test_an_unknown_change_has_no_chip(sales):
    assert delta_of(None, "text") is change_of(None, sales, "") is moved_of(None, sales) is None


@pytest.mark.parametrize(
    ("change", "text", "tone"),
    [(123_400, "+¥1.23K", "better"), (-123_400, "−¥1.23K", "worse"), (0, "¥0", "same")],
)
def test_a_change_of_an_amount_carries_its_sign(sales, change, text, tone):
    delta = change_of(change, sales, "Against last month")
    assert (delta.text, delta.tone, delta.hint) == (text, tone, "Against last month")


def test_more_of_what_should_be_less_is_for_the_worse(returns):
    assert change_of(3, returns, "").tone == "worse"
    assert (moved_of(0.05, returns).way, moved_of(0.05, returns).tone) == ("up", "worse")
    assert moved_of(-0.05, returns).tone == "better"


@pytest.mark.parametrize(
    ("moved", "text", "way"),
    [
        (0.054, "+5 pts", "up"),
        (-0.123, "−12 pts", "down"),
        (0.004, "0 pts", "flat"),
        (-0.004, "0 pts", "flat"),
        (0.0, "0 pts", "flat"),
    ],
)
def test_what_moved_is_told_in_whole_points(sales, moved, text, way):
    delta = moved_of(moved, sales)
    assert (delta.text, delta.way) == (text, way)


# --- courses -----------------------------------------------------------------------------------------------


def points(spark) -> list[tuple[float, float]]:
    return [tuple(float(part) for part in point.split(",")) for point in spark.points.split()]


def test_a_course_runs_from_the_first_week_to_the_last_and_up_means_more(sales):
    assert points(spark_of([0.0, 100.0, 50.0], sales)) == [(0, 22), (50, 2), (100, 12)]


def test_a_course_stands_on_zero_unless_it_goes_below(sales):
    assert points(spark_of([100.0, 100.0], sales)) == [(0, 2), (100, 2)]
    assert points(spark_of([-100.0, 100.0], sales)) == [(0, 22), (100, 2)]
    assert points(spark_of([-100.0, -50.0], sales)) == [(0, 22), (100, 2)]


def test_a_gap_is_left_out_at_its_place_and_never_drawn_as_zero():
    spark = spark_of([0.5, None, 0.25, None], metric_get("win_rate"))
    assert [at for at, _height in points(spark)] == [0, 67]
    assert spark.label == "4 weeks, the last one –"


@pytest.mark.parametrize("values", [[], [5.0], [None, 5.0, None], [None] * 12, [0.0] * 12])
def test_too_little_makes_no_course(sales, values):
    assert spark_of(values, sales) is None


def test_a_course_says_how_long_it_is_and_where_it_ends(sales):
    assert spark_of([0.0, 123_400.0], sales).label == "2 weeks, the last one ¥1.23K"


def test_a_missing_course_is_a_dash():
    assert "–" in render_to_string("components/sparkline.html", {"spark": None})


# --- cells of a chart's table ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("case", "value", "text", "plain"),
    [
        ("unknown is a dash, and empty in the file", None, "–", ""),
        ("a day", dt.date(2026, 6, 3), "06/03/2026", "2026-06-03"),
        ("a large number to the cent", 1234567.89, "1,234,567.89", "1234567.89"),
        ("a middling one too", 123456.78, "123,456.78", "123456.78"),
        ("round thousands", 30_000.0, "30,000", "30000"),
        ("a refund", -0.5, "-0.5", "-0.5"),
        ("a share", 0.123456, "0.12", "0.1235"),
        ("zero", 0.0, "0", "0"),
        ("a whole number", 42, "42", "42"),
        ("a name", "Team", "Team", "Team"),
    ],
)
def test_cells_are_written_for_the_reader_and_plainly_for_the_file(case, value, text, plain):
    card = chart_card(Chart({}, ["x"], [(value,)]), id="c", title="T", summary="S", file_name="f")
    [[cell]] = card.rows
    assert (cell.text.removesuffix(".0").removesuffix(".00"), cell.value) == (text, plain)


def test_days_of_a_table_are_written_as_the_language_does_but_files_stay_plain():
    chart = Chart({}, ["Day"], [(dt.date(2026, 6, 3),)])
    with translation.override("zh-hans"):
        [[cell]] = chart_card(chart, id="c", title="T", summary="S", file_name="f").rows
    assert (cell.text, cell.value) == ("2026年6月3日", "2026-06-03")


@pytest.mark.parametrize(
    ("code", "currency", "unit"),
    [
        ("sales", "CNY", (100.0, "CNY")),
        ("sales", "JPY", (1.0, "JPY")),
        ("win_rate", "CNY", (0.01, "%")),
        ("deals_won", "CNY", (1.0, "number")),
    ],
)
def test_a_charts_axis_counts_in_whole_currency_percent_or_pieces(code, currency, unit):
    assert chart_unit(metric_get(code), currency) == unit
