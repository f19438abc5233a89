# ruff: noqa: S608 (every name in these texts comes from the models; values are always parameters)
"""Sums of daily actuals over spans of days, as columns of integers.

The database adds up the pieces of days between the spans' edges, so that it looks at each row once whatever
the number of spans.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from django.db import connection
from numpy.typing import NDArray

from metrics.models import DailyActual, UnitDailyActual
from org.models import UnitClosure
from tracking.calc.matching import key_codes
from tracking.calc.rollup import sum_by
from tracking.calc.windows import Pieces, Span, pieces_of
from tracking.selectors.integers import read_integers

Ints = NDArray[np.int64]
SEGMENTS = ("product_line", "region", "customer_type")
DIMENSIONS = ("metric", "unit", "person", *SEGMENTS)
DAILY = DailyActual._meta.db_table
UNIT_DAILY = UnitDailyActual._meta.db_table
CLOSURE = UnitClosure._meta.db_table


@dataclass(frozen=True)
class SumColumns:
    """A row a group: ids (0 in dimensions not asked for), ``sums`` int64[n, spans], and rows counted."""

    metric: Ints
    unit: Ints
    person: Ints
    product_line: Ints
    region: Ints
    customer_type: Ints
    sums: Ints
    counts: Ints

    @classmethod
    def of(cls, ids: Iterable[Ints], sums: Ints, counts: Ints) -> SumColumns:
        """Columns from ids in the order of ``DIMENSIONS``."""
        named = dict(zip(DIMENSIONS, ids, strict=True))
        return cls(sums=sums, counts=counts, **named)

    def ids(self) -> list[Ints]:
        """The id columns in the order of ``DIMENSIONS``."""
        return [getattr(self, name) for name in DIMENSIONS]


def person_sums(
    spans: Sequence[Span],
    *,
    by: Collection[str],
    metrics: Collection[int],
    people: Collection[int] | None = None,
) -> SumColumns:
    """Sums by metric, unit, person and the segments in ``by``; of all people or of some. One query."""
    where, params = _among("metric_id", metrics)
    if people is not None:
        more, values = _among("person_id", people)
        where, params = f"{where} AND {more}", [*params, *values]
    return _summed(DAILY, spans, ("metric", "unit", "person", *by), where, params, is_bulk=people is None)


def unit_sums(spans: Sequence[Span], *, metrics: Collection[int], units: Collection[int]) -> SumColumns:
    """Sums by metric and unit, each with its subtree, read from the units' own rows a day. One query."""
    where, params = _among("metric_id", metrics)
    more, values = _among("unit_id", units)
    where, params = f"{more} AND {where}", [*values, *params]
    return _summed(UNIT_DAILY, spans, ("metric", "unit"), where, params)


def unit_segment_sums(
    spans: Sequence[Span], *, by: Collection[str], metrics: Collection[int], units: Collection[int]
) -> SumColumns:
    """Sums by metric, unit (with its subtree) and segments; reads the subtree's people. A query a unit.

    Few units have targets by segment, and each is one indexed range; a join over all of them is not.
    """
    parts = []
    for unit in units:
        where, params = _among("metric_id", metrics)
        below = f"unit_id IN (SELECT descendant_id FROM {CLOSURE} WHERE ancestor_id = %s)"
        part = _summed(DAILY, spans, ("metric", *by), f"{below} AND {where}", [unit, *params])
        parts.append(replace(part, unit=np.full(len(part.metric), unit, np.int64)))
    return _joined(parts, len(spans))


def _summed(
    table: str,
    spans: Sequence[Span],
    by: Sequence[str],
    where: str,
    params: Sequence[Any],
    *,
    is_bulk: bool = False,
) -> SumColumns:
    pieces = pieces_of(spans)
    if pieces is None:
        return _joined([], len(spans))
    keys = ", ".join(f"{name}_id" for name in by)
    piece, edges = _piece_sql(pieces)
    inside, days = _inside(pieces)
    sql = (
        f"SELECT {keys}, {piece} AS piece, CAST(SUM(value) AS bigint) AS total, COUNT(*) AS rows FROM {table}"
        f" WHERE {where} AND {inside} GROUP BY {', '.join(str(at + 1) for at in range(len(by) + 1))}"
    )
    if is_bulk:
        _size_for_bulk()
    names = [*(f"{name}_id" for name in by), "piece", "total", "rows"]
    rows = read_integers(sql, [*edges, *params, *days], names, is_bulk=is_bulk)
    return _gathered(rows, by, pieces)


def _gathered(rows: Ints, by: Sequence[str], pieces: Pieces) -> SumColumns:
    """Rows (keys, piece, sum, count) as one row a key with the sums a span."""
    width = pieces.members.shape[1]
    codes, keys = key_codes([rows[:, at] for at in range(len(by))])
    size = len(keys[0])
    cell = codes * width + rows[:, len(by)]
    sums = sum_by(cell, size * width, rows[:, -2]).reshape(size, width) @ pieces.members.T
    counts = sum_by(cell, size * width, rows[:, -1]).reshape(size, width) @ pieces.members.T
    found = dict(zip(by, keys, strict=True))
    nothing = np.zeros(size, np.int64)
    return SumColumns.of((found.get(name, nothing) for name in DIMENSIONS), sums, counts)


def _piece_sql(pieces: Pieces) -> tuple[str, list[dt.date]]:
    """The piece of a row's day: a CASE halved again and again, so that few comparisons decide."""
    params: list[dt.date] = []

    def decide(low: int, high: int) -> str:
        if low == high:
            return f"CAST({low} AS bigint)"
        middle = (low + high + 1) // 2
        params.append(pieces.edges[middle])
        upper = decide(middle, high)
        return f"CASE WHEN day >= %s THEN {upper} ELSE {decide(low, middle - 1)} END"

    return decide(0, pieces.members.shape[1] - 1), params


def _inside(pieces: Pieces) -> tuple[str, list[dt.date]]:
    """One range of days, which an index serves best, without the gaps that no span counts."""
    text, params = "day >= %s AND day < %s", [pieces.edges[0], pieces.edges[-1]]
    for gap in pieces.gaps:
        text += " AND NOT (day >= %s AND day < %s)"
        params += gap
    return text, params


def _among(column: str, values: Collection[int]) -> tuple[str, list[int]]:
    listed = sorted(values)
    if not listed:
        return "1 = 0", []
    return f"{column} IN ({', '.join(['%s'] * len(listed))})", listed


def _size_for_bulk() -> None:
    """Let PostgreSQL keep the groups in memory: it takes their number for large and would sort all rows."""
    if connection.vendor == "postgresql" and connection.in_atomic_block:
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL work_mem = '256MB'; SET LOCAL enable_sort = off; SET LOCAL jit = off")


def _joined(parts: Sequence[SumColumns], spans: int) -> SumColumns:
    if not parts:
        nothing, none = np.zeros(0, np.int64), np.zeros((0, spans), np.int64)
        return SumColumns.of([nothing] * len(DIMENSIONS), none, none)
    columns = (np.concatenate(column) for column in zip(*(part.ids() for part in parts), strict=True))
    return SumColumns.of(
        columns,
        np.concatenate([part.sums for part in parts]),
        np.concatenate([part.counts for part in parts]),
    )
