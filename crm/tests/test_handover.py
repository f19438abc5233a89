"""Handing records over: who gets what from which day, who may, and what is refused."""

from __future__ import annotations

import datetime as dt

import pytest
import time_machine

from common.errors import Invalid, NotAllowed, NotFound
from crm.models import ChangedDay, FollowUp, Opportunity
from crm.services import Records, Terms, book_transfer, ownership_transfer, records_upsert
from crm.tests.factories import SOURCE, make_account, make_lead, make_opportunity, make_payment, send
from org.models import AuditEntry, User
from org.scope import scope_for
from org.tests.factories import make_person
from tests.cast import Cast

JAN, FEB, MAR, APR = (dt.date(2026, month, 5) for month in range(1, 5))
TODAY = dt.date(2026, 4, 20)
REASON = "Alice moves to Chengdu"


@pytest.fixture(autouse=True)
def today():
    with time_machine.travel(dt.datetime(2026, 4, 20, 4, tzinfo=dt.UTC), tick=False):
        yield


@pytest.fixture
def ann(cast: Cast):
    return make_person("Ann Borealis", cast.borealis, employee_number="E8", hired_on=FEB)


def hand(records: Records, to, on: dt.date, *, by: User, reason: str = REASON):
    return ownership_transfer(
        records=records,
        to=to,
        terms=Terms(on, reason),
        actor=by,
        scope=scope_for(by, on=TODAY),
        subject=Opportunity.objects.first() or to,
    )


def of(*deals: Opportunity) -> Records:
    return Records(opportunities=frozenset(deal.pk for deal in deals))


def outbox() -> set[tuple[str, dt.date]]:
    found = set(ChangedDay.objects.values_list("person__employee_number", "day"))
    ChangedDay.objects.all().delete()
    return found


def test_what_counted_before_the_day_stays_and_what_counts_from_it_moves(cast: Cast, ann):
    deal = make_opportunity(
        cast.alice.person, opened_on=JAN, won_on=APR, quote_sent_at=dt.datetime(2026, 2, 5, tzinfo=dt.UTC)
    )
    paid = [make_payment(opportunity=deal, on=day) for day in (MAR, APR)]
    outbox()
    hand(of(deal), ann, MAR, by=cast.bob)
    deal.refresh_from_db()
    assert (deal.owner, deal.owner_since) == (ann, MAR)
    [tenure] = deal.tenures.all()
    assert (tenure.person, tenure.ends_on, tenure.reason) == (cast.alice.person, MAR, REASON)
    assert (tenure.is_local, tenure.handed_by) == (True, cast.bob)
    assert outbox() >= {("E1", APR), ("E8", APR), ("E1", MAR), ("E8", MAR)}
    for payment in paid:
        payment.refresh_from_db()
        assert payment.owner == ann


def test_the_log_says_who_had_it_who_has_it_from_when_and_why(cast: Cast, ann):
    deal = make_opportunity(cast.alice.person, opened_on=JAN)
    hand(of(deal), ann, MAR, by=cast.bob)
    entry = AuditEntry.objects.get(action="crm.ownership.transfer")
    assert (entry.actor, entry.reason, entry.subject_id) == (cast.bob, REASON, str(deal.pk))
    assert entry.before == {"owner": ["E1"]}
    assert entry.after == {"owner": "E8", "from": "2026-03-05", "opportunities": [deal.pk]}


def test_a_second_time_changes_nothing(cast: Cast, ann):
    deal = make_opportunity(cast.alice.person, opened_on=JAN)
    assert hand(of(deal), ann, MAR, by=cast.bob).count == 1
    stands = Opportunity.objects.values().get(pk=deal.pk)
    outbox()
    assert hand(of(deal), ann, MAR, by=cast.bob).count == 0
    assert Opportunity.objects.values().get(pk=deal.pk) == stands
    assert AuditEntry.objects.filter(action="crm.ownership.transfer").count() == 1
    assert not outbox()


