"""What the doors of this room share."""

from __future__ import annotations

import structlog
from celery import current_app
from kombu.exceptions import OperationalError

log = structlog.get_logger(__name__)
SWEEP = "metrics.tasks.sweep_outbox"


def wake(task: str = SWEEP) -> None:
    """Ask for a task by name; when the broker doesn't answer, the next tick does the work."""
    try:
        current_app.send_task(task)
    except OperationalError:
        log.warning("metrics.wake_failed", task=task)
