"""Upserting records: what is stored, what is refused, what goes to the outbox."""

import datetime as dt
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from crm.models import ChangedDay, Opportunity, OpportunityCredit, PaymentCredit, StageChange
from crm.services import plan_rate_set, record_delete, records_upsert
from crm.tests.factories import make_account, make_activity, make_opportunity, make_payment, send
from org.tests.factories import make_person

pytestmark = pytest.mark.django_db
OPEN = {"external_id": "1", "stage": "engaging"}
JAN, FEB, MAR = (dt.date(2026, month, 5) for month in (1, 2, 3))


@pytest.fixture
def ann():
    return make_person("Ann")


@pytest.fixture
def ben():
    return make_person("Ben")


def outbox():
    """The outbox as {(person name, day)}, emptied."""
    pairs = set(ChangedDay.objects.values_list("person__name", "day"))
    ChangedDay.objects.all().delete()
    return pairs


def upsert(resource, *records):
    return records_upsert(resource=resource, source="test", records=list(records))


def test_a_new_deal_is_created_then_unchanged_then_updated(ann):
    deal = OPEN | {"amount": "100.50", "owner": ann.employee_number}
    assert [r.status for r in upsert("opportunities", deal)] == ["created"]
    assert [r.status for r in upsert("opportunities", deal)] == ["unchanged"]
    assert [r.status for r in upsert("opportunities", deal | {"amount": "99"})] == ["updated"]
    assert Opportunity.objects.get().amount_minor == 9900


def test_a_put_replaces_what_is_left_out_with_its_default(ann):
    make_opportunity(ann, external_id="1", loss_reason="Price", lost_on=JAN)
    deal = make_opportunity(ann, external_id="1", lost_on=JAN)
    assert deal.loss_reason == ""


@pytest.mark.parametrize(
    ("case", "record", "field"),
    [
        ("no external id", {"stage": "won"}, "external_id"),
        ("unknown stage", {"external_id": "1", "stage": "maybe"}, "stage"),
        ("stage missing", {"external_id": "1"}, "stage"),
        ("won without a day", {"external_id": "1", "stage": "won"}, "closed_on"),
        ("open with a closing day", OPEN | {"closed_on": "2026-01-05"}, "closed_on"),
        ("a float is not exact", OPEN | {"amount": 1.1}, "amount"),
        ("too many decimals", OPEN | {"amount": "1.001"}, "amount"),
        ("not a number", OPEN | {"amount": "NaN"}, "amount"),
        ("unknown currency", OPEN | {"currency": "ZZZ"}, "currency"),
        ("no plan rate", OPEN | {"amount": "1", "currency": "EUR"}, "currency"),
        ("unknown owner", OPEN | {"owner": "nobody"}, "owner"),
        ("unknown account", OPEN | {"account": "A"}, "account"),
        ("unknown customer type", OPEN | {"customer_type": "x"}, "customer_type"),
        ("unknown field", OPEN | {"amuont": "5"}, "amuont"),
        ("moment without zone", OPEN | {"quote_sent_at": "2026-01-05T10:00:00"}, "quote_sent_at"),
        ("lines off the amount", OPEN | {"amount": "5", "lines": [{"amount": "4"}]}, "lines"),
    ],
)  # fmt: skip
def test_a_wrong_record_is_refused_by_field_and_leaves_nothing(case, record, field):
    [result] = upsert("opportunities", record)
    assert result.status == "error"
    assert field in [error.field for error in result.errors]
    assert not Opportunity.objects.exists()
    assert not ChangedDay.objects.exists()


def test_good_records_of_a_batch_stand_beside_refused_ones():
    results = upsert(
        "opportunities",
        {"external_id": "1", "stage": "engaging"},
        {"external_id": "2", "stage": "maybe"},
        {"external_id": "1", "stage": "proposal"},
    )
    assert [r.status for r in results] == ["error", "error", "created"]
    assert results[0].errors[0].code == "duplicate"


def test_moving_a_deal_to_another_owner_and_day_touches_both_of_both(ann, ben):
    make_opportunity(ann, won_on=JAN, external_id="1")
    assert outbox() == {("Ann", JAN)}
    make_opportunity(ben, won_on=FEB, external_id="1", owner_from=JAN)
    assert outbox() == {("Ann", JAN), ("Ben", FEB)}


def test_each_date_a_metric_may_count_on_goes_to_the_outbox(ann):
    make_opportunity(ann, opened_on=JAN, quote_sent_at="2026-02-04T20:00:00+00:00", won_on=MAR)
    # 20:00 UTC is the next day in Shanghai.
    assert outbox() == {("Ann", JAN), ("Ann", FEB), ("Ann", MAR)}


def test_an_unchanged_record_leaves_the_outbox_empty(ann):
    make_opportunity(ann, won_on=JAN, external_id="1")
    outbox()
    make_opportunity(ann, won_on=JAN, external_id="1")
    assert outbox() == set()


