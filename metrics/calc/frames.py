"""Frames of figures: their columns and dtypes, right for zero rows.

``numerator`` and ``denominator`` are int64 in the parts' own units (minor units or counts); additive metrics
have denominator 1. ``value`` is the numerator for those, and numerator / denominator (float64, NaN where
undefined) for ratios.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import pandas as pd

FIGURES = ("numerator", "denominator")


def figures_frame(keys: Sequence[str], rows: Iterable[Sequence[Any]], *, is_ratio: bool) -> pd.DataFrame:
    """Rows (*keys, numerator, denominator) as a frame with ``value``; reads nothing else.

    >>> figures_frame(["unit"], [(1, 30, 4), (2, 0, 0)], is_ratio=True)["value"].tolist()
    [7.5, nan]
    """
    frame = pd.DataFrame(list(rows), columns=[*keys, *FIGURES])
    frame = frame.astype(dict.fromkeys(FIGURES, "int64"))
    if not is_ratio:
        return frame.assign(denominator=np.int64(1), value=frame["numerator"]).astype(
            {"denominator": "int64"}
        )
    divisor = frame["denominator"].where(frame["denominator"] != 0)
    return frame.assign(value=(frame["numerator"] / divisor).astype("float64"))


def every_day(
    rows: Iterable[tuple[dt.date, int, int]], start: dt.date, end: dt.date, *, is_ratio: bool
) -> pd.DataFrame:
    """Rows (day, numerator, denominator) as a frame with one row for each day of [start, end), zeros filled.

    Columns: ``day`` (datetime64), ``numerator``, ``denominator``, ``value``.
    """
    found = {day: (numerator, denominator) for day, numerator, denominator in rows}
    days = [start + dt.timedelta(days=offset) for offset in range(max((end - start).days, 0))]
    filled = ((day, *found.get(day, (0, 0))) for day in days)
    frame = figures_frame(["day"], filled, is_ratio=is_ratio)
    return frame.assign(day=pd.to_datetime(frame["day"]))
