"""What there is to tell: recorded in the transaction in which it happens, for those who want to hear it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib import import_module
from importlib.util import find_spec
from typing import Any

import orjson
from django.conf import settings
from django.db import transaction
from django.utils import timezone

from org.models import HookDelivery, HookEndpoint, HookEvent


@dataclass(frozen=True)
class Event:
    """A kind that a room names in its ``events.py``, and JSON values that say what happened."""

    kind: str
    payload: Mapping[str, Any]


@lru_cache(maxsize=1)
def kind_names() -> dict[str, Any]:
    """Every kind of event with its words; each room names its own in ``events.py``."""
    rooms = [room for room in settings.ROOMS if find_spec(f"{room}.events")]
    return {kind: words for room in rooms for kind, words in import_module(f"{room}.events").EVENTS.items()}


def events_record(events: Sequence[Event], *, occurred_at: dt.datetime | None = None) -> int:
    """Put events into the outbox of every active endpoint that wants them; returns how many were wanted.

    Called inside the transaction of the deed: both happen or neither. Ask ``hook_kinds_wanted`` first where
    a payload costs something.
    """
    listening = list(HookEndpoint.objects.filter(is_active=True))
    wanted = [event for event in events if any(event.kind in each.kinds for each in listening)]
    if not wanted:
        return 0
    at = occurred_at or timezone.now()
    with transaction.atomic():
        rows = HookEvent.objects.bulk_create(
            [HookEvent(kind=event.kind, payload=dict(event.payload), occurred_at=at) for event in wanted],
            batch_size=500,
        )
        deliveries = [
            HookDelivery(event=row, endpoint=endpoint, next_attempt_at=at)
            for row in rows
            for endpoint in listening
            if row.kind in endpoint.kinds
        ]
        HookDelivery.objects.bulk_create(deliveries, batch_size=500)
    return len(wanted)


def body_of(event: HookEvent) -> str:
    """The JSON text that is sent and signed, the same in every try."""
    said = {"type": event.kind, "timestamp": event.occurred_at.isoformat(), "data": event.payload}
    return orjson.dumps(said, option=orjson.OPT_SORT_KEYS).decode()
