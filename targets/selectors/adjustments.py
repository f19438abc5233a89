"""What calibrations add to published targets: by target, as of a day; revised = planned + adjustments."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable
from dataclasses import dataclass

from django.db.models import Q, QuerySet, Sum

from common.periods import Period, fiscal_months
from org.scope import Scope
from targets.models import (
    DELTA_FIELDS,
    Calibration,
    CalibrationLine,
    CalibrationStatus,
    Plan,
    Target,
)
from targets.selectors.trees import SEGMENTS

NOTHING = (0,) * 12


def calibrations_in_force(on: dt.date | None = None) -> QuerySet[Calibration]:
    """The published calibrations, or only those that count on a day."""
    rows = Calibration.objects.filter(status=CalibrationStatus.PUBLISHED)
    return rows if on is None else rows.filter(effective_on__lte=on)


def adjustments(targets: Collection[int], *, on: dt.date | None = None) -> dict[int, list[int]]:
    """The monthly adjustments of some targets together (as of a day, or of all published); one query.

    Targets without any are left out.
    """
    return _summed(CalibrationLine.objects.filter(target__in=targets), on)


def plan_adjustments(plan: Plan, *, on: dt.date | None = None) -> dict[int, list[int]]:
    """The monthly adjustments of all targets of a plan that have any; one query."""
    return _summed(CalibrationLine.objects.filter(calibration__plan=plan), on)


def _summed(lines: QuerySet[CalibrationLine], on: dt.date | None) -> dict[int, list[int]]:
    rows = lines.filter(calibration__in=calibrations_in_force(on), target__isnull=False)
    sums = {f"total_{name}": Sum(name) for name in DELTA_FIELDS}
    found = rows.order_by().values("target").annotate(**sums).values_list("target", *sums)
    return {target: list(months) for target, *months in found if target is not None}


def revised_months(target: Target, *, on: dt.date | None = None) -> list[int]:
    """A target's months as they count: published, plus what calibrations added."""
    more = adjustments([target.pk], on=on).get(target.pk, NOTHING)
    return [have + delta for have, delta in zip(target.months, more, strict=True)]


@dataclass(frozen=True)
class Adjustment:
    """What one calibration changed of an owner's target in some months: stored units, and why."""

    calibration: Calibration
    delta: int
    months: tuple[tuple[Period, int, int], ...] = ()

    @property
    def title(self) -> str:
        return self.calibration.title


def owner_adjustments(
    *,
    metric_id: int,
    unit_id: int,
    person_id: int | None,
    period: Period,
    on: dt.date,
    target_id: int | None = None,
) -> list[Adjustment]:
    """The adjustments of an owner's target within a period as of a day, oldest first; one query.

    Of one target where it is named, else of the owner's own whole: its top targets together. In a period that
    cuts a month (a week) the whole month's change is named.
    """
    rows = CalibrationLine.objects.filter(
        calibration__in=calibrations_in_force(on),
        calibration__plan__starts_on__lt=period.end,
        calibration__plan__ends_on__gt=period.start,
    )
    if target_id is not None:
        rows = rows.filter(target=target_id)
    else:
        inner = Q(target__parent__unit=unit_id) & Q(target__parent__person=person_id)
        rows = rows.filter(target__metric=metric_id, target__unit=unit_id, target__person=person_id)
        rows = rows.exclude(inner)
    found: dict[int, Adjustment] = {}
    for line in rows.select_related("calibration__plan").order_by("calibration__effective_on", "pk"):
        months = tuple(_months_in(line, period))
        if months:
            kept = found.get(line.calibration_id)
            delta = sum(after - before for _month, before, after in months) + (kept.delta if kept else 0)
            found[line.calibration_id] = Adjustment(line.calibration, delta, months)
    return list(found.values())


def person_adjustments(*, scope: Scope, person_id: int, on: dt.date) -> list[CalibrationLine]:
    """The changes of a person's own targets that count on a day and whose months are not all over."""
    rows = CalibrationLine.objects.filter(
        target__person=person_id,
        calibration__in=calibrations_in_force(on),
        calibration__plan__starts_on__lte=on,
        calibration__plan__ends_on__gt=on,
    )
    named = ("calibration__plan", "target__metric", "target__unit", *(f"target__{kind}" for kind in SEGMENTS))
    rows = scope.restrict_nodes(rows, unit="target__unit", person="target__person")
    lines = rows.select_related(*named).order_by("-calibration__effective_on", "-calibration", "pk")
    return [line for line in lines if any(month.end > on for month, _b, _a in changed_months(line))]


def changed_months(line: CalibrationLine) -> list[tuple[Period, int, int]]:
    """The months that a line changes, each with what it was and what it became."""
    plan = line.calibration.plan
    months = fiscal_months(plan.fiscal_year, plan.starts_on.month)
    rows: Iterable[tuple[Period, int, int]] = zip(months, line.before, line.after, strict=True)
    return [(month, before, after) for month, before, after in rows if before != after]


def _months_in(line: CalibrationLine, period: Period) -> list[tuple[Period, int, int]]:
    return [row for row in changed_months(line) if row[0].start < period.end and row[0].end > period.start]
