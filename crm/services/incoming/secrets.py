"""The secret of an incoming endpoint, and whether a sender proves that it knows it.

It is made from the installation's secret key and the endpoint's seed and stored nowhere: a stolen copy of the
database lets nobody push records.
"""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
import hmac
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from django.utils.crypto import salted_hmac
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from crm.models import IncomingAuth, IncomingEndpoint

ALGORITHMS = ("sha256", "sha512", "sha1")
# How far the time of a signed message may be from now.
TOLERANCE = dt.timedelta(minutes=5)
_LONGEST_ID = 90


@dataclass(frozen=True)
class Sent:
    """A request as it came: ``headers`` by any case, ``token`` the secret that stood in the address."""

    headers: Mapping[str, str]
    body: bytes
    token: str
    at: dt.datetime


def secret_of(endpoint: IncomingEndpoint) -> str:
    """What the sender is given: for Standard Webhooks in their form, else one that needs no escaping."""
    return _secret(endpoint, endpoint.seed)


def proof_of(endpoint: IncomingEndpoint, sent: Sent) -> str | None:
    """None unless the sender knows the secret; else by what a repetition is known, "" if by nothing.

    For a day the former secret is believed too.
    """
    seeds = [endpoint.seed]
    if endpoint.former_until is not None and sent.at < endpoint.former_until:
        seeds.append(endpoint.former_seed)
    prove = _PROOFS[endpoint.auth]
    # Every secret is tried whatever the first one says: the time taken tells nothing.
    found = [prove(endpoint, _secret(endpoint, seed), sent) for seed in seeds]
    return next((key for key in found if key is not None), None)


def _secret(endpoint: IncomingEndpoint, seed: str) -> str:
    digest = salted_hmac("crm.incoming.secret", f"{endpoint.public_id}:{seed}", algorithm="sha256").digest()
    if endpoint.auth == IncomingAuth.STANDARD:
        return f"whsec_{base64.b64encode(digest).decode()}"
    return f"sgin_{base64.urlsafe_b64encode(digest).decode().rstrip('=')}"


def _by_standard(_endpoint: IncomingEndpoint, secret: str, sent: Sent) -> str | None:
    """Standard Webhooks: id, time and body are signed; the library refuses times five minutes off."""
    names = ("webhook-id", "webhook-timestamp", "webhook-signature")
    told = {name: sent.headers.get(name, "") for name in names}
    try:
        Webhook(secret).verify(sent.body, told, json_parse=False)
    except (WebhookVerificationError, ValueError, OverflowError, OSError):
        return None
    uid = told["webhook-id"]
    return uid if len(uid) <= _LONGEST_ID else hashlib.sha256(uid.encode()).hexdigest()


def _by_hmac(endpoint: IncomingEndpoint, secret: str, sent: Sent) -> str | None:
    """HMAC of the body in hex or base 64, "sha256=" before it or not; with a time header of "time.body"."""
    signed, key = sent.body, ""
    if endpoint.time_header:
        told = sent.headers.get(endpoint.time_header, "")
        if not _is_recent(told, sent.at):
            return None
        signed = told.encode() + b"." + sent.body
        key = hashlib.sha256(signed).hexdigest()
    digest = hmac.new(secret.encode(), signed, endpoint.algorithm).digest()
    given = sent.headers.get(endpoint.header, "").strip().removeprefix(f"{endpoint.algorithm}=").encode()
    matches = [
        hmac.compare_digest(given.lower(), digest.hex().encode()),
        hmac.compare_digest(given, base64.b64encode(digest)),
    ]
    return key if any(matches) else None


def _by_token(endpoint: IncomingEndpoint, secret: str, sent: Sent) -> str | None:
    """The secret itself in a header, "Bearer" before it or not."""
    given = sent.headers.get(endpoint.header, "").strip().removeprefix("Bearer ").strip()
    return "" if hmac.compare_digest(given.encode(), secret.encode()) else None


def _by_address(_endpoint: IncomingEndpoint, secret: str, sent: Sent) -> str | None:
    """The secret itself at the end of the address."""
    return "" if hmac.compare_digest(sent.token.encode("utf-8", "replace"), secret.encode()) else None


def _is_recent(told: str, now: dt.datetime) -> bool:
    """Whether seconds (or milliseconds) since 1970 are within the tolerance."""
    if not told.isascii() or not told.isdigit() or len(told) > 13:
        return False
    seconds = int(told) / 1000 if len(told) > 11 else int(told)
    return abs(now.timestamp() - seconds) <= TOLERANCE.total_seconds()


Proof = Callable[[IncomingEndpoint, str, Sent], str | None]
_PROOFS: dict[str, Proof] = {
    IncomingAuth.STANDARD: _by_standard,
    IncomingAuth.HMAC: _by_hmac,
    IncomingAuth.TOKEN: _by_token,
    IncomingAuth.ADDRESS: _by_address,
}
