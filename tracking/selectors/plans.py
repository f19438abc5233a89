# ruff: noqa: S608 (every name in these texts comes from the models; values are always parameters)
"""The plan side of snapshots: published plans as columns, and the day weights of their metrics.

What counts on a day are the published months plus the calibrations in force by then.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property, lru_cache
from typing import Any

import numpy as np
from django.db import connection
from numpy.typing import NDArray

from common.periods import Period, fiscal_months
from metrics.models import Direction, Metric, MetricKind
from org.models import Company
from org.selectors import calendar_overrides, company_get
from targets.calc.calendar import workdays
from targets.calc.rhythm import day_weights
from targets.models import MONTH_FIELDS, Plan, PlanMetric, PlanStatus, Target
from targets.selectors import adjustments, calibrations_in_force, plan_adjustments
from tracking.calc.dues import Ints, TargetColumns, due_before
from tracking.calc.windows import Window, windows_of
from tracking.selectors.integers import read_integers

TARGETS = Target._meta.db_table
_NAMES = (
    "id", "metric_id", "unit_id", "person_id", "product_line_id", "region_id", "customer_type_id", "is_top",
    "amount", "is_additive", "starts_on", "ends_on", *MONTH_FIELDS,
)  # fmt: skip
FLAT = ("1", "1", "1")
# How far the periods of a day and those before them reach, with some room.
BACK, AHEAD = dt.timedelta(days=800), dt.timedelta(days=400)


class WorkCalendar:
    """The company's workdays, its own days read once."""

    def __init__(self, start: dt.date, end: dt.date, company: Company | None = None) -> None:
        self.company = company or company_get()
        self.overrides = calendar_overrides(start, end)

    def flags(self, start: dt.date, end: dt.date) -> list[bool]:
        """Whether each day of [start, end) is worked."""
        country = self.company.country or None
        return workdays(start, end, country, self.company.subdivision or None, self.overrides)

    def is_workday(self, day: dt.date) -> bool:
        """Whether a day is worked."""
        return self.flags(day, day + dt.timedelta(days=1))[0]


@dataclass(frozen=True)
class MetricKinds:
    """What snapshots need to know of metrics: the additive parts each is counted by, ratios, direction.

    ``numerator`` of an additive metric is itself, its ``denominator`` 0.
    """

    numerator: dict[int, int]
    denominator: dict[int, int]
    ratios: frozenset[int]
    downs: frozenset[int]

    @classmethod
    def load(cls) -> MetricKinds:
        """One query."""
        rows = list(
            Metric.objects.order_by("pk").values_list("pk", "numerator", "denominator", "kind", "direction")
        )
        return cls(
            {row[0]: row[1] or row[0] for row in rows},
            {row[0]: row[2] or 0 for row in rows},
            frozenset(row[0] for row in rows if row[3] == MetricKind.RATIO),
            frozenset(row[0] for row in rows if row[4] == Direction.DOWN),
        )

    def bases(self, metric: Ints) -> tuple[Ints, Ints]:
        """Numerator and denominator ids of a column of metrics."""
        known, place = np.unique(metric, return_inverse=True)
        top = np.array([self.numerator[each] for each in known.tolist()], np.int64)
        bottom = np.array([self.denominator[each] for each in known.tolist()], np.int64)
        return top[place.ravel()], bottom[place.ravel()]

    def with_ratios(self, metrics: Collection[int]) -> set[int]:
        """The metrics and all ratios over them."""
        over = {pk for pk in self.ratios if self.numerator[pk] in metrics or self.denominator[pk] in metrics}
        return {*metrics, *over}


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
        return due_before(day, self.targets, self.months, self.weights)

    def weights(self, metric: int, month: int) -> Sequence[int]:
        """The weights of the days of the plan's n-th month for a metric."""
        key = (metric, month)
        if key not in self._month_weights:
            period = self.months[month]
            flags = tuple(self.calendar.flags(period.start, period.end))
            self._month_weights[key] = _day_weights(flags, self.phases.get(metric, FLAT))
        return self._month_weights[key]

    @cached_property
    def _month_weights(self) -> dict[tuple[int, int], Sequence[int]]:
        return {}

    def take(self, rows: NDArray[np.intp]) -> PlanColumns:
        """The same plan with only some of its targets."""
        return PlanColumns(self.plan, self.targets.take(rows), self.months, self.phases, self.calendar)


@lru_cache(maxsize=512)
def _day_weights(flags: tuple[bool, ...], phases: tuple[str, ...]) -> Sequence[int]:
    return tuple(day_weights(flags, phases))


