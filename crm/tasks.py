"""Background work: a job's row is the truth, a task only looks at it."""

from __future__ import annotations

import structlog
from celery import shared_task

from crm.http import (
    APPLY,
    COMPARE,
    PULL,
    WORK,
    wake_comparison,
    wake_connection,
    wake_imports,
    wake_incoming,
    wake_refresh,
)
from crm.selectors.incoming import incoming_due
from crm.services.connectors import (
    comparison_work,
    comparisons_due,
    comparisons_request,
    connections_forget,
    run_work,
    runs_due,
    runs_schedule,
)
from crm.services.imports import import_work, imports_due, imports_forget
from crm.services.incoming import incoming_forget, incoming_work

log = structlog.get_logger(__name__)


@shared_task(name=WORK)
def work_import(job: int) -> None:
    """Do what an import waits for; running it twice changes nothing."""
    if import_work(job):
        log.info("crm.import_worked", job=job)
        wake_refresh()


@shared_task(name="crm.tasks.sweep_imports")
def sweep_imports() -> None:
    """Wake a worker for every import that waits for one: its message was lost, or its worker died."""
    for job in imports_due():
        wake_imports(job)


@shared_task(name="crm.tasks.forget_imports")
def forget_imports() -> None:
    """Let go of what old imports kept; twice changes nothing."""
    imports_forget()


@shared_task(name=PULL)
def work_connection(run: int) -> None:
    """Pull for a turn; what is left goes to the next task. Running it twice changes nothing."""
    if run_work(run):
        log.info("crm.connection_worked", run=run)
        wake_refresh()
        if run in runs_due():
            wake_connection(run)


@shared_task(name="crm.tasks.sweep_connections")
def sweep_connections() -> None:
    """Make the runs whose time has come, and wake a worker for all that wait for one."""
    runs_schedule()
    for run in runs_due():
        wake_connection(run)
    for connection in comparisons_due():
        wake_comparison(connection)


@shared_task(name=COMPARE)
def compare_connection(connection: int) -> None:
    """Compare our totals with the source's; running it twice gives the same."""
    if comparison_work(connection):
        log.info("crm.connection_compared", connection=connection)


@shared_task(name="crm.tasks.sweep_comparisons")
def sweep_comparisons() -> None:
    """Each night: want a comparison of every connection that is on, and let go of what is old."""
    comparisons_request()
    connections_forget()


@shared_task(name=APPLY)
def apply_incoming() -> None:
    """Apply the messages that other systems pushed; two at once hold different endpoints, twice is once."""
    done = incoming_work()
    if done:
        log.info("crm.incoming_applied", messages=done)
        wake_refresh()


@shared_task(name="crm.tasks.sweep_incoming")
def sweep_incoming() -> None:
    """Wake a worker when messages wait: their wake-up was lost, or their worker died."""
    if incoming_due().exists():
        wake_incoming()


@shared_task(name="crm.tasks.forget_incoming")
def forget_incoming() -> None:
    """Delete old messages; twice changes nothing."""
    incoming_forget()
