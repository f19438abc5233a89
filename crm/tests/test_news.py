"""What webhooks hear of deals: each win once, with what a receiver needs, and nothing of old histories."""

from __future__ import annotations

import datetime as dt

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext

from crm.services import RESOURCES, records_upsert
from crm.tests.factories import make_account, make_opportunity
from org.models import HookEvent
from org.tests.factories import make_hook, make_person, make_unit

pytestmark = pytest.mark.django_db
TODAY = dt.date(2026, 6, 17)


@pytest.fixture(autouse=True)
def wednesday():
    with time_machine.travel(dt.datetime(2026, 6, 17, 4, tzinfo=dt.UTC), tick=False):
        yield


@pytest.fixture
def ann(db):
    make_hook("https://8.8.8.8/", "deal.won", is_active=True)
    return make_person("Ann", make_unit("Team"), employee_number="E7")


def told():
    return [event.payload for event in HookEvent.objects.order_by("pk")]


def test_won_deal_is_told_with_owner_account_and_exact_amount(ann):
    account = make_account("Acme")
    deal = make_opportunity(
        ann, "12500.10", won_on=TODAY, account=account, currency="CNY", name="Kitchen", external_id="K1"
    )
    assert told() == [
        {
            "id": deal.pk,
            "source": "test",
            "external_id": "K1",
            "name": "Kitchen",
            "amount": "12500.10",
            "currency": "CNY",
            "closed_on": "2026-06-17",
            "owner": {"employee_number": "E7", "name": "Ann"},
            "account": {"source": "test", "external_id": account.external_id, "name": "Acme"},
        }
    ]


def test_each_win_is_told_once(ann):
    make_opportunity(ann, external_id="K1")
    assert told() == []
    make_opportunity(ann, won_on=TODAY, external_id="K1")
    make_opportunity(ann, won_on=TODAY, external_id="K1")
    make_opportunity(ann, "200.00", won_on=TODAY, external_id="K1")
    assert len(told()) == 1
    make_opportunity(ann, lost_on=TODAY, external_id="K1")
    make_opportunity(ann, won_on=TODAY, external_id="K1")
    assert len(told()) == 2


def test_loaded_history_is_no_news(ann):
    make_opportunity(ann, won_on=TODAY - dt.timedelta(days=32))
    assert told() == []
    make_opportunity(ann, won_on=TODAY - dt.timedelta(days=31))
    assert len(told()) == 1


def test_bulk_takes_as_many_queries_for_thirty_wins_as_for_three(ann):
    counts = []
    for size in (3, 30):
        records = [
            {
                "external_id": f"B{size}-{each}",
                "name": "B",
                "stage": "won",
                "amount": "1.00",
                "closed_on": TODAY.isoformat(),
                "owner": "E7",
            }
            for each in range(size)
        ]
        with CaptureQueriesContext(connection) as counted:
            records_upsert(resource="opportunities", source="bulk", records=records)
        counts.append(len(counted))
    assert counts[0] == counts[1]
    assert len(told()) == 33
    assert RESOURCES["opportunities"].model.objects.count() == 33