def test_stage_history_notes_each_stage_entered_once(ann):
    deal = make_opportunity(ann, external_id="1", opened_on=JAN)
    make_opportunity(ann, external_id="1", opened_on=JAN)
    make_opportunity(ann, external_id="1", opened_on=JAN, won_on=FEB)
    history = StageChange.objects.filter(opportunity=deal).values_list(
        "from_stage__code", "to_stage__code", "changed_on"
    )
    assert list(history) == [(None, "engaging", JAN), ("engaging", "won", FEB)]


def test_a_split_deal_is_credited_exactly_and_touches_everybody(ann, ben):
    splits = [
        {"person": ann.employee_number, "share_bp": 3333},
        {"person": ben.employee_number, "share_bp": 6667},
    ]
    deal = make_opportunity(ann, "100.01", won_on=JAN, external_id="1", splits=splits)
    assert deal.is_shared
    credits = dict(OpportunityCredit.objects.values_list("person__name", "plan_amount_minor"))
    assert sum(credits.values()) == 10_001
    assert outbox() == {("Ann", JAN), ("Ben", JAN)}
    make_opportunity(ann, "100.01", won_on=JAN, external_id="1")
    assert not OpportunityCredit.objects.exists()
    assert outbox() == {("Ann", JAN), ("Ben", JAN)}


def test_a_payment_on_a_split_deal_follows_the_split_when_it_changes(ann, ben):
    shares = [(ann, 5000), (ben, 5000)]
    splits = [{"person": person.employee_number, "share_bp": bp} for person, bp in shares]
    deal = make_opportunity(ann, won_on=JAN, external_id="1", splits=splits)
    make_payment(amount="10.01", on=FEB, opportunity=deal)
    credits = sorted(PaymentCredit.objects.values_list("person__name", "plan_amount_minor"))
    assert credits == [("Ann", 501), ("Ben", 500)]
    outbox()
    make_opportunity(ann, won_on=JAN, external_id="1")
    assert not PaymentCredit.objects.exists()
    assert {("Ann", FEB), ("Ben", FEB)} <= outbox()


def test_the_first_won_deal_of_an_account_is_found_again_when_an_earlier_one_appears(ann, ben):
    account = make_account()
    later = make_opportunity(ann, won_on=MAR, account=account)
    assert Opportunity.objects.get(pk=later.pk).is_first_won
    outbox()
    earlier = make_opportunity(ben, won_on=JAN, account=account)
    assert set(Opportunity.objects.filter(is_first_won=True)) == {earlier}
    assert outbox() == {("Ben", JAN), ("Ann", MAR)}
    record_delete(resource="opportunities", source="test", external_id=earlier.external_id)
    assert set(Opportunity.objects.filter(is_first_won=True)) == {later}


def test_a_deleted_record_counts_no_more_until_it_is_sent_again(ann):
    make_activity(ann, on=JAN, external_id="1")
    outbox()
    record_delete(resource="activities", source="test", external_id="1")
    assert outbox() == {("Ann", JAN)}
    assert make_activity(ann, on=JAN, external_id="1").deleted_at is None
    assert outbox() == {("Ann", JAN)}


def test_a_fact_takes_owner_and_segments_from_what_it_hangs_on(ann):
    account = make_account(region="east", customer_type="KA", owner=ann)
    deal = make_opportunity(account=account, won_on=JAN)
    assert (deal.owner_id, deal.region_id, deal.customer_type_id) == (
        ann.pk,
        account.region_id,
        account.customer_type_id,
    )
    payment = make_payment(opportunity=deal)
    assert (payment.owner_id, payment.region_id, payment.account_id) == (ann.pk, deal.region_id, account.pk)


def test_a_foreign_amount_counts_at_the_plan_rate_and_anew_when_the_rate_changes(ann):
    plan_rate_set(fiscal_year=2026, currency="USD", rate=Decimal("7.1"), actor=None)
    deal = make_opportunity(ann, "100.00", currency="USD", won_on=JAN)
    assert deal.plan_amount_minor == 71_000
    outbox()
    plan_rate_set(fiscal_year=2026, currency="USD", rate=Decimal("7"), actor=None)
    deal.refresh_from_db()
    assert (deal.amount_minor, deal.plan_amount_minor) == (10_000, 70_000)
    assert outbox() == {("Ann", JAN)}


def test_a_batch_of_three_hundred_needs_as_many_queries_as_one_of_three(ann):
    def batch(prefix, count):
        return [
            {"external_id": f"{prefix}{n}", "stage": "won", "amount": "5", "closed_on": "2026-01-05",
             "owner": ann.employee_number}
            for n in range(count)
        ]  # fmt: skip

    with CaptureQueriesContext(connection) as few:
        upsert("opportunities", *batch("a", 3))
    with CaptureQueriesContext(connection) as many:
        upsert("opportunities", *batch("b", 300))
    assert len(many) <= len(few)


def test_products_make_their_product_line(ann):
    send("products", external_id="P", name="Fridge", product_line="premium")
    deal = make_opportunity(ann, product="P", won_on=JAN)
    assert deal.product_line.code == "premium"
    assert not deal.is_shared
    assert deal.lines.get().amount_minor == 10_000
