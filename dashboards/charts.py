"""Plotly figures as plain dicts: the library's own objects would cost forty times as much a request.

Texts come in translated. Colours are Tabler's variables, which ``static/js/charts.js`` turns into the theme's
colours. Every figure has a table with the same numbers.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

PRIMARY, SECONDARY = "var(--tblr-primary)", "var(--tblr-secondary)"
FILL = "var(--tblr-primary-lt)"
Values = Sequence[float | None]


@dataclass(frozen=True)
class Labels:
    """The words on a chart, in the reader's language.

    ``number`` writes a value of the chart (on axes, in hovers); ``dates`` is d3's format of a day.
    """

    title: str
    unit: str
    actual: str
    plan: str
    today: str
    day: str
    number: Callable[[float], str] = str
    dates: str = "%m-%d"


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
        _line(x, actual, labels.actual, labels, color=PRIMARY, width=3, fill="tozeroy", fillcolor=FILL),
    ]
    if plan:
        traces.insert(0, _line(x, plan, labels.plan, labels, color=SECONDARY, width=2, dash="dash"))
    layout = _layout(labels, x, [*actual, *plan])
    layout["shapes"] = [
        {
            "type": "line",
            "x0": as_of.isoformat(),
            "x1": as_of.isoformat(),
            "y0": 0,
            "y1": 1,
            "yref": "paper",
            "line": {"color": SECONDARY, "width": 1, "dash": "dot"},
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


def ticks(low: float, high: float, wanted: int = 5) -> list[float]:
    """Round values from ``low`` (or 0) up to at least ``high``, about ``wanted`` of them.

    >>> ticks(0, 730)
    [0, 200, 400, 600, 800]
    """
    low, high = min(low, 0), max(high, 0)
    if low == high:
        return [0]
    rough = (high - low) / wanted
    size = 10 ** math.floor(math.log10(rough))
    step = next(size * each for each in (1, 2, 2.5, 5, 10) if size * each >= rough)
    first, last = math.floor(low / step), math.ceil(high / step)
    return [round(at * step, 12) for at in range(first, last + 1)]


def daily_bars(days: Sequence[dt.date], values: Values, labels: Labels) -> Chart:
    """A bar a day."""
    x = [day.isoformat() for day in days]
    bars = {
        "type": "bar",
        "name": labels.actual,
        "x": x,
        "y": list(values),
        "marker": {"color": PRIMARY},
        "text": [None if value is None else labels.number(value) for value in values],
        "textposition": "none",
        "hovertemplate": f"%{{x|{labels.dates}}}: %{{text}}<extra></extra>",
    }
    layout = _layout(labels, x, values) | {"showlegend": False, "hovermode": "closest"}
    return Chart(
        {"data": [bars], "layout": layout}, [labels.day, labels.actual], list(zip(days, values, strict=True))
    )


def _line(x: Sequence[str], y: Values, name: str, labels: Labels, **style: Any) -> dict[str, Any]:
    fill: dict[str, Any] = {key: style.pop(key) for key in ("fill", "fillcolor") if key in style}
    return {
        "type": "scatter",
        "mode": "lines",
        "name": name,
        "x": list(x),
        "y": list(y),
        "line": style,
        "text": [None if value is None else labels.number(value) for value in y],
        "hovertemplate": "%{text}",
        **fill,
    }


def _layout(labels: Labels, x: Sequence[str], values: Values) -> dict[str, Any]:
    known = [value for value in values if value is not None]
    at = ticks(min(known, default=0), max(known, default=0))
    return {
        "xaxis": {
            "type": "date",
            "range": [x[0], x[-1]] if x else None,
            "tickformat": labels.dates,
            "hoverformat": labels.dates,
            "showgrid": False,
        },
        "yaxis": {
            "tickmode": "array",
            "tickvals": at,
            "ticktext": [labels.number(value) for value in at],
            "range": [at[0], at[-1]] if len(at) > 1 else None,
        },
        "legend": {"orientation": "h", "x": 0, "y": 1.02, "yanchor": "bottom"},
        "margin": {"t": 40},
        "hovermode": "x unified",
    }
