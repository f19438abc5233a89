"""The whole bench runs, small, and tells a figure for each thing it measures."""

import pytest

from bench.facts import generate
from bench.pages import measure_deal, measure_pages
from bench.rebuild import measure_rebuild
from bench.tracking import make_bench_plan, measure_snapshots


@pytest.mark.django_db
def test_pages_and_one_deal_are_measured_on_generated_facts():
    generate(600, people=40)
    measure_rebuild()
    make_bench_plan()
    measure_snapshots()
    deal, pages = measure_deal(), measure_pages()
    assert 0 < deal["p50_ms"] <= deal["p95_ms"]
    assert max(pages[name]["queries"] for name in ("rep's home", "board", "company", "team", "person")) <= 12
    assert {"map", "figure", "plan", "empty view"} <= pages.keys()
