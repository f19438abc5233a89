"""Deliveries: taken one by one, tried, tried again later; whoever dies meanwhile loses nothing.

Taking writes the next try ahead before anything is sent, so a delivery whose worker was killed is due again
after ``LEASE``. A receiver may get a message twice and knows it by its id.
"""

from __future__ import annotations

import datetime as dt
import random
import time

from django.db import transaction
from django.utils import timezone

from org.calc.hooks import wait_seconds
from org.models import DeliveryState, HookDelivery, HookEndpoint, HookEvent, HookProblem, User
from org.models.hooks import TEST_KIND
from org.selectors import hook_deliveries_due
from org.services.audit import audit_record
from org.services.hooks.events import body_of
from org.services.hooks.secrets import headers_of
from org.services.hooks.sending import Answer, message_post

SEND_SECONDS = 60.0
LEASE = dt.timedelta(minutes=5)
# An endpoint at which nothing has arrived for so long is turned off.
PATIENCE = dt.timedelta(days=3)
REST = dt.timedelta(minutes=1)
KEPT = dt.timedelta(days=30)


def deliveries_send(*, seconds: float = SEND_SECONDS) -> int:
    """Try what is due for about ``seconds``; returns how many were tried. Nothing is sent twice."""
    until = time.monotonic() + seconds
    tried = 0
    while time.monotonic() < until:
        delivery = _take()
        if delivery is None:
            break
        delivery_try(delivery)
        tried += 1
    return tried


def delivery_try(delivery: HookDelivery) -> Answer:
    """Send a delivery that the caller has taken, outside of any transaction, and note how it went."""
    endpoint, event = delivery.endpoint, delivery.event
    body = body_of(event)
    answer = message_post(endpoint.url, body, headers_of(endpoint, event.uid, body, timezone.now()))
    _note(delivery, answer)
    return answer


def delivery_replay(*, delivery: HookDelivery, actor: User | None) -> None:
    """Send a message again, as new: the same id and text, all tries anew."""
    with transaction.atomic():
        HookDelivery.objects.filter(pk=delivery.pk).update(
            state=DeliveryState.WAITING,
            attempts=0,
            next_attempt_at=timezone.now(),
            replayed_by=actor,
        )
        audit_record(
            actor=actor,
            action="org.hook.replay",
            subject=delivery.endpoint,
            after={"event": delivery.event.uid, "kind": delivery.event.kind},
        )


def hooks_forget() -> int:
    """Delete events older than ``KEPT`` that wait for nobody, with their deliveries."""
    old = HookEvent.objects.filter(occurred_at__lt=timezone.now() - KEPT)
    count, _by_model = old.exclude(deliveries__state=DeliveryState.WAITING).delete()
    return count


def _take() -> HookDelivery | None:
    """The longest due delivery, its next try put ahead; None when nothing is due."""
    now = timezone.now()
    with transaction.atomic():
        due = hook_deliveries_due(now).order_by("next_attempt_at", "pk")
        found = due.select_related("endpoint", "event").select_for_update(skip_locked=True, of=("self",))
        delivery = found.first()
        if delivery is not None:
            delivery.attempts += 1
            delivery.next_attempt_at, delivery.attempted_at = now + LEASE, now
            delivery.save(update_fields=["attempts", "next_attempt_at", "attempted_at"])
    return delivery


@transaction.atomic
def _note(delivery: HookDelivery, answer: Answer) -> None:
    """Write the outcome, unless somebody has taken or replayed the delivery since."""
    endpoint = HookEndpoint.objects.select_for_update(no_key=True).filter(pk=delivery.endpoint_id).first()
    now = timezone.now()
    is_test = delivery.event.kind == TEST_KIND
    wait = None if is_test else wait_seconds(delivery.attempts, random.random())  # noqa: S311
    state = DeliveryState.WAITING
    if answer.is_accepted:
        state = DeliveryState.DONE
    elif wait is None or answer.problem == HookProblem.GONE:
        state = DeliveryState.FAILED
    written = HookDelivery.objects.filter(
        pk=delivery.pk, state=DeliveryState.WAITING, attempts=delivery.attempts
    ).update(
        state=state,
        next_attempt_at=now + dt.timedelta(seconds=wait or 0),
        status_code=answer.status_code,
        problem=answer.problem,
        excerpt=answer.excerpt,
        duration_ms=answer.duration_ms,
    )
    if not written or endpoint is None or is_test:
        return
    _judge(endpoint, answer, now)
    if not answer.is_accepted and answer.status_code is None:
        # Nobody is there: what else waits for it rests too, so that a dead endpoint delays no other.
        HookDelivery.objects.filter(
            endpoint=endpoint, state=DeliveryState.WAITING, next_attempt_at__lt=now + REST
        ).exclude(pk=delivery.pk).update(next_attempt_at=now + REST)


def _judge(endpoint: HookEndpoint, answer: Answer, now: dt.datetime) -> None:
    """Keep since when an endpoint fails; turn it off when that is too long, or when it says it is gone."""
    if answer.is_accepted:
        if endpoint.failing_since is not None:
            endpoint.failing_since = None
            endpoint.save(update_fields=["failing_since"])
        return
    endpoint.failing_since = endpoint.failing_since or now
    is_over = answer.problem == HookProblem.GONE or now - endpoint.failing_since >= PATIENCE
    if is_over and endpoint.is_active:
        endpoint.is_active, endpoint.stopped_at = False, now
        after = {"problem": answer.problem, "failing_since": endpoint.failing_since.isoformat()}
        audit_record(actor=None, action="org.hook.stop", subject=endpoint, after=after)
    endpoint.save(update_fields=["failing_since", "is_active", "stopped_at"])
