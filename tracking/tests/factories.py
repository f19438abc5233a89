"""Builders for tests: published plans with targets written down in minor units, and progress rows."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.utils import timezone

from metrics.models import Direction, Metric
from org.models import Person, Unit
from targets.calc.rhythm import cumulative_round
from targets.models import MONTH_FIELDS, Plan, PlanStatus, Target
from tracking.calc.laying import PARTS_PER_MILLION
from tracking.calc.pace import completion, lag, pace
from tracking.models import Snapshot
from tracking.selectors.progress import ProgressRow


def make_plan(fiscal_year: int = 2026, *, is_published: bool = True) -> Plan:
    """A plan of a calendar year."""
    return Plan.objects.create(
        name=f"Plan {fiscal_year}",
        fiscal_year=fiscal_year,
        currency="CNY",
        starts_on=dt.date(fiscal_year, 1, 1),
        ends_on=dt.date(fiscal_year + 1, 1, 1),
        status=PlanStatus.PUBLISHED if is_published else PlanStatus.DRAFT,
        published_at=timezone.now() if is_published else None,
    )


def make_target(
    plan: Plan, unit: Unit, amount: int, *, metric: str = "sales", person: Person | None = None, **fields: Any
) -> Target:
    """A target in minor units, counts or parts per million, in twelve equal months."""
    of_metric = Metric.objects.get(code=metric)
    months = [amount] * 12 if of_metric.is_ratio else cumulative_round(amount, [1] * 12)
    return Target.objects.create(
        plan=plan,
        unit=unit,
        person=person,
        metric=of_metric,
        amount=amount,
        is_additive=not of_metric.is_ratio,
        **dict(zip(MONTH_FIELDS, months, strict=True)),
        **fields,
    )


def make_row(
    metric: Metric,
    *,
    target: int | None = None,
    due: int | None = None,
    actual: int | None = None,
    remaining: int = 10,
    **fields: Any,
) -> ProgressRow:
    """A unit's row as its snapshot would say it, unsaved; of ratios in parts per million."""
    direction: Any = "down" if metric.direction == Direction.DOWN else "up"
    reached = pace(actual, due)
    snapshot = Snapshot(
        target_value=target,
        plan_to_date=due,
        actual=actual,
        numerator=(actual or 0),
        denominator=PARTS_PER_MILLION if metric.is_ratio and actual is not None else 0,
        workdays_remaining=remaining,
        completion_ratio=completion(actual, target),
        pace_ratio=reached,
        lag_ratio=lag(actual, due, direction),
        **fields,
    )
    return ProgressRow(metric, Unit(pk=1, name="Team"), None, "", snapshot)
