"""The pages of handing over: what they count before anything is done, and what they do."""

from __future__ import annotations

import datetime as dt

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from crm.models import FollowUp, Lead, Opportunity
from crm.selectors.handover import movement_of, parcels_of, receivers, together
from crm.tests.factories import make_account, make_lead, make_opportunity, make_payment
from org.models import AuditEntry
from org.scope import scope_for
from org.tests.factories import make_person
from tests.cast import Cast

JAN, FEB, MAR, APR = (dt.date(2026, month, 5) for month in range(1, 5))
TODAY = dt.date(2026, 4, 20)


@pytest.fixture(autouse=True)
def today():
    with time_machine.travel(dt.datetime(2026, 4, 20, 4, tzinfo=dt.UTC), tick=False):
        yield


@pytest.fixture
def ann(cast: Cast):
    return make_person("Ann Borealis", cast.borealis, employee_number="E8", hired_on=FEB)


@pytest.fixture
def manager(cast: Cast, client_of):
    return client_of(cast.bob)


@pytest.fixture
def book(cast: Cast):
    """Alice's: two customers with open deals, a won one, a lead of nobody's customer, a next step."""
    alice = cast.alice.person
    acme, bolt = (make_account(name, owner=alice) for name in ("Acme", "Bolt"))
    make_opportunity(alice, "500.00", account=acme, opened_on=JAN, name="Acme pumps")
    make_opportunity(alice, "300.00", account=bolt, opened_on=JAN)
    won = make_opportunity(alice, "120.00", account=acme, won_on=FEB)
    make_opportunity(alice, "70.00", lost_on=FEB)
    make_payment(opportunity=won, amount="20.00", on=APR)
    make_lead(alice, JAN, name="Curious")
    make_lead(alice, JAN, name="Gone", status="converted", closed_on=FEB)
    FollowUp.objects.create(account=acme, person=alice, next_step="Call", next_step_on=APR)
    return alice


def url(kind: str, record) -> str:
    return reverse(f"crm:hand_over_{kind}", args=[record.pk])


def told(**more):
    return {"from_on": "2026-04-20", "reason": "Alice leaves", "apply": "1"} | more


def test_a_book_is_counted_by_customer_before_anything_is_done(book):
    parcels = parcels_of(book.pk)
    assert [(each.name, each.open_minor, each.records.count) for each in parcels] == [
        ("Acme", 50_000, 3), ("Bolt", 30_000, 2), ("", 0, 1),
    ]  # fmt: skip
    moved = movement_of(together(parcels), TODAY, giver=book.pk)
    assert (moved.accounts, moved.open_deals, moved.open_minor) == (2, 2, 80_000)
    assert (moved.leads, moved.follow_ups, moved.won_staying, moved.won_staying_minor) == (1, 1, 1, 12_000)
    assert (moved.payments_moving, moved.sources) == (0, ("test",))
    with_won = movement_of(together(parcels_of(book.pk, with_won=True)), MAR, giver=book.pk)
    assert (with_won.payments_moving, with_won.payments_moving_minor) == (1, 2_000)


def test_a_deal_says_what_stays_and_what_goes(manager, cast: Cast, ann):
    quoted = dt.datetime(2026, 2, 5, tzinfo=dt.UTC)
    deal = make_opportunity(cast.alice.person, "120.00", opened_on=JAN, quote_sent_at=quoted)
    page = manager.get(url("deal", deal)).content.decode()
    assert "1 quote sent" in page
    assert "1 open deal, ¥120.00" in page
    assert "Choose to whom it goes" in page
    part = manager.post(url("deal", deal), {"to": ann.pk, "from_on": "2026-02-01"}, HTTP_HX_REQUEST="true")
    assert "<html" not in part.content.decode()
    assert "Goes to Ann Borealis" in part.content.decode()
    assert "1 quote sent" not in part.content.decode()
    deal.refresh_from_db()
    assert deal.owner == cast.alice.person


def test_a_deal_is_handed_over_and_its_page_says_whose_it_was(manager, cast: Cast, ann):
    deal = make_opportunity(cast.alice.person, opened_on=JAN)
    answer = manager.post(url("deal", deal), told(to=ann.pk, from_on="2026-03-05"), follow=True)
    page = answer.content.decode()
    assert answer.redirect_chain[-1][0] == reverse("crm:opportunity_detail", args=[deal.pk])
    assert "Handed over to Ann Borealis, with credit from March 5, 2026: 1 deal." in page
    assert "Whose it was" in page
    assert "Alice leaves" in page
    deal.refresh_from_db()
    assert (deal.owner, deal.owner_since) == (ann, MAR)


