"""Accounts: company-wide roles, activation, the person an account is."""

from __future__ import annotations

from collections.abc import Iterable

from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from common.errors import Conflict, Invalid
from org.models import Person, Role, RoleGrant, User
from org.models.access import GRANTABLE_ROLES
from org.services.audit import audit_record

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
    others = User.objects.filter(is_active=True).exclude(pk=user.pk)
    is_admin = Q(role_grants__role=Role.ADMIN) | Q(is_superuser=True)
    if role == Role.ADMIN and not others.filter(is_admin).exists():
        raise Conflict(_("Somebody has to stay administrator."), field="role")
    deleted, _rows = RoleGrant.objects.filter(user=user, role=role).delete()
    if deleted:
        audit_record(actor=actor, action="org.role.revoke", subject=user, before={"role": str(role)})


@transaction.atomic
def user_deactivate(*, user: User, actor: User | None) -> None:
    """Shut an account out at once: no sign-in, no session, no token of theirs works any more."""
    if actor is not None and actor.pk == user.pk:
        raise Conflict(_("You can't deactivate yourself."))
    if not user.is_active:
        return
    user.is_active = False
    user.save(update_fields=["is_active"])
    user.api_tokens.filter(revoked_at=None).update(revoked_at=timezone.now())
    audit_record(actor=actor, action="org.user.deactivate", subject=user)


@transaction.atomic
def user_activate(*, user: User, actor: User | None) -> None:
    """Let a deactivated account sign in again; revoked tokens stay revoked."""
    if user.is_active:
        return
    user.is_active = True
    user.save(update_fields=["is_active"])
    audit_record(actor=actor, action="org.user.activate", subject=user)


@transaction.atomic
def user_link(*, user: User, person: Person | None, actor: User | None) -> None:
    """Say which person an account is, or that it is none; raises Conflict when the person has another one."""
    if person is not None and person.user_id not in (None, user.pk):
        raise Conflict(_("This person can sign in already."), field="person")
    old = Person.objects.filter(user=user).first()
    if old == person:
        return
    Person.objects.filter(user=user).update(user=None)
    if person is not None:
        person.user = user
        person.save(update_fields=["user", "updated_at"])
    names = [str(each) if each else None for each in (old, person)]
    audit_record(
        actor=actor,
        action="org.user.link",
        subject=user,
        before={"person": names[0]},
        after={"person": names[1]},
    )


@transaction.atomic
def user_rights_set(*, user: User, roles: Iterable[str], person: Person | None, actor: User | None) -> None:
    """Give an account exactly these company-wide roles and this person; all of it or nothing."""
    wanted = set(roles)
    had = set(user.role_grants.values_list("role", flat=True))
    for role in sorted(wanted - had):
        role_grant(user=user, role=role, actor=actor)
    for role in sorted(had - wanted):
        role_revoke(user=user, role=role, actor=actor)
    user_link(user=user, person=person, actor=actor)
