"""A lead becomes an account with a deal in one step, and once."""

from __future__ import annotations

import datetime as dt
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse

from crm.models import Account, ChangedDay, Lead, Opportunity
from crm.tests.factories import make_account, make_lead
from org.models import AuditEntry
from org.selectors import company_today
from org.tests.factories import make_person, make_unit, make_user

pytestmark = pytest.mark.django_db
JAN = dt.date(2026, 1, 5)
DEAL = {"name": "Fridges", "stage": "engaging", "amount": "5,000", "currency": "CNY"}


@pytest.fixture
def ann():
    return make_person("Ann", make_unit("East"))


@pytest.fixture
def rep(client, ann):
    client.force_login(make_user("ann@example.com", ann))
    return client


def convert(client: Client, lead: Lead, **fields: Any) -> Any:
    page = reverse("crm:lead_convert", args=[lead.pk])
    return client.post(page, {"key": str(uuid4()), **DEAL, **fields})


def test_a_lead_becomes_a_new_account_and_a_deal(rep, ann):
    lead = make_lead(
        ann,
        JAN,
        name="Bo",
        company_name="Acme",
        phone="13800138000",
        industry="retail",
        region="east",
        product_line="cooling",
    )
    ChangedDay.objects.all().delete()
    answer = convert(rep, lead, new_name="Acme Ltd", new_phone="13800138000")
    deal, account = Opportunity.objects.get(), Account.objects.get()
    assert answer.url == reverse("crm:opportunity_detail", args=[deal.pk])
    assert (account.name, account.contact_name, account.phone, account.industry, account.owner) == (
        "Acme Ltd",
        "Bo",
        "13800138000",
        "retail",
        ann,
    )
    assert (deal.account, deal.amount_minor, deal.owner, deal.outcome) == (account, 500000, ann, "open")
    assert (deal.region.code, deal.product_line.code, account.region.code) == ("east", "cooling", "east")
    lead.refresh_from_db()
    today = company_today()
    assert (lead.status, lead.account, lead.closed_on, lead.qualified_on) == (
        "converted",
        account,
        today,
        today,
    )
    assert (ann.pk, today) in set(ChangedDay.objects.values_list("person", "day"))
    assert AuditEntry.objects.filter(action="crm.lead.convert").count() == 1


def test_an_account_that_looks_like_the_lead_is_proposed_and_taken(rep, ann):
    account = make_account("ACME", owner=ann)
    lead = make_lead(ann, JAN, name="Bo", company_name="Acme Ltd")
    form = rep.get(reverse("crm:lead_convert", args=[lead.pk])).context["form"]
    assert form["account"].value()[0] == f"account-{account.pk}"
    convert(rep, lead, account=f"account-{account.pk}")
    assert Opportunity.objects.get().account == account
    assert Account.objects.count() == 1


def test_a_new_account_like_one_that_is_there_is_asked_about_once(rep, ann):
    make_account("Acme", owner=ann)
    lead = make_lead(ann, JAN, name="Bo")
    answer = convert(rep, lead, new_name="Acme Inc.")
    assert answer.status_code == 422
    assert [each.name for each in answer.context["alike"]] == ["Acme"]
    assert not Opportunity.objects.exists()
    assert convert(rep, lead, new_name="Acme Inc.", anyway="1").status_code == 302


def test_converting_twice_makes_one_deal(rep, ann):
    lead = make_lead(ann, JAN, name="Bo")
    key = str(uuid4())
    assert convert(rep, lead, new_name="Acme", key=key).status_code == 302
    assert convert(rep, lead, new_name="Acme", key=key, anyway="1").status_code == 302
    assert convert(rep, lead, new_name="Beta", anyway="1").status_code == 422
    assert Opportunity.objects.count() == Account.objects.count() == 1
    page = rep.get(reverse("crm:lead_convert", args=[lead.pk]))
    assert page.url == reverse("crm:lead_detail", args=[lead.pk])


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({}, "account"),
        ({"new_name": "Acme", "amount": "much"}, "amount"),
        ({"new_name": "Acme", "amount": "1.005"}, "amount"),
        ({"new_name": "Acme", "name": ""}, "name"),
        ({"new_name": "Acme", "stage": "won"}, "stage"),
    ],
)
def test_a_refused_conversion_says_why_and_changes_nothing(rep, ann, change, field):
    lead = make_lead(ann, JAN, name="Bo")
    answer = convert(rep, lead, **change)
    assert answer.status_code == 422
    assert list(answer.context["form"].errors) == [field]
    lead.refresh_from_db()
    assert lead.status == "new"
    assert not Account.objects.exists()
    assert not Opportunity.objects.exists()


def test_a_lead_of_another_system_keeps_its_account_when_it_is_edited_later(rep, ann):
    lead = make_lead(ann, JAN, name="Bo")
    convert(rep, lead, new_name="Acme")
    sent = {"name": "Bo", "phone": "13800138000", "priority": "high", "created_on": "2026-01-05"}
    assert rep.post(reverse("crm:lead_edit", args=[lead.pk]), sent).status_code == 302
    lead.refresh_from_db()
    assert (lead.status, lead.phone, lead.account.name) == ("converted", "13800138000", "Acme")
