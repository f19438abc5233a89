"""What the doors share: waking the worker that recounts. A message only wakes; the outbox is the truth."""

from __future__ import annotations

import structlog
from celery import current_app
from django.db import transaction

log = structlog.get_logger(__name__)


def wake_refresh() -> None:
    """Once the transaction is committed, ask a worker to recount what the outbox holds.

    A broker that can't be reached is logged and nothing more: the sweep finds the rows within seconds.
    """
    transaction.on_commit(_send, robust=True)


def _send() -> None:
    try:
        current_app.send_task("metrics.tasks.sweep_outbox", retry=False)
    except Exception:  # whatever the broker's client raises: the record is stored, the request has succeeded
        log.warning("wake_refresh_failed", exc_info=True)
