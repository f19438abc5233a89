"""Messages: stored when they arrive, applied in the background in the order of their arrival.

Whoever applies one holds its endpoint; the records and the message's new state are one transaction, so a
worker that dies leaves it waiting, and applying it again changes nothing.
"""

from __future__ import annotations

import datetime as dt
import time
from collections import Counter

import structlog
from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils import timezone

from common.errors import Conflict, DomainError, Invalid, gettext_noop
from common.records import MAX_RECORDS, Refused
from crm.calc.json_paths import json_read, records_in
from crm.calc.mapping import mapping_read, record_map
from crm.models import IncomingEndpoint, IncomingMessage, IncomingRecord, MessageState
from crm.selectors.incoming import incoming_due
from crm.services.incoming.secrets import Sent, proof_of
from crm.services.mapped import WRITTEN, Outcome, plain, records_apply
from crm.services.tables import among
from org.models import User
from org.services import audit_record

log = structlog.get_logger(__name__)
MOST_BYTES = 1_000_000
MOST_WAITING = 10_000
KEPT = dt.timedelta(days=30)
WORK_SECONDS = 60.0
_MOST_ATTEMPTS = 3
_OVERTAKEN = gettext_noop("A newer message about this record has been applied meanwhile; this one is older.")
_BROKEN = gettext_noop("Applying this message broke off several times; tell whoever runs this site.")


class Unproven(Exception):  # noqa: N818  (reads as what the sender is)
    """The sender does not know the secret, or its signature is too old."""


class Full(Exception):  # noqa: N818
    """Too many messages wait already."""


def message_receive(*, endpoint: IncomingEndpoint, sent: Sent) -> IncomingMessage:
    """Store what a sender pushed; a repetition is answered with the message that is there.

    Raises Unproven, Full, or Invalid for a body that is no JSON.
    """
    key = proof_of(endpoint, sent)
    if key is None:
        raise Unproven
    if key:
        known = IncomingMessage.objects.filter(endpoint=endpoint, sender_key=key).first()
        if known is not None:
            return known
    try:
        text = sent.body.decode("utf-8-sig")
        json_read(text)
    except UnicodeDecodeError:
        raise Invalid(gettext_noop("Send JSON in UTF-8."), field="body") from None
    except Refused as refused:
        raise Invalid(refused.message, field="body", code=refused.code, params=refused.params) from None
    waiting = IncomingMessage.objects.filter(endpoint=endpoint, state=MessageState.WAITING)
    if waiting.count() >= MOST_WAITING:
        raise Full
    try:
        with transaction.atomic():
            return IncomingMessage.objects.create(
                endpoint=endpoint, sender_key=key, body=text, received_at=sent.at
            )
    except IntegrityError:  # the same message at the same time
        return IncomingMessage.objects.get(endpoint=endpoint, sender_key=key)


def incoming_work(*, seconds: float = WORK_SECONDS) -> int:
    """Apply what waits for about ``seconds``; returns how many messages. Twice changes nothing."""
    until = time.monotonic() + seconds
    done = 0
    skipped: set[int] = set()
    while time.monotonic() < until:
        found = incoming_due().exclude(endpoint__in=skipped).values_list("pk", "endpoint").first()
        if found is None:
            break
        if _attempt(*found):
            done += 1
        else:
            skipped.add(found[1])
    return done


def message_retry(*, message: IncomingMessage, actor: User | None) -> None:
    """Let a message be applied anew, after the mapping was mended. Raises Conflict while it waits."""
    with transaction.atomic():
        current = IncomingMessage.objects.select_for_update().get(pk=message.pk)
        if current.state == MessageState.WAITING:
            raise Conflict(gettext_noop("This message waits already."))
        IncomingMessage.objects.filter(pk=current.pk).update(state=MessageState.WAITING, attempts=0)
        audit_record(
            actor=actor, action="crm.incoming.retry", subject=message.endpoint, after={"message": message.uid}
        )


