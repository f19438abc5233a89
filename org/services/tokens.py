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
from org.models import ApiToken, Person, Role, RoleGrant, User
from org.services.audit import audit_record

TOKEN_PREFIX = "sg_"  # noqa: S105  (what every token starts with, so that scanners recognise a leaked one)
TOKEN_ROOMS = ("org", "crm", "metrics", "targets", "tracking", "incentives")
RIGHTS = ("read", "write")
ALL_SCOPES = tuple(f"{room}:{right}" for room in TOKEN_ROOMS for right in RIGHTS)
_SEEN_EVERY = dt.timedelta(minutes=1)
# What people without a company-wide role may hand to a program: reading what they see themselves.
_OWN_SCOPES = frozenset(("crm:read", "metrics:read", "targets:read", "tracking:read", "incentives:read"))


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
        room, _, right = scope.partition(":")
        if scope in ("*", "all"):
            wanted.update(ALL_SCOPES)
        elif scope in RIGHTS:
            wanted.update(f"{each}:{scope}" for each in TOKEN_ROOMS)
        elif room in TOKEN_ROOMS and not right:
            wanted.update(f"{room}:{each}" for each in RIGHTS)
        elif scope in ALL_SCOPES:
            wanted.add(scope)
        else:
            raise Invalid(
                _unknown(), field="scopes", params={"scope": scope[:40], "known": ", ".join(ALL_SCOPES)}
            )
    return sorted(wanted)


def _unknown() -> object:
    return _("There is no scope “%(scope)s”. Known are: %(known)s.")


@transaction.atomic
def token_create(
    *,
    user: User,
    name: str,
    scopes: Iterable[str],
    expires_at: dt.datetime | None = None,
    actor: User | None,
) -> tuple[ApiToken, str]:
    """Make a token that acts as ``user`` in its scopes; the plain text is returned once and never kept.

    Raises NotAllowed when the user may not hold a scope: administrators may hold all, others read.
    """
    wanted = scopes_normalised(scopes)
    if not wanted:
        raise Invalid(_("Choose at least one scope."), field="scopes")
    beyond = sorted(set(wanted) - holdable_scopes(user))
    if beyond:
        raise NotAllowed(
            _("%(user)s may not hold: %(scopes)s."),
            field="scopes",
            params={"user": str(user), "scopes": ", ".join(beyond)},
        )
    plain = TOKEN_PREFIX + secrets.token_urlsafe(32)
    token = ApiToken.objects.create(
        user=user,
        name=name.strip()[:100] or "API",
        prefix=plain[:10],
        token_hash=_hash(plain),
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


def holdable_scopes(user: User) -> frozenset[str]:
    """The scopes a token of this user may have."""
    roles = set(RoleGrant.objects.filter(user=user).values_list("role", flat=True))
    if user.is_superuser or Role.ADMIN in roles:
        return frozenset(ALL_SCOPES)
    if Role.EXECUTIVE in roles:
        return _OWN_SCOPES | {"targets:write", "org:read"}
    if Role.FINANCE in roles or Person.objects.filter(user=user).exists():
        return _OWN_SCOPES
    return frozenset()


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
        .filter(token_hash=_hash(plain), revoked_at=None, user__is_active=True)
        .first()
    )
    if token is None or (token.expires_at is not None and token.expires_at <= now):
        return None
    if token.last_used_at is None or now - token.last_used_at > _SEEN_EVERY:
        ApiToken.objects.filter(pk=token.pk).update(last_used_at=now)
    return token


def _hash(plain: str) -> str:
    return hashlib.sha256(plain.encode()).hexdigest()
