"""A unit's page in few queries: its figures, those of the units and people right below it, their course.

What the database is asked does not depend on how many they are.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext_lazy as _
from numpy.typing import NDArray

from common.errors import NotFound
from common.periods import ONE_DAY, Period
from metrics.models import Metric
from metrics.selectors import OwnerDays, owner_days, owner_sums
from org.models import Assignment, AssignmentKind, CreditInterval, Person, Unit, UnitClosure
from org.scope import Scope
from tracking.models import Snapshot
from tracking.selectors.curves import Curve, curve_of, own_columns, own_rows, owner_plans
from tracking.selectors.days import side_on
from tracking.selectors.plans import PlanColumns
from tracking.selectors.progress import (
    SEGMENT_KINDS,
    ProgressRow,
    Unplanned,
    row_of,
    snapshot_rows,
)

WEEKS = 12
WEEK = dt.timedelta(days=7)
CARDS = 5
_WHOLE = dict.fromkeys(SEGMENT_KINDS)


@dataclass(frozen=True)
class OwnerCourse:
    """An owner right below a unit: where they are, twelve weeks' figures (oldest first), what moved.

    ``moved`` is what the last seven days of the period brought less what they owed, as a share of the whole
    target: +0.05 is five points gained on the plan. None for ratios and without a target.
    """

    progress: ProgressRow
    weeks: list[float | None]
    moved: float | None


@dataclass(frozen=True)
class UnitOverview:
    """What a unit's page shows; ``above`` are the visible units above it, from the top."""

    unit: Unit
    period: Period
    above: list[Unit]
    cards: list[ProgressRow]
    units: list[OwnerCourse]
    people: list[OwnerCourse]
    segments: list[ProgressRow]
    curve: Curve


@dataclass
class _Found:
    """The snapshots of a page, sorted by whose they are."""

    cards: list[Snapshot] = field(default_factory=list)
    units: dict[int, Snapshot] = field(default_factory=dict)
    people: dict[int, Snapshot] = field(default_factory=dict)
    segments: list[Snapshot] = field(default_factory=list)


def unit_overview(
    *, scope: Scope, unit_id: int | None, metric: Metric, grain: str, as_of: dt.date
) -> UnitOverview:
    """The overview of a unit (None: the top one): six queries, one more where somebody has no target.

    Raises NotFound for a unit out of scope.
    """
    window = next(each for each in side_on(as_of).windows if each.period.grain == grain)
    period = window.period
    unit, above, below = _units_around(scope, unit_id)
    found = _snapshots(scope, unit, metric, grain, as_of)
    people = _people(unit, period, found)
    days = owner_days(
        metric,
        scope=scope,
        unit=unit,
        below=[each.pk for each in below],
        start=period.start,
        recent=as_of - WEEKS * WEEK + ONE_DAY,
        end=as_of + ONE_DAY,
    )
    plans = owner_plans(
        metric,
        period,
        as_of,
        units=[unit.pk, *(each.pk for each in below)],
        people=[person.pk for person in people],
    )
    gaps = owner_sums(
        metric,
        scope=scope,
        unit=unit,
        windows=window.spans,
        units=[each.pk for each in below if each.pk not in found.units],
        people=[person.pk for person in people if person.pk not in found.people],
    )
    unit_rows = [
        ProgressRow(metric, each, None, "", found.units.get(each.pk), _unplanned(gaps, each.pk))
        for each in below
    ]
    people_rows = [
        ProgressRow(
            metric, unit, person, "", found.people.get(person.pk), _unplanned(gaps, unit.pk, person.pk)
        )
        for person in people
    ]
    courses = _Courses.load(metric, period, as_of, days, plans)
    return UnitOverview(
        unit=unit,
        period=period,
        above=above,
        cards=[row_of(snapshot) for snapshot in found.cards][:CARDS],
        units=[courses.of(row) for row in unit_rows if _is_shown_unit(row)],
        people=[courses.of(row) for row in people_rows if _is_shown_person(row)],
        segments=[row for row in map(row_of, found.segments) if row.segment],
        curve=curve_of(
            metric,
            period,
            as_of,
            days.daily(period.start, as_of + ONE_DAY, unit=unit.pk),
            [own_columns(columns, unit.pk, 0) for columns in plans],
        ),
    )


def _units_around(scope: Scope, unit_id: int | None) -> tuple[Unit, list[Unit], list[Unit]]:
    """A unit (None: the top one), the visible units above it from the top, those right below; one query."""
    if unit_id is None:
        around = Unit.objects.filter(Q(parent=None) | Q(parent__parent=None))
    else:
        above = UnitClosure.objects.filter(descendant=unit_id)
        around = Unit.objects.filter(Q(pk__in=above.values("ancestor")) | Q(parent=unit_id))
    units = list(scope.restrict(around).order_by("position", "name", "pk"))
    if unit_id is None:
        unit_id = next((each.pk for each in units if each.parent_id is None), None)
    known = {each.pk: each for each in units if each.parent_id != unit_id}
    if unit_id not in known:
        raise NotFound(_("There is no such unit."))
    unit = known[unit_id]
    chain: list[Unit] = []
    while (chain[-1] if chain else unit).parent_id in known:
        chain.append(known[(chain[-1] if chain else unit).parent_id or 0])
    return unit, chain[::-1], [each for each in units if each.parent_id == unit_id]


