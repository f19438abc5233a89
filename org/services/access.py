"""Accounts: company-wide roles, activation, invitations by link."""

from __future__ import annotations

import datetime as dt
import hashlib
import secrets

from django.conf import settings
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.mail import send_mail
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from common.errors import Conflict, Invalid
from org.models import Invitation, Person, Role, RoleGrant, User
from org.models.access import GRANTABLE_ROLES
from org.services.audit import audit_record

INVITATION_DAYS = 7
GRANTABLE = frozenset(value for value, _label in GRANTABLE_ROLES)


@transaction.atomic
def role_grant(*, user: User, role: str, actor: User | None) -> None:
    """Give a user a company-wide role; having it already changes nothing."""
    if role not in GRANTABLE:
        raise Invalid(_("This role follows from assignments and can't be granted."), field="role")
    _grant, created = RoleGrant.objects.get_or_create(user=user, role=role)
    if created:
        audit_record(actor=actor, action="org.role.grant", subject=user, after={"role": str(role)})


@transaction.atomic
def role_revoke(*, user: User, role: str, actor: User | None) -> None:
    """Take a role from a user. Raises Conflict for the last administrator: nobody could let them in again."""
    if (
        role == Role.ADMIN
        and not RoleGrant.objects.filter(role=Role.ADMIN, user__is_active=True).exclude(user=user).exists()
    ):
        raise Conflict(_("Somebody has to stay administrator."), field="role")
    deleted, _rows = RoleGrant.objects.filter(user=user, role=role).delete()
    if deleted:
        audit_record(actor=actor, action="org.role.revoke", subject=user, before={"role": str(role)})


@transaction.atomic
def user_deactivate(*, user: User, actor: User | None) -> None:
    """Shut an account out at once: no sign-in, no session, no token of theirs works any more."""
    if actor is not None and actor.pk == user.pk:
        raise Conflict(_("You can't deactivate yourself."))
    user.is_active = False
    user.save(update_fields=["is_active"])
    user.api_tokens.filter(revoked_at=None).update(revoked_at=timezone.now())
    audit_record(actor=actor, action="org.user.deactivate", subject=user)


@transaction.atomic
def user_activate(*, user: User, actor: User | None) -> None:
    """Let a deactivated account sign in again; revoked tokens stay revoked."""
    user.is_active = True
    user.save(update_fields=["is_active"])
    audit_record(actor=actor, action="org.user.activate", subject=user)


def invitation_create(
    *, email: str, person: Person | None, roles: list[str], actor: User | None
) -> tuple[Invitation, str]:
    """Invite somebody by mail; returns the invitation and the link, which is stored nowhere.

    Raises Invalid when the address has an account or the person is linked to one.
    """
    email = email.strip().lower()
    if User.objects.filter(email__iexact=email).exists():
        raise Invalid(_("This address has an account already."), field="email")
    if person is not None and person.user_id is not None:
        raise Invalid(_("This person can sign in already."), field="person")
    if not set(roles) <= GRANTABLE:
        raise Invalid(_("This role follows from assignments and can't be granted."), field="roles")
    token = secrets.token_urlsafe(32)
    with transaction.atomic():
        Invitation.objects.filter(email=email, accepted_at=None, revoked_at=None).update(
            revoked_at=timezone.now()
        )
        invitation = Invitation.objects.create(
            email=email,
            person=person,
            roles=sorted(roles),
            token_hash=_hash(token),
            invited_by=actor,
            expires_at=timezone.now() + dt.timedelta(days=INVITATION_DAYS),
        )
        audit_record(
            actor=actor, action="org.invitation.create", subject=invitation, after={"roles": sorted(roles)}
        )
    link = f"{settings.SITE_URL}/org/invitations/accept/{token}/"
    send_mail(
        gettext("You are invited to SalesGoals"),
        gettext("Open this link within %(days)s days to set your password:\n\n%(link)s\n")
        % {"days": INVITATION_DAYS, "link": link},
        None,
        [email],
        fail_silently=True,
    )
    return invitation, link


@transaction.atomic
def invitation_revoke(*, invitation: Invitation, actor: User | None) -> None:
    """Make an open invitation's link useless."""
    if invitation.accepted_at is not None:
        raise Conflict(_("This invitation has been accepted."))
    invitation.revoked_at = timezone.now()
    invitation.save(update_fields=["revoked_at"])
    audit_record(actor=actor, action="org.invitation.revoke", subject=invitation)


def invitation_open(token: str) -> Invitation | None:
    """The invitation behind a link while it can be accepted."""
    return Invitation.objects.filter(
        token_hash=_hash(token), accepted_at=None, revoked_at=None, expires_at__gt=timezone.now()
    ).first()


@transaction.atomic
def invitation_accept(*, token: str, name: str, password: str) -> User:
    """Make the invited account, link it to its person, give it its roles.

    Raises Conflict for a link that is used, revoked or expired, Invalid for a weak password.
    """
    invitation = invitation_open(token)
    if invitation is None:
        raise Conflict(_("This link is no longer valid. Ask for a new invitation."))
    if User.objects.filter(email__iexact=invitation.email).exists():
        raise Conflict(_("This address has an account already."))
    user = User(username=invitation.email, email=invitation.email, first_name=name.strip()[:150])
    try:
        validate_password(password, user)
    except ValidationError as error:
        raise Invalid(" ".join(error.messages), field="password") from error
    user.set_password(password)
    user.save()
    if invitation.person_id is not None:
        Person.objects.filter(pk=invitation.person_id, user=None).update(user=user)
    for role in invitation.roles:
        role_grant(user=user, role=role, actor=invitation.invited_by)
    invitation.accepted_at = timezone.now()
    invitation.save(update_fields=["accepted_at"])
    audit_record(actor=user, action="org.invitation.accept", subject=invitation)
    return user


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
