"""Background work: send what webhooks wait for, and forget what is old; a message only wakes it up."""

from __future__ import annotations

import structlog
from celery import current_app, shared_task
from django.utils import timezone
from kombu.exceptions import OperationalError

from org.selectors import hook_deliveries_due
from org.services import deliveries_send, hooks_forget, usage_forget

log = structlog.get_logger(__name__)
SEND = "org.tasks.send_hooks"


@shared_task(name="org.tasks.sweep_hooks")
def sweep_hooks() -> None:
    """Wake a worker when something is due. Sending itself would hold up the other ticks."""
    if not hook_deliveries_due(timezone.now()).exists():
        return
    try:
        current_app.send_task(SEND, expires=60)
    except OperationalError:
        log.warning("org.wake_failed", task=SEND)


@shared_task(name=SEND)
def send_hooks() -> None:
    """Try what is due; two at once take different deliveries, and running it twice sends nothing twice."""
    tried = deliveries_send()
    if tried:
        log.info("org.hooks_tried", deliveries=tried)


@shared_task(name="org.tasks.forget_hooks")
def forget_hooks() -> None:
    """Delete old events; running it twice changes nothing."""
    hooks_forget()


@shared_task(name="org.tasks.forget_usage")
def forget_usage() -> None:
    """Delete old counts of the API's use; running it twice changes nothing."""
    usage_forget()
