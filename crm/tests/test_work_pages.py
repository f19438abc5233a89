"""Lists of leads and activities, and the page of a lead: what they show, to whom, in how many queries."""

import datetime as dt

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from crm.tests.factories import make_account, make_activity, make_lead, make_opportunity
from org.tests.factories import make_person, make_unit, make_user

pytestmark = pytest.mark.django_db
JAN = dt.date(2026, 1, 5)


@pytest.fixture
def ann():
    return make_person("Ann", make_unit("East"))


@pytest.fixture
def rep(client, ann):
    client.force_login(make_user("ann@example.com", ann))
    return client


def shown(client, route, **query):
    answer = client.get(reverse(f"crm:{route}"), query)
    assert answer.status_code == 200
    return answer.context["rows"]


def leads(client, **query):
    return [lead.name for lead in shown(client, "lead_list", **query)]


def notes(client, **query):
    return [activity.note for activity in shown(client, "activity_list", **query)]


def test_leads_are_narrowed_by_words_status_and_day(rep, ann):
    make_lead(ann, JAN, name="Young", company_name="Acme Ltd")
    make_lead(ann, JAN, name="Busy", status="working")
    make_lead(ann, dt.date(2026, 3, 1), name="Late")
    make_lead(make_person("Ben"), name="Secret")
    assert sorted(leads(rep)) == ["Busy", "Late", "Young"]
    assert leads(rep, q="acme") == ["Young"]
    assert leads(rep, status="working") == ["Busy"]
    assert leads(rep, created_from="2026-02-01") == ["Late"]
    assert leads(rep, sort="name") == ["Busy", "Late", "Young"]
    assert leads(rep, sort="-created")[0] == "Late"


def test_activities_are_narrowed_by_kind_effect_words_and_day(rep, ann):
    account = make_account("Acme", owner=ann)
    make_activity(ann, JAN, note="first", account=account)
    make_activity(ann, dt.date(2026, 2, 1), note="second", kind="call", is_effective=False)
    make_activity(make_person("Ben"), JAN, note="secret")
    assert notes(rep) == ["second", "first"]
    assert notes(rep, sort="day") == ["first", "second"]
    assert notes(rep, kind="call") == ["second"]
    assert notes(rep, is_effective="True") == ["first"]
    assert notes(rep, is_effective="False") == ["second"]
    assert notes(rep, q="acm") == ["first"]
    assert notes(rep, occurred_until="2026-01-31") == ["first"]


def test_an_activity_leads_only_to_what_may_be_opened(rep, ann):
    ben = make_person("Ben")
    mine, other = make_account("Mine", owner=ann), make_account("Other", owner=ben)
    deal = make_opportunity(ben, name="Of Ben")
    make_activity(ann, account=mine)
    make_activity(ann, account=other, opportunity=deal)
    page = rep.get(reverse("crm:activity_list")).content.decode()
    assert reverse("crm:account_detail", args=[mine.pk]) in page
    assert reverse("crm:account_detail", args=[other.pk]) not in page
    assert reverse("crm:opportunity_detail", args=[deal.pk]) not in page


def test_a_lead_opens_with_what_was_done_about_it(rep, ann):
    lead = make_lead(ann, JAN, name="Young", company_name="Acme Ltd", account=make_account("Acme", owner=ann))
    make_activity(ann, lead=lead, note="Called back.")
    make_activity(make_person("Ben"), lead=lead, note="Not hers to see.")
    page = rep.get(reverse("crm:lead_detail", args=[lead.pk])).content.decode()
    for text in ("Young", "Acme Ltd", "Called back."):
        assert text in page
    assert "Not hers to see." not in page


@pytest.mark.parametrize("query", [{"page": "x"}, {"sort": "nonsense"}, {"created_from": "x"}, {"kind": "x"}])
@pytest.mark.parametrize("route", ["lead_list", "activity_list"])
def test_nonsense_in_the_address_shows_a_page_all_the_same(rep, route, query):
    shown(rep, route, **query)


@pytest.mark.parametrize("route", ["lead_list", "activity_list"])
def test_a_list_of_thirty_takes_as_many_queries_as_one_of_three(rep, ann, route):
    def queries():
        with CaptureQueriesContext(connection) as captured:
            shown(rep, route)
        return len(captured)

    def make(count):
        for _n in range(count):
            account = make_account(owner=ann)
            lead = make_lead(ann, account=account)
            make_activity(ann, lead=lead, account=account, opportunity=make_opportunity(ann, account=account))

    make(3)
    few = queries()
    make(27)
    assert queries() == few


@pytest.mark.parametrize("route", ["lead_list", "activity_list"])
def test_pages_hold_fifty_and_keep_the_filters(rep, ann, route):
    for n in range(51):
        make_lead(ann, name=f"Lead {n}")
        make_activity(ann, note=f"Note {n}")
    query = {"q": "Lead"} if route == "lead_list" else {"q": "Note"}
    assert len(shown(rep, route, **query)) == 50
    assert len(shown(rep, route, page=2, **query)) == 1
