"""Background work: the outbox is the truth, a task only looks at it."""

from __future__ import annotations

import structlog
from celery import current_app, shared_task
from kombu.exceptions import OperationalError

from common.errors import Conflict
from metrics import services

log = structlog.get_logger(__name__)


@shared_task(name="metrics.tasks.sweep_outbox")
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
        _wake("tracking.tasks.sweep_snapshots")
    if not result.is_drained:
        _wake("metrics.tasks.sweep_outbox")


def _wake(task: str) -> None:
    """Ask for a task by name; without a broker the next tick does it."""
    try:
        current_app.send_task(task)
    except OperationalError:
        log.warning("metrics.wake_failed", task=task)
