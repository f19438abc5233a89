"""Pages of deals and accounts: what they show, to whom, in how many queries."""

import datetime as dt

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from crm.templatetags.crm_amounts import amount, share
from crm.tests.factories import make_account, make_activity, make_opportunity, make_payment
from org.models import Role
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


def body(client, route, *args, query=""):
    answer = client.get(reverse(route, args=args) + query)
    assert answer.status_code == 200
    return answer.content.decode()


def test_the_list_shows_own_deals_and_filters_by_the_address(rep, ann):
    make_opportunity(ann, "1234.50", name="Fridges", won_on=JAN)
    make_opportunity(ann, name="Washers")
    make_opportunity(make_person("Ben"), name="Secret")
    everything = body(rep, "crm:opportunity_list")
    assert "Fridges" in everything
    assert "¥1,234.50" in everything
    assert "Washers" in everything
    assert "Secret" not in everything
    won = body(rep, "crm:opportunity_list", query="?outcome=won")
    assert "Fridges" in won
    assert "Washers" not in won


def names(answer):
    return [deal.name for deal in answer.context["rows"]]


def test_a_link_to_an_owners_open_deals_shows_only_those_and_says_so(client):
    east = make_unit("East")
    ann, ben = make_person("Ann", east), make_person("Ben", east)
    boss = make_person("Carol", manages=east)
    client.force_login(make_user("carol@example.com", boss))
    for owner in (ann, ben):
        make_opportunity(owner, name=f"Open of {owner.name}")
        make_opportunity(owner, name=f"Won by {owner.name}", won_on=JAN)
    answer = client.get(reverse("crm:opportunity_list"), {"owner": ann.pk, "outcome": "open"})
    assert names(answer) == ["Open of Ann"]
    page = answer.content.decode()
    assert "Only the deals that Ann owns." in page
    assert f'<input type="hidden" name="owner" value="{ann.pk}"' in page


def test_an_owner_out_of_scope_is_nobody(rep):
    ben = make_person("Ben", make_unit("West"))
    make_opportunity(ben, name="Secret")
    page = body(rep, "crm:opportunity_list", query=f"?owner={ben.pk}")
    assert "Secret" not in page
    assert "Ben" not in page
    assert "Nothing matches" in page


def test_deals_stand_by_amount_day_or_change_as_the_head_says(rep, ann):
    make_opportunity(ann, "5.00", name="small", won_on=dt.date(2026, 3, 1))
    make_opportunity(ann, "90.00", name="large", won_on=JAN)
    make_opportunity(ann, "20.00", name="open")

    def order(sort):
        answer = rep.get(reverse("crm:opportunity_list"), {"sort": sort})
        return names(answer)

    assert order("-amount") == ["large", "open", "small"]
    assert order("amount") == ["small", "open", "large"]
    assert order("day") == ["large", "small", "open"]
    assert order("-day") == ["small", "large", "open"]
    assert order("-changed") == order("nonsense") == ["open", "large", "small"]
    page = body(rep, "crm:opportunity_list", query="?sort=-amount&outcome=won")
    assert 'href="?sort=amount&amp;outcome=won"' in page
    assert page.count('aria-sort="descending"') == 1


def test_an_empty_list_leads_on(rep, client):
    assert "Show all" in body(rep, "crm:opportunity_list", query="?outcome=won")
    assert "Nothing here yet" in body(rep, "crm:opportunity_list")
    client.force_login(make_user("admin@example.com", None, Role.ADMIN))
    assert reverse("dashboards:setup_step", args=["facts"]) in body(client, "crm:account_list")


def test_pages_hold_fifty_and_keep_the_filters(rep, ann):
    for n in range(51):
        make_opportunity(ann, name=f"Deal {n}", won_on=JAN)
    first = body(rep, "crm:opportunity_list", query="?outcome=won")
    assert first.count("/crm/opportunities/") >= 50
    assert "?outcome=won&amp;page=2" in first
    second = body(rep, "crm:opportunity_list", query="?outcome=won&page=2")
    assert "Deal 0<" in second
    assert 'rel="next"' not in second


@pytest.mark.parametrize(
    "query", ["?page=0", "?page=x", "?page=99999999", "?outcome=nonsense", "?closed_from=x"]
)
def test_nonsense_in_the_address_shows_a_page_all_the_same(rep, query):
    body(rep, "crm:opportunity_list", query=query)


def test_a_deal_shows_its_history_credit_and_payments(rep, ann):
    ben = make_person("Ben Fox")
    splits = [
        {"person": ann.employee_number, "share_bp": 6000},
        {"person": ben.employee_number, "share_bp": 4000},
    ]
    make_opportunity(ann, external_id="1", opened_on=JAN, name="Fridges")
    deal = make_opportunity(
        ann, "100.01", external_id="1", opened_on=JAN, won_on=JAN, name="Fridges", splits=splits,
        account=make_account("Acme", owner=ann),
    )  # fmt: skip
    make_payment(opportunity=deal, amount="-5.00")
    make_activity(ann, opportunity=deal, note="They like it.")
    page = body(rep, "crm:opportunity_detail", deal.pk)
    for text in (
        "Engaging",
        "Won",
        "¥60.01",
        "¥40.00",
        "Ben Fox",
        "−¥5.00",
        "They like it.",
        "Acme",
    ):
        assert text in page


def test_who_has_a_part_in_a_deal_may_open_it(rep, ann):
    ben = make_person("Ben Fox")
    whole = [{"person": ben.employee_number, "share_bp": 10_000}]
    hidden = make_opportunity(ben, splits=whole, name="Hidden")
    assert rep.get(reverse("crm:opportunity_detail", args=[hidden.pk])).status_code == 404
    halves = [{"person": p.employee_number, "share_bp": 5000} for p in (ann, ben)]
    shared = make_opportunity(ben, splits=halves, name="Shared")
    assert "Shared" in body(rep, "crm:opportunity_detail", shared.pk)


def test_an_account_sums_the_visible_deals_only(rep, ann):
    account = make_account("Acme", owner=ann)
    make_opportunity(ann, "100.00", account=account, won_on=JAN)
    make_opportunity(ann, "7.00", account=account)
    make_opportunity(make_person("Ben"), "900.00", account=account, won_on=JAN, name="Secret")
    page = body(rep, "crm:account_detail", account.pk)
    assert "¥100.00 (1)" in page
    assert "¥7.00 (1)" in page
    assert "Secret" not in page
    assert "Acme" in body(rep, "crm:account_list", query="?q=acm")


@pytest.mark.parametrize("route", ["crm:opportunity_list", "crm:account_list"])
def test_a_list_of_thirty_takes_as_many_queries_as_one_of_three(rep, ann, route):
    def queries():
        with CaptureQueriesContext(connection) as captured:
            body(rep, route)
        return len(captured)

    def make(count):
        for _n in range(count):
            make_opportunity(ann, account=make_account(owner=ann, region="east"))

    make(3)
    few = queries()
    make(27)
    assert queries() == few


def test_amounts_and_shares_as_people_read_them():
    assert amount(123456, "USD") == "$1,234.56"
    assert amount(-5, "CNY") == "−¥0.05"
    assert amount(1234, "JPY") == "JP¥1,234"
    assert share(3333) == "33.33 %"
    assert share(10_000) == "100 %"
