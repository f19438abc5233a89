"""Contact fields come in by every door and carry the keys by which a customer met twice is known again."""

from __future__ import annotations

import datetime as dt
import importlib

import pytest
from django.apps import apps
from django.db import connection
from django.test import Client
from django.urls import reverse

from crm.models import Account, Lead
from crm.selectors import record_get, record_shape
from crm.services import record_patch
from crm.tests.factories import SOURCE, make_account, make_lead
from org.models import User
from org.scope import Scope

pytestmark = pytest.mark.django_db
EVERYONE = Scope.everyone(reason="test", on=dt.date(2026, 1, 5))


def test_account_keeps_its_contact_and_the_keys_of_it() -> None:
    account = make_account(
        "Acme Co., Ltd.", contact_name="Ann", phone="+86 138 0013 8000", website="www.acme.com.cn/shop"
    )
    assert (account.contact_name, account.phone, account.website) == (
        "Ann",
        "+86 138 0013 8000",
        "www.acme.com.cn/shop",
    )
    assert (account.name_key, account.phone_key, account.domain_key) == ("acme", "13800138000", "acme.com.cn")


@pytest.mark.parametrize(
    ("fields", "keys"),
    [
        ({"name": "Ann", "company_name": "上海闪电有限公司"}, ("上海闪电", "", "")),
        ({"name": "上海闪电有限公司"}, ("上海闪电", "", "")),
        ({"name": "Ann", "email": "ann@mail.acme.com"}, ("ann", "", "acme.com")),
        ({"name": "Ann", "email": "ann@acme.com", "website": "acme.cn"}, ("ann", "", "acme.cn")),
        ({"name": "Ann", "email": "ann@qq.com", "phone": "010-65529988"}, ("ann", "1065529988", "")),
    ],
)
def test_lead_is_known_by_its_company_its_phone_and_its_domain(
    fields: dict[str, str], keys: tuple[str, ...]
) -> None:
    lead = make_lead(**fields)
    assert (lead.name_key, lead.phone_key, lead.domain_key) == keys


def test_changing_a_field_changes_its_key() -> None:
    account = make_account("Acme", phone="13800138000")
    asked = {"resource": "accounts", "source": SOURCE, "external_id": account.external_id, "scope": EVERYONE}
    record_patch(**asked, changes={"name": "Beta Inc.", "phone": ""})
    account.refresh_from_db()
    assert (account.name_key, account.phone_key) == ("beta", "")


def test_what_the_api_tells_of_a_contact_may_be_sent_back() -> None:
    lead = make_lead(email="ann@acme.com", phone="1", website="acme.com", contact_name="Ann")
    found = record_get("leads", source=SOURCE, external_id=lead.external_id, scope=EVERYONE)
    assert found is not None
    shape = record_shape(found)
    told = {name: shape[name] for name in ("email", "phone", "website", "contact_name")}
    assert told == {"email": "ann@acme.com", "phone": "1", "website": "acme.com", "contact_name": "Ann"}
    again = make_lead(**told)
    assert again.email == "ann@acme.com"


def test_customers_known_before_get_the_keys_of_their_names() -> None:
    account = make_account("Acme Ltd")
    lead = make_lead(name="Ann", company_name="Beta GmbH")
    lone = make_lead(name="Gamma Inc")
    for model in (Account, Lead):
        model.objects.update(name_key="")
    migration = importlib.import_module("crm.migrations.0007_contact_keys")
    for _time in (1, 2):
        migration.make_keys(apps, None)
    found = [row.name_key for row in (account, lead, lone) if row.refresh_from_db() is None]
    assert found == ["acme", "beta", "gamma"]


@pytest.mark.parametrize("key", ["name", "phone", "domain"])
def test_a_key_is_looked_up_by_its_index(key: str) -> None:
    column = f"{key}_key"
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SET LOCAL enable_seqscan = off")
    rows = Account.objects.filter(**{column: "acme", f"{column}__gt": ""})
    assert f"account_{key}" in rows.explain()


def test_pages_show_how_a_customer_is_reached(client: Client, alice: User) -> None:
    client.force_login(alice)
    contact = {"contact_name": "Ann", "phone": "+86 10-6552 9988", "website": "acme.com"}
    account = make_account("Acme", owner=alice.person, **contact)
    lead = make_lead(alice.person, email="ann@acme.com", **contact)
    for page in (
        reverse("crm:account_detail", args=[account.pk]),
        reverse("crm:lead_detail", args=[lead.pk]),
    ):
        shown = client.get(page).content.decode()
        assert 'href="tel:+861065529988"' in shown
        assert 'href="https://acme.com"' in shown
        assert "Ann" in shown
    assert 'href="mailto:ann@acme.com"' in shown


def test_a_website_that_is_none_is_no_link(client: Client, alice: User) -> None:
    client.force_login(alice)
    account = make_account("Acme", owner=alice.person, website="javascript:alert(1)", phone="n/a")
    shown = client.get(reverse("crm:account_detail", args=[account.pk])).content.decode()
    assert "javascript:alert(1)" in shown
    assert 'href="javascript' not in shown
    assert 'href="tel:"' not in shown


def test_lists_find_a_customer_by_contact_and_phone(client: Client, alice: User) -> None:
    client.force_login(alice)
    account = make_account("Acme", owner=alice.person, contact_name="Bo Chen", phone="13800138000")
    lead = make_lead(alice.person, name="Cy", email="cy@acme.com")
    for word, route, row in (
        ("chen", "account_list", account),
        ("8001", "account_list", account),
        ("cy@", "lead_list", lead),
    ):
        answer = client.get(reverse(f"crm:{route}"), {"q": word})
        assert list(answer.context["rows"]) == [row]
    assert list(client.get(reverse("crm:account_list"), {"q": "nobody"}).context["rows"]) == []
