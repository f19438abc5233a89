"""Background work: bring snapshots and alerts in line with what has changed; a message only wakes it up."""

from __future__ import annotations

import structlog
from celery import shared_task

from common.errors import Conflict
from org.selectors import company_today
from tracking.services import alerts_catch_up, snapshots_drain

log = structlog.get_logger(__name__)
BATCHES = 200


@shared_task(name="tracking.tasks.sweep_snapshots")
def sweep_snapshots() -> None:
    """Drain what changed, make a new day's run, step the alerts of finished days; twice changes nothing."""
    batches = 0
    try:
        while batches < BATCHES and snapshots_drain():
            batches += 1
        changes = alerts_catch_up(company_today())
    except Conflict:
        log.info("tracking.sweep_busy")  # whoever holds the lock, or the next tick, does the work
        return
    if batches or changes.stepped:
        log.info("tracking.swept", batches=batches, alerts=changes.stepped, raised=changes.raised)
