"""Progress rows for pages and API: plan to date, actual, pace and lag of owners, read from the snapshots."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet

from metrics.models import Direction, Metric
from metrics.selectors import period_sums
from org.models import Assignment, AssignmentKind, CreditInterval, Person, Unit
from org.scope import Scope
from org.selectors import company_get
from tracking.calc.laying import PARTS_PER_MILLION
from tracking.calc.pace import RunRate, Status, lag_points, needed_run_rate, status_badge
from tracking.calc.windows import Window, windows_of
from tracking.models import Snapshot
from tracking.selectors.plans import AHEAD, BACK, WorkCalendar

SEGMENT_KINDS = ("product_line", "region", "customer_type")


@dataclass(frozen=True)
class Unplanned:
    """Sums of an owner without a target, in this period so far and in the one before at the same point."""

    numerator: int = 0
    denominator: int = 0
    before_numerator: int = 0
    before_denominator: int = 0


@dataclass(frozen=True)
class ProgressRow:
    """How far an owner is with a metric in a period; from a snapshot, or without one when nothing is planned.

    Figures are in the metric's own unit (minor units, counts); of ratios the quotient. Without a snapshot
    there is no target, but what was achieved all the same: ``unplanned``.
    """

    metric: Metric
    unit: Unit
    person: Person | None
    segment: str
    snapshot: Snapshot | None
    unplanned: Unplanned | None = None

    @property
    def name(self) -> str:
        return self.segment or (self.person.name if self.person else self.unit.name)

    @property
    def target(self) -> float | None:
        return self._shown(self.snapshot.target_value if self.snapshot else None)

    @property
    def plan_to_date(self) -> float | None:
        return self._shown(self.snapshot.plan_to_date if self.snapshot else None)

    @property
    def numerator(self) -> int:
        """Of ratios what is above the line, else the actual."""
        source = self.snapshot or self.unplanned
        return source.numerator if source else 0

    @property
    def denominator(self) -> int:
        """Of ratios what is below the line, else 0."""
        source = self.snapshot or self.unplanned
        return source.denominator if source and self.metric.is_ratio else 0

    @property
    def actual(self) -> float | None:
        if self.metric.is_ratio:
            return self.numerator / self.denominator if self.denominator else None
        if self.snapshot is None:
            return self.unplanned.numerator if self.unplanned else None
        return self.snapshot.actual

    @property
    def previous(self) -> float | None:
        """What was achieved in the previous period at the same point."""
        if self.snapshot is not None:
            return self._shown(self.snapshot.previous_actual)
        if self.unplanned is None:
            return None
        if not self.metric.is_ratio:
            return self.unplanned.before_numerator
        bottom = self.unplanned.before_denominator
        return self.unplanned.before_numerator / bottom if bottom else None

    @property
    def change(self) -> float | None:
        """Actual minus that of the previous period at the same point."""
        if self.actual is None or self.previous is None:
            return None
        return self.actual - self.previous

    @property
    def completion(self) -> float | None:
        return self.snapshot.completion_ratio if self.snapshot else None

    @property
    def pace(self) -> float | None:
        return self.snapshot.pace_ratio if self.snapshot else None

    @property
    def lag(self) -> float | None:
        return self.snapshot.lag_ratio if self.snapshot else None

    @property
    def lag_points(self) -> float | None:
        direction = "down" if self.metric.direction == Direction.DOWN else "up"
        return lag_points(self.actual, self.plan_to_date, self.target, direction)  # type: ignore[arg-type]

    @cached_property
    def run_rate(self) -> RunRate | None:
        """What is needed a workday from now on; None for ratios and without a plan."""
        if self.snapshot is None or self.metric.is_ratio or self.metric.direction == Direction.DOWN:
            return None
        row = self.snapshot
        return needed_run_rate(
            row.target_value or 0, row.actual or 0, row.plan_to_date or 0, row.workdays_remaining
        )

    @property
    def needed_per_day(self) -> float | None:
        return self.run_rate.per_day if self.run_rate else None

    @property
    def needed_multiple(self) -> float | None:
        return self.run_rate.multiple if self.run_rate else None

    @property
    def status(self) -> Status:
        return status_badge(self.lag)

    def _shown(self, value: int | None) -> float | None:
        if value is None or not self.metric.is_ratio:
            return value
        return value / PARTS_PER_MILLION


def snapshot_rows(*, scope: Scope, grain: str, as_of: dt.date) -> QuerySet[Snapshot]:
    """The visible snapshots of a grain and day, with what their rows name."""
    rows = Snapshot.objects.filter(as_of=as_of, grain=grain)
    return scope.restrict_nodes(rows).select_related(
        "metric", "metric__numerator", "metric__denominator", "unit", "person", *SEGMENT_KINDS
    )


def row_of(snapshot: Snapshot) -> ProgressRow:
    """A snapshot as a progress row."""
    segments = [getattr(snapshot, kind) for kind in SEGMENT_KINDS if getattr(snapshot, f"{kind}_id")]
    name = " · ".join(segment.name for segment in segments)
    return ProgressRow(snapshot.metric, snapshot.unit, snapshot.person, name, snapshot)


_WHOLE = dict.fromkeys(SEGMENT_KINDS)


def unit_children_rows(
    *, scope: Scope, unit: Unit, metric: Metric, grain: str, as_of: dt.date
) -> list[ProgressRow]:
    """The units right below one, each with its progress, or without a plan; a fixed number of queries.

    Closed units and the placeholder come only with a target or a figure, so that the rows add up to the unit.
    """
    children = list(scope.restrict(Unit.objects.filter(parent=unit)))
    found = {
        row.unit_id: row
        for row in snapshot_rows(scope=scope, grain=grain, as_of=as_of).filter(
            unit__parent=unit, person=None, metric=metric, **_WHOLE
        )
    }
    missing = [child.pk for child in children if child.pk not in found]
    sums = unplanned_sums(metric, scope=scope, grain=grain, as_of=as_of, units=missing)
    rows = [
        ProgressRow(metric, child, None, "", found.get(child.pk), sums.get(child.pk)) for child in children
    ]
    return [
        row
        for row in rows
        if row.snapshot is not None
        or row.numerator
        or row.denominator
        or not (row.unit.is_placeholder or row.unit.closed_on)
    ]


def unit_people_rows(
    *,
    scope: Scope,
    unit: Unit,
    metric: Metric,
    grain: str,
    as_of: dt.date,
    span: tuple[dt.date, dt.date] | None = None,
) -> list[ProgressRow]:
    """The members of a unit itself (not below it) in the period, and whoever has a target or a figure there.

    Who has no target appears with what they achieved; a fixed number of queries. ``span`` defaults to the
    period.
    """
    if not scope.sees_unit(unit.pk):
        return []
    window = window_of(as_of, grain)
    start, end = span or (window.period.start, window.period.end)
    found = {
        row.person_id: row
        for row in snapshot_rows(scope=scope, grain=grain, as_of=as_of).filter(
            unit=unit, person__isnull=False, metric=metric, **_WHOLE
        )
    }
    stays = {"unit": unit, "starts_on__lt": end, "ends_on__gt": start}
    credited = CreditInterval.objects.filter(**stays)
    member = Assignment.objects.filter(person=OuterRef("pk"), kind=AssignmentKind.MEMBER, **stays)
    people = Person.objects.filter(Q(pk__in=credited.values("person")) | Q(pk__in=list(found)))
    people = people.annotate(is_member=Exists(member)).order_by("name", "pk")
    missing = [person.pk for person in people if person.pk not in found]
    sums = unplanned_sums(
        metric, scope=scope, grain=grain, as_of=as_of, people=missing, unit=unit, window=window
    )
    rows = [
        ProgressRow(metric, unit, person, "", found.get(person.pk), sums.get(person.pk)) for person in people
    ]
    members = {person.pk for person in people if person.is_member}
    return [
        row
        for row in rows
        if row.snapshot is not None
        or row.numerator
        or row.denominator
        or (row.person is not None and row.person.pk in members)
    ]


def unplanned_sums(
    metric: Metric,
    *,
    scope: Scope,
    grain: str,
    as_of: dt.date,
    units: Sequence[int] = (),
    people: Sequence[int] = (),
    unit: Unit | None = None,
    window: Window | None = None,
) -> dict[int, Unplanned]:
    """What units, or people inside ``unit``, achieved without a target; no query for nobody."""
    if not units and not people:
        return {}
    window = window or window_of(as_of, grain)
    owners: dict[str, Any] = {"units": units} if units else {"persons": people, "unit": unit}
    frame = period_sums([metric], scope=scope, windows=window.spans, **owners)
    pivot: dict[int, list[int]] = {}
    figures = zip(frame["owner_id"], frame["numerator"], frame["denominator"], strict=True)
    for owner, top, bottom in figures:  # the rows of an owner come in the order of the windows
        pivot.setdefault(int(owner), []).extend((int(top), int(bottom)))
    return {owner: Unplanned(*values) for owner, values in pivot.items()}


def window_of(as_of: dt.date, grain: str) -> Window:
    """The period of a day and the same stretch of the one before; two queries."""
    company = company_get()
    calendar = WorkCalendar(as_of - BACK, as_of + AHEAD, company)
    windows = windows_of(as_of, company.fiscal_year_start_month, calendar.flags)
    return next(window for window in windows if window.period.grain == grain)


def segment_rows(
    *, scope: Scope, unit: Unit, person: Person | None, metric: Metric, grain: str, as_of: dt.date
) -> list[ProgressRow]:
    """An owner's targets by segment; one query."""
    rows = snapshot_rows(scope=scope, grain=grain, as_of=as_of).filter(
        unit=unit, person=person, metric=metric
    )
    found = [
        row_of(snapshot)
        for snapshot in rows.exclude(**_WHOLE).order_by(
            "product_line__position", "region__position", "customer_type__position"
        )
    ]
    return [row for row in found if row.segment]


