"""Published plans as columns, with the day weights their metrics are spread by."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np
from django.db.models import Q

from common.periods import Period, fiscal_months
from org.models import Company
from org.selectors import calendar_overrides, company_get
from targets.calc.calendar import workdays
from targets.calc.rhythm import day_weights
from targets.models import MONTH_FIELDS, Plan, PlanMetric, PlanStatus, Target
from tracking.calc.dues import Ints, TargetColumns, due_before

_COLUMNS = (
    "pk", "metric", "unit", "person", "product_line", "region", "customer_type", "parent__unit",
    "parent__person", "amount",
    "is_additive", "starts_on", "ends_on", *MONTH_FIELDS,
)  # fmt: skip
_MONTHS_AT = len(_COLUMNS) - len(MONTH_FIELDS)


class WorkCalendar:
    """The company's workdays, its own days read once."""

    def __init__(self, start: dt.date, end: dt.date, company: Company | None = None) -> None:
        self.company = company or company_get()
        self.overrides = calendar_overrides(start, end)

    def flags(self, start: dt.date, end: dt.date) -> list[bool]:
        """Whether each day of [start, end) is worked."""
        country = self.company.country or None
        return workdays(start, end, country, self.company.subdivision or None, self.overrides)


@dataclass(frozen=True)
class PlanColumns:
    """A published plan's targets with everything needed to know what is due when."""

    plan: Plan
    targets: TargetColumns
    months: Sequence[Period]
    phases: dict[int, tuple[str, ...]]
    calendar: WorkCalendar

    def due_before(self, day: dt.date) -> Ints:
        """What of each target is due on the days before ``day``."""
        return due_before(day, self.targets, self.months, self._weights)

    def _weights(self, metric: int, month: int) -> Sequence[int]:
        return self._month_weights.setdefault((metric, month), self._weigh(metric, month))

    @cached_property
    def _month_weights(self) -> dict[tuple[int, int], Sequence[int]]:
        return {}

    def _weigh(self, metric: int, month: int) -> Sequence[int]:
        period = self.months[month]
        flags = tuple(self.calendar.flags(period.start, period.end))
        return _day_weights(flags, self.phases.get(metric, ("1", "1", "1")))

    def take(self, rows: np.ndarray[tuple[int], np.dtype[np.intp]]) -> PlanColumns:
        """The same plan with only some of its targets."""
        return PlanColumns(self.plan, self.targets.take(rows), self.months, self.phases, self.calendar)


@lru_cache(maxsize=512)
def _day_weights(flags: tuple[bool, ...], phases: tuple[str, ...]) -> Sequence[int]:
    return tuple(day_weights(flags, phases))


def plans_covering(start: dt.date, end: dt.date) -> list[Plan]:
    """The published plans that share a day with [start, end), oldest first."""
    live = Plan.objects.filter(status=PlanStatus.PUBLISHED, starts_on__lt=end, ends_on__gt=start)
    return list(live.order_by("starts_on"))


def plan_columns(
    plan: Plan,
    calendar: WorkCalendar,
    *,
    metrics: Collection[int] | None = None,
    units: Collection[int] | None = None,
    people: Collection[int] | None = None,
) -> PlanColumns:
    """A plan's targets as columns: all, or those of some metrics owned by some units or people. Two queries."""
    rows = Target.objects.filter(plan=plan).order_by("pk")
    if metrics is not None:
        rows = rows.filter(metric__in=metrics)
    if units is not None or people is not None:
        rows = rows.filter(Q(person=None, unit__in=units or ()) | Q(person__in=people or ()))
    listed = list(rows.values_list(*_COLUMNS))
    months = fiscal_months(plan.fiscal_year, plan.starts_on.month)
    phases = {
        metric: tuple(str(phase) for phase in phases)
        for metric, phases in PlanMetric.objects.filter(plan=plan).values_list("metric", "phases")
        if phases
    }
    return PlanColumns(plan, _columns(listed, plan), months, phases, calendar)


def _columns(listed: Sequence[tuple[object, ...]], plan: Plan) -> TargetColumns:
    """Rows of values as columns; correct for none."""

    def ids(at: int) -> Ints:
        return np.fromiter((row[at] or 0 for row in listed), np.int64, len(listed))

    def days(at: int, default: dt.date) -> Ints:
        return np.fromiter(((row[at] or default).toordinal() for row in listed), np.int64, len(listed))  # type: ignore[attr-defined]

    return TargetColumns(
        ids=ids(0),
        metric=ids(1),
        unit=ids(2),
        person=ids(3),
        product_line=ids(4),
        region=ids(5),
        customer_type=ids(6),
        is_top=np.fromiter(((row[2], row[3]) != (row[7], row[8]) for row in listed), np.bool_, len(listed)),
        amount=ids(9),
        is_additive=np.fromiter((row[10] for row in listed), np.bool_, len(listed)),
        starts=days(11, plan.starts_on),
        ends=days(12, plan.ends_on),
        months=np.array([row[_MONTHS_AT:] for row in listed], np.int64).reshape(len(listed), 12),
    )
