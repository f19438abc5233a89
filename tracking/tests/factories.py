"""Builders for tests: published plans with targets written down in whole currency units."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.utils import timezone

from metrics.models import Metric
from org.models import Person, Unit
from targets.calc.rhythm import cumulative_round
from targets.models import MONTH_FIELDS, Plan, PlanStatus, Target


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
