"""Figures: by day, by period and key, and as sums over windows; all from the daily actuals, all in scope."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd
from django.db.models import Case, DateField, F, Model, Q, QuerySet, Sum, Value, When
from django.db.models.functions import TruncMonth, TruncWeek
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from common.errors import Invalid, NotFound
from common.periods import Grain, Period, periods_between
from crm.models import Segment
from metrics.calc.frames import every_day, figures_frame
from metrics.models import DailyActual, Metric, UnitDailyActual
from metrics.selectors.definitions import base_metrics
from metrics.selectors.sources import SEGMENTS
from org.models import Person, Unit, UnitClosure
from org.scope import Scope
from org.selectors import company_get

BY = ("person", "unit", *SEGMENTS)
Span = tuple[dt.date, dt.date]
Cursor = tuple[dt.date, int]


@dataclass(frozen=True)
class ActualRow:
    """A figure of a period; ``key`` and ``name`` are those of the person, unit or segment (``key`` None for
    the placeholder that stands for nobody, no team or unspecified)."""

    key: str | None
    name: str
    period_start: dt.date
    numerator: int
    denominator: int | None

    @property
    def value(self) -> float | int | None:
        """The figure itself; None where a ratio is undefined."""
        if self.denominator is None:
            return self.numerator
        return self.numerator / self.denominator if self.denominator else None


def visible_actuals(
    scope: Scope,
    *,
    unit: Unit | None = None,
    person: Person | None = None,
    segments: Mapping[str, int | None] | None = None,
) -> QuerySet[DailyActual]:
    """The daily actuals in scope, of a unit with its subtree, a person, segments (ids by kind); or of all.

    Raises NotFound for a unit out of scope; a person's actuals out of scope are simply not there.
    """
    rows = scope.restrict_nodes(DailyActual.objects.all())
    if unit is not None:
        if not scope.sees_unit(unit.pk) and (person is None or person.pk != scope.person_id):
            raise NotFound(_("There is no such unit."))
        rows = rows.filter(unit__in=UnitClosure.objects.filter(ancestor=unit).values("descendant"))
    if person is not None:
        rows = rows.filter(person=person)
    for kind, segment_id in (segments or {}).items():
        if kind not in SEGMENTS:
            raise Invalid(_("There is no dimension “%(kind)s”."), params={"kind": kind})
        if segment_id is not None:
            rows = rows.filter(**{kind: segment_id})
    return rows


def daily_series(
    metric: Metric,
    *,
    scope: Scope,
    start: dt.date,
    end: dt.date,
    unit: Unit | None = None,
    person: Person | None = None,
    segments: Mapping[str, int | None] | None = None,
) -> pd.DataFrame:
    """Each day of [start, end) with ``numerator``, ``denominator``, ``value`` (``calc.frames``); one query.

    A unit without segments is read from its own row a day, whatever the number of its people.
    """
    rows: QuerySet[Any]
    if unit is not None and person is None and not any((segments or {}).values()):
        if not scope.sees_unit(unit.pk):
            raise NotFound(_("There is no such unit."))
        rows = UnitDailyActual.objects.filter(unit=unit)
    else:
        rows = visible_actuals(scope, unit=unit, person=person, segments=segments)
    rows = rows.filter(day__gte=start, day__lt=end).values("day")
    found = _figures(rows, metric).values_list("day", "top", "bottom")
    return every_day(found, start, end, is_ratio=metric.is_ratio)


def actual_rows(
    metric: Metric,
    *,
    grain: Grain | str,
    by: str,
    start: dt.date,
    end: dt.date,
    scope: Scope,
    unit: Unit | None = None,
    after: Cursor | None = None,
    limit: int = 1000,
) -> tuple[list[ActualRow], Cursor | None]:
    """Figures of the days [start, end) a period and key, in order of both, and the cursor of the next page.

    ``by`` is one of ``BY``; a unit's figure is that of its whole subtree. Periods without any fact have no
    row; the first and last period hold only their days inside the range. Raises Invalid. At most seven
    queries: a page is looked for in the first period, then in eight times as many.
    """
    if by not in BY:
        raise Invalid(_("Figures are shown by one of: %(by)s."), field="by", params={"by": ", ".join(BY)})
    if by == "unit":
        rows: QuerySet[Any] = scope.restrict(UnitDailyActual.objects.all(), "unit")
        if unit is not None:
            rows = rows.filter(unit__in=UnitClosure.objects.filter(ancestor=unit).values("descendant"))
    else:
        rows = visible_actuals(scope, unit=unit)
    periods = periods_between(start, end, grain, company_get().fiscal_year_start_month)
    rows = rows.annotate(period=_period_start(Grain(grain), periods), key=F(f"{by}_id"))
    if after is not None:
        periods = [period for period in periods if period.start >= after[0]]
        rows = rows.filter(Q(period__gt=after[0]) | Q(period=after[0], key__gt=after[1]))
    figures = _figures(rows.values("period", "key"), metric).order_by("period", "key")
    page: list[tuple[dt.date, int, int, int]] = []
    for count in _reaches(len(periods)):
        inside = figures.filter(
            day__gte=max(start, periods[0].start), day__lt=min(end, periods[count - 1].end)
        )
        page = list(inside.values_list("period", "key", "top", "bottom")[: limit + 1])
        if len(page) > limit:
            break
    names = _names(by, {key for _period, key, _top, _bottom in page[:limit]})
    found = [
        ActualRow(*names[key], period, top, bottom if metric.is_ratio else None)
        for period, key, top, bottom in page[:limit]
    ]
    return found, (page[limit - 1][0], page[limit - 1][1]) if len(page) > limit else None


def period_sums(
    metrics: Sequence[Metric],
    *,
    scope: Scope,
    windows: Sequence[Span],
    units: Collection[int] | None = None,
    persons: Collection[int] | None = None,
    unit: Unit | None = None,
) -> pd.DataFrame:
    """Sums over windows [start, end) of days, for units (with their subtrees) or people; one query.

    One row for every owner, metric and window, zeros filled: ``owner_id``, ``metric_id``, ``window`` (index),
    ``numerator``, ``denominator``, ``value``. People's credit is that inside ``unit``, if given. Owners out
    of scope have zeros: callers list owners from the scope.
    """
    owners = list(units if units is not None else persons or ())
    rows: QuerySet[Any]
    if units is not None:
        rows = scope.restrict(UnitDailyActual.objects.filter(unit__in=owners), "unit").annotate(
            owner=F("unit_id")
        )
    else:
        rows = visible_actuals(scope, unit=unit).filter(person__in=owners).annotate(owner=F("person_id"))
    bases = {base.pk for metric in metrics for base in base_metrics(metric) if base is not None}
    found: dict[tuple[int, int], tuple[int, ...]] = {}
    if owners and windows and bases:
        inside = Q()
        for start, end in windows:
            inside |= Q(day__gte=start, day__lt=end)
        sums = {
            f"w{at}": Sum("value", filter=Q(day__gte=start, day__lt=end), default=0)
            for at, (start, end) in enumerate(windows)
        }
        counted = (
            rows.filter(inside, metric__in=bases).order_by().values("owner", "metric_id").annotate(**sums)
        )
        found = {(row[0], row[1]): row[2:] for row in counted.values_list("owner", "metric_id", *sums)}
    return _sums_frame(metrics, owners, len(windows), found)


def _sums_frame(
    metrics: Sequence[Metric],
    owners: Sequence[int],
    windows: int,
    found: Mapping[tuple[int, int], tuple[int, ...]],
) -> pd.DataFrame:
    nothing = (0,) * windows
    frames = []
    for metric in metrics:
        top, bottom = base_metrics(metric)
        rows = [
            (owner, metric.pk, at, found.get((owner, top.pk), nothing)[at], below[at])
            for owner in owners
            for below in (found.get((owner, bottom.pk), nothing) if bottom else nothing,)
            for at in range(windows)
        ]
        frames.append(figures_frame(["owner_id", "metric_id", "window"], rows, is_ratio=metric.is_ratio))
    return (
        pd.concat(frames, ignore_index=True)
        if frames
        else figures_frame(["owner_id", "metric_id", "window"], [], is_ratio=False)
    )


def _figures(rows: QuerySet[Any, Any], metric: Metric) -> QuerySet[Any, Any]:
    """Grouped rows with ``top`` and ``bottom``: the sums of the metric's parts."""
    top, bottom = base_metrics(metric)
    parts = [part.pk for part in (top, bottom) if part is not None]
    below = Sum("value", filter=Q(metric=bottom), default=0) if bottom else Value(0)
    sums: QuerySet[Any, Any] = rows.filter(metric__in=parts).annotate(
        top=Sum("value", filter=Q(metric=top), default=0), bottom=below
    )
    return sums.order_by()


def _reaches(periods: int) -> Iterator[int]:
    """1, 8, 64 … periods, and at last all of them."""
    reach = 1
    while reach < periods:
        yield reach
        reach *= 8
    if periods:
        yield periods


def _period_start(grain: Grain, periods: Sequence[Period]) -> Any:
    """The first day of the period of this grain in which ``day`` lies, as SQL."""
    if grain is Grain.DAY:
        return F("day")
    if grain is Grain.WEEK:
        return TruncWeek("day")
    if grain is Grain.MONTH:
        return TruncMonth("day")
    cases = [When(day__gte=each.start, day__lt=each.end, then=Value(each.start)) for each in periods]
    return Case(*cases, output_field=DateField())


def _names(by: str, ids: Collection[int]) -> dict[int, tuple[str | None, str]]:
    """The public key and the name of people, units or segments."""
    model: type[Model] = {"person": Person, "unit": Unit}.get(by, Segment)
    key = {"person": "employee_number", "unit": "external_id"}.get(by, "code")
    rows = model._default_manager.filter(pk__in=ids).values_list("pk", key, "name", "is_placeholder")
    return {
        pk: (None if is_placeholder else code, gettext(name) if is_placeholder else name)
        for pk, code, name, is_placeholder in rows
    }
