"""Incoming webhooks; administrators see all of them."""

from __future__ import annotations

from django.db.models import Case, Count, Max, Q, QuerySet, When

from crm.models import IncomingEndpoint, IncomingMessage, IncomingRecord, MessageState


def incoming_endpoints() -> QuerySet[IncomingEndpoint]:
    """All endpoints with how many messages wait or were refused, and when the last one came."""
    return IncomingEndpoint.objects.annotate(
        waiting=Count("messages", filter=Q(messages__state=MessageState.WAITING)),
        refused=Count("messages", filter=Q(messages__state=MessageState.REFUSED)),
        last_at=Max("messages__received_at"),
    ).order_by("name", "pk")


def incoming_endpoint(pk: int) -> IncomingEndpoint | None:
    """An endpoint with its counts."""
    return incoming_endpoints().filter(pk=pk).first()


def incoming_at(public_id: str) -> IncomingEndpoint | None:
    """The endpoint that an address leads to, if it is on."""
    return IncomingEndpoint.objects.filter(public_id=public_id, is_active=True).first()


def incoming_messages(*, endpoint: IncomingEndpoint, state: str = "") -> QuerySet[IncomingMessage]:
    """The log of an endpoint, the newest first, without what only a message's own page shows."""
    rows = IncomingMessage.objects.filter(endpoint=endpoint).defer("body").order_by("-pk")
    return rows.filter(state=state) if state else rows


def incoming_message(pk: int) -> IncomingMessage | None:
    """A message with its endpoint."""
    return IncomingMessage.objects.select_related("endpoint").filter(pk=pk).first()


def incoming_records(message: IncomingMessage) -> QuerySet[IncomingRecord]:
    """What became of a message's records, the refused ones first."""
    return message.records.order_by(Case(When(status="error", then=0), default=1), "position", "pk")


def last_body(endpoint: IncomingEndpoint) -> str:
    """The body of the newest message; "" if none has come."""
    rows = IncomingMessage.objects.filter(endpoint=endpoint).order_by("-pk")
    return rows.values_list("body", flat=True).first() or ""


def incoming_due() -> QuerySet[IncomingMessage]:
    """Messages that can be applied, in the order of their arrival."""
    ready = Q(endpoint__is_active=True) & ~Q(endpoint__mapping={})
    return IncomingMessage.objects.filter(ready, state=MessageState.WAITING).order_by("pk")
