"""The sandbox token belongs to a demo company, is new for each installation, and never to a real one."""

from __future__ import annotations

import pytest
from django.test import Client

from common.errors import Conflict
from org.models import ApiToken, Company, Role
from org.services import sandbox_make, sandbox_text, token_create, token_revoke
from org.tests.factories import make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def admin():
    return make_user("admin@example.com", None, Role.ADMIN)


@pytest.fixture
def empty(admin):
    """An installation that nobody has set up."""
    Company.objects.update(is_set_up=False)


def get(text: str, path: str = "/api/v1/org/units"):
    return Client().get(path, headers={"Authorization": f"Bearer {text}"})


def test_it_reads_and_writes_until_it_is_revoked(empty, admin):
    token = sandbox_make(user=admin)
    text = sandbox_text()
    assert get(text).status_code == 200
    put = Client().put(
        "/api/v1/org/units/hr/x",
        {"name": "X"},
        "application/json",
        headers={"Authorization": f"Bearer {text}"},
    )
    assert put.status_code == 201
    token_revoke(token=token, actor=admin)
    assert sandbox_text() is None
    assert get(text).status_code == 401


def test_it_is_another_one_in_every_installation_even_with_one_secret_key(empty, admin):
    sandbox_make(user=admin)
    first = sandbox_text()
    ApiToken.objects.all().delete()
    sandbox_make(user=admin)
    assert sandbox_text() != first
    assert get(first).status_code == 401


def test_its_text_is_stored_nowhere(empty, admin):
    token = sandbox_make(user=admin)
    text = sandbox_text()
    assert text.startswith(token.prefix)
    assert text[10:] not in repr([*ApiToken.objects.values(), *Company.objects.values()])


def test_a_company_that_is_set_up_never_gets_one(admin):
    Company.objects.update(is_set_up=True)
    with pytest.raises(Conflict):
        sandbox_make(user=admin)
    assert not ApiToken.objects.exists()
    assert sandbox_text() is None


def test_a_real_company_shows_none_whatever_its_tokens(admin, client):
    token_create(user=admin, name="Sandbox", scopes=["*"], actor=None)
    client.force_login(admin, "allauth.account.auth_backends.AuthenticationBackend")
    assert "sandbox-token" not in client.get("/org/tokens/").content.decode()


def test_the_demos_administrator_sees_it_and_nobody_else(empty, admin, client):
    sandbox_make(user=admin)
    client.force_login(admin, "allauth.account.auth_backends.AuthenticationBackend")
    assert sandbox_text() in client.get("/org/tokens/").content.decode()
    client.force_login(make_user("rep@example.com"), "allauth.account.auth_backends.AuthenticationBackend")
    assert "sandbox-token" not in client.get("/org/tokens/").content.decode()