def refused_retry(*, endpoint: IncomingEndpoint, actor: User | None) -> int:
    """Let all refused messages of an endpoint be applied anew; returns how many."""
    with transaction.atomic():
        rows = IncomingMessage.objects.filter(endpoint=endpoint, state=MessageState.REFUSED)
        count = rows.update(state=MessageState.WAITING, attempts=0)
        if count:
            after = {"messages": count}
            audit_record(actor=actor, action="crm.incoming.retry", subject=endpoint, after=after)
    return count


def incoming_forget() -> int:
    """Delete messages older than ``KEPT`` with what became of their records; the records themselves stay."""
    count, _by_model = IncomingMessage.objects.filter(received_at__lt=timezone.now() - KEPT).delete()
    return count


def _attempt(pk: int, endpoint_id: int) -> bool:
    """Apply one message; False when its endpoint is somebody else's at the moment, or it broke off."""
    IncomingMessage.objects.filter(pk=pk).update(attempts=F("attempts") + 1)
    try:
        with transaction.atomic():
            endpoints = IncomingEndpoint.objects.select_for_update(skip_locked=True, no_key=True)
            endpoint = endpoints.filter(pk=endpoint_id, is_active=True).first()
            message = IncomingMessage.objects.filter(pk=pk, state=MessageState.WAITING).first()
            if endpoint is None:
                IncomingMessage.objects.filter(pk=pk).update(attempts=F("attempts") - 1)
                return False
            if message is None:
                return True
            if message.attempts > _MOST_ATTEMPTS:
                _close(message, [], _BROKEN)
            else:
                _apply(endpoint, message)
    except Exception:  # whatever breaks, the messages of others go on; this one is tried again
        log.exception("crm.incoming_broke", message=pk)
        return False
    return True


def _apply(endpoint: IncomingEndpoint, message: IncomingMessage) -> None:
    try:
        mapping = mapping_read(endpoint.resource, endpoint.mapping)
        records = records_in(json_read(message.body), endpoint.records_path)
        if len(records) > MAX_RECORDS:
            text = gettext_noop("At most %(max)s records at a time, these are %(count)s.")
            raise Refused(text, "too_many", max=MAX_RECORDS, count=len(records))
        keys = [record_map(mapping, record).key for record in records]
        newer = _overtaken(message, keys)
        kept = [record for record, key in zip(records, keys, strict=True) if key not in newer]
        applied = iter(records_apply(mapping=mapping, source=endpoint.source, records=kept))
        outcomes = [_late(key) if key in newer else next(applied) for key in keys]
    except (Refused, DomainError) as refused:
        _close(message, [], str(refused.message), plain(refused.params))
        return
    _close(message, outcomes)


def _late(key: str) -> Outcome:
    error = {"field": "external_id", "path": "", "message": _OVERTAKEN, "params": {}}
    return Outcome(key, "overtaken", [error])


def _overtaken(message: IncomingMessage, keys: list[str]) -> set[str]:
    """The keys of records of which a message that came later has been applied."""
    later = IncomingRecord.objects.filter(
        among("external_id", set(keys) - {""}),
        message__endpoint=message.endpoint_id,
        message_id__gt=message.pk,
        status__in=WRITTEN,
    )
    return set(later.values_list("external_id", flat=True))


def _close(
    message: IncomingMessage,
    outcomes: list[Outcome],
    problem: str = "",
    params: dict[str, object] | None = None,
) -> None:
    """Write what became of a message and its records, in the transaction that wrote them."""
    counts = Counter(each.status for each in outcomes)
    is_refused = bool(problem) or counts["error"] > 0
    message.state = MessageState.REFUSED if is_refused else MessageState.DONE
    message.applied_at, message.counts = timezone.now(), dict(counts)
    message.problem, message.problem_params = problem, params or {}
    message.save(update_fields=["state", "applied_at", "counts", "problem", "problem_params"])
    IncomingRecord.objects.filter(message=message).delete()
    IncomingRecord.objects.bulk_create(
        [
            IncomingRecord(
                message=message, position=at, external_id=each.key, status=each.status, errors=each.errors
            )
            for at, each in enumerate(outcomes)
        ],
        batch_size=500,
    )
