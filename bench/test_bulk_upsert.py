"""The comparison of bulk upserts runs, on a few rows, and leaves nothing behind."""

import pytest

from bench.bulk_upsert import measure
from crm.models import Opportunity


@pytest.mark.django_db
def test_the_comparison_measures_both_sides_and_is_undone():
    figures = measure(200)
    assert set(figures) == {
        *("insert_per_s", "unchanged_per_s", "update_per_s", "drf_insert_per_s", "drf_update_per_s"),
        *("insert_ratio", "update_ratio"),
    }
    assert all(figure > 0 for figure in figures.values())
    assert not Opportunity.objects.exists()
