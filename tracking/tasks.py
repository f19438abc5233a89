"""Background work: bring snapshots and alerts in line with what has changed; a message only wakes it up."""

from __future__ import annotations

import structlog
from celery import shared_task

from org.selectors import company_today
from tracking.services import alerts_evaluate, snapshots_drain

log = structlog.get_logger(__name__)
BATCHES = 200


@shared_task(name="tracking.tasks.sweep_snapshots")
def sweep_snapshots() -> None:
    """Drain what changed, make a new day's run, step the alerts; running it twice changes nothing."""
    batches = 0
    while batches < BATCHES and snapshots_drain():
        batches += 1
    stepped = alerts_evaluate(as_of=company_today())
    if batches or stepped:
        log.info("tracking.swept", batches=batches, alerts=stepped)
