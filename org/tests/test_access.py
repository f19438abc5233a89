"""Accounts: roles, activation, invitations, signing in, preferences, tokens."""

from __future__ import annotations

import datetime as dt
from io import StringIO

import pytest
import time_machine
from django.core import mail
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse

from common.errors import Conflict, DomainError, Invalid, NotAllowed
from org.models import ApiToken, AuditEntry, Invitation, Role, RoleGrant, User
from org.selectors import company_today
from org.services import (
    invitation_accept,
    invitation_create,
    invitation_revoke,
    person_leave,
    role_grant,
    role_revoke,
    scopes_normalised,
    token_create,
    token_find,
    token_revoke,
    user_activate,
    user_deactivate,
    user_rights_set,
)
from org.tests.factories import make_person, make_user

pytestmark = pytest.mark.django_db
PASSWORD = "long-enough-and-odd"


def token_of(link):
    return link.rstrip("/").rpartition("/")[2]


def actions():
    return list(AuditEntry.objects.order_by("pk").values_list("action", flat=True))


# --- Roles and activation


def test_role_given_twice_is_recorded_once(cast):
    before = len(actions())
    role_grant(user=cast.dave, role=Role.FINANCE, actor=cast.frank)
    role_grant(user=cast.dave, role=Role.FINANCE, actor=cast.frank)
    assert actions()[before:] == ["org.role.grant"]


@pytest.mark.parametrize("role", ["rep", "manager", "king"])
def test_roles_that_follow_from_assignments_are_never_granted(cast, role):
    with pytest.raises(Invalid):
        role_grant(user=cast.dave, role=role, actor=cast.frank)
    assert not RoleGrant.objects.filter(user=cast.dave).exists()


def test_last_administrator_stays_one(cast):
    with pytest.raises(Conflict):
        role_revoke(user=cast.frank, role=Role.ADMIN, actor=cast.frank)
    role_grant(user=cast.erin, role=Role.ADMIN, actor=cast.frank)
    role_revoke(user=cast.frank, role=Role.ADMIN, actor=cast.erin)
    assert not RoleGrant.objects.filter(user=cast.frank).exists()


def test_rights_are_set_all_or_not_at_all(cast):
    taken = cast.alice.person
    with pytest.raises(Conflict):
        user_rights_set(user=cast.erin, roles=["executive"], person=taken, actor=cast.frank)
    assert [grant.role for grant in cast.erin.role_grants.all()] == ["finance"]


def test_deactivated_account_is_out_at_once(cast, client_of):
    browser = client_of(cast.alice)
    assert browser.get(reverse("org:profile")).status_code == 200
    _token, plain = token_create(user=cast.alice, name="x", scopes=["crm:read"], actor=None)
    user_deactivate(user=cast.alice, actor=cast.frank)
    assert browser.get(reverse("org:profile")).status_code == 302
    user_activate(user=cast.alice, actor=cast.frank)
    assert token_find(plain) is None


def test_nobody_deactivates_themselves(cast):
    with pytest.raises(Conflict):
        user_deactivate(user=cast.frank, actor=cast.frank)


# --- Invitations


def test_invited_person_gets_account_roles_and_mail(cast):
    gina = make_person("Gina", cast.borealis)
    _invitation, link = invitation_create(
        email=" Gina@Cast.example ", person=gina, roles=["finance"], actor=cast.frank
    )
    assert mail.outbox[0].to == ["gina@cast.example"]
    assert link in mail.outbox[0].body
    user = invitation_accept(token=token_of(link), name="Gina", password=PASSWORD)
    gina.refresh_from_db()
    assert gina.user == user
    assert user.check_password(PASSWORD)
    assert [grant.role for grant in user.role_grants.all()] == ["finance"]


def test_link_is_stored_nowhere(cast):
    _invitation, link = invitation_create(email="new@cast.example", actor=cast.frank)
    stored = str(list(Invitation.objects.values())) + str(list(AuditEntry.objects.values()))
    assert token_of(link) not in stored


