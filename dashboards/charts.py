"""Plotly figures as plain dicts: the library's own objects would cost forty times as much a request.

Texts come in translated. Colours are Tabler's variables, which ``static/js/charts.js`` turns into the theme's
colours. Every figure has a table with the same numbers.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

PRIMARY, SECONDARY, GREEN = "var(--tblr-primary)", "var(--tblr-secondary)", "var(--tblr-green)"
FILL = "var(--tblr-primary-lt)"
Values = Sequence[float | None]


@dataclass(frozen=True)
class Labels:
    """The words on a chart, in the reader's language."""

    title: str
    unit: str
    actual: str
    plan: str
    today: str
    day: str


@dataclass(frozen=True)
class Chart:
    """A figure for the browser, and the same numbers as a table: headers and rows of texts and numbers."""

    figure: dict[str, Any]
    headers: list[str]
    rows: list[tuple[Any, ...]]


def cumulative_curve(
    days: Sequence[dt.date], actual: Values, plan: Values, as_of: dt.date, labels: Labels
) -> Chart:
    """Actual so far against the plan curve, both cumulative, with a mark at the as-of date.

    ``actual`` ends in None after ``as_of``; ``plan`` is empty without a target.
    """
    x = [day.isoformat() for day in days]
    traces = [
        _line(x, actual, labels.actual, color=PRIMARY, width=3, fill="tozeroy", fillcolor=FILL),
    ]
    if plan:
        traces.insert(0, _line(x, plan, labels.plan, color=SECONDARY, width=2, dash="dash"))
    layout = _layout(labels, x)
    layout["shapes"] = [
        {
            "type": "line",
            "x0": as_of.isoformat(),
            "x1": as_of.isoformat(),
            "y0": 0,
            "y1": 1,
            "yref": "paper",
            "line": {"color": GREEN, "width": 1, "dash": "dot"},
        }
    ]
    layout["annotations"] = [
        {
            "x": as_of.isoformat(),
            "y": 1,
            "yref": "paper",
            "yanchor": "bottom",
            "text": labels.today,
            "showarrow": False,
        }
    ]
    wanted: Values = plan or [None] * len(days)
    rows = [(day, done, due) for day, done, due in zip(days, actual, wanted, strict=True)]
    return Chart({"data": traces, "layout": layout}, [labels.day, labels.actual, labels.plan], rows)


def daily_bars(days: Sequence[dt.date], values: Values, labels: Labels) -> Chart:
    """A bar a day."""
    x = [day.isoformat() for day in days]
    bars = {
        "type": "bar",
        "name": labels.actual,
        "x": x,
        "y": list(values),
        "marker": {"color": PRIMARY},
        "hovertemplate": "%{x|%Y-%m-%d}: %{y:,.4~f}<extra></extra>",
    }
    layout = _layout(labels, x) | {"showlegend": False, "hovermode": "closest"}
    return Chart(
        {"data": [bars], "layout": layout}, [labels.day, labels.actual], list(zip(days, values, strict=True))
    )


def plan_and_actual_bars(
    names: Sequence[str], actual: Values, due: Values, target: Values, labels: Labels
) -> Chart:
    """A horizontal bar an owner: actual over what was due by now, with the whole target as a mark."""
    height = 90 + 34 * len(names)
    common: dict[str, Any] = {"type": "bar", "orientation": "h", "y": list(names)}
    traces = [
        common
        | {
            "name": labels.plan,
            "x": list(due),
            "marker": {"color": SECONDARY},
            "opacity": 0.35,
            "width": 0.7,
        },
        common | {"name": labels.actual, "x": list(actual), "marker": {"color": PRIMARY}, "width": 0.35},
        {
            "type": "scatter",
            "mode": "markers",
            "name": labels.title,
            "x": list(target),
            "y": list(names),
            "marker": {"symbol": "line-ns-open", "size": 18, "color": GREEN},
        },
    ]
    layout = {
        "barmode": "overlay",
        "height": height,
        "xaxis": {"title": {"text": labels.unit}, "rangemode": "tozero"},
        "yaxis": {"autorange": "reversed", "automargin": True},
        "hovermode": "y unified",
        "legend": {"orientation": "h", "y": -0.2},
    }
    rows = list(zip(names, actual, due, target, strict=True))
    headers = [labels.day, labels.actual, labels.plan, labels.title]
    return Chart({"data": traces, "layout": layout}, headers, rows)


def _line(x: Sequence[str], y: Values, name: str, **style: Any) -> dict[str, Any]:
    fill: dict[str, Any] = {key: style.pop(key) for key in ("fill", "fillcolor") if key in style}
    return {
        "type": "scatter",
        "mode": "lines",
        "name": name,
        "x": list(x),
        "y": list(y),
        "line": style,
        "hovertemplate": "%{y:,.4~f}",
        **fill,
    }


def _layout(labels: Labels, x: Sequence[str]) -> dict[str, Any]:
    return {
        "xaxis": {"type": "date", "range": [x[0], x[-1]] if x else None, "tickformat": "%m-%d"},
        "yaxis": {"title": {"text": labels.unit}, "rangemode": "tozero"},
        "legend": {"orientation": "h", "y": -0.18},
        "hovermode": "x unified",
    }
