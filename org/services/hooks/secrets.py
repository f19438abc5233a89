"""The secret an endpoint's messages are signed with, as Standard Webhooks describe.

It is made from the installation's secret key and the endpoint's seed and stored nowhere, so that a stolen
copy of the database signs nothing.
"""

from __future__ import annotations

import base64
import datetime as dt

from django.utils.crypto import salted_hmac
from standardwebhooks.webhooks import Webhook

from org.models import HookEndpoint


def secret_of(endpoint: HookEndpoint) -> str:
    """The secret that the receiver checks with: ``whsec_`` and 32 bytes in base 64."""
    return _secret(endpoint.seed)


def headers_of(endpoint: HookEndpoint, uid: str, body: str, at: dt.datetime) -> dict[str, str]:
    """The three headers of a message sent ``at``; for a day after a change the former secret signs too."""
    seeds = [endpoint.seed]
    if endpoint.former_until is not None and at < endpoint.former_until:
        seeds.append(endpoint.former_seed)
    return {
        "webhook-id": uid,
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": " ".join(Webhook(_secret(seed)).sign(uid, at, body) for seed in seeds),
    }


def _secret(seed: str) -> str:
    digest = salted_hmac("org.hooks.secret", seed, algorithm="sha256").digest()
    return f"whsec_{base64.b64encode(digest).decode()}"
