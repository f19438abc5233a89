"""The generator and the peers of the measurement agree with the product, at a size a test can afford."""

from __future__ import annotations

import pytest
from django.db import transaction
from django.db.models import Sum

from bench.facts import METRICS, generate
from bench.rebuild import fact_frame, group_in_duckdb, group_in_pandas
from crm.models import Activity, Lead, Opportunity, Payment
from metrics.models import DailyActual, Metric, UnitDailyActual
from metrics.services import recompute_actuals
from org.selectors import unit_root


@pytest.mark.django_db
def test_generated_facts_are_counted_to_the_cent():
    generate(facts=1_000, people=30, seed=7)
    assert sum(model.objects.count() for model in (Opportunity, Payment, Activity, Lead)) == 1_000
    assert set(Metric.objects.values_list("code", flat=True)) >= set(METRICS)
    recompute_actuals()
    won = Opportunity.objects.filter(outcome="won").aggregate(total=Sum("plan_amount_minor"))["total"]
    top = UnitDailyActual.objects.filter(unit=unit_root(), metric__code="sales")
    assert top.aggregate(total=Sum("value"))["total"] == won
    rows = fact_frame()
    assert group_in_duckdb(rows) == group_in_pandas(rows) <= DailyActual.objects.count()


@pytest.mark.django_db
def test_the_same_seed_makes_the_same_facts_and_another_others():
    def made(seed: int) -> list[tuple[str, int]]:
        with transaction.atomic():
            generate(facts=200, people=20, seed=seed)
            rows = list(Opportunity.objects.order_by("pk").values_list("closed_on", "amount_minor"))
            transaction.set_rollback(True)
        return rows

    assert made(3) == made(3) != made(4)
