# ruff: noqa: S608 (every name in these texts comes from the models; values are always parameters)
"""Sums of daily actuals over spans of days, as columns of integers.

The database adds up the pieces of days between the spans' edges, so that it looks at each row once whatever
the number of spans.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from math import prod
from typing import Any

import numpy as np
from django.db import connection
from django.db.models import Avg
from numpy.typing import NDArray

from crm.models import Segment
from metrics.models import DailyActual, Metric, UnitDailyActual
from org.models import Person, Unit, UnitClosure
from tracking.calc.matching import key_codes
from tracking.calc.rollup import sum_by
from tracking.calc.windows import Pieces, Span, pieces_of
from tracking.selectors.integers import read_integers

Ints = NDArray[np.int64]
# People enough to know the size of a deal.
SAMPLE = 200
SEGMENTS = ("product_line", "region", "customer_type")
DIMENSIONS = ("metric", "unit", "person", *SEGMENTS)
DAILY = DailyActual._meta.db_table
UNIT_DAILY = UnitDailyActual._meta.db_table
CLOSURE = UnitClosure._meta.db_table


@dataclass(frozen=True)
class SumColumns:
    """A row a group: ids (0 in dimensions not asked for) and ``sums`` int64[n, spans]."""

    metric: Ints
    unit: Ints
    person: Ints
    product_line: Ints
    region: Ints
    customer_type: Ints
    sums: Ints

    @classmethod
    def of(cls, ids: Iterable[Ints], sums: Ints) -> SumColumns:
        """Columns from ids in the order of ``DIMENSIONS``."""
        named = dict(zip(DIMENSIONS, ids, strict=True))
        return cls(sums=sums, **named)

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


def fact_sizes(as_of: dt.date, *, metrics: Collection[int]) -> dict[int, float]:
    """The mean daily figure of a person by metric in the year before ``as_of``: about what a deal is worth.

    From a sample of people, evenly spread; metrics without figures are left out. Two queries.
    """
    people = list(Person.objects.filter(is_placeholder=False).order_by("pk").values_list("pk", flat=True))
    sample = people[:: max(1, len(people) // SAMPLE)]
    rows = DailyActual.objects.filter(
        person__in=sample,
        metric__in=metrics,
        day__gt=as_of - dt.timedelta(days=365),
        day__lte=as_of,
        value__gt=0,
    )
    means = rows.order_by().values_list("metric").annotate(mean=Avg("value"))
    return {metric: float(mean) for metric, mean in means}


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
    width = pieces.members.shape[1]
    names = [*by, "piece"]
    sizes = {**_id_sizes(by), "piece": width} if is_bulk else {}
    packs = _packs(names, sizes)
    piece, edges = _piece_sql(pieces)
    columns = {**{name: f"{name}_id" for name in by}, "piece": piece}
    keys = [f"k{at}" for at in range(len(packs))]
    picked = ", ".join(
        f"{_packed(pack, sizes, columns)} AS {key}" for pack, key in zip(packs, keys, strict=True)
    )
    inside, days = _inside(pieces)
    sql = (
        f"SELECT {picked}, CAST(SUM(value) AS bigint) AS total FROM {table}"
        f" WHERE {where} AND {inside} GROUP BY {', '.join(str(at + 1) for at in range(len(packs)))}"
    )
    if is_bulk:
        _size_for_bulk()
    rows = read_integers(sql, [*edges, *params, *days], [*keys, "total"], is_bulk=is_bulk)
    ids = {
        name: column
        for pack, key in zip(packs, rows.T, strict=False)
        for name, column in _unpacked(pack, sizes, key)
    }
    return _gathered([ids[name] for name in by], ids["piece"], rows[:, -1], by, pieces)


def _gathered(
    ids: Sequence[Ints], piece: Ints, totals: Ints, by: Sequence[str], pieces: Pieces
) -> SumColumns:
    """A row a key and piece as one row a key with the sums a span."""
    width = pieces.members.shape[1]
    codes, keys = key_codes(ids)
    size = len(keys[0])
    sums = sum_by(codes * width + piece, size * width, totals).reshape(size, width) @ pieces.members.T
    found = dict(zip(by, keys, strict=True))
    nothing = np.zeros(size, np.int64)
    return SumColumns.of((found.get(name, nothing) for name in DIMENSIONS), sums)


def _packs(names: Sequence[str], sizes: dict[str, int]) -> list[list[str]]:
    """Which columns share one number: the database groups by few numbers much faster than by many.

    Without sizes each stands alone; else as many together as fit 62 bits.
    """
    packs: list[list[str]] = []
    for name in names:
        fits = packs and sizes and prod(sizes[each] for each in (*packs[-1], name)) < 1 << 62
        if fits:
            packs[-1].append(name)
        else:
            packs.append([name])
    return packs


def _packed(pack: Sequence[str], sizes: dict[str, int], columns: dict[str, str]) -> str:
    text = columns[pack[0]]
    for name in pack[1:]:
        text = f"({text}) * {sizes[name]} + {columns[name]}"
    return text


def _unpacked(pack: Sequence[str], sizes: dict[str, int], numbers: Ints) -> Iterator[tuple[str, Ints]]:
    for name in reversed(pack[1:]):
        numbers, column = np.divmod(numbers, sizes[name])
        yield name, column
    yield pack[0], numbers


def _id_sizes(by: Sequence[str]) -> dict[str, int]:
    """One more than the largest id of each dimension; one query."""
    tables = {"metric": Metric, "unit": Unit, "person": Person}
    highest = ", ".join(
        f"(SELECT COALESCE(MAX(id), 0) FROM {tables.get(name, Segment)._meta.db_table})" for name in by
    )
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {highest}")
        found = cursor.fetchone()
    return {name: largest + 1 for name, largest in zip(by, found, strict=True)}


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
        return SumColumns.of([nothing] * len(DIMENSIONS), none)
    columns = (np.concatenate(column) for column in zip(*(part.ids() for part in parts), strict=True))
    return SumColumns.of(columns, np.concatenate([part.sums for part in parts]))
