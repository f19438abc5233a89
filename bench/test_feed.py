"""The ways in are measured on the same rows, and the bare way really writes them."""

import pytest

from bench.bare_merge import merge, rows_of
from bench.bulk_upsert import deal_columns, deal_records
from bench.feed import measure_feed
from bench.freshness import spread
from crm.models import Opportunity


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_each_way_in_tells_its_pace_and_its_share_of_the_bare_one():
    figures = dict(measure_feed(60))
    assert set(figures) == {"bulk upsert", "bare copy and merge", "file import", "share of the bare pace"}
    assert all(figure > 0 for told in figures.values() for figure in told.values())
    assert Opportunity.objects.count() == 60  # the file's; all else is rolled back


@pytest.mark.django_db
def test_the_bare_merge_inserts_and_then_updates_every_row():
    plain = deal_columns(deal_records(30))
    merge(rows_of(plain))
    assert Opportunity.objects.count() == 30
    merge(rows_of([values | {"amount_minor": 7_700} for values in plain]))
    assert set(Opportunity.objects.values_list("amount_minor", flat=True)) == {7_700}
    assert Opportunity.objects.count() == 30


def test_the_spread_of_durations_names_median_and_tail():
    told = spread([at / 1000 for at in range(1, 101)])
    assert (told["tries"], told["p50_ms"], told["p95_ms"], told["longest_ms"]) == (100, 51.0, 96.0, 100.0)
