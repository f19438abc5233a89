"""The API token of a demo company, which everybody at this computer may see and try.

Its text is made from the demo's random seed and the installation's secret key whenever it is shown, and kept
nowhere. Only loading a demo makes one, and a demo fills an empty installation only: a real company has no
seed and so no such token.
"""

from __future__ import annotations

import base64
import secrets

from django.db import transaction
from django.utils.crypto import salted_hmac

from common.errors import Conflict, gettext_noop
from org.models import ApiToken, Company, User
from org.selectors import company_get
from org.services.tokens import TOKEN_PREFIX, token_create, token_hash

NAME = "Sandbox"


@transaction.atomic
def sandbox_make(*, user: User) -> ApiToken:
    """Mark a company as a demo while it is filled, and make its token, which acts as ``user``.

    Raises Conflict for a company that is set up already, a real one or a finished demo.
    """
    if company_get().is_set_up:
        raise Conflict(gettext_noop("A sandbox is made with a demo company only."))
    seed = secrets.token_hex(16)
    Company.objects.update(demo_seed=seed)
    token, _plain = token_create(user=user, name=NAME, scopes=["*"], actor=None, plain=_text(seed))
    return token


def sandbox_text() -> str | None:
    """The text of the demo's token; None for a real company, or once it is revoked."""
    seed = company_get().demo_seed
    if not seed:
        return None
    text = _text(seed)
    is_live = ApiToken.objects.filter(
        token_hash=token_hash(text), revoked_at=None, user__is_active=True
    ).exists()
    return text if is_live else None


def _text(seed: str) -> str:
    digest = salted_hmac("org.sandbox_token", seed, algorithm="sha256").digest()
    return TOKEN_PREFIX + base64.urlsafe_b64encode(digest).decode().rstrip("=")
