"""Each kind of change puts exactly the person-days into the outbox whose figures it may move."""

import datetime as dt
import threading

import pytest
from django.db import connection

from crm.models import Account, ChangedDay, Opportunity, PaymentCredit
from crm.services import plan_rate_set, record_delete, records_upsert
from crm.tests.factories import make_account, make_activity, make_lead, make_opportunity, make_payment
from org.tests.factories import make_person

JAN, FEB, MAR = (dt.date(2026, month, 5) for month in (1, 2, 3))


def outbox():
    """The outbox as {(person name, day)}, emptied."""
    pairs = set(ChangedDay.objects.values_list("person__name", "day"))
    ChangedDay.objects.all().delete()
    return pairs


@pytest.fixture
def ann(db):
    return make_person("Ann")


@pytest.fixture
def ben(db):
    return make_person("Ben")


def halves(*people):
    return [{"person": person.employee_number, "share_bp": 10_000 // len(people)} for person in people]


def change(ann, ben, before, after):
    """The outbox of a change of Ann's deal, won in January, from ``before`` to ``after``."""
    base = {"external_id": "1", "owner": ann, "won_on": JAN}
    make_opportunity(**base | before)
    outbox()
    make_opportunity(**base | after)
    return outbox()


@pytest.mark.parametrize(
    ("case", "before", "after", "pairs"),
    [
        ("the amount", {}, {"amount": "7.00"}, {("Ann", JAN)}),
        ("the region", {}, {"region": "east"}, {("Ann", JAN)}),
        ("back-dating", {}, {"won_on": FEB}, {("Ann", JAN), ("Ann", FEB)}),
        ("won no more", {}, {"won_on": None}, {("Ann", JAN)}),
        ("lost after all", {}, {"won_on": None, "lost_on": JAN}, {("Ann", JAN)}),
        (
            "opened on another day",
            {"opened_on": FEB},
            {"opened_on": MAR},
            {("Ann", m) for m in (JAN, FEB, MAR)},
        ),
        ("nothing", {"name": "A"}, {"name": "A"}, set()),
    ],
)
def test_a_changed_deal(ann, ben, case, before, after, pairs):
    assert change(ann, ben, before, after) == pairs


def test_a_reassigned_deal_leaves_the_past_where_it_was(ann, ben):
    assert change(ann, ben, {}, {"owner": ben}) == {("Ann", JAN)}


def test_a_deal_reassigned_from_a_day(ann, ben):
    assert change(ann, ben, {}, {"owner": ben, "owner_from": JAN}) == {("Ann", JAN), ("Ben", JAN)}


def test_a_split_that_goes_to_other_people(ann, ben):
    cid = make_person("Cid")
    pairs = change(ann, ben, {"splits": halves(ann, ben)}, {"splits": halves(ann, cid)})
    assert pairs == {("Ann", JAN), ("Ben", JAN), ("Cid", JAN)}


def test_a_split_deal_that_moves_to_another_day(ann, ben):
    splits = halves(ann, ben)
    pairs = change(ann, ben, {"splits": splits}, {"splits": splits, "won_on": FEB})
    assert pairs == {(name, day) for name in ("Ann", "Ben") for day in (JAN, FEB)}


def test_a_deleted_split_deal_and_its_payments(ann, ben):
    deal = make_opportunity(ann, won_on=JAN, splits=halves(ann, ben))
    make_payment(opportunity=deal, on=FEB)
    outbox()
    record_delete(resource="opportunities", source="test", external_id=deal.external_id)
    assert outbox() == {(name, day) for name in ("Ann", "Ben") for day in (JAN, FEB)}
    assert not PaymentCredit.objects.exists()
    again = make_opportunity(ann, won_on=JAN, splits=halves(ann, ben), external_id=deal.external_id)
    assert again.deleted_at is None
    assert outbox() == {(name, day) for name in ("Ann", "Ben") for day in (JAN, FEB)}
    assert PaymentCredit.objects.count() == 2


def test_a_payment_on_a_split_deal_that_moves_touches_both_people_on_both_days(ann, ben):
    deal = make_opportunity(ann, won_on=JAN, splits=halves(ann, ben))
    make_payment(opportunity=deal, on=FEB, external_id="1")
    outbox()
    make_payment(opportunity=deal, on=MAR, external_id="1")
    assert outbox() == {(name, day) for name in ("Ann", "Ben") for day in (FEB, MAR)}


def test_a_payment_that_leaves_its_split_deal(ann, ben):
    deal = make_opportunity(ann, won_on=JAN, splits=halves(ann, ben))
    make_payment(opportunity=deal, on=FEB, external_id="1")
    outbox()
    payment = make_payment(ann, on=FEB, external_id="1")
    assert outbox() == {("Ann", FEB), ("Ben", FEB)}
    assert not payment.is_shared
    assert not PaymentCredit.objects.exists()


def test_another_currency(ann, ben):
    plan_rate_set(fiscal_year=2026, currency="USD", rate=7, actor=None)
    assert change(ann, ben, {}, {"currency": "USD"}) == {("Ann", JAN)}


def test_a_deal_that_moves_to_another_account_makes_and_takes_first_wins(ann, ben):
    one, two = make_account("One"), make_account("Two")
    moving = make_opportunity(ann, won_on=JAN, account=one, external_id="1")
    second = make_opportunity(ben, won_on=FEB, account=one)
    third = make_opportunity(ben, won_on=MAR, account=two)
    outbox()
    make_opportunity(ann, won_on=JAN, account=two, external_id="1")
    assert set(Opportunity.objects.filter(is_first_won=True)) == {moving, second}
    assert outbox() == {("Ann", JAN), ("Ben", FEB), ("Ben", MAR)}
    make_opportunity(ann, won_on=None, account=two, external_id="1")
    assert set(Opportunity.objects.filter(is_first_won=True)) == {second, third}


def test_leads_and_activities(ann, ben):
    make_lead(ann, JAN, qualified_on=FEB, status="qualified", external_id="1")
    assert outbox() == {("Ann", JAN), ("Ann", FEB)}
    make_lead(ben, JAN, external_id="1", owner_from=FEB)
    assert outbox() == {("Ann", JAN), ("Ann", FEB)}
    make_lead(ben, JAN, external_id="1", owner_from=JAN)
    assert outbox() == {("Ann", JAN), ("Ben", JAN)}
    make_activity(ann, JAN, external_id="1")
    outbox()
    make_activity(ann, FEB, external_id="1")
    assert outbox() == {("Ann", JAN), ("Ann", FEB)}


def test_accounts_and_products_move_no_figures(ann):
    account = make_account(owner=ann)
    make_opportunity(account=account, won_on=JAN)
    outbox()
    make_account("Other name", external_id=account.external_id, region="east")
    assert outbox() == set()


def at_once(*works):
    """Run the works in threads that start together; their errors."""
    gate, errors = threading.Barrier(len(works)), []

    def run(work):
        gate.wait()
        try:
            work()
        except Exception as error:
            errors.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(work,)) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return errors


def upsert(*records, resource="opportunities"):
    results = records_upsert(resource=resource, source="test", records=list(records))
    assert not any(result.errors for result in results)


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_two_writers_of_the_same_new_records_make_each_once():
    batch = [{"external_id": str(n), "name": f"A{n}"} for n in range(50)]
    assert at_once(*[lambda: upsert(*batch, resource="accounts")] * 3) == []
    assert Account.objects.count() == 50


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_of_deals_won_at_once_one_is_the_first_of_the_account():
    make_account(external_id="A")
    deals = [
        {"external_id": str(n), "stage": "won", "account": "A", "closed_on": f"2026-01-{10 + n}"}
        for n in range(4)
    ]
    assert at_once(*[lambda deal=deal: upsert(deal) for deal in deals]) == []
    assert [deal.external_id for deal in Opportunity.objects.filter(is_first_won=True)] == ["0"]
