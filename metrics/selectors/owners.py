"""Daily figures of a unit, of the units below it and of its own people, in one query for a whole page."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from django.db.models import F, IntegerField, Q, QuerySet, Sum, Value
from django.utils.translation import gettext_lazy as _
from numpy.typing import NDArray

from common.errors import NotFound
from metrics.models import DailyActual, Metric, UnitDailyActual
from metrics.selectors.definitions import base_metrics
from org.models import Unit
from org.scope import Scope

Ints = NDArray[np.int64]


@dataclass(frozen=True)
class OwnerDays:
    """A row for each owner, day and part of the metric with a figure; ``person`` is 0 in a unit's rows.

    ``day`` is an ordinal, ``is_top`` tells a ratio's numerator (and every other metric) from its denominator.
    """

    unit: Ints
    person: Ints
    day: Ints
    is_top: NDArray[np.bool_]
    value: Ints

    def daily(self, start: dt.date, end: dt.date, *, unit: int, person: int = 0) -> tuple[Ints, Ints]:
        """Numerator and denominator of each day of [start, end) of one owner."""
        first, days = start.toordinal(), (end - start).days
        mine = (self.unit == unit) & (self.person == person)
        mine &= (self.day >= first) & (self.day < first + days)
        return self._added(mine & self.is_top, first, days), self._added(mine & ~self.is_top, first, days)

    def _added(self, rows: NDArray[np.bool_], first: int, days: int) -> Ints:
        sums = np.zeros(days, np.int64)
        np.add.at(sums, self.day[rows] - first, self.value[rows])
        return sums


def owner_days(
    metric: Metric,
    *,
    scope: Scope,
    unit: Unit,
    start: dt.date,
    recent: dt.date,
    end: dt.date,
    below: Collection[int] = (),
) -> OwnerDays:
    """The days [start, end) of ``unit``, and [recent, end) of the units ``below`` and of its own people.

    Units count with their subtrees. Raises NotFound for a unit out of scope.
    """
    if not scope.sees_unit(unit.pk):
        raise NotFound(_("There is no such unit."))
    top, bottom = base_metrics(metric)
    parts = [part.pk for part in (top, bottom) if part is not None]
    of_units = UnitDailyActual.objects.filter(
        Q(unit=unit, day__gte=start) | Q(unit__in=list(below), day__gte=recent), day__lt=end, metric__in=parts
    ).annotate(who=Value(0, output_field=IntegerField()))
    of_people = DailyActual.objects.filter(unit=unit, day__gte=recent, day__lt=end, metric__in=parts)
    columns = ("unit_id", "who", "day", "metric_id", "value")
    rows = list(
        of_units.order_by()
        .values_list(*columns)
        .union(of_people.annotate(who=F("person_id")).order_by().values_list(*columns), all=True)
    )
    numbers = [(unit_id, person, day.toordinal(), part, value) for unit_id, person, day, part, value in rows]
    table = np.array(numbers, np.int64).reshape(-1, 5)
    return OwnerDays(table[:, 0], table[:, 1], table[:, 2], table[:, 3] == top.pk, table[:, 4])


def owner_sums(
    metric: Metric,
    *,
    scope: Scope,
    unit: Unit,
    windows: Sequence[tuple[dt.date, dt.date]],
    units: Collection[int] = (),
    people: Collection[int] = (),
) -> dict[tuple[int, int], list[tuple[int, int]]]:
    """Numerator and denominator in each window [start, end), of units and of people in ``unit``.

    Keys are (unit, 0) and (unit, person); who has no figure is not there. One query, none for nobody.
    """
    if not units and not people:
        return {}
    top, bottom = base_metrics(metric)
    parts = [part.pk for part in (top, bottom) if part is not None]
    sums = {
        f"{name}{at}": Sum("value", filter=Q(metric=part, day__gte=start, day__lt=end), default=0)
        for at, (start, end) in enumerate(windows)
        for name, part in (("top", top), ("bottom", bottom))
        if part is not None
    }
    first, last = min(start for start, _end in windows), max(end for _start, end in windows)
    common = {"metric__in": parts, "day__gte": first, "day__lt": last}
    of_units = scope.restrict(UnitDailyActual.objects.filter(unit__in=list(units), **common), "unit")
    of_people = scope.restrict_nodes(DailyActual.objects.filter(unit=unit, person__in=list(people), **common))
    columns = ("unit_id", "who", *sums)
    nobody = Value(0, output_field=IntegerField())
    rows = list(
        _summed(of_units.annotate(who=nobody), sums, columns).union(
            _summed(of_people.annotate(who=F("person_id")), sums, columns), all=True
        )
    )
    step = 2 if bottom is not None else 1
    return {
        (row[0], row[1]): [
            (row[2 + at * step], row[3 + at * step] if step == 2 else 0) for at in range(len(windows))
        ]
        for row in rows
    }


def _summed(rows: QuerySet[Any, Any], sums: Mapping[str, Sum], columns: Sequence[str]) -> QuerySet[Any, Any]:
    grouped: QuerySet[Any, Any] = rows.order_by().values("unit_id", "who").annotate(**sums)
    return grouped.values_list(*columns)


def person_parts(
    person: int, unit: int, codes: Collection[str], start: dt.date, end: dt.date
) -> dict[str, Ints]:
    """The daily figures of a person's credit in a unit, by metric code, each day of [start, end); one query.

    The caller has seen to it that the person may be seen.
    """
    first, days = start.toordinal(), (end - start).days
    found = {code: np.zeros(days, np.int64) for code in codes}
    rows = DailyActual.objects.filter(
        person=person, unit=unit, metric__code__in=found, day__gte=start, day__lt=end
    )
    for code, day, value in rows.order_by().values_list("metric__code", "day", "value"):
        found[code][day.toordinal() - first] += value
    return found
