"""What the doors share: waking the worker that recounts. A message only wakes; the outbox is the truth."""

from __future__ import annotations

from functools import partial

import structlog
from celery import current_app
from django.db import transaction

log = structlog.get_logger(__name__)
WORK = "crm.tasks.work_import"
PULL = "crm.tasks.work_connection"
_STALE_SECONDS = 30


def wake_refresh() -> None:
    """Once the transaction is committed, ask a worker to recount what the outbox holds.

    A broker that can't be reached is logged and nothing more: the sweep finds the rows within seconds.
    """
    transaction.on_commit(partial(_send, "metrics.tasks.sweep_outbox"), robust=True)


def wake_imports(job: int) -> None:
    """Once the transaction is committed, ask a worker to go on with an import; the sweep asks again."""
    transaction.on_commit(partial(_send, WORK, job, expires=_STALE_SECONDS), robust=True)


def wake_connection(run: int) -> None:
    """Once the transaction is committed, ask a worker to go on with a run; the sweep asks again."""
    transaction.on_commit(partial(_send, PULL, run, expires=_STALE_SECONDS), robust=True)


def _send(task: str, *args: int, expires: int | None = None) -> None:
    try:
        current_app.send_task(task, args=args, expires=expires, retry=False)
    except Exception:  # whatever the broker's client raises: the record is stored, the request has succeeded
        log.warning("wake_failed", task=task, exc_info=True)
