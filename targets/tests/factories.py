"""Builders for tests: plans and targets in plain words, made through the services."""

from __future__ import annotations

from typing import Any

from metrics.models import Metric
from org.models import Person, Unit
from targets.models import Plan, Target
from targets.services import plan_create, plan_publish, target_amount_set, target_children_add


def make_plan(fiscal_year: int = 2026, *metrics: str, name: str = "Plan") -> Plan:
    """A draft with the company's targets of 0 for these metrics (sales if none is named)."""
    rows = [Metric.objects.get(code=code) for code in metrics or ("sales",)]
    return plan_create(fiscal_year=fiscal_year, name=name, metrics=rows, actor=None)


def root_of(plan: Plan, metric: str = "sales") -> Target:
    """The company's target of a metric."""
    return Target.objects.select_related("plan", "metric", "unit").get(
        plan=plan, metric__code=metric, parent=None
    )


def make_child(parent: Target, member: Unit | Person, amount: int = 0) -> Target:
    """A child of a target for a unit or person, with an amount typed by hand."""
    [child] = target_children_add(target=parent, members=[member], actor=None)
    return target_amount_set(target=again(child), amount=amount, actor=None) if amount else again(child)


def again(target: Target) -> Target:
    """The target as it is stored now."""
    return Target.objects.select_related("plan", "parent", "metric", "unit", "person").get(pk=target.pk)


def publish(plan: Plan, **fields: Any) -> Plan:
    """Publish a plan whose sums fit."""
    return plan_publish(plan=plan, actor=None)