@pytest.mark.parametrize(
    "case", ["used", "revoked", "older than seven days", "made up", "followed by another"]
)
def test_link_that_is_no_longer_good_makes_no_account(cast, case):
    invitation, link = invitation_create(email="new@cast.example", actor=cast.frank)
    token, at = token_of(link), dt.timedelta()
    if case == "used":
        invitation_accept(token=token, name="New", password=PASSWORD)
        User.objects.filter(email="new@cast.example").update(email="other@cast.example")
    elif case == "revoked":
        invitation_revoke(invitation=invitation, actor=cast.frank)
    elif case == "older than seven days":
        at = dt.timedelta(days=7, seconds=1)
    elif case == "made up":
        token = "x" * 43
    else:
        invitation_create(email="new@cast.example", actor=cast.frank)
    users = User.objects.count()
    with time_machine.travel(invitation.created_at + at, tick=False), pytest.raises(Conflict):
        invitation_accept(token=token, name="New", password=PASSWORD)
    assert User.objects.count() == users


@pytest.mark.parametrize("password", ["short", "12345678901", "new@cast.example"])
def test_weak_password_is_refused_and_the_link_stays_good(cast, password):
    _invitation, link = invitation_create(email="new@cast.example", actor=cast.frank)
    with pytest.raises(Invalid) as refused:
        invitation_accept(token=token_of(link), name="New", password=password)
    assert refused.value.field == "password"
    assert invitation_accept(token=token_of(link), name="New", password=PASSWORD).pk


def test_address_or_person_with_an_account_is_not_invited(cast):
    for wrong in ({"email": "ALICE@cast.example"}, {"email": "x@cast.example", "person": cast.alice.person}):
        with pytest.raises(Invalid):
            invitation_create(**wrong, actor=cast.frank)
    assert not Invitation.objects.exists()
    assert mail.outbox == []


# --- Signing in


def sign_in(email, password="secret-enough"):  # noqa: S107
    browser = Client()
    answer = browser.post(reverse("account_login"), {"login": email, "password": password})
    return browser, answer


def test_account_made_by_invitation_signs_in_by_mail_address(cast):
    _invitation, link = invitation_create(email="new@cast.example", actor=cast.frank)
    page = Client().post(
        reverse("org:invitation_accept", args=[token_of(link)]),
        {"name": "New", "password": PASSWORD, "again": PASSWORD},
    )
    assert page.status_code == 302
    browser, _answer = sign_in("new@cast.example", PASSWORD)
    assert browser.get(reverse("org:profile")).status_code == 200


def test_leaver_does_not_get_in(cast):
    person_leave(person=cast.alice.person, on=company_today(), actor=None)
    browser, _answer = sign_in("alice@cast.example")
    assert browser.get(reverse("org:profile")).status_code == 302


def test_language_and_theme_of_the_account_come_along(cast):
    User.objects.filter(pk=cast.alice.pk).update(language="zh-hans", theme="dark")
    _browser, answer = sign_in("alice@cast.example")
    assert answer.cookies["django_language"].value == "zh-hans"
    assert answer.cookies["salesgoals_theme"].value == "dark"


# --- Tokens


@pytest.mark.parametrize(
    ("given", "full"),
    [
        (["crm"], ["crm:read", "crm:write"]),
        ([" CRM:read ", ""], ["crm:read"]),
        (["metrics:read", "crm"], ["crm:read", "crm:write", "metrics:read"]),
    ],
)
def test_scopes_are_written_out(given, full):
    assert scopes_normalised(given) == full


def test_star_is_everything_and_read_is_reading_everywhere():
    assert len(scopes_normalised(["*"])) == 2 * len(scopes_normalised(["read"]))


@pytest.mark.parametrize("scope", ["sales", "crm:own", "crm:", ":read"])
def test_unknown_scope_is_named(scope):
    with pytest.raises(Invalid) as refused:
        scopes_normalised([scope])
    assert scope in str(refused.value)


