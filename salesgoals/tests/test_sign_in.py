"""Signing in by allauth as it is set up here: by e-mail, limited, silent about who has an account."""

from __future__ import annotations

import re

import pytest
from allauth.mfa.totp.internal import auth as totp
from django.contrib.auth import get_user_model
from django.core import mail

pytestmark = pytest.mark.django_db
PASSWORD = "a long enough one"
LOGIN = "/accounts/login/"


@pytest.fixture
def user():
    return get_user_model().objects.create_user("ann", "ann@example.com", PASSWORD)


def sign_in(client, password=PASSWORD):
    return client.post(LOGIN, {"login": "ann@example.com", "password": password})


def is_in(client) -> bool:
    return "_auth_user_id" in client.session


def test_signs_in_by_email_in_any_case(client, user):
    client.post(LOGIN, {"login": "Ann@Example.com", "password": PASSWORD})
    assert is_in(client)


def test_deactivated_account_does_not_get_in(client, user):
    get_user_model().objects.update(is_active=False)
    sign_in(client)
    assert not is_in(client)


def test_after_five_wrong_passwords_even_the_right_one_has_to_wait(client, user):
    for _attempt in range(5):
        sign_in(client, "wrong")
    answer = sign_in(client)
    assert not is_in(client)
    assert "Too many failed login attempts" in answer.content.decode()


def test_session_gets_a_new_key_when_signing_in(client, user):
    client.get(LOGIN)
    client.session["before"] = 1
    before = client.session.session_key
    sign_in(client)
    assert client.session.session_key != before


def test_next_address_of_another_site_is_not_followed(client, user):
    answer = client.post(f"{LOGIN}?next=https://evil.example/", {"login": user.email, "password": PASSWORD})
    assert "evil.example" not in answer.headers.get("Location", "")


def test_reset_mail_leads_to_a_new_password(client, user):
    client.post("/accounts/password/reset/", {"email": user.email})
    (sent,) = mail.outbox
    link = re.search(r"http://testserver(/accounts/password/reset/key/\S+)", sent.body)[1]
    form_at = client.get(link, follow=True).redirect_chain[-1][0]
    client.post(form_at, {"password1": "another long one", "password2": "another long one"})
    user.refresh_from_db()
    assert user.check_password("another long one")


def test_reset_of_an_unknown_address_looks_the_same(client, user):
    known = client.post("/accounts/password/reset/", {"email": user.email})
    unknown = client.post("/accounts/password/reset/", {"email": "nobody@example.com"})
    assert (known.status_code, known["Location"]) == (unknown.status_code, unknown["Location"])


def test_account_with_an_authenticator_needs_its_code(client, user):
    secret = totp.generate_totp_secret()
    totp.TOTP.activate(user, secret)
    answer = sign_in(client)
    assert not is_in(client)
    assert answer["Location"] == "/accounts/2fa/authenticate/"
    counter = totp.yield_hotp_counters_from_time()
    code = totp.format_hotp_value(totp.hotp_value(secret, next(iter(counter))))
    client.post(answer["Location"], {"code": code})
    assert is_in(client)


def test_signing_out_needs_a_post(client, user):
    sign_in(client)
    client.get("/accounts/logout/")
    assert is_in(client)
    client.post("/accounts/logout/")
    assert not is_in(client)


def test_nobody_signs_up_by_themselves(client):
    new = {"email": "new@example.com", "password1": PASSWORD, "password2": PASSWORD}
    answer = client.post("/accounts/signup/", new)
    assert "Sign Up Closed" in answer.content.decode()
    assert not get_user_model().objects.filter(email="new@example.com").exists()


def test_admin_site_has_no_door_of_its_own(client, user):
    answer = client.get("/admin/login/?next=/admin/")
    assert answer.status_code == 302
    assert answer["Location"].startswith(LOGIN)
