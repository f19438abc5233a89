"""An owner's curve over a period: cumulative actual up to the as-of date, cumulative plan over all of it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from common.periods import ONE_DAY, Period, period_containing
from metrics.models import Metric
from metrics.selectors import daily_series
from org.models import Person, Unit
from org.scope import Scope
from org.selectors import company_get
from tracking.calc.dues import is_whole
from tracking.selectors.days import side_on
from tracking.selectors.plans import PlanColumns

LONG_DAYS = 100
Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Curve:
    """Days of a period (of a year one a week), what was due and done by the end of each; None where unknown.

    In minor units or counts; of ratios the quotient of the sums so far. ``plan`` is empty without a target.
    """

    period: Period
    days: list[dt.date]
    actual: list[float | None]
    plan: list[float]


def progress_curve(
    *, scope: Scope, unit: Unit, person: Person | None, metric: Metric, grain: str, as_of: dt.date
) -> Curve:
    """The curve of a unit, or of a person's credit in a unit; a fixed number of queries."""
    period = period_containing(as_of, grain, company_get().fiscal_year_start_month)
    until = min(as_of + ONE_DAY, period.end)
    frame = daily_series(metric, scope=scope, start=period.start, end=until, unit=unit, person=person)
    parts = frame["numerator"].to_numpy(), frame["denominator"].to_numpy()
    plans = owner_plans(metric, period, as_of, units=[unit.pk], people=[person.pk] if person else ())
    mine = [own_columns(columns, unit.pk, person.pk if person else 0) for columns in plans]
    return curve_of(metric, period, as_of, parts, mine)


def owner_plans(
    metric: Metric, period: Period, as_of: dt.date, *, units: Sequence[int], people: Sequence[int]
) -> list[PlanColumns]:
    """The targets of some owners in the plans that share a day with a period; one query a plan."""
    side = side_on(as_of)
    sharing = [plan for plan in side.plans if plan.starts_on < period.end and plan.ends_on > period.start]
    return [side.columns(plan, metrics=[metric.pk], units=units, people=people) for plan in sharing]


def own_columns(columns: PlanColumns, unit: int, person: int) -> PlanColumns:
    """The targets that make up an owner's whole."""
    return columns.take(own_rows(columns, unit, person))


def own_rows(columns: PlanColumns, unit: int, person: int) -> NDArray[np.intp]:
    """Where the owner's whole target stands, or else the top ones by segment."""
    targets = columns.targets
    mine = (targets.unit == unit) & (targets.person == person)
    whole = mine & is_whole(targets)
    return np.flatnonzero(whole if whole.any() else mine & targets.is_top)


def curve_of(
    metric: Metric,
    period: Period,
    as_of: dt.date,
    parts: tuple[Ints, Ints],
    plans: Sequence[PlanColumns],
) -> Curve:
    """The curve from an owner's own days (numerator and denominator from the period's start) and targets."""
    top = np.cumsum(parts[0])
    days = [period.start + dt.timedelta(days=at) for at in range(period.days)]
    if metric.is_ratio:
        bottom = np.cumsum(parts[1])
        done = [float(n) / float(d) if d else None for n, d in zip(top, bottom, strict=True)]
    else:
        done = [float(value) for value in top]
    actual = done + [None] * (len(days) - len(done))
    marks = [at for at, day in enumerate(days) if _is_marked(at, day, period, as_of)]
    plan = _plan(metric, period, plans, marks)
    return Curve(period, [days[at] for at in marks], [actual[at] for at in marks], plan)


def _is_marked(at: int, day: dt.date, period: Period, as_of: dt.date) -> bool:
    """Each day up to a quarter; of a year each seventh, the last and the as-of date: no eye sees more."""
    return period.days <= LONG_DAYS or (at + 1) % 7 == 0 or day in (as_of, period.last_day)


def _plan(metric: Metric, period: Period, plans: Sequence[PlanColumns], marks: Sequence[int]) -> list[float]:
    """What is due by the end of each marked day, over all plans; the wanted ratio of a ratio."""
    total = np.zeros(len(marks))
    owned = [columns for columns in plans if len(columns.targets.ids)]
    for own in owned:
        if metric.is_ratio:
            return [float(own.targets.amount[0]) / 1_000_000] * len(marks)
        before = own.due_before(period.start).sum()
        days = [period.start + dt.timedelta(days=at + 1) for at in marks]
        total += np.array([own.due_before(day).sum() - before for day in days], np.float64)
    return total.tolist() if owned else []
