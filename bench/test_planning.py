"""The bench of plans runs, small, and tells a figure for each step."""

import pytest

from bench.planning import measure_planning


@pytest.mark.django_db
def test_a_plan_is_measured_from_its_start_to_everybodys_progress():
    figures = measure_planning(people=40)
    assert figures["targets"] > 200
    assert len(figures["seconds"]) == 8
    # Twelve, and one for what people have typed there and not distributed yet.
    assert max(page["queries"] for page in figures["pages"].values()) <= 13
