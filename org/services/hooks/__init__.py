"""Webhooks: endpoints are kept, events recorded with what they tell of, deliveries made until they arrive."""

from org.services.hooks.deliveries import deliveries_send, delivery_replay, hooks_forget
from org.services.hooks.endpoints import (
    endpoint_delete,
    endpoint_save,
    endpoint_secret_renew,
    endpoint_switch,
    endpoint_test,
)
from org.services.hooks.events import Event, body_of, events_record, kind_names
from org.services.hooks.secrets import secret_of

__all__ = [
    "Event",
    "body_of",
    "deliveries_send",
    "delivery_replay",
    "endpoint_delete",
    "endpoint_save",
    "endpoint_secret_renew",
    "endpoint_switch",
    "endpoint_test",
    "events_record",
    "hooks_forget",
    "kind_names",
    "secret_of",
]
