"""An owner's curve over a period: cumulative actual up to the as-of date, cumulative plan over all of it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from common.periods import ONE_DAY, Period, period_containing
from metrics.models import Metric
from metrics.selectors import daily_series
from org.models import Person, Unit
from org.scope import Scope
from org.selectors import company_get
from tracking.calc.dues import is_whole
from tracking.selectors.plans import PlanColumns, WorkCalendar, plan_columns, plans_covering

LONG_DAYS = 100


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
    company = company_get()
    period = period_containing(as_of, grain, company.fiscal_year_start_month)
    until = min(as_of + ONE_DAY, period.end)
    frame = daily_series(metric, scope=scope, start=period.start, end=until, unit=unit, person=person)
    top = np.cumsum(frame["numerator"].to_numpy())
    days = [period.start + dt.timedelta(days=at) for at in range(period.days)]
    if metric.is_ratio:
        bottom = np.cumsum(frame["denominator"].to_numpy())
        done = [float(n) / float(d) if d else None for n, d in zip(top, bottom, strict=True)]
    else:
        done = [float(value) for value in top]
    actual = done + [None] * (len(days) - len(done))
    marks = [at for at, day in enumerate(days) if _is_marked(at, day, period, as_of)]
    calendar = WorkCalendar(
        period.start - dt.timedelta(days=400), period.end + dt.timedelta(days=400), company
    )
    plan = _plan(metric, unit, person, period, calendar, marks)
    return Curve(period, [days[at] for at in marks], [actual[at] for at in marks], plan)


def _is_marked(at: int, day: dt.date, period: Period, as_of: dt.date) -> bool:
    """Each day up to a quarter; of a year each seventh, the last and the as-of date: no eye sees more."""
    return period.days <= LONG_DAYS or (at + 1) % 7 == 0 or day in (as_of, period.last_day)


def _plan(
    metric: Metric,
    unit: Unit,
    person: Person | None,
    period: Period,
    calendar: WorkCalendar,
    marks: Sequence[int],
) -> list[float]:
    """What is due by the end of each marked day, over all plans; the wanted ratio of a ratio."""
    total = np.zeros(len(marks))
    is_planned = False
    for plan in plans_covering(period.start, period.end):
        owners = {"people": [person.pk]} if person else {"units": [unit.pk]}
        columns = plan_columns(plan, calendar, metrics=[metric.pk], **owners)
        own = _own(columns, unit, person)
        if not len(own.targets.ids):
            continue
        is_planned = True
        if metric.is_ratio:
            return [float(own.targets.amount[0]) / 1_000_000] * len(marks)
        before = own.due_before(period.start).sum()
        days = [period.start + dt.timedelta(days=at + 1) for at in marks]
        total += np.array([own.due_before(day).sum() - before for day in days], np.float64)
    return total.tolist() if is_planned else []


def _own(columns: PlanColumns, unit: Unit, person: Person | None) -> PlanColumns:
    """The owner's whole target, or else the top ones by segment."""
    targets = columns.targets
    mine = (targets.unit == unit.pk) & (targets.person == (person.pk if person else 0))
    whole = mine & is_whole(targets)
    rows = np.flatnonzero(whole if whole.any() else mine & targets.is_top)
    return columns.take(rows)
