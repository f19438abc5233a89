"""Waking a worker by the name of its task. A message only wakes: the database knows the work."""

from __future__ import annotations

from functools import partial

import structlog
from celery import current_app
from django.db import transaction

log = structlog.get_logger(__name__)


def wake_task(task: str, *args: int, expires: int | None = None) -> None:
    """Once the transaction is committed, ask a worker for a task.

    A broker that can't be reached is logged and nothing more: the task's own sweep finds the work.
    """
    transaction.on_commit(partial(_send, task, *args, expires=expires), robust=True)


def _send(task: str, *args: int, expires: int | None = None) -> None:
    try:
        current_app.send_task(task, args=args, expires=expires, retry=False)
    except (
        Exception
    ):  # whatever the broker's client raises: what was asked for is stored, the request has succeeded
        log.warning("wake_failed", task=task, exc_info=True)
