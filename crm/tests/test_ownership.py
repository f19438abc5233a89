"""Whose a record is on which day, as its source tells it."""

from __future__ import annotations

import datetime as dt
import itertools
from decimal import Decimal

import pytest
import time_machine
from hypothesis import given
from hypothesis import strategies as st

from crm.calc.ownership import Handing, Ownership, Stint, passed, shares_handed
from crm.models import ChangedDay, Opportunity, Payment, Tenure
from crm.services import plan_rate_set, record_patch, records_upsert
from crm.services.owners import ownerships_stored
from crm.tests.factories import (
    SOURCE,
    make_account,
    make_activity,
    make_lead,
    make_opportunity,
    make_payment,
)
from org.calc.credit import BEGINNING, FOREVER
from org.scope import Scope
from org.tests.factories import make_person

JAN, FEB, MAR, APR, MAY = (dt.date(2026, month, 5) for month in range(1, 6))
AT = dt.datetime(2026, 5, 5, 4, tzinfo=dt.UTC)
DAYS = [dt.date(2026, 1, day) for day in range(1, 8)]
WHOLE = 10_000

people = st.integers(1, 4)
handings = st.lists(st.tuples(people, st.sampled_from(DAYS)), max_size=6)
splits = st.dictionaries(people, st.integers(1, 5), max_size=3).map(
    lambda weights: tuple((person, weight) for person, weight in weights.items())
)


def handed(first: int, steps: list[tuple[int, dt.date]]) -> Ownership:
    own = Ownership(first)
    for to, on in steps:
        own = own.handed(to, Handing(on, AT))
    return own


@given(people, handings)
def test_the_days_of_owners_follow_each_other_without_gap_or_overlap(first, steps):
    own = handed(first, steps)
    spans = own.spans
    assert spans[0][0] == BEGINNING
    assert spans[-1][1] == FOREVER
    assert all(left[1] == right[0] for left, right in itertools.pairwise(spans))
    owners = [own.owner_on(start) for start, _end in spans]
    assert all(one != other for one, other in itertools.pairwise(owners))


@given(people, handings, people, st.sampled_from(DAYS))
def test_handing_over_changes_no_earlier_day_and_every_later_one(first, steps, to, on):
    before = handed(first, steps)
    after = before.handed(to, Handing(on, AT))
    for day in [BEGINNING, *DAYS]:
        assert after.owner_on(day) == (before.owner_on(day) if day < on else to)
    assert after.handed(to, Handing(on, AT)).spans == after.spans


@given(people, handings, people, st.sampled_from(DAYS), splits)
def test_shares_of_earlier_days_stay_and_later_ones_lose_no_part(first, steps, to, on, shares):
    own = Ownership(first)
    for receiver, day in [*steps, (to, on)]:
        after = own.handed(receiver, Handing(day, AT))
        kept, now = shares_handed(own, after, shares, day)
        for each in [BEGINNING, *DAYS]:
            if each < day:
                assert sorted(kept.shares_on(each, now)) == sorted(own.shares_on(each, shares))
            assert sum(bp for _p, bp in kept.shares_on(each, now)) == sum(bp for _p, bp in shares)
        own, shares = kept, now


def test_handing_back_restores_who_had_which_part():
    before, split = Ownership(1), ((1, 6000), (2, 4000))
    lent, joined = shares_handed(before, before.handed(2, Handing(FEB, AT)), split, FEB)
    assert joined == ((2, WHOLE),)
    assert lent.shares_on(JAN, joined) == split
    back, again = shares_handed(lent, lent.handed(1, Handing(FEB, AT)), joined, FEB)
    assert (back, again) == (before, split)


def test_a_part_passed_to_who_has_one_is_joined():
    assert passed([(1, 6000), (2, 1000), (3, 3000)], 1, 3) == ((3, 9000), (2, 1000))


def test_a_source_that_was_overruled_here_repeats_itself_until_it_says_something_new():
    here, there = Stint(1, BEGINNING, FEB, is_local=True), Stint(2, FEB, MAR, is_local=True)
    assert Ownership(3, (here, there)).repeated() == {1, 2}
    assert Ownership(3, (here, Stint(2, FEB, MAR))).repeated() == set()


@pytest.fixture
def ann(db):
    return make_person("Ann")


@pytest.fixture
def ben(db):
    return make_person("Ben")


@pytest.fixture(autouse=True)
def today():
    with time_machine.travel(AT, tick=False):
        yield


def owners(record, link="opportunity"):
    """(name, until) of the former owners and the owner of today."""
    record.refresh_from_db()
    former = Tenure.objects.filter(**{link: record}).order_by("starts_on")
    told = [(each.person.name, each.ends_on) for each in former]
    assert record.owner_since == (told[-1][1] if told else BEGINNING)
    return [*told, record.owner.name]


@pytest.mark.parametrize(
    ("case", "dates", "since", "expected"),
    [
        ("from today without a day", {"won_on": JAN}, None, [("Ann", MAY), "Ben"]),
        ("from the day told", {"opened_on": JAN, "won_on": MAR}, FEB, [("Ann", FEB), "Ben"]),
        ("from the beginning, with a day before all", {"won_on": MAR}, JAN, ["Ben"]),
        ("from the beginning, on the first day", {"won_on": MAR}, MAR, ["Ben"]),
        ("from the beginning, where nothing counts yet", {}, None, ["Ben"]),
    ],
)
def test_another_owner_has_a_deal(ann, ben, case, dates, since, expected):
    make_opportunity(ann, external_id="1", **dates)
    more = {} if since is None else {"owner_from": since}
    assert owners(make_opportunity(ben, external_id="1", **dates, **more)) == expected, case


