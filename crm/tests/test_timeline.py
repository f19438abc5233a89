"""The timeline of an account: stages, activities, payments and notes, the newest first, in scope."""

import datetime as dt

import pytest
from django.urls import reverse

from crm.selectors import account_timeline
from crm.selectors.timeline import EACH
from crm.services import Words, follow_up_add
from crm.tests.factories import make_account, make_activity, make_opportunity, make_payment
from org.scope import scope_for
from org.selectors import company_today

pytestmark = pytest.mark.django_db


def march(day: int) -> dt.date:
    return dt.date(2026, 3, day)


def scope_of(user):
    return scope_for(user, on=company_today())


def kinds(account, user, page=1):
    moments, _more = account_timeline(account, scope=scope_of(user), page=page)
    return [(moment.kind, moment.on) for moment in moments]


@pytest.fixture
def account(cast):
    return make_account("Acme", owner=cast.alice.person)


def test_everything_that_happened_stands_newest_first(cast, account):
    deal = make_opportunity(
        cast.alice.person, external_id="D", name="Pumps", account=account, opened_on=march(1)
    )
    make_opportunity(
        cast.alice.person, external_id="D", name="Pumps", account=account, opened_on=march(1), won_on=march(9)
    )
    make_activity(cast.alice.person, march(4), account=account)
    make_payment(opportunity=deal, on=march(12))
    asker = {"actor": cast.alice, "scope": scope_of(cast.alice)}
    follow_up_add(record=deal, words=Words(need="Quiet ones"), **asker)
    follow_up_add(record=account, words=Words(need="A discount"), **asker)
    today = company_today()
    assert kinds(account, cast.alice) == [
        ("note", today), ("note", today), ("payment", march(12)), ("stage", march(9)), ("activity", march(4)),
        ("stage", march(1)),
    ]  # fmt: skip


def test_what_others_did_with_the_account_is_theirs_to_see(cast, account):
    dave = cast.dave.person
    deal = make_opportunity(dave, name="Hidden", account=account, opened_on=march(1))
    make_activity(dave, march(2), account=account, note="Hidden")
    make_payment(dave, on=march(3), opportunity=deal)
    asker = {"actor": cast.dave, "scope": scope_of(cast.dave)}
    follow_up_add(record=deal, words=Words(need="Hidden"), **asker)
    assert kinds(account, cast.alice) == []
    assert len(kinds(account, cast.frank)) == 4


def test_pages_follow_each_other_without_gap_or_repetition(client, cast, account):
    for n in range(EACH + 5):
        make_activity(cast.alice.person, march(1) + dt.timedelta(n), account=account)
    first, second = kinds(account, cast.alice), kinds(account, cast.alice, page=2)
    assert (len(first), len(second)) == (EACH, 5)
    assert [on for _kind, on in first + second] == [
        march(1) + dt.timedelta(n) for n in range(EACH + 4, -1, -1)
    ]
    client.force_login(cast.alice)
    address = reverse("crm:account_timeline", args=[account.pk])
    fragment = client.get(address, headers={"HX-Request": "true"}).content.decode()
    assert "<html" not in fragment
    assert f'hx-get="{address}?page=2"' in fragment
    last = client.get(address, {"page": "2"}).content.decode()
    assert "<html" in last
    assert "?page=3" not in last
    assert client.get(address, {"page": "nonsense"}).status_code == 200


def test_a_long_timeline_takes_five_queries(cast, account, django_assert_num_queries):
    for n in range(30):
        deal = make_opportunity(cast.alice.person, account=account, opened_on=march(1))
        make_activity(cast.alice.person, march(1) + dt.timedelta(n), account=account)
        make_payment(opportunity=deal, on=march(3))
    scope = scope_of(cast.alice)
    with django_assert_num_queries(5):
        moments, has_more = account_timeline(account, scope=scope)
        assert {moment.row.opportunity.name for moment in moments if moment.kind == "stage"} <= {""}
    assert (len(moments), has_more) == (EACH, True)