@dataclass(frozen=True)
class PlanSide:
    """Everything but the targets that the plan side of a day's snapshots is made from; six queries.

    ``calibrations`` are those in force on the day: plan, id and the moment of publishing.
    """

    as_of: dt.date
    calendar: WorkCalendar
    plans: Sequence[Plan]
    phases: dict[int, dict[int, tuple[str, ...]]]
    kinds: MetricKinds
    windows: Sequence[Window] = field(default=())
    calibrations: Sequence[tuple[int, int, dt.datetime | None]] = field(default=())

    @classmethod
    def load(cls, as_of: dt.date) -> PlanSide:
        """Of the periods that hold ``as_of``."""
        company = company_get()
        calendar = WorkCalendar(as_of - BACK, as_of + AHEAD, company)
        windows = windows_of(as_of, company.fiscal_year_start_month, calendar.flags)
        start = min(window.period.start for window in windows)
        plans = plans_covering(start, max(window.period.end for window in windows))
        in_force = calibrations_in_force(as_of).filter(plan__in=plans).order_by("pk")
        calibrations = list(in_force.values_list("plan", "pk", "published_at"))
        return cls(as_of, calendar, plans, _phases(plans), MetricKinds.load(), windows, calibrations)

    @property
    def basis(self) -> str:
        """A hash that changes whenever the plan side of the snapshots might."""
        company = self.calendar.company
        parts = (
            (company.country, company.subdivision, company.fiscal_year_start_month),
            sorted(self.calendar.overrides.items()),
            [(plan.pk, plan.published_at, plan.updated_at) for plan in self.plans],
            list(self.calibrations),
            self.phases,
            (self.kinds.numerator, self.kinds.denominator),
            (sorted(self.kinds.ratios), sorted(self.kinds.downs)),
        )
        return hashlib.sha256(repr(parts).encode()).hexdigest()

    def columns(
        self,
        plan: Plan,
        *,
        metrics: Collection[int] | None = None,
        units: Collection[int] = (),
        people: Collection[int] = (),
    ) -> PlanColumns:
        """A plan's targets: all, or those of ``metrics`` owned by ``units`` or ``people``. One query, and one
        more where calibrations of the plan are in force."""
        columns = _columns(_read(plan, metrics, units, people), plan)
        if any(of_plan == plan.pk for of_plan, _pk, _at in self.calibrations):
            columns = _adjusted(columns, plan, self.as_of, is_bulk=metrics is None)
        return PlanColumns(plan, columns, _months(plan), self.phases[plan.pk], self.calendar)


def _adjusted(columns: TargetColumns, plan: Plan, on: dt.date, *, is_bulk: bool) -> TargetColumns:
    """The targets with what calibrations in force add to their months, and to an additive year's amount."""
    found = plan_adjustments(plan, on=on) if is_bulk else adjustments(columns.ids.tolist(), on=on)
    rows = {pk: row for row, pk in enumerate(columns.ids.tolist())}
    changed = [(rows[pk], deltas) for pk, deltas in found.items() if pk in rows]
    if not changed:
        return columns
    more = np.zeros_like(columns.months)
    more[[row for row, _deltas in changed]] = [deltas for _row, deltas in changed]
    year = np.where(columns.is_additive, more.sum(axis=1), 0)
    return replace(columns, months=np.add(columns.months, more), amount=np.add(columns.amount, year))


def _months(plan: Plan) -> Sequence[Period]:
    return fiscal_months(plan.fiscal_year, plan.starts_on.month)


def _phases(plans: Sequence[Plan]) -> dict[int, dict[int, tuple[str, ...]]]:
    """The rhythm of each metric by plan, where there is one."""
    phases: dict[int, dict[int, tuple[str, ...]]] = {plan.pk: {} for plan in plans}
    rhythms = PlanMetric.objects.filter(plan__in=plans).order_by("pk")
    for plan, metric, shares in rhythms.values_list("plan", "metric", "phases"):
        if shares:
            phases[plan][metric] = tuple(str(share) for share in shares)
    return phases


def _read(
    plan: Plan, metrics: Collection[int] | None, units: Collection[int], people: Collection[int]
) -> Ints:
    where, params = "t.plan_id = %s", [plan.pk]
    if metrics is not None:
        where += (
            f" AND t.metric_id IN ({_marks(metrics)}) AND (t.person_id IN ({_marks(people)})"
            f" OR (t.person_id IS NULL AND t.unit_id IN ({_marks(units)})))"
        )
        params += [*sorted(metrics), *sorted(people), *sorted(units)]
    sql = f"SELECT {_select()} FROM {TARGETS} t LEFT JOIN {TARGETS} p ON p.id = t.parent_id WHERE {where}"
    return read_integers(sql, params, _NAMES, is_bulk=metrics is None)


def plans_covering(start: dt.date, end: dt.date) -> list[Plan]:
    """The published plans that share a day with [start, end), oldest first."""
    live = Plan.objects.filter(status=PlanStatus.PUBLISHED, starts_on__lt=end, ends_on__gt=start)
    return list(live.order_by("starts_on"))


def _marks(values: Collection[int]) -> str:
    return ", ".join(["%s"] * len(values)) or "NULL"


def _select() -> str:
    """The columns of a target as integers, days as ordinals, 0 for none."""
    is_top = (
        "CASE WHEN p.id IS NULL OR p.unit_id <> t.unit_id"
        " OR COALESCE(p.person_id, 0) <> COALESCE(t.person_id, 0) THEN 1 ELSE 0 END"
    )
    reckoned = {
        "is_top": f"CAST({is_top} AS bigint)",
        "is_additive": "CAST(CASE WHEN t.is_additive THEN 1 ELSE 0 END AS bigint)",
        "starts_on": _ordinal("t.starts_on"),
        "ends_on": _ordinal("t.ends_on"),
    }
    return ", ".join(f"COALESCE({reckoned.get(name, f't.{name}')}, 0) AS {name}" for name in _NAMES)


def _ordinal(column: str) -> str:
    """A date as the number of ``date.toordinal``."""
    if connection.vendor == "postgresql":
        return f"CAST({column} - DATE '0001-01-01' + 1 AS bigint)"
    return f"CAST(julianday({column}) - 1721424.5 AS integer)"


def _columns(table: NDArray[Any], plan: Plan) -> TargetColumns:
    starts, ends = table[:, 10], table[:, 11]
    return TargetColumns(
        ids=table[:, 0],
        metric=table[:, 1],
        unit=table[:, 2],
        person=table[:, 3],
        product_line=table[:, 4],
        region=table[:, 5],
        customer_type=table[:, 6],
        is_top=table[:, 7] == 1,
        amount=table[:, 8],
        is_additive=table[:, 9] == 1,
        starts=np.where(starts > 0, starts, plan.starts_on.toordinal()),
        ends=np.where(ends > 0, ends, plan.ends_on.toordinal()),
        months=table[:, 12:],
    )
