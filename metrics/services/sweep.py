"""Empty the outboxes: changed days and credit, metrics to be recounted, a moved tree of units."""

from __future__ import annotations

import time
from dataclasses import dataclass

from metrics.models import ChangedActual, Metric
from metrics.services.rebuild import recompute_actuals
from metrics.services.refresh import refresh_changed_days
from metrics.services.rollup import follow_unit_tree

SWEEP_SECONDS = 20.0
BATCH = 2000


@dataclass(frozen=True)
class SweepResult:
    """Person-days recounted, metrics recounted in full, whether the tree was summed anew.

    ``is_drained`` False: time ran out first. ``has_news``: changed figures wait for ``tracking``.
    """

    pairs: int
    metrics: int
    tree_moved: bool
    is_drained: bool
    has_news: bool


def sweep(*, seconds: float = SWEEP_SECONDS, batch: int = BATCH) -> SweepResult:
    """Do what waits, the newest facts first, for about ``seconds``; running it again changes nothing.

    Raises Conflict while another process recounts everything.
    """
    until = time.monotonic() + seconds
    pairs = 0
    is_drained = False
    while not is_drained and time.monotonic() < until:
        result = refresh_changed_days(batch)
        pairs += result.pairs
        is_drained = result.taken == 0
    metrics = recount_requested() if is_drained else 0
    tree_moved = follow_unit_tree() if is_drained else False
    return SweepResult(pairs, metrics, tree_moved, is_drained, ChangedActual.objects.exists())


def recount_requested() -> int:
    """Count the whole history of metrics whose definition has changed; returns how many there were.

    A definition changed again meanwhile keeps its mark and is recounted by the next sweep.
    """
    waiting = list(
        Metric.objects.exclude(recount_requested_at=None)
        .order_by("recount_requested_at")
        .values_list("pk", "recount_requested_at")
    )
    for pk, requested_at in waiting:
        recompute_actuals(metric_ids=[pk])
        Metric.objects.filter(pk=pk, recount_requested_at=requested_at).update(recount_requested_at=None)
    return len(waiting)
