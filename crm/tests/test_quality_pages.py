"""The pages of data quality: who gets there, what they say, lists page by page, queries."""

from __future__ import annotations

import datetime as dt

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from crm.selectors.quality import quality_checks
from crm.tests.factories import make_account, make_lead, make_opportunity, make_payment
from org.scope import Scope

pytestmark = pytest.mark.django_db
LONG_AGO = dt.date(2025, 1, 6)


def text(client, route, *args, query=""):
    answer = client.get(reverse(route, args=args) + query)
    assert answer.status_code == 200
    return answer.content.decode()


def test_the_deals_lead_there_whoever_answers_for_others(cast, client_of):
    link = reverse("crm:quality")
    for name, is_led_there in {
        "alice": False,
        "bob": True,
        "carol": True,
        "erin": False,
        "frank": True,
    }.items():
        page = text(client_of(getattr(cast, name)), "crm:opportunity_list")
        assert (f'class="btn" href="{link}"' in page) is is_led_there, name


def test_a_finding_says_how_much_stands_on_it_and_leads_to_its_records(cast, client_of):
    make_opportunity(cast.alice.person, "300.00", expected_close_on=LONG_AGO, name="Late fridges")
    make_opportunity(cast.alice.person, "700.00")
    client = client_of(cast.frank)
    page = text(client, "crm:quality")
    assert "¥300 of the pipeline (30\N{NO-BREAK SPACE}%) is expected on a day that is over." in page
    assert "Show 1 record<" in page
    listed = reverse("crm:quality_rows", args=["overdue"])
    assert f'href="{listed}"' in page
    assert "Late fridges" in text(client, "crm:quality_rows", "overdue")


def test_a_company_without_records_is_in_order(cast, client_of):
    page = text(client_of(cast.frank), "crm:quality")
    assert "To be mended" not in page
    assert "In order" in page
    assert "Nothing left to mend" in text(client_of(cast.frank), "crm:quality_rows", "stale")


def test_settings_stay_in_the_address_of_the_lists(cast, client_of):
    lead = make_lead(cast.alice.person, LONG_AGO, name="Cold")
    client = client_of(cast.bob)
    page = text(client, "crm:quality", query="?stale_days=90&untouched_days=3")
    assert (
        reverse("crm:quality_rows", args=["untouched-lead"]) + "?stale_days=90&amp;untouched_days=3" in page
    )
    listed = text(client, "crm:quality_rows", "untouched-lead", query="?untouched_days=3")
    assert "Still new after 3 days" in listed
    assert lead.name in listed


@pytest.mark.parametrize("query", ["?stale_days=x", "?untouched_days=-1", "?sort=nonsense&page=x", "?page=0"])
def test_nonsense_in_the_address_shows_a_page_all_the_same(cast, client_of, query):
    client = client_of(cast.frank)
    assert "30 days" in text(client, "crm:quality", query=query)
    for check in quality_checks(scope=Scope.everyone(reason="test", on=LONG_AGO)):
        text(client, "crm:quality_rows", check, query=query)


def test_lists_hold_fifty_and_sort_by_their_heads(cast, client_of):
    for n in range(51):
        make_opportunity(cast.alice.person, f"{n + 1}.00", expected_close_on=LONG_AGO, name=f"Deal {n}")
    client = client_of(cast.bob)
    first = client.get(reverse("crm:quality_rows", args=["overdue"]))
    assert [first.context["rows"][0].name, len(first.context["rows"])] == ["Deal 50", 50]
    assert "?page=2" in first.content.decode()
    second = client.get(reverse("crm:quality_rows", args=["overdue"]), {"sort": "amount", "page": 2})
    assert [row.name for row in second.context["rows"]] == ["Deal 50"]


def test_a_payment_leads_to_what_may_be_opened(cast, client_of):
    mine, theirs = (make_account(owner=user.person) for user in (cast.alice, cast.dave))
    for account in (mine, theirs):
        make_payment(cast.alice.person, account=account)
    page = text(client_of(cast.bob), "crm:quality_rows", "payment-without-deal")
    assert reverse("crm:account_detail", args=[mine.pk]) in page
    assert reverse("crm:account_detail", args=[theirs.pk]) not in page


@pytest.mark.parametrize("check", ["", "no-owner", "overdue", "payment-without-deal", "duplicate-account"])
def test_a_page_of_thirty_takes_as_many_queries_as_one_of_three(cast, client_of, check):
    client = client_of(cast.frank)

    def queries():
        with CaptureQueriesContext(connection) as captured:
            text(client, *(("crm:quality_rows", check) if check else ("crm:quality",)))
        return len(captured)

    def make(count):
        for _n in range(count):
            account = make_account("Same", owner=cast.alice.person)
            make_opportunity(None, account=account, expected_close_on=LONG_AGO)
            make_payment(account=account)

    make(3)
    few = queries()
    make(27)
    assert queries() == few <= 12
