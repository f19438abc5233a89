"""The small parts of pages as values: bars, changes, courses and chart cards; each has a template.

``templates/components/`` draws them, ``/styleguide/`` shows them.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from django.utils import formats
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from common.money import currency_exponent
from dashboards.charts import Chart, Labels
from metrics.models import Direction, Metric, MetricUnit
from metrics.templatetags.figures import figure_text, percent
from tracking.calc.pace import Status

Tone = Literal["better", "worse", "same"]
# A bar reaches to 125 % of the target, so that bars compare and over-achievement shows.
BAR_REACH = 1.25


@dataclass(frozen=True)
class Bullet:
    """A bar in whole percent of its width: ``done``, the mark of the plan, the end of the target."""

    done: int
    due: int | None
    target: int
    tone: Status
    label: str


def bullet_of(completion: float | None, due_share: float | None, tone: Status) -> Bullet:
    """The bar of a completion; ``due_share`` is plan-to-date / target."""
    if completion is None:
        return Bullet(0, None, _width(1), "undefined", _("No target"))
    parts = {"done": percent(completion), "due": percent(due_share)}
    label = _("%(done)s done") if due_share is None else _("%(done)s of the target done, %(due)s due by now")
    return Bullet(
        _width(completion), None if due_share is None else _width(due_share), _width(1), tone, label % parts
    )


def _width(share: float) -> int:
    return max(0, min(100, round(share / BAR_REACH * 100)))


@dataclass(frozen=True)
class Delta:
    """A change in words with its direction, and whether it is for the better."""

    text: str
    way: Literal["up", "down", "flat"]
    tone: Tone
    hint: str = ""


def delta_of(change: float | None, text: str, *, is_up_good: bool = True, hint: str = "") -> Delta | None:
    """The chip of a change; ``text`` says its size without a sign's meaning. None where it is undefined."""
    if change is None:
        return None
    if change == 0:
        return Delta(text, "flat", "same", hint)
    is_better = (change > 0) == is_up_good
    return Delta(text, "up" if change > 0 else "down", "better" if is_better else "worse", hint)


def change_of(change: float | None, metric: Metric, hint: str) -> Delta | None:
    """The chip of a figure's change against the period before."""
    if change is None:
        return None
    sign = "+" if change > 0 else ""
    text = f"{sign}{figure_text(change, metric, short=True)}"
    return delta_of(change, text, is_up_good=metric.direction != Direction.DOWN, hint=hint)


def moved_of(moved: float | None, metric: Metric) -> Delta | None:
    """The chip of what the last seven days gained on the plan, in points of the target."""
    if moved is None:
        return None
    points = round(moved * 100)
    text = _("%(points)s pts") % {
        "points": f"{'+' if points > 0 else '−' if points < 0 else ''}{abs(points)}"
    }
    hint = _("Points of the target gained on the plan in the last seven days")
    return delta_of(points, text, is_up_good=metric.direction != Direction.DOWN, hint=hint)


@dataclass(frozen=True)
class Spark:
    """A course as the points of an SVG polyline in a box of 100 × 24."""

    points: str
    label: str


def spark_of(values: Sequence[float | None], metric: Metric) -> Spark | None:
    """The course of weekly values; None where fewer than two are known. A gap is left out."""
    known = [(at, value) for at, value in enumerate(values) if value is not None]
    if len(known) < 2 or not any(value for _at, value in known):
        return None
    low = min(0, *(value for _at, value in known))
    high = max(value for _at, value in known)
    span = (high - low) or 1
    step = 100 / max(1, len(values) - 1)
    drawn = ((round(at * step), round(22 - (value - low) / span * 20)) for at, value in known)
    points = " ".join(f"{x},{y}" for x, y in drawn)
    label = _("%(weeks)s weeks, the last one %(last)s") % {
        "weeks": len(values),
        "last": figure_text(values[-1], metric, short=True),
    }
    return Spark(points, label)


@dataclass(frozen=True)
class Cell:
    """A cell of a chart's table: as shown, and as a plain number or ISO day for the CSV."""

    text: str
    value: str


@dataclass(frozen=True)
class ChartCard:
    """A chart with title, unit, a sentence that says what it means, and its numbers as a table."""

    id: str
    title: str
    summary: str
    figure: dict[str, Any]
    headers: list[str]
    rows: list[list[Cell]]
    file_name: str
    css_class: str = ""


def chart_card(chart: Chart, *, id: str, title: str, summary: str, file_name: str) -> ChartCard:
    """The card of a chart whose rows are days or names first, numbers after."""
    rows = [[_cell(value) for value in line] for line in chart.rows]
    return ChartCard(id, title, summary, chart.figure, chart.headers, rows, file_name)


def _cell(value: Any) -> Cell:
    if value is None:
        return Cell("–", "")
    if isinstance(value, dt.date):
        return Cell(formats.date_format(value, "SHORT_DATE_FORMAT"), value.isoformat())
    if isinstance(value, int | float):
        shown = formats.number_format(round(value, 2), use_l10n=True, force_grouping=True)
        return Cell(shown, f"{value:.4f}".rstrip("0").rstrip("."))
    return Cell(str(value), str(value))


def chart_unit(metric: Metric, currency: str) -> tuple[float, str]:
    """How many stored units make one on a chart's axis, and what that one is called."""
    if metric.unit == MetricUnit.CURRENCY:
        return float(10 ** currency_exponent(currency)), currency
    if metric.unit == MetricUnit.PERCENT:
        return 0.01, "%"
    return 1.0, metric.get_unit_display()


def chart_labels(metric: Metric, currency: str) -> Labels:
    """The words of a metric's charts in the reader's language, numbers as pages write them."""
    scale, unit = chart_unit(metric, currency)
    return Labels(
        title=metric.label,
        unit=unit,
        actual=_("Actual"),
        plan=pgettext("what was due", "Plan"),
        today=_("as of"),
        day=_("Day"),
        number=lambda value: figure_text(value * scale, metric, short=True),
        dates=pgettext("a day on an axis, as d3 writes it", "%b %-d"),
    )
