"""Invitations: a link, good for seven days, by which one person makes their account."""

from __future__ import annotations

import datetime as dt
import hashlib
import secrets
from smtplib import SMTPException

import structlog
from allauth.account.models import EmailAddress
from django.conf import settings
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.mail import send_mail
from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from common.errors import Conflict, Invalid
from org.models import Invitation, Person, User
from org.services.access import GRANTABLE, role_grant
from org.services.audit import audit_record

INVITATION_DAYS = 7
_log = structlog.get_logger("org.invitations")


def invitation_create(
    *, email: str, person: Person | None = None, roles: list[str] | None = None, actor: User | None
) -> tuple[Invitation, str]:
    """Invite somebody by mail; returns the invitation and the link, which is stored nowhere.

    An open invitation of the same address ends. Raises Invalid when the address has an account or the person
    is linked to one.
    """
    email = email.strip().lower()
    wanted = sorted(set(roles or ()))
    if User.objects.filter(email__iexact=email).exists():
        raise Invalid(_("This address has an account already."), field="email")
    if person is not None and person.user_id is not None:
        raise Invalid(_("This person can sign in already."), field="person")
    if not set(wanted) <= GRANTABLE:
        raise Invalid(_("This role follows from assignments and can't be granted."), field="roles")
    token = secrets.token_urlsafe(32)
    now = timezone.now()
    with transaction.atomic():
        Invitation.objects.filter(email=email, accepted_at=None, revoked_at=None).update(revoked_at=now)
        invitation = Invitation.objects.create(
            email=email,
            person=person,
            roles=wanted,
            token_hash=_hash(token),
            invited_by=actor,
            expires_at=now + dt.timedelta(days=INVITATION_DAYS),
        )
        after = {"roles": wanted, "person": str(person) if person else None}
        audit_record(actor=actor, action="org.invitation.create", subject=invitation, after=after)
    # The address of this site comes from the settings: a forged Host header must not carry the token away.
    link = settings.SITE_URL + reverse("org:invitation_accept", args=[token])
    _send(email, link)
    return invitation, link


def _send(email: str, link: str) -> None:
    """Mail the link; a mail server that fails is logged, since the inviter sees the link anyway."""
    body = gettext("Open this link within %(days)s days to set your password:\n\n%(link)s\n")
    try:
        send_mail(
            gettext("You are invited to SalesGoals"),
            body % {"days": INVITATION_DAYS, "link": link},
            None,
            [email],
        )
    except (OSError, SMTPException):
        _log.exception("invitation not mailed", email=email)


@transaction.atomic
def invitation_revoke(*, invitation: Invitation, actor: User | None) -> None:
    """Make an open invitation's link useless; raises Conflict for one that has been accepted."""
    if invitation.accepted_at is not None:
        raise Conflict(_("This invitation has been accepted."))
    if invitation.revoked_at is None:
        invitation.revoked_at = timezone.now()
        invitation.save(update_fields=["revoked_at"])
        audit_record(actor=actor, action="org.invitation.revoke", subject=invitation)


def invitation_open(token: str, *, lock: bool = False) -> Invitation | None:
    """The invitation behind a link while it can be accepted."""
    invitations = Invitation.objects.select_for_update() if lock else Invitation.objects.all()
    return invitations.filter(
        token_hash=_hash(token), accepted_at=None, revoked_at=None, expires_at__gt=timezone.now()
    ).first()


@transaction.atomic
def invitation_accept(*, token: str, name: str, password: str) -> User:
    """Make the invited account, link it to its person, give it its roles.

    Raises Conflict for a link that is used, revoked or expired, Invalid for a weak password.
    """
    invitation = invitation_open(token, lock=True)
    if invitation is None:
        raise Conflict(_("This link is no longer valid. Ask for a new invitation."))
    if User.objects.filter(email__iexact=invitation.email).exists():
        raise Conflict(_("This address has an account already."))
    user = User(username=invitation.email[:150], email=invitation.email, first_name=name.strip()[:150])
    try:
        validate_password(password, user)
    except ValidationError as error:
        raise Invalid(" ".join(error.messages), field="password") from error
    user.set_password(password)
    user.save()
    # The link went to this address, so it is verified.
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    if invitation.person_id is not None:
        Person.objects.filter(pk=invitation.person_id, user=None).update(user=user)
    invitation.accepted_at = timezone.now()
    invitation.save(update_fields=["accepted_at"])
    audit_record(actor=user, action="org.invitation.accept", subject=invitation)
    for role in invitation.roles:
        role_grant(user=user, role=role, actor=invitation.invited_by)
    return user


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
