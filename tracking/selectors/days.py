"""What a day's pages rest on: its run of snapshots, the plan side it was made from, the plan's metrics."""

from __future__ import annotations

import datetime as dt
from functools import lru_cache

from django.db.models import Subquery

from metrics.models import Metric
from org.reading import remembered
from targets.models import Plan, PlanMetric, PlanStatus
from targets.selectors import calibrations_in_force
from tracking.models import SnapshotRun
from tracking.selectors.plans import PlanSide


def run_of(as_of: dt.date) -> SnapshotRun | None:
    """The run of a day, or None if there is none or a plan, or a calibration that counts by then, has been
    published since; one query a page."""
    return remembered(("run", as_of), lambda: _run(as_of))


def _run(as_of: dt.date) -> SnapshotRun | None:
    published = Plan.objects.filter(status=PlanStatus.PUBLISHED).order_by("-published_at")
    newest = Subquery(published.values("published_at")[:1])
    adjusted = Subquery(calibrations_in_force(as_of).order_by("-published_at").values("published_at")[:1])
    run = SnapshotRun.objects.filter(as_of=as_of).annotate(published=newest, adjusted=adjusted).first()
    if run is None or any(at is not None and at > run.computed_at for at in (run.published, run.adjusted)):
        return None
    return run


def side_on(as_of: dt.date) -> PlanSide:
    """The plan side of a day's figures: from memory as a rule, as the run's hash says what it is."""
    run = run_of(as_of)
    side = side_of(as_of, run.basis) if run is not None else None
    return side or PlanSide.load(as_of)


@lru_cache(maxsize=8)
def side_of(as_of: dt.date, basis: str) -> PlanSide | None:
    """The plan side a run was made from; None when it is another by now. Kept: the hash says what it is."""
    side = PlanSide.load(as_of)
    return side if side.basis == basis else None


def plan_metrics(as_of: dt.date) -> list[Metric]:
    """The metrics planned in the fiscal year of a day, in the plan's order; without one all active ones."""
    if found := [row.metric for row in _planned(as_of)]:
        return found
    active = Metric.objects.filter(is_active=True).select_related("numerator", "denominator")
    return list(active)


def plan_of(as_of: dt.date) -> Plan | None:
    """The published plan of a day; free once its metrics have been asked for."""
    if found := _planned(as_of):
        return found[0].plan
    live = Plan.objects.filter(status=PlanStatus.PUBLISHED, starts_on__lte=as_of, ends_on__gt=as_of)
    return live.first()


def _planned(as_of: dt.date) -> list[PlanMetric]:
    """One query a page."""
    live = PlanMetric.objects.filter(
        plan__status=PlanStatus.PUBLISHED, plan__starts_on__lte=as_of, plan__ends_on__gt=as_of
    ).select_related("plan", "metric", "metric__numerator", "metric__denominator")
    return remembered(("planned", as_of), lambda: list(live))