def test_a_lead_and_an_account_change_hands_from_a_day_too(ann, ben):
    make_lead(ann, JAN, external_id="1")
    assert owners(make_lead(ben, JAN, external_id="1", owner_from=FEB), "lead") == [("Ann", FEB), "Ben"]
    make_account(external_id="A", owner=ann)
    assert owners(make_account(external_id="A", owner=ben), "account") == [("Ann", MAY), "Ben"]


def test_what_nobody_owned_is_its_first_owners_from_the_beginning(ann):
    make_opportunity(external_id="1", won_on=JAN)
    assert owners(make_opportunity(ann, external_id="1", won_on=JAN)) == ["Ann"]


def test_the_same_record_twice_changes_nothing(ann, ben):
    make_opportunity(ann, external_id="1", won_on=JAN)
    record = {"external_id": "1", "stage": "won", "closed_on": JAN.isoformat(), "amount": "100.00"}
    record |= {"owner": ben.employee_number, "owner_from": APR.isoformat()}
    sent = [records_upsert(resource="opportunities", source=SOURCE, records=[record])[0] for _ in range(2)]
    assert [each.status for each in sent] == ["updated", "unchanged"]


def test_a_day_that_lies_ahead_is_refused(ann, ben):
    record = {"external_id": "1", "stage": "engaging", "owner": ben.employee_number}
    [result] = records_upsert(
        resource="opportunities", source=SOURCE, records=[record | {"owner_from": "2026-05-06"}]
    )
    assert [(e.field, e.code) for e in result.errors] == [("owner_from", "ahead")]
    assert not Opportunity.objects.exists()


def test_a_patch_of_the_owner_moves_credit_from_today_and_one_of_the_amount_moves_none(ann, ben):
    deal = make_opportunity(ann, external_id="1", won_on=JAN)
    scope = Scope.everyone(reason="test", on=MAY)
    for changes in ({"owner": ben.employee_number}, {"amount": "7"}):
        patched = record_patch(
            resource="opportunities", source=SOURCE, external_id="1", changes=changes, scope=scope
        )
        assert patched.status == "updated"
        assert owners(deal) == [("Ann", MAY), "Ben"]


def test_payments_follow_from_the_day_on_and_new_ones_belong_to_the_owner_of_their_day(ann, ben):
    deal = make_opportunity(ann, external_id="1", won_on=JAN)
    early, late = make_payment(opportunity=deal, on=JAN), make_payment(opportunity=deal, on=MAR)
    other = make_payment(make_person("Cid"), opportunity=deal, on=MAR)
    make_opportunity(ben, external_id="1", won_on=JAN, owner_from=FEB)
    since = [make_payment(opportunity=deal, on=day) for day in (JAN, FEB)]
    visits = [make_activity(opportunity=deal, on=day) for day in (JAN, FEB)]
    names = dict(Payment.objects.values_list("pk", "owner__name"))
    assert [names[each.pk] for each in (early, late, other, *since)] == ["Ann", "Ben", "Cid", "Ann", "Ben"]
    assert [visit.owner.name for visit in visits] == ["Ann", "Ben"]


def test_shared_deals_credit_the_owner_of_the_day_with_the_owners_part(ann, ben):
    cid = make_person("Cid")

    def split(owner):
        shares = ((owner, 6000), (cid, 4000))
        return [{"person": each.employee_number, "share_bp": bp} for each, bp in shares]

    deal = make_opportunity(ann, external_id="1", won_on=JAN, splits=split(ann))
    early, late = make_payment(opportunity=deal, on=FEB), make_payment(opportunity=deal, on=APR)
    make_opportunity(ben, external_id="1", won_on=JAN, splits=split(ben), owner_from=MAR)
    credits = deal.credits.values_list("person__name", "plan_amount_minor", "starts_on", "ends_on")
    assert set(credits) == {
        ("Ann", 6000, BEGINNING, MAR), ("Cid", 4000, BEGINNING, MAR),
        ("Ben", 6000, MAR, FOREVER), ("Cid", 4000, MAR, FOREVER),
    }  # fmt: skip
    assert set(early.credits.values_list("person__name", flat=True)) == {"Ann", "Cid"}
    assert set(late.credits.values_list("person__name", flat=True)) == {"Ben", "Cid"}


def test_owners_of_many_records_are_read_in_one_query(ann, ben, django_assert_num_queries):
    ids = {}
    for at in range(30):
        make_opportunity(ann, external_id=str(at), won_on=JAN)
        ids[make_opportunity(ben, external_id=str(at), won_on=JAN).pk] = ben.pk
    with django_assert_num_queries(1):
        found = ownerships_stored("opportunity", ids)
    assert {own.owner_on(JAN) for own in found.values()} == {ann.pk}


def test_a_new_plan_rate_recounts_the_days_of_former_owners(ann, ben):
    rate = {"fiscal_year": 2026, "currency": "USD", "actor": None}
    plan_rate_set(**rate, rate=Decimal(7))
    for owner in (ann, ben):
        make_opportunity(owner, external_id="1", won_on=JAN, currency="USD")
    ChangedDay.objects.all().delete()
    plan_rate_set(**rate, rate=Decimal(8))
    assert (ann.pk, JAN) in set(ChangedDay.objects.values_list("person", "day"))
