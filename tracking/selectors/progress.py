"""Progress rows for pages and API: plan to date, actual, pace and lag of owners, read from the snapshots."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from django.db.models import QuerySet

from metrics.models import Direction, Metric
from org.models import Person, Unit
from org.scope import Scope
from org.selectors import people_in_unit
from targets.models import Plan, PlanMetric, PlanStatus
from tracking.calc.laying import PARTS_PER_MILLION
from tracking.calc.pace import RunRate, Status, lag_points, needed_run_rate, status_badge
from tracking.models import Snapshot

SEGMENT_KINDS = ("product_line", "region", "customer_type")


@dataclass(frozen=True)
class ProgressRow:
    """How far an owner is with a metric in a period; from a snapshot, or without one when nothing is planned.

    Figures are in the metric's own unit (minor units, counts); of ratios the quotient.
    """

    metric: Metric
    unit: Unit
    person: Person | None
    segment: str
    snapshot: Snapshot | None

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
    def actual(self) -> float | None:
        if self.snapshot is None:
            return None
        if self.metric.is_ratio:
            bottom = self.snapshot.denominator
            return self.snapshot.numerator / bottom if bottom else None
        return self.snapshot.actual

    @property
    def previous(self) -> float | None:
        return self._shown(self.snapshot.previous_actual if self.snapshot else None)

    @property
    def change(self) -> float | None:
        """Actual minus that of the previous period after as many workdays."""
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
        "metric", "unit", "person", "product_line", "region", "customer_type", "metric__numerator"
    )


def row_of(snapshot: Snapshot) -> ProgressRow:
    """A snapshot as a progress row."""
    segments = [getattr(snapshot, kind) for kind in SEGMENT_KINDS if getattr(snapshot, f"{kind}_id")]
    name = " · ".join(segment.name for segment in segments)
    return ProgressRow(snapshot.metric, snapshot.unit, snapshot.person, name, snapshot)


def kpi_cards(
    *, scope: Scope, unit: Unit, person: Person | None, grain: str, as_of: dt.date, limit: int = 5
) -> list[ProgressRow]:
    """An owner's metrics of the plan, in the plan's order; one query.

    A person may have been in several units: then each unit's row stands for itself, and only those of
    ``unit`` are shown.
    """
    rows = snapshot_rows(scope=scope, grain=grain, as_of=as_of).filter(unit=unit, person=person, **_WHOLE)
    return [row_of(snapshot) for snapshot in rows.order_by("metric__position")][:limit]


_WHOLE = dict.fromkeys(SEGMENT_KINDS)


def unit_children_rows(
    *, scope: Scope, unit: Unit, metric: Metric, grain: str, as_of: dt.date
) -> list[ProgressRow]:
    """The units right below one, each with its progress or without a plan; two queries."""
    children = scope.restrict(Unit.objects.filter(parent=unit, is_placeholder=False, closed_on=None))
    found = {
        row.unit_id: row
        for row in snapshot_rows(scope=scope, grain=grain, as_of=as_of).filter(
            unit__parent=unit, person=None, metric=metric, **_WHOLE
        )
    }
    return [ProgressRow(metric, child, None, "", found.get(child.pk)) for child in children]


def unit_people_rows(
    *, scope: Scope, unit: Unit, metric: Metric, grain: str, as_of: dt.date, span: tuple[dt.date, dt.date]
) -> list[ProgressRow]:
    """Everybody credited to a unit itself in the period, with progress or without a plan; two queries."""
    people = people_in_unit(unit.pk, *span, scope=scope).order_by("name", "pk")
    found = {
        row.person_id: row
        for row in snapshot_rows(scope=scope, grain=grain, as_of=as_of).filter(
            unit=unit, person__isnull=False, metric=metric, **_WHOLE
        )
    }
    return [ProgressRow(metric, unit, person, "", found.get(person.pk)) for person in people]


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


def plan_metrics(as_of: dt.date) -> list[Metric]:
    """The metrics planned in the fiscal year of a day, in the plan's order; without one all active ones."""
    plan = plan_of(as_of)
    if plan is not None:
        rows = PlanMetric.objects.filter(plan=plan).select_related(
            "metric", "metric__numerator", "metric__denominator"
        )
        if found := [row.metric for row in rows]:
            return found
    active = Metric.objects.filter(is_active=True).select_related("numerator", "denominator")
    return list(active)


def plan_of(as_of: dt.date) -> Plan | None:
    """The published plan of a day."""
    live = Plan.objects.filter(status=PlanStatus.PUBLISHED, starts_on__lte=as_of, ends_on__gt=as_of)
    return live.first()


def home_unit(scope: Scope, person: Person) -> Unit | None:
    """The unit a person's own targets are counted in on the scope's day."""
    stays = person.assignments.select_related("unit").order_by("kind", "-share_bp", "pk")
    current = [stay.unit for stay in stays if stay.starts_on <= scope.on < stay.ends_on]
    members = sorted(stays, key=lambda stay: stay.ends_on)
    return current[-1] if current else members[-1].unit if members else None


def latest_first(rows: Sequence[ProgressRow]) -> list[ProgressRow]:
    """Those furthest behind first, then those without a plan."""
    return sorted(rows, key=lambda row: (row.lag is None, -(row.lag or 0)))
