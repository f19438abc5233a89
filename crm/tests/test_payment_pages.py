"""Payments: their list beside the other lists, a payment with its credit, in how many queries."""

from __future__ import annotations

import datetime as dt

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from crm.tests.factories import make_account, make_opportunity, make_payment
from org.tests.factories import make_person, make_unit, make_user

pytestmark = pytest.mark.django_db
JAN, MARCH = dt.date(2026, 1, 5), dt.date(2026, 3, 2)


@pytest.fixture
def ann():
    return make_person("Ann", make_unit("East"))


@pytest.fixture
def rep(client, ann):
    client.force_login(make_user("ann@example.com", ann))
    return client


def amounts(client, **query):
    answer = client.get(reverse("crm:payment_list"), query)
    assert answer.status_code == 200
    return [payment.amount_minor for payment in answer.context["rows"]]


def test_payments_are_narrowed_and_sorted_by_the_address(rep, ann):
    acme = make_account("Acme", owner=ann)
    deal = make_opportunity(ann, name="Fridges", account=acme)
    make_payment(ann, "5.00", JAN, opportunity=deal)
    make_payment(ann, "-2.00", MARCH, region="north")
    make_payment(make_person("Ben", make_unit("West")), "9.00")
    assert amounts(rep) == [-200, 500]
    assert amounts(rep, sort="amount") == [-200, 500]
    assert amounts(rep, sort="-amount") == [500, -200]
    assert amounts(rep, q="acme") == amounts(rep, q="fridges") == [500]
    assert amounts(rep, received_from="2026-02-01") == amounts(rep, region="north") == [-200]
    assert amounts(rep, received_until="2026-01-31") == [500]


def test_an_empty_list_says_what_to_do(rep):
    shown = rep.get(reverse("crm:payment_list")).content.decode()
    assert "Nothing here yet" in shown
    assert reverse("crm:payment_new") in shown
    assert "Nothing matches" in rep.get(reverse("crm:payment_list") + "?q=x").content.decode()


def test_a_payment_opens_from_its_deal_with_its_credit(rep, ann):
    ben = make_person("Ben", make_unit("West"))
    splits = [{"person": p.employee_number, "share_bp": bp} for p, bp in ((ann, 7500), (ben, 2500))]
    deal = make_opportunity(ann, "100.00", name="Fridges", splits=splits)
    payment = make_payment(ann, "40.00", opportunity=deal)
    page = reverse("crm:payment_detail", args=[payment.pk])
    assert page in rep.get(reverse("crm:opportunity_detail", args=[deal.pk])).content.decode()
    shown = rep.get(page).content.decode()
    assert "¥30.00" in shown
    assert "¥10.00" in shown


def test_a_payment_that_one_may_not_open_is_no_link(client):
    ann, ben = make_person("Ann", make_unit("East")), make_person("Ben", make_unit("West"))
    client.force_login(make_user("ben@example.com", ben))
    splits = [{"person": p.employee_number, "share_bp": 5000} for p in (ann, ben)]
    deal = make_opportunity(ann, splits=splits)
    payment = make_payment(ann, opportunity=deal)
    page = reverse("crm:payment_detail", args=[payment.pk])
    shown = client.get(reverse("crm:opportunity_detail", args=[deal.pk]))
    assert shown.status_code == 200
    assert page not in shown.content.decode()
    assert client.get(page).status_code == 404


def test_the_list_takes_as_many_queries_for_30_payments_as_for_3(rep, ann):
    def asked(count: int) -> int:
        for _each in range(count):
            account = make_account(owner=ann)
            make_payment(ann, opportunity=make_opportunity(ann, account=account))
        with CaptureQueriesContext(connection) as queries:
            assert len(amounts(rep)) >= count
        return len(queries)

    assert asked(3) == asked(30)
