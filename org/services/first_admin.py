"""The first administrator of an installation: a link that is good only while nobody can sign in."""

from __future__ import annotations

from allauth.account.models import EmailAddress
from django.conf import settings
from django.contrib.auth.password_validation import validate_password
from django.core import signing
from django.core.exceptions import ValidationError
from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from common.errors import Conflict, Invalid
from org.models import Company, Role, User
from org.services.access import role_grant
from org.services.audit import audit_record

GOOD_FOR_SECONDS = 24 * 3600
_SALT = "org.first_admin"
# Who starts the installation does everything at first; the roles can be given away later.
_ROLES = (Role.ADMIN, Role.EXECUTIVE)


def first_admin_link(site: str = "") -> str | None:
    """The link to print where only the installation's owner reads it; None once there is an account."""
    if User.objects.exists():
        return None
    token = signing.dumps("first", salt=_SALT)
    return (site or settings.SITE_URL) + reverse("org:first_admin", args=[token])


def first_admin_is_open(token: str) -> bool:
    """Whether a link's token is ours, at most a day old, and nobody has an account yet."""
    try:
        signing.loads(token, salt=_SALT, max_age=GOOD_FOR_SECONDS)
    except signing.BadSignature:
        return False
    return not User.objects.exists()


@transaction.atomic
def first_admin_create(*, token: str, name: str, email: str, password: str) -> User:
    """Make the first account, administrator and executive.

    Raises Conflict for a link that is no longer good, Invalid for a weak password.
    """
    list(Company.objects.select_for_update().values_list("pk"))  # two at once would both be the first
    if not first_admin_is_open(token):
        raise Conflict(_("This link is no longer valid. Ask for a new invitation."))
    email = email.strip().lower()
    user = User(username=email[:150], email=email, first_name=name.strip()[:150])
    try:
        validate_password(password, user)
    except ValidationError as error:
        raise Invalid(" ".join(error.messages), field="password") from error
    user.set_password(password)
    user.save()
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    audit_record(actor=user, action="org.first_admin.create", subject=user)
    for role in _ROLES:
        role_grant(user=user, role=role, actor=user)
    return user