def progress_rows(
    *,
    scope: Scope,
    metric: Metric,
    grain: str,
    as_of: dt.date,
    unit: Unit | None = None,
    person: Person | None = None,
    children_of: Unit | None = None,
    segment_kind: str | None = None,
) -> list[ProgressRow]:
    """The rows of a unit, of a person (in one unit or in all), or of the units and people right below a unit.

    With ``segment_kind`` the owner's targets by that segment. The run of ``as_of`` must be there
    (``services.snapshots_ensure``). A fixed number of queries whatever the team's size.
    """
    asked: dict[str, Any] = {"scope": scope, "metric": metric, "grain": grain, "as_of": as_of}
    if children_of is not None:
        return unit_children_rows(unit=children_of, **asked) + unit_people_rows(unit=children_of, **asked)
    rows = snapshot_rows(scope=scope, grain=grain, as_of=as_of).filter(metric=metric, person=person)
    if unit is not None:
        rows = rows.filter(unit=unit)
    if segment_kind is None:
        rows = rows.filter(**_WHOLE)
    else:
        rows = rows.filter(**{f"{segment_kind}__isnull": False})
    found = [row_of(snapshot) for snapshot in rows.order_by("unit__position", "unit__name", "pk")]
    if found or unit is None or segment_kind is not None:
        return found
    owners: dict[str, Any] = {"people": [person.pk], "unit": unit} if person else {"units": [unit.pk]}
    sums = unplanned_sums(metric, scope=scope, grain=grain, as_of=as_of, **owners)
    is_seen = scope.sees_unit(unit.pk) or (person is not None and person.pk == scope.person_id)
    return [ProgressRow(metric, unit, person, "", None, row) for row in sums.values()] if is_seen else []
