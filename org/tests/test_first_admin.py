"""The first administrator: one link, one account, then never again."""

from __future__ import annotations

from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.test import Client

from common.errors import Conflict
from org.models import AuditEntry, Role, User
from org.scope import scope_for
from org.selectors import company_today
from org.services.first_admin import first_admin_create, first_admin_link
from org.tests.factories import make_user

pytestmark = pytest.mark.django_db
GOOD = {"name": "Ada", "email": "Ada@firm.example", "password": "long-enough-and-odd"}


def path_of(link):
    return "/" + link.split("/", 3)[3]


def test_the_first_account_administers_plans_and_is_signed_in_at_once():
    browser = Client()
    answer = browser.post(path_of(first_admin_link()), GOOD | {"again": GOOD["password"]})
    assert answer.url == "/"
    user = User.objects.get()
    assert (user.email, user.first_name, user.is_superuser) == ("ada@firm.example", "Ada", False)
    scope = scope_for(user, on=company_today())
    assert scope.roles == {Role.ADMIN, Role.EXECUTIVE}
    assert browser.get("/").url == "/setup/"
    actions = list(AuditEntry.objects.order_by("pk").values_list("action", flat=True))
    assert actions == ["org.first_admin.create", "org.role.grant", "org.role.grant"]


def test_the_account_signs_in_by_its_address_later():
    Client().post(path_of(first_admin_link()), GOOD | {"again": GOOD["password"]})
    browser = Client()
    answer = browser.post("/accounts/login/", {"login": GOOD["email"], "password": GOOD["password"]})
    assert answer.status_code == 302
    assert "_auth_user_id" in browser.session


def test_a_link_is_good_until_somebody_has_an_account():
    link = first_admin_link()
    assert Client().get(path_of(link)).status_code == 200
    make_user("somebody@firm.example")
    assert first_admin_link() is None
    assert Client().get(path_of(link)).status_code == 404
    with pytest.raises(Conflict):
        first_admin_create(token=link.rstrip("/").rpartition("/")[2], **GOOD)
    assert User.objects.count() == 1


def test_a_link_is_good_for_a_day(time_machine):
    time_machine.move_to("2026-05-04 08:00Z")
    link = first_admin_link()
    time_machine.move_to("2026-05-05 09:00Z")
    assert Client().get(path_of(link)).status_code == 404


@pytest.mark.parametrize("token", ["made-up", "ImZpcnN0Ig:1wabcd:forged"])
def test_a_forged_link_opens_nothing(token):
    answer = Client().post(f"/org/first/{token}/", GOOD | {"again": GOOD["password"]})
    assert answer.status_code == 404
    assert not User.objects.exists()


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"password": "12345678", "again": "12345678"}, "password"),
        ({"again": "another-one"}, "The two passwords differ."),
        ({"email": "ada at firm"}, "Enter a valid email address."),
    ],
)
def test_what_is_wrong_is_told_and_the_link_stays_good(wrong, said):
    path = path_of(first_admin_link())
    answer = Client().post(path, GOOD | {"again": GOOD["password"]} | wrong)
    assert said in answer.content.decode()
    assert not User.objects.exists()
    assert Client().get(path).status_code == 200


def test_command_prints_the_link_alone_and_refuses_once_somebody_is_there(settings):
    settings.SITE_URL = "https://sales.firm.example"
    out = StringIO()
    call_command("first_admin", stdout=out)
    assert out.getvalue().startswith("https://sales.firm.example/org/first/")
    make_user("somebody@firm.example")
    with pytest.raises(CommandError, match="sign in already"):
        call_command("first_admin")
