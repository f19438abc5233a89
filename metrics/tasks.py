"""Background work: the outbox is the truth, a task only looks at it."""

from __future__ import annotations

import structlog
from celery import shared_task

from common.errors import Conflict
from metrics import services
from metrics.http import SWEEP, wake

log = structlog.get_logger(__name__)


@shared_task(name=SWEEP)
def sweep_outbox() -> None:
    """Recount what has changed, then wake ``tracking``; running it twice changes nothing."""
    try:
        result = services.sweep()
    except Conflict:
        log.info("metrics.sweep_busy")  # whoever holds the lock, or the next tick, does the work
        return
    if result.pairs or result.metrics or result.tree_moved:
        log.info("metrics.swept", pairs=result.pairs, metrics=result.metrics, tree_moved=result.tree_moved)
    if result.has_news:
        wake("tracking.tasks.sweep_snapshots")
    if not result.is_drained:
        wake()
