"""What setting targets costs at full size: 10,000 people, five metrics, twelve months."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Callable
from typing import Any, TypeVar

import numpy as np
from django.test import Client, override_settings
from django.urls import reverse

from bench.company import make_company
from bench.facts import METRICS
from bench.pages import browser_of, page_cost
from bench.tables import finish
from metrics.models import Metric
from org.models import Role
from org.scope import Scope
from targets.models import Plan, PlanJob, Target
from targets.selectors import children_grid, plan_problems
from targets.services import (
    ChildAsk,
    plan_copy,
    plan_job_ask,
    plan_job_work,
    target_allocate,
    target_amount_set,
    target_month_set,
)
from targets.services.starting import plan_start
from tracking.services import refresh_snapshots

YEAR = 2026
AMOUNTS = {"sales": 100_000_000_00, "collections": 90_000_000_00}
T = TypeVar("T")


def measure_planning(people: int = 10_000, team_size: int = 10, seed: int = 1) -> dict[str, Any]:
    """Seconds of each step of a plan for a company of this size, and what its pages cost (p50 and p95 in ms).

    Everybody has a target of each of five metrics; ``targets`` counts them with those of the units.
    """
    make_company(people, dt.date(YEAR, 7, 1), np.random.default_rng(seed), team_size)
    metrics = Metric.objects.filter(code__in=METRICS).order_by("pk")
    asked = {metric: AMOUNTS.get(metric.code, people * 50) for metric in metrics}
    seconds: dict[str, float] = {}

    def timed(name: str, work: Callable[[], T]) -> T:
        began = time.perf_counter()
        result = work()
        seconds[name] = round(time.perf_counter() - began, 2)
        return result

    make = {"fiscal_year": YEAR, "name": "Bench", "publish": False, "actor": None, "apply": True}
    plan = timed("start", lambda: plan_start(amounts=asked, **make)).plan
    finish(Target)
    root = _root(plan)
    timed(
        "company's amount, down to every person",
        lambda: target_amount_set(target=root, amount=root.amount + 12_345_67, actor=None),
    )
    timed(
        "a month of the company",
        lambda: target_month_set(target=_root(plan), month=6, amount=root.amount // 6, actor=None),
    )
    timed("distribute by other weights", lambda: _distribute(_root(plan)))
    problems = timed("what stands against publishing", lambda: plan_problems(plan))
    assert not problems.count, "the bench's plan does not sum"
    pages = measure_plan_pages(plan)
    copy = timed("copy", lambda: plan_copy(plan=plan, actor=None))
    timed("publish", lambda: _published(copy))
    timed("progress of everybody against it", _progress)
    return {"targets": Target.objects.filter(plan=plan).count(), "seconds": seconds, "pages": pages}


def measure_plan_pages(plan: Plan) -> dict[str, Any]:
    """The plan's page at its top and at a team."""
    team = (
        Target.objects.filter(plan=plan, person__isnull=False)
        .order_by("pk")
        .values_list("parent", flat=True)[0]
    )
    page = reverse("targets:plan", args=[plan.pk])
    with override_settings(ALLOWED_HOSTS=["localhost"]):
        director: Client = browser_of("planner", Role.EXECUTIVE)
        return {
            "top": page_cost(director, page),
            "team": page_cost(director, f"{page}?target={team}"),
            "plans": page_cost(director, reverse("targets:plan_list")),
        }


def _root(plan: Plan) -> Target:
    roots = Target.objects.select_related("plan", "metric", "unit")
    return roots.get(plan=plan, parent=None, metric__code="sales")


def _distribute(root: Target) -> None:

    scope = Scope.everyone(reason="bench", on=dt.date(YEAR, 1, 1))
    rows = [row.target for row in children_grid(root, scope=scope).rows]
    asks = [ChildAsk(row, row.weight * (2 + at % 3) / 3) for at, row in enumerate(rows)]
    target_allocate(target=root, children=asks, apply=True, actor=None)


def _published(plan: Plan) -> None:
    job = plan_job_ask(plan=plan, kind=PlanJob.Kind.PUBLISH, actor=None)
    plan_job_work(job.pk)
    job.refresh_from_db()
    assert job.state == PlanJob.State.DONE, job.error


def _progress() -> None:
    refresh_snapshots(as_of=dt.date(YEAR, 5, 15))