def test_handing_it_back_from_the_same_day_leaves_it_as_it_was(cast: Cast, ann):
    shares = [{"person": "E1", "share_bp": 6000}, {"person": "E8", "share_bp": 4000}]
    deal = make_opportunity(cast.alice.person, won_on=APR, opened_on=JAN, splits=shares)
    before = set(deal.credits.values_list("person", "plan_amount_minor", "starts_on", "ends_on"))
    hand(of(deal), ann, MAR, by=cast.bob)
    assert set(deal.splits.values_list("person__name", "share_bp")) == {("Ann Borealis", 10_000)}
    hand(of(deal), cast.alice.person, MAR, by=cast.bob)
    assert not deal.tenures.exists()
    assert set(deal.splits.values_list("person__employee_number", "share_bp")) == {("E1", 6000), ("E8", 4000)}
    assert set(deal.credits.values_list("person", "plan_amount_minor", "starts_on", "ends_on")) == before


def test_a_shared_deal_that_was_joined_keeps_the_parts_of_its_former_days(cast: Cast, ann):
    shares = [{"person": "E1", "share_bp": 6000}, {"person": "E8", "share_bp": 4000}]
    deal = make_opportunity(cast.alice.person, won_on=APR, opened_on=JAN, splits=shares)
    paid = make_payment(opportunity=deal, on=FEB)
    hand(of(deal), ann, MAR, by=cast.bob)
    assert set(paid.credits.values_list("person__employee_number", "plan_amount_minor")) == {
        ("E1", 6000), ("E8", 4000),
    }  # fmt: skip
    won = deal.credits.filter(starts_on__lte=APR, ends_on__gt=APR)
    assert list(won.values_list("person__employee_number", "plan_amount_minor")) == [("E8", 10_000)]


def test_a_source_that_goes_on_naming_the_former_owner_takes_nothing_back(cast: Cast, ann):
    shares = [{"person": "E1", "share_bp": 6000}, {"person": "E4", "share_bp": 4000}]
    told = {"external_id": "1", "stage": "engaging", "opened_on": "2026-01-05", "splits": shares}
    told |= {"owner": "E1", "amount": "100.00"}
    deal = send("opportunities", **told)
    hand(of(deal), ann, MAR, by=cast.bob)
    deal.refresh_from_db()
    [again] = records_upsert(resource="opportunities", source=SOURCE, records=[told])
    assert again.status == "unchanged"
    records_upsert(resource="opportunities", source=SOURCE, records=[told | {"amount": "200.00"}])
    deal.refresh_from_db()
    assert (deal.owner, deal.owner_since, deal.amount_minor) == (ann, MAR, 20_000)
    assert set(deal.splits.values_list("person__employee_number", flat=True)) == {"E8", "E4"}
    records_upsert(resource="opportunities", source=SOURCE, records=[told | {"owner_from": "2026-01-05"}])
    deal.refresh_from_db()
    assert deal.owner == cast.alice.person
    assert not deal.tenures.exists()


def test_a_payment_sent_for_the_former_owner_is_whose_the_deal_is_on_its_day(cast: Cast, ann):
    deal = make_opportunity(cast.alice.person, opened_on=JAN, won_on=FEB)
    hand(of(deal), ann, MAR, by=cast.bob)
    paid = [
        make_payment(who.person, opportunity=deal, on=on)
        for who in (cast.alice, cast.dave)
        for on in (FEB, APR)
    ]
    assert [payment.owner.employee_number for payment in paid] == ["E1", "E8", "E4", "E4"]


def test_a_book_goes_to_several_people_in_one_go(cast: Cast, ann):
    alice = cast.alice.person
    acme, bolt = make_account("Acme", owner=alice), make_account("Bolt", owner=alice)
    deals = [make_opportunity(alice, account=each, opened_on=JAN) for each in (acme, bolt)]
    lead = make_lead(alice, JAN)
    step = FollowUp.objects.create(account=acme, person=alice, next_step="Call", next_step_on=APR)
    parts = {
        ann: Records(
            accounts=frozenset({acme.pk}), opportunities=frozenset({deals[0].pk}), leads=frozenset({lead.pk}),
            follow_ups=frozenset({step.pk}),
        ),
        cast.bob.person: Records(accounts=frozenset({bolt.pk}), opportunities=frozenset({deals[1].pk})),
    }  # fmt: skip
    done = book_transfer(
        person=alice,
        parts=parts,
        terms=Terms(APR, REASON),
        actor=cast.bob,
        scope=scope_for(cast.bob, on=TODAY),
    )
    assert {to.employee_number: each.count for to, each in done.items()} == {"E8": 4, "E2": 2}
    for record in (acme, bolt, *deals, lead, step):
        record.refresh_from_db()
    assert [acme.owner, deals[0].owner, lead.owner, step.person] == [ann] * 4
    assert [bolt.owner, deals[1].owner] == [cast.bob.person] * 2
    assert AuditEntry.objects.filter(action="crm.ownership.transfer").count() == 2