def test_what_is_refused_keeps_what_was_typed(manager, cast: Cast, ann):
    deal = make_opportunity(cast.alice.person, opened_on=JAN)
    answer = manager.post(url("deal", deal), told(to=ann.pk, from_on="2026-02-04"))
    assert answer.status_code == 422
    assert "joined on" in answer.content.decode()
    assert 'value="Alice leaves"' in answer.content.decode()
    assert not AuditEntry.objects.filter(action="crm.ownership.transfer").exists()


def test_a_customer_goes_with_its_owners_deals_and_leaves_the_kinds_not_chosen(manager, book, ann):
    acme = Opportunity.objects.get(name="Acme pumps").account
    manager.post(url("account", acme), told(to=ann.pk, kinds=["accounts", "opportunities"]))
    acme.refresh_from_db()
    assert acme.owner == ann
    assert Opportunity.objects.get(name="Acme pumps").owner == ann
    assert FollowUp.objects.get().person == book
    assert set(Opportunity.objects.filter(owner=book).values_list("outcome", flat=True)) == {
        "open",
        "won",
        "lost",
    }


def test_a_book_is_divided_evenly_unless_a_customer_is_given_to_somebody(manager, cast: Cast, book, ann):
    bob = cast.bob.person
    sent = {"to": [ann.pk, bob.pk], "kinds": ["accounts", "opportunities", "leads", "follow_ups"]}
    part = manager.post(url("book", book), sent | {"from_on": "2026-04-20"}, HTTP_HX_REQUEST="true")
    given = {parcel.name: to.name for parcel, to in part.context["divided"]}
    assert given == {"Acme": ann.name, "Bolt": bob.name, "": bob.name}
    bolt = Opportunity.objects.get(amount_minor=30_000).account
    answer = manager.post(url("book", book), told(**sent, **{f"parcel-{bolt.pk}": ann.pk}), follow=True)
    assert "Nothing is left to hand over" in answer.content.decode()
    assert set(Opportunity.objects.filter(outcome="open").values_list("owner__name", flat=True)) == {ann.name}
    assert Lead.objects.get(name="Curious").owner == bob
    assert Lead.objects.get(name="Gone").owner == book
    assert Opportunity.objects.get(outcome="won").owner == book


def test_the_list_of_leavers_deals_leads_to_their_books(manager, cast: Cast, book):
    book.left_on = APR
    book.save()
    page = manager.get(reverse("crm:quality_rows", args=["owner-left"])).content.decode()
    assert f'href="{url("book", book)}"' in page
    assert "2 open deals" in page


def test_receivers_are_the_managers_own_people_who_stay(cast: Cast, ann):
    make_person("Leaver Borealis", cast.borealis, left_on=dt.date(2026, 12, 1))
    for user, names in (
        (cast.bob, ["Ann Borealis", "Bob Borealis"]),
        (cast.carol, ["Ann Borealis", "Bob Borealis", "Carol Clark"]),
        (cast.frank, ["Ann Borealis", "Bob Borealis", "Carol Clark", "Dave Australis"]),
        (cast.alice, []),
        (cast.erin, []),
    ):
        found = receivers(scope=scope_for(user, on=TODAY), giver=cast.alice.person.pk)
        assert [person.name for person in found] == names, user


def test_a_director_hands_over_a_leavers_book_of_the_own_division(cast: Cast, client_of, book, ann):
    book.left_on = APR
    book.save()
    answer = client_of(cast.carol).post(url("book", book), told(to=[ann.pk], kinds=["opportunities"]))
    assert answer.status_code == 302
    assert Opportunity.objects.filter(owner=ann, outcome="open").count() == 2


def test_the_way_to_hand_over_stands_where_it_may_be_gone(cast: Cast, client_of):
    deal = make_opportunity(cast.alice.person, opened_on=JAN)
    pages = [
        reverse("crm:opportunity_detail", args=[deal.pk]),
        reverse("org:person_detail", args=[deal.owner_id]),
    ]
    for page in pages:
        assert "hand-over/" in client_of(cast.bob).get(page).content.decode()
        assert "hand-over/" not in client_of(cast.alice).get(page).content.decode()
        assert "hand-over/" not in client_of(cast.erin).get(page).content.decode()


def test_a_book_of_thirty_customers_takes_as_many_queries_as_one_of_three(manager, cast: Cast, ann):
    def read(size: int) -> int:
        for at in range(size):
            account = make_account(f"Customer {at}", owner=cast.alice.person)
            make_opportunity(cast.alice.person, account=account, opened_on=JAN)
        sent = {"to": [ann.pk, cast.bob.person.pk], "kinds": ["accounts", "opportunities"]}
        with CaptureQueriesContext(connection) as queries:
            manager.post(url("book", cast.alice.person), sent, HTTP_HX_REQUEST="true")
        return len(queries)

    read(1)
    assert read(3) == read(30)
