"""The peers of the snapshot measurement agree with the product, at a size a test can afford."""

from __future__ import annotations

import pytest

from bench.facts import generate
from bench.tracking import (
    make_bench_plan,
    measure_alerts,
    measure_roll_up,
    measure_snapshots,
    measure_touched,
)
from metrics.services import recompute_actuals
from tracking.models import Alert


@pytest.mark.django_db
def test_snapshots_are_what_duckdb_and_pandas_sum():
    generate(facts=2_000, people=30, seed=7)
    recompute_actuals()
    plan = make_bench_plan()
    told = measure_snapshots()  # asserts that all three agree
    assert told["snapshots"] == 4 * plan.targets.count()
    assert measure_roll_up()["rows"] == told["daily_actuals"]
    assert measure_touched(samples=3)["touched_p50_ms"] > 0
    assert measure_alerts()["alerts"] == Alert.objects.count()