@pytest.mark.parametrize(
    ("name", "scope", "is_allowed"),
    [
        ("frank", "*", True),
        ("alice", "crm:read", True),
        ("alice", "crm:write", False),
        ("alice", "org:write", False),
        ("bob", "targets:write", True),
        ("erin", "incentives:write", True),
        ("erin", "crm:write", False),
    ],
)
def test_people_hold_the_scopes_their_roles_allow(cast, name, scope, is_allowed):
    user = getattr(cast, name)
    if is_allowed:
        assert token_create(user=user, name="x", scopes=[scope], actor=user)[1].startswith("sg_")
    else:
        with pytest.raises(NotAllowed):
            token_create(user=user, name="x", scopes=[scope], actor=user)
        assert not ApiToken.objects.exists()


def test_token_is_kept_as_a_hash_only(cast):
    token, plain = token_create(user=cast.frank, name="crm", scopes=["crm"], actor=cast.frank)
    assert token_find(plain) == token
    stored = str(list(ApiToken.objects.values())) + str(list(AuditEntry.objects.values()))
    assert plain not in stored
    assert plain[12:] not in stored


@pytest.mark.parametrize("case", ["revoked", "expired", "wrong", "of somebody deactivated"])
def test_dead_token_is_not_found(cast, case):
    ends = dt.datetime(2030, 1, 1, tzinfo=dt.UTC)
    with time_machine.travel("2029-12-31T12:00:00Z", tick=False):
        token, plain = token_create(
            user=cast.frank, name="x", scopes=["crm"], expires_at=ends, actor=cast.frank
        )
        assert token_find(plain)
    at = ends - dt.timedelta(seconds=1)
    if case == "revoked":
        token_revoke(token=token, actor=cast.frank)
    elif case == "expired":
        at = ends
    elif case == "wrong":
        plain = plain[:-1] + ("a" if plain[-1] != "a" else "b")
    else:
        user_deactivate(user=cast.frank, actor=None)
    with time_machine.travel(at, tick=False):
        assert token_find(plain) is None


def test_last_use_is_noted_once_a_minute(cast, django_assert_num_queries):
    _token, plain = token_create(user=cast.frank, name="x", scopes=["crm"], actor=cast.frank)
    with time_machine.travel("2030-01-01T00:00:00Z", tick=False):
        token_find(plain)
    with time_machine.travel("2030-01-01T00:00:59Z", tick=False), django_assert_num_queries(2):
        token_find(plain)
    assert ApiToken.objects.get().last_used_at == dt.datetime(2030, 1, 1, tzinfo=dt.UTC)
    with time_machine.travel("2030-01-01T00:01:01Z", tick=False):
        token_find(plain)
    assert ApiToken.objects.get().last_used_at.minute == 1


def test_command_prints_the_token_alone_on_the_last_line(cast):
    out = StringIO()
    call_command("create_token", "frank@cast.example", scopes="crm,tracking:read", days=30, stdout=out)
    token = token_find(out.getvalue().splitlines()[-1])
    assert token.scopes == ["crm:read", "crm:write", "tracking:read"]
    assert token.expires_at > token.created_at + dt.timedelta(days=29)


def test_command_gives_a_superuser_any_scope():
    User.objects.create_superuser("root", "root@cast.example", PASSWORD)
    out = StringIO()
    call_command("create_token", "root", scopes="*", stdout=out)
    assert token_find(out.getvalue().splitlines()[-1])


@pytest.mark.parametrize(
    ("user", "scopes"), [("nobody@x", "crm"), ("alice@cast.example", "crm"), ("alice@cast.example", "")]
)
def test_command_refuses_what_may_not_be(cast, user, scopes):
    with pytest.raises((CommandError, DomainError)):
        call_command("create_token", user, scopes=scopes, stdout=StringIO())
    assert not ApiToken.objects.exists()


def test_user_without_anything_holds_no_scope():
    nobody = make_user("nobody@cast.example")
    with pytest.raises(NotAllowed):
        token_create(user=nobody, name="x", scopes=["crm:read"], actor=nobody)
