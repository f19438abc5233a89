"""API tokens: 256 random bits, kept only as a hash, restricted to scopes, expiring, revocable."""

from __future__ import annotations

import datetime as dt
import hashlib
import secrets
from collections.abc import Iterable

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from common.errors import Invalid, NotAllowed
from org.models import ApiToken, Role, User
from org.scope import scope_for
from org.selectors import company_today
from org.services.audit import audit_record

TOKEN_PREFIX = "sg_"  # noqa: S105  (what every token starts with, so that scanners recognise a leaked one)
TOKEN_ROOMS = ("org", "crm", "metrics", "targets", "tracking", "incentives")
RIGHTS = ("read", "write")
ALL_SCOPES = tuple(f"{room}:{right}" for room in TOKEN_ROOMS for right in RIGHTS)
_SEEN_EVERY = dt.timedelta(minutes=1)
_READ_OWN = {"crm:read", "metrics:read", "targets:read", "tracking:read", "incentives:read"}
# What a role lets its holder do by hand, a program of theirs may do too; everything else is the
# administrators' to give away.
_SCOPES_OF: dict[str, set[str]] = {
    Role.REP: _READ_OWN,
    Role.MANAGER: _READ_OWN | {"org:read", "targets:write"},
    Role.EXECUTIVE: _READ_OWN | {"org:read", "targets:write", "tracking:write"},
    Role.FINANCE: _READ_OWN | {"org:read", "incentives:write"},
    Role.ADMIN: set(ALL_SCOPES),
}


def scopes_normalised(scopes: Iterable[str]) -> list[str]:
    """Scopes written out: ``crm`` is both its rights, ``read`` that right in every room, ``*`` everything.

    Raises Invalid naming an unknown scope.

    >>> scopes_normalised(["crm"])
    ['crm:read', 'crm:write']
    """
    wanted: set[str] = set()
    for scope in (part.strip().lower() for part in scopes):
        if not scope:
            continue
        if scope in ("*", "all"):
            wanted.update(ALL_SCOPES)
        elif scope in RIGHTS:
            wanted.update(f"{each}:{scope}" for each in TOKEN_ROOMS)
        elif scope in TOKEN_ROOMS:
            wanted.update(f"{scope}:{right}" for right in RIGHTS)
        elif scope in ALL_SCOPES:
            wanted.add(scope)
        else:
            raise Invalid(
                _("There is no scope “%(scope)s”. Known are: %(known)s."),
                field="scopes",
                params={"scope": scope[:40], "known": ", ".join(ALL_SCOPES)},
            )
    return sorted(wanted)


def holdable_scopes(roles: Iterable[str]) -> frozenset[str]:
    """The scopes that a token of somebody with these roles may have, and keeps while they have them."""
    return frozenset().union(*(_SCOPES_OF.get(role, set()) for role in roles))


@transaction.atomic
def token_create(
    *,
    user: User,
    name: str,
    scopes: Iterable[str],
    expires_at: dt.datetime | None = None,
    actor: User | None,
    plain: str = "",
) -> tuple[ApiToken, str]:
    """Make a token that acts as ``user`` in its scopes; the plain text is returned once and never kept.

    It is random unless ``plain`` gives one, as a sandbox does.

    Raises NotAllowed when the user's roles don't allow a scope, Invalid for an expiry that has passed.
    """
    wanted = scopes_normalised(scopes)
    if not wanted:
        raise Invalid(_("Choose at least one scope."), field="scopes")
    if expires_at is not None and expires_at <= timezone.now():
        raise Invalid(_("Choose a moment to come."), field="expires_at")
    beyond = sorted(set(wanted) - holdable_scopes(scope_for(user, on=company_today()).roles))
    if beyond:
        raise NotAllowed(
            _("%(user)s may not hold: %(scopes)s."),
            field="scopes",
            params={"user": str(user), "scopes": ", ".join(beyond)},
        )
    plain = plain or TOKEN_PREFIX + secrets.token_urlsafe(32)
    token = ApiToken.objects.create(
        user=user,
        name=name.strip()[:100] or "API",
        prefix=plain[:10],
        token_hash=token_hash(plain),
        scopes=wanted,
        expires_at=expires_at,
    )
    audit_record(
        actor=actor,
        action="org.token.create",
        subject=token,
        after={"scopes": wanted, "expires_at": expires_at.isoformat() if expires_at else None},
    )
    return token, plain


@transaction.atomic
def token_revoke(*, token: ApiToken, actor: User | None) -> None:
    """End a token at once; revoking it again changes nothing."""
    if token.revoked_at is None:
        token.revoked_at = timezone.now()
        token.save(update_fields=["revoked_at"])
        audit_record(actor=actor, action="org.token.revoke", subject=token)


def token_find(plain: str) -> ApiToken | None:
    """The live token of this text with its user, or None; notes when it was used, once a minute at most.

    Looking up by the hash of 256 random bits leaks nothing through timing.
    """
    if not plain.startswith(TOKEN_PREFIX) or len(plain) > 100:
        return None
    now = timezone.now()
    token = (
        ApiToken.objects.select_related("user")
        .prefetch_related("user__role_grants")
        .filter(token_hash=token_hash(plain), revoked_at=None, user__is_active=True)
        .first()
    )
    if token is None or (token.expires_at is not None and token.expires_at <= now):
        return None
    if token.last_used_at is None or now - token.last_used_at > _SEEN_EVERY:
        ApiToken.objects.filter(pk=token.pk).update(last_used_at=now)
    return token


def token_hash(plain: str) -> str:
    """What is kept of a token's text."""
    return hashlib.sha256(plain.encode()).hexdigest()
