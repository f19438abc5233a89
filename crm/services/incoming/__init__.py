"""Webhooks that come in: endpoints are kept, messages stored at once and applied in the background."""

from crm.services.incoming.endpoints import (
    incoming_delete,
    incoming_map,
    incoming_save,
    incoming_secret_renew,
    incoming_switch,
)
from crm.services.incoming.messages import (
    MOST_BYTES,
    Full,
    Unproven,
    incoming_forget,
    incoming_work,
    message_receive,
    message_retry,
    refused_retry,
)
from crm.services.incoming.secrets import Sent, secret_of

__all__ = [
    "MOST_BYTES",
    "Full",
    "Sent",
    "Unproven",
    "incoming_delete",
    "incoming_forget",
    "incoming_map",
    "incoming_save",
    "incoming_secret_renew",
    "incoming_switch",
    "incoming_work",
    "message_receive",
    "message_retry",
    "refused_retry",
    "secret_of",
]
