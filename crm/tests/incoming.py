"""A system that pushes records, as other systems do: it signs what it sends."""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
import hmac
import json
from typing import Any

from django.test import Client
from standardwebhooks.webhooks import Webhook

from crm.models import IncomingEndpoint
from crm.services.incoming import secret_of


def deal(**fields: Any) -> dict[str, Any]:
    """A won deal of alice as the old CRM tells it."""
    told = {"id": 7, "title": "Kitchen", "amount": 1250.5, "closed": "2026-03-05"}
    return told | {"stage": {"name": "Closed Won"}, "owner": {"number": "E1"}} | fields


def push(endpoint: IncomingEndpoint, body: Any, **headers: str) -> Any:
    """Send a body (JSON unless it is bytes already), with these headers only."""
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    told = {name.replace("_", "-"): value for name, value in headers.items()}
    kind = told.pop("content-type", "application/json")
    address = f"/api/v1/hooks/in/{endpoint.public_id}"
    return Client().post(address, content, content_type=kind, headers=told)


def signed(
    endpoint: IncomingEndpoint, body: Any, *, uid: str = "m1", at: dt.datetime | None = None, secret: str = ""
) -> dict[str, str]:
    """The headers of Standard Webhooks for a body."""
    content = body.decode() if isinstance(body, bytes) else json.dumps(body)
    at = at or dt.datetime.now(dt.UTC)
    told = Webhook(secret or secret_of(endpoint)).sign(uid, at, content)
    return {"webhook_id": uid, "webhook_timestamp": str(int(at.timestamp())), "webhook_signature": told}


def hmac_of(
    endpoint: IncomingEndpoint, content: bytes, *, algorithm: str = "sha256", form: str = "hex"
) -> str:
    """An HMAC of bytes as hex or base 64."""
    digest = hmac.new(secret_of(endpoint).encode(), content, getattr(hashlib, algorithm)).digest()
    return digest.hex() if form == "hex" else base64.b64encode(digest).decode()
