"""Bulk upsert of opportunities beside Django REST framework's own way with the same rows, in the same run.

Ours resolves references, converts money, writes stage history and the outbox. The other side validates by a
``ModelSerializer(many=True)`` and writes with ``bulk_create(update_conflicts=True)``; it is handed the keys
of its references ready-made (a ``PrimaryKeyRelatedField`` would query once a row and field): it does less.
"""

from __future__ import annotations

import datetime as dt
import gc
import random
import time
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from django.db import connection, transaction
from rest_framework import serializers

from crm.models import Account, Opportunity, Segment, Stage
from crm.services import plan_rate_set, records_upsert
from org.models import Person
from org.selectors import company_get, person_placeholder

BATCH = 10_000
SOURCE = "bench-bulk"
COLUMNS = (
    "source", "external_id", "name", "amount_minor", "currency", "plan_amount_minor", "opened_on",
    "closed_on", "expected_close_on", "outcome", "loss_reason", "owner_id", "account_id", "stage_id",
    "product_line_id", "region_id", "customer_type_id",
)  # fmt: skip
KEYS = tuple(name for name in COLUMNS if name.endswith("_id") and name != "external_id")


class OpportunitySerializer(serializers.ModelSerializer):
    """The columns of a deal, references as ready-made keys."""

    owner_id = serializers.IntegerField()
    account_id = serializers.IntegerField()
    stage_id = serializers.IntegerField()
    product_line_id = serializers.IntegerField()
    region_id = serializers.IntegerField()
    customer_type_id = serializers.IntegerField()

    class Meta:
        model = Opportunity
        fields = COLUMNS
        validators: tuple[Any, ...] = ()  # the uniqueness check would query once a row


def measure(rows: int = 20_000) -> dict[str, float]:
    """Rows a second of both sides for inserting ``rows`` new deals, then for sending them again.

    Everything happens in a transaction that is rolled back. Keys: ``insert_per_s``, ``unchanged_per_s``,
    ``update_per_s``, ``drf_insert_per_s``, ``drf_update_per_s``, ``insert_ratio``, ``update_ratio``.
    """
    with transaction.atomic():
        try:
            records = deal_records(rows)
            plain = deal_columns(records)
            changed = [record | {"amount": "77.00"} for record in records]
            figures = {
                "insert_per_s": rows / _timed(lambda: _upsert(records)),
                "unchanged_per_s": rows / _timed(lambda: _upsert(records)),
                "update_per_s": rows / _timed(lambda: _upsert(changed)),
                "drf_insert_per_s": rows / _timed(lambda: _drf(plain)),
                "drf_update_per_s": rows / _timed(lambda: _drf(plain)),
            }
        finally:
            transaction.set_rollback(True)
    for kind in ("insert", "update"):
        figures[f"{kind}_ratio"] = figures[f"{kind}_per_s"] / figures[f"drf_{kind}_per_s"]
    return figures


def _timed(work: Callable[[], None]) -> float:
    gc.collect()
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def _upsert(records: list[dict[str, Any]]) -> None:
    for at in range(0, len(records), BATCH):
        results = records_upsert(resource="opportunities", source=SOURCE, records=records[at : at + BATCH])
        assert not any(result.errors for result in results)


def _drf(plain: list[dict[str, Any]]) -> None:
    updated = [name for name in COLUMNS if name not in ("source", "external_id")]
    for at in range(0, len(plain), BATCH):
        serializer = OpportunitySerializer(data=plain[at : at + BATCH], many=True)
        serializer.is_valid(raise_exception=True)
        rows = [Opportunity(**values) for values in serializer.validated_data]
        Opportunity.objects.bulk_create(
            rows, update_conflicts=True, unique_fields=["source", "external_id"], update_fields=updated,
            batch_size=None if connection.vendor == "postgresql" else 1_500,
        )  # fmt: skip


def deal_records(rows: int) -> list[dict[str, Any]]:
    """Deals of a hundred people over two years: half open, a third won, a few of them in dollars."""
    rng = random.Random(7)
    people = Person.objects.bulk_create(
        Person(source=SOURCE, external_id=f"P{n}", employee_number=f"BB{n}", name=f"Person {n}")
        for n in range(100)
    )
    accounts = [{"external_id": f"A{n}", "name": f"Account {n}", "region": "east"} for n in range(500)]
    records_upsert(resource="accounts", source=SOURCE, records=accounts)
    for year in (2024, 2025):
        if company_get().currency != "USD":
            plan_rate_set(fiscal_year=year, currency="USD", rate=Decimal("7.1"), actor=None)
    records = []
    for n in range(rows):
        opened_on = dt.date(2024, 1, 1) + dt.timedelta(rng.randrange(700))
        stage = rng.choice(("prospecting", "engaging", "proposal", "won", "won", "lost"))
        record = {
            "external_id": f"D{n}",
            "name": f"Deal {n}",
            "owner": rng.choice(people).employee_number,
            "account": f"A{rng.randrange(500)}",
            "stage": stage,
            "amount": f"{rng.randrange(1000, 5_000_000) / 100:.2f}",
            "opened_on": opened_on.isoformat(),
            "expected_close_on": (opened_on + dt.timedelta(30)).isoformat(),
            "product_line": rng.choice(("premium", "mid", "entry")),
        }
        if stage in ("won", "lost"):
            record["closed_on"] = (opened_on + dt.timedelta(20)).isoformat()
        if n % 20 == 0:
            record["currency"] = "USD"
        records.append(record)
    return records


def deal_columns(records: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The same rows as columns with ready-made keys, under another source."""
    stages = {stage.code: stage for stage in Stage.objects.all()}
    accounts = dict(Account.objects.filter(source=SOURCE).values_list("external_id", "pk"))
    owners = dict(Person.objects.filter(source=SOURCE).values_list("employee_number", "pk"))
    unknown = dict(Segment.objects.filter(is_placeholder=True).values_list("kind", "pk"))
    owners[""] = person_placeholder().pk
    currency = company_get().currency
    return [
        {
            "source": f"{SOURCE}-drf",
            "external_id": record["external_id"],
            "name": record["name"],
            "amount_minor": int(record["amount"].replace(".", "")),
            "plan_amount_minor": int(record["amount"].replace(".", "")),
            "currency": record.get("currency", currency),
            "opened_on": record["opened_on"],
            "closed_on": record.get("closed_on"),
            "expected_close_on": record["expected_close_on"],
            "outcome": stages[record["stage"]].outcome,
            "loss_reason": "",
            "owner_id": owners[record["owner"]],
            "account_id": accounts[record["account"]],
            "stage_id": stages[record["stage"]].pk,
            "product_line_id": unknown["product_line"],
            "region_id": unknown["region"],
            "customer_type_id": unknown["customer_type"],
        }
        for record in records
    ]