def _snapshots(scope: Scope, unit: Unit, metric: Metric, grain: str, as_of: dt.date) -> _Found:
    """All snapshots the page shows; one query."""
    own = Q(unit=unit, person=None)
    below = Q(unit__parent=unit, person=None) | Q(unit=unit, person__isnull=False)
    wanted = (own & Q(**_WHOLE)) | (own & Q(metric=metric)) | (below & Q(metric=metric, **_WHOLE))
    rows = snapshot_rows(scope=scope, grain=grain, as_of=as_of).filter(wanted)
    found = _Found()
    for row in rows.order_by("metric__position", *(f"{kind}__position" for kind in SEGMENT_KINDS), "pk"):
        if row.person_id is not None:
            found.people[row.person_id] = row
        elif row.unit_id != unit.pk:
            found.units[row.unit_id] = row
        elif any(getattr(row, f"{kind}_id") for kind in SEGMENT_KINDS):
            found.segments.append(row)
        else:
            found.cards.append(row)
    return found


def _people(unit: Unit, period: Period, found: _Found) -> list[Person]:
    """Members of the unit itself in the period and whoever has a target or a figure there; one query."""
    stays = {"unit": unit, "starts_on__lt": period.end, "ends_on__gt": period.start}
    credited = CreditInterval.objects.filter(**stays)
    member = Assignment.objects.filter(person=OuterRef("pk"), kind=AssignmentKind.MEMBER, **stays)
    people = Person.objects.filter(Q(pk__in=credited.values("person")) | Q(pk__in=list(found.people)))
    return list(people.annotate(is_member=Exists(member)).order_by("name", "pk"))


def _unplanned(
    gaps: Mapping[tuple[int, int], Sequence[tuple[int, int]]], unit: int, person: int = 0
) -> Unplanned:
    """What an owner without a target achieved, now and before at the same point: 0 if nothing."""
    found = gaps.get((unit, person))
    return Unplanned(*found[0], *found[1]) if found else Unplanned()


def _has_figure(row: ProgressRow) -> bool:
    return bool(row.snapshot is not None or row.numerator or row.denominator)


def _is_shown_unit(row: ProgressRow) -> bool:
    """Closed units and the placeholder come only with a target or a figure, so that rows add up."""
    return _has_figure(row) or not (row.unit.is_placeholder or row.unit.closed_on)


def _is_shown_person(row: ProgressRow) -> bool:
    return _has_figure(row) or bool(getattr(row.person, "is_member", False))


@dataclass(frozen=True)
class _Courses:
    """What is needed to tell each owner's course; ``owed`` is what each target asks of the last days."""

    metric: Metric
    as_of: dt.date
    since: dt.date
    days: OwnerDays
    plans: Sequence[PlanColumns]
    owed: Sequence[NDArray[np.int64]]

    @classmethod
    def load(
        cls, metric: Metric, period: Period, as_of: dt.date, days: OwnerDays, plans: Sequence[PlanColumns]
    ) -> _Courses:
        since = max(period.start, as_of - WEEK + ONE_DAY)
        until = as_of + ONE_DAY
        owed = [columns.due_before(until) - columns.due_before(since) for columns in plans]
        return cls(metric, as_of, since, days, plans, owed)

    def of(self, row: ProgressRow) -> OwnerCourse:
        """One owner's course."""
        unit, person = row.unit.pk, row.person.pk if row.person else 0
        first = self.as_of - WEEKS * WEEK + ONE_DAY
        top, bottom = self.days.daily(first, self.as_of + ONE_DAY, unit=unit, person=person)
        return OwnerCourse(row, self._weeks(top, bottom), self._moved(row, top, unit, person))

    def _weeks(self, top: NDArray[np.int64], bottom: NDArray[np.int64]) -> list[float | None]:
        above, below = (part.reshape(WEEKS, 7).sum(axis=1).tolist() for part in (top, bottom))
        if not self.metric.is_ratio:
            return [float(value) for value in above]
        return [n / d if d else None for n, d in zip(above, below, strict=True)]

    def _moved(self, row: ProgressRow, top: NDArray[np.int64], unit: int, person: int) -> float | None:
        if self.metric.is_ratio or not row.target:
            return None
        done = int(top[-((self.as_of - self.since).days + 1) :].sum())
        owed = sum(
            int(each[own_rows(columns, unit, person)].sum())
            for columns, each in zip(self.plans, self.owed, strict=True)
        )
        return (done - owed) / row.target