@pytest.mark.parametrize(
    ("case", "on", "reason", "field"),
    [
        ("a day ahead", dt.date(2026, 4, 21), REASON, "from_on"),
        ("a day in a closed year", dt.date(2025, 12, 31), REASON, "from_on"),
        ("a day before it began", JAN, REASON, "from_on"),
        ("a day before the receiver joined", dt.date(2026, 2, 4), REASON, "to"),
        ("no reason", MAR, " ", "reason"),
    ],
)
def test_refused(cast: Cast, ann, case, on, reason, field):
    deal = make_opportunity(cast.alice.person, opened_on=dt.date(2026, 2, 1))
    if case == "a day before it began":
        ann.hired_on = None
        ann.save()
    with pytest.raises(Invalid) as refusal:
        hand(of(deal), ann, on, by=cast.bob, reason=reason)
    assert refusal.value.field == field, case
    deal.refresh_from_db()
    assert deal.owner == cast.alice.person
    assert not AuditEntry.objects.filter(action="crm.ownership.transfer").exists()


def test_one_who_left_gets_nothing(cast: Cast, ann):
    deal = make_opportunity(cast.alice.person, opened_on=FEB)
    ann.left_on = dt.date(2026, 12, 31)
    ann.save()
    with pytest.raises(Invalid, match="left"):
        hand(of(deal), ann, MAR, by=cast.bob)


def test_a_day_before_its_owner_got_it_is_refused_for_one_and_shortened_for_many(cast: Cast, ann):
    deals = [make_opportunity(cast.alice.person, opened_on=FEB) for _ in range(2)]
    hand(of(*deals), ann, APR, by=cast.bob)
    with pytest.raises(Invalid, match="since"):
        hand(of(deals[0]), cast.bob.person, MAR, by=cast.bob)
    hand(of(*deals), cast.bob.person, MAR, by=cast.bob)
    for deal in deals:
        deal.refresh_from_db()
        assert (deal.owner, deal.owner_since) == (cast.bob.person, APR)
        assert [each.person for each in deal.tenures.all()] == [cast.alice.person]


@pytest.mark.parametrize(
    ("who", "to", "error"),
    [
        ("alice", "ann", NotAllowed),  # a representative doesn't give away
        ("dave", "dave", NotFound),  # nor take
        ("bob", "dave", NotAllowed),  # a manager gives within the own teams
        ("erin", "ann", NotAllowed),  # finance reads
        ("bob", "ann", None),
        ("frank", "dave", None),
    ],
)
def test_who_may_hand_over(cast: Cast, ann, who, to, error):
    deal = make_opportunity(cast.alice.person, opened_on=FEB)
    receiver = ann if to == "ann" else getattr(cast, to).person
    if error is None:
        assert hand(of(deal), receiver, MAR, by=getattr(cast, who)).count == 1
        return
    with pytest.raises(error):
        hand(of(deal), receiver, MAR, by=getattr(cast, who))
    deal.refresh_from_db()
    assert deal.owner == cast.alice.person


def test_a_book_of_thirty_takes_as_many_queries_as_one_of_three(
    cast: Cast, ann, django_assert_max_num_queries
):
    def book(size: int) -> Records:
        return of(*(make_opportunity(cast.alice.person, opened_on=FEB) for _ in range(size)))

    few, many = book(3), book(30)
    with django_assert_max_num_queries(60) as first:
        hand(few, ann, MAR, by=cast.bob)
    with django_assert_max_num_queries(len(first.captured_queries)):
        hand(many, ann, MAR, by=cast.bob)
