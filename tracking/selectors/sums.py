"""Sums of daily actuals over windows of days, as columns of integers."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np
from django.db import connection
from django.db.models import F, Q, QuerySet, Sum
from numpy.typing import NDArray

from metrics.models import DailyActual, UnitDailyActual
from org.models import UnitClosure

Ints = NDArray[np.int64]
Span = tuple[dt.date, dt.date]
SEGMENTS = ("product_line", "region", "customer_type")


@dataclass(frozen=True)
class SumColumns:
    """A row a group: ids (0 in dimensions not asked for) and ``sums`` int64[n, windows]."""

    metric: Ints
    unit: Ints
    person: Ints
    product_line: Ints
    region: Ints
    customer_type: Ints
    sums: Ints


def person_sums(
    windows: Sequence[Span],
    *,
    by: Collection[str],
    metrics: Collection[int],
    people: Collection[int] | None = None,
) -> SumColumns:
    """Sums by metric, unit, person and the segments in ``by``; of all people or of some. One query."""
    rows = DailyActual.objects.filter(_inside(windows), metric__in=metrics)
    if people is not None:
        rows = rows.filter(person__in=people)
    return _columns(rows, windows, ("metric", "unit", "person", *by))


def unit_sums(windows: Sequence[Span], *, metrics: Collection[int], units: Collection[int]) -> SumColumns:
    """Sums by metric and unit, each with its subtree, read from the units' own rows a day. One query."""
    rows = UnitDailyActual.objects.filter(_inside(windows), metric__in=metrics, unit__in=units)
    return _columns(rows, windows, ("metric", "unit"))


def unit_segment_sums(
    windows: Sequence[Span], *, by: Collection[str], metrics: Collection[int], units: Collection[int]
) -> SumColumns:
    """Sums by metric, unit (with its subtree) and segments; reads the subtree's people. A query a unit.

    Few units have targets by segment, and each is one indexed range; a join over all of them is not.
    """
    parts = []
    for unit in units:
        below = UnitClosure.objects.filter(ancestor=unit).values("descendant")
        rows = DailyActual.objects.filter(_inside(windows), metric__in=metrics, unit__in=below)
        part = _columns(rows, windows, ("metric", *by))
        parts.append(_owned_by(part, unit))
    return _joined(parts, len(windows))


def _inside(windows: Sequence[Span]) -> Q:
    """Days of any window; one range when they overlap anyway, which an index serves best."""
    spans = [span for span in windows if span[0] < span[1]]
    if not spans:
        return Q(pk__in=())
    return Q(day__gte=min(start for start, _ in spans), day__lt=max(end for _, end in spans))


def _columns(
    rows: QuerySet[DailyActual] | QuerySet[UnitDailyActual], windows: Sequence[Span], by: Sequence[str]
) -> SumColumns:
    sums = {
        f"w{at}": Sum("value", filter=Q(day__gte=start, day__lt=end), default=0)
        for at, (start, end) in enumerate(windows)
    }
    keys = {f"k_{name}": F(f"{name}_id") for name in by}
    grouped = rows.order_by().annotate(**keys).values(*keys).annotate(**sums).values_list(*keys, *sums)
    table = _fetch(grouped, len(by) + len(windows))
    found = {name: table[:, at] for at, name in enumerate(by)}
    nothing = np.zeros(len(table), np.int64)
    names = ("metric", "unit", "person", *SEGMENTS)
    return SumColumns(*(found.get(name, nothing) for name in names), sums=table[:, len(by) :])


def _fetch(grouped: QuerySet[DailyActual] | QuerySet[UnitDailyActual], width: int) -> Ints:
    """The result of a query of integers as an array; PostgreSQL's numerics come as text of whole numbers."""
    sql, params = grouped.query.sql_with_params()
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        rows = cursor.fetchall()
    return np.array([[int(value) for value in row] for row in rows], np.int64).reshape(len(rows), width)


def _owned_by(part: SumColumns, unit: int) -> SumColumns:
    owner = np.full(len(part.metric), unit, np.int64)
    return SumColumns(
        part.metric, owner, part.person, part.product_line, part.region, part.customer_type, part.sums
    )


def _joined(parts: Sequence[SumColumns], windows: int) -> SumColumns:
    if not parts:
        nothing = np.zeros(0, np.int64)
        return SumColumns(*[nothing] * 6, sums=np.zeros((0, windows), np.int64))
    names = ("metric", "unit", "person", *SEGMENTS)
    columns = (np.concatenate([getattr(part, name) for part in parts]) for name in names)
    return SumColumns(*columns, sums=np.concatenate([part.sums for part in parts]))
