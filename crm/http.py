"""What the doors share: waking the worker that recounts. A message only wakes; the outbox is the truth."""

from __future__ import annotations

from org.http import wake_task

WORK = "crm.tasks.work_import"
PULL = "crm.tasks.work_connection"
APPLY = "crm.tasks.apply_incoming"
COMPARE = "crm.tasks.compare_connection"
_STALE_SECONDS = 30


def wake_refresh() -> None:
    """Once the transaction is committed, ask a worker to recount what the outbox holds."""
    wake_task("metrics.tasks.sweep_outbox")


def wake_imports(job: int) -> None:
    """Once the transaction is committed, ask a worker to go on with an import; the sweep asks again."""
    wake_task(WORK, job, expires=_STALE_SECONDS)


def wake_connection(run: int) -> None:
    """Once the transaction is committed, ask a worker to go on with a run; the sweep asks again."""
    wake_task(PULL, run, expires=_STALE_SECONDS)


def wake_incoming() -> None:
    """Once the transaction is committed, ask a worker to apply what was pushed; the sweep asks again."""
    wake_task(APPLY, expires=_STALE_SECONDS)


def wake_comparison(connection: int) -> None:
    """Once the transaction is committed, ask a worker to compare a connection; the sweep asks again."""
    wake_task(COMPARE, connection, expires=_STALE_SECONDS)
