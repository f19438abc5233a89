"""The chart of an API token's requests: bars of a day in parts."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from dashboards.charts import PRIMARY, Chart, Labels, daily_bars

# Told apart without colours too: by their pattern, and in the table.
_STYLES = (
    {"color": PRIMARY},
    {"color": "var(--tblr-orange)", "pattern": {"shape": "/"}},
    {"color": "var(--tblr-red)", "pattern": {"shape": "x"}},
)


def answer_bars(
    days: Sequence[dt.date], series: Sequence[tuple[str, Sequence[int]]], labels: Labels
) -> Chart:
    """A bar a day, in parts that stand on each other; ``series`` are names with a count a day."""
    sums: list[float | None] = [
        sum(parts) for parts in zip(*(counts for _name, counts in series), strict=True)
    ]
    drawn = daily_bars(days, sums, labels)
    [frame] = drawn.figure["data"]
    bars = [
        frame
        | {
            "name": name,
            "y": list(counts),
            "marker": style,
            "text": [labels.number(count) for count in counts],
            "hovertemplate": "%{text}",
        }
        for (name, counts), style in zip(series, _STYLES, strict=True)
    ]
    layout = drawn.figure["layout"] | {"barmode": "stack", "showlegend": True, "hovermode": "x unified"}
    rows = [(day, *parts) for day, *parts in zip(days, *(counts for _name, counts in series), strict=True)]
    headers = [labels.day, *(name for name, _counts in series)]
    return Chart({"data": bars, "layout": layout}, headers, rows)
