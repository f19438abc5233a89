"""Customers met twice: found while one types and asked about once on saving, in scope only."""

from __future__ import annotations

import datetime as dt
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from crm.calc.keys import contact_keys
from crm.models import Account, Lead, Opportunity
from crm.selectors.lookalikes import KEYS, lookalikes
from crm.tests.factories import make_account, make_lead, make_opportunity
from org.scope import Scope
from org.tests.factories import make_person, make_unit, make_user

pytestmark = pytest.mark.django_db
JAN = dt.date(2026, 1, 5)
LINES = {"lines-TOTAL_FORMS": "0", "lines-INITIAL_FORMS": "0"}
DEAL = {"name": "Fridges", "stage": "engaging", "amount": "5", "currency": "CNY", **LINES}


@pytest.fixture
def ann():
    return make_person("Ann", make_unit("East"))


@pytest.fixture
def rep(client, ann):
    client.force_login(make_user("ann@example.com", ann))
    return client


def found(scope: Scope, without: str = "", **typed: str) -> list[tuple[str, tuple[str, ...]]]:
    keys = contact_keys(*(typed.get(name, "") for name in ("name", "phone", "website", "email")))
    return [(each.name, each.shared) for each in lookalikes(keys, scope=scope, without=without)]


def scope_of(person: Any) -> Scope:
    return Scope(on=JAN, person_id=person.pk)


def hints(client: Client, **typed: str) -> str:
    answer = client.post(reverse("crm:alike"), typed)
    assert answer.status_code == 200
    return answer.content.decode()


def new(client: Client, page: str, /, **fields: Any) -> Any:
    return client.post(reverse(f"crm:{page}_new"), {"key": str(uuid4()), **fields})


def test_who_shares_most_comes_first_and_accounts_before_leads(ann):
    make_lead(ann, name="Bo", company_name="ACME Ltd")
    make_account("Acme", owner=ann)
    make_account("Other", owner=ann, phone="138 0013 8000", website="acme.com")
    make_account("Nothing", owner=ann)
    make_lead(ann, name="Done", company_name="Acme", status="converted", closed_on=JAN)
    assert found(scope_of(ann), name="Acme Inc.", phone="13800138000", website="www.acme.com") == [
        ("Other", KEYS[1:]),
        ("Acme", KEYS[:1]),
        ("ACME Ltd", KEYS[:1]),
    ]


def test_nothing_typed_looks_like_nobody(ann):
    make_account("...", owner=ann)
    assert found(scope_of(ann), name="-", phone="12") == []


def test_a_record_does_not_look_like_itself(ann):
    account = make_account("Acme", owner=ann)
    assert found(scope_of(ann), name="Acme", without=f"account-{account.pk}") == []


def test_hints_tell_by_what_and_whose_they_are(rep, ann):
    make_account("Acme Trading", owner=ann, phone="010-65529988")
    told = hints(rep, name="Acme", phone="+86 10 6552 9988")
    assert "Looks like" in told
    assert "Acme Trading" in told
    assert "phone" in told
    assert "domain" not in told


def test_nothing_out_of_scope_is_told_by_name_or_by_silence(rep, ann):
    make_account("Acme", owner=make_person("Dave", make_unit("West")), phone="13800138000")
    assert hints(rep, name="Acme", phone="13800138000").strip() == ""
    new(rep, "account", name="Acme", phone="13800138000")
    assert Account.objects.filter(owner=ann).exists()


@pytest.mark.parametrize(
    ("page", "fields", "model"),
    [
        ("account", {"name": "ACME Ltd"}, Account),
        (
            "lead",
            {
                "name": "Bo",
                "email": "bo@acme.com",
                "status": "new",
                "priority": "normal",
                "created_on": "2026-01-05",
            },
            Lead,
        ),
        ("opportunity", {**DEAL, "new_name": "Acme GmbH"}, Opportunity),
    ],
)
def test_a_likely_duplicate_is_asked_about_once(rep, ann, page, fields, model):
    make_account("Acme", owner=ann, website="acme.com")
    before = model.objects.count()
    answer = new(rep, page, **fields)
    assert answer.status_code == 422
    shown = answer.content.decode()
    assert "Is it one of these?" in shown
    assert f'value="{fields["name"]}"' in shown
    assert model.objects.count() == before
    assert new(rep, page, **fields, anyway="1").status_code == 302
    assert model.objects.count() == before + 1


def test_editing_asks_only_when_the_customer_goes_by_something_new(rep, ann):
    make_account("Acme", owner=ann)
    twin = make_account("Acme", owner=ann)
    page = reverse("crm:account_edit", args=[twin.pk])
    assert rep.post(page, {"name": "Acme", "industry": "trade", "currency": "CNY"}).status_code == 302
    make_account("Beta", owner=ann)
    answer = rep.post(page, {"name": "Beta", "industry": "trade", "currency": "CNY"})
    assert [each.name for each in answer.context["alike"]] == ["Beta"]


def test_hints_take_as_many_queries_for_many_as_for_few(rep, ann):
    def asked() -> int:
        with CaptureQueriesContext(connection) as queries:
            hints(rep, name="Acme", phone="13800138000", website="acme.com")
        return len(queries)

    make_account("Acme", owner=ann)
    few = asked()
    for _each in range(30):
        make_account("Acme", owner=ann, phone="13800138000")
        make_lead(ann, name="Acme")
    assert asked() == few


@pytest.mark.parametrize(
    ("kind", "text", "names"),
    [
        ("account", "acm", ["Acme"]),
        ("account", "138001", ["Acme"]),
        ("about", "acme", ["Acme", "Acme deal"]),
        ("deal", "acme", ["Acme deal"]),
        ("owner", "an", ["Ann"]),
        ("owner", "dave", []),
        ("account", "hidden", []),
    ],
)
def test_fields_offer_what_is_in_scope(rep, ann, kind, text, names):
    account = make_account("Acme", owner=ann, phone="13800138000")
    make_opportunity(ann, name="Acme deal", account=account)
    make_account("Hidden Acme", owner=make_person("Dave", make_unit("West")))
    answer = rep.get(reverse("crm:pick", args=[kind]), {"field": "x", "x_text": text})
    assert [pick.name for pick in answer.context["picks"]] == names


def test_fields_offer_a_new_account_where_that_can_be_made(rep):
    asked = {"field": "account", "account_text": "Acme"}
    page = reverse("crm:pick", args=["account"])
    assert "New account “Acme”" in rep.get(page, {**asked, "new": "1"}).content.decode()
    assert "New account" not in rep.get(page, asked).content.decode()
    assert rep.get(reverse("crm:pick", args=["anything"])).status_code == 404
