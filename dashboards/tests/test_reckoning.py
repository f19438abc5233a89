"""The arithmetic of a figure: every line's numbers give its result, and what is undefined says why."""

from __future__ import annotations

import pytest

from dashboards.reckoning import Sums, reckoning
from metrics.models import Direction
from metrics.selectors import metric_get
from org.models import Unit
from tracking.models import Snapshot
from tracking.selectors.progress import ProgressRow

pytestmark = pytest.mark.django_db


def lines(code: str, sums: Sums, *, direction: str | None = None, **snapshot) -> dict[str, tuple[str, str]]:
    """{label: (terms, result)} of a metric with a snapshot, or without one when no field is given."""
    metric = metric_get(code)
    if direction:
        metric.direction = direction
    row = None
    if snapshot:
        made = Snapshot(metric=metric, numerator=sums.numerator, denominator=sums.denominator, **snapshot)
        row = ProgressRow(metric, Unit(name="East"), None, "", made)
    return {step.label: (step.terms, step.result) for step in reckoning(metric, sums, row)}


BEHIND = {
    "target_value": 100_000_00,
    "plan_to_date": 50_000_00,
    "actual": 40_000_00,
    "completion_ratio": 0.4,
    "pace_ratio": 0.8,
    "lag_ratio": 0.2,
    "workdays_remaining": 10,
}


def test_somebody_behind_sees_every_step_from_the_sum_to_what_a_day_needs():
    assert lines("sales", Sums(40_000_00, 0), **BEHIND) == {
        "Actual": ("", "¥40,000.00"),
        "Target": ("", "¥100,000.00"),
        "Due by now": ("", "¥50,000.00"),
        "Completion": ("¥40,000.00 ÷ ¥100,000.00", "40.0 %"),
        "Pace": ("¥40,000.00 ÷ ¥50,000.00", "80.0 %"),
        "Behind": ("100 % − 80.0 %", "20.0 %"),
        "Short of what is due by": ("¥50,000.00 − ¥40,000.00", "¥10,000.00"),
        "As a share of the target": ("¥10,000.00 ÷ ¥100,000.00", "10.0 %"),
        "Needed per workday": ("¥60,000.00 ÷ 10 workdays", "¥6,000.00"),
    }


def test_a_count_a_day_keeps_its_half():
    found = lines(
        "leads", Sums(10, 0), **BEHIND | {"target_value": 100, "actual": 10, "workdays_remaining": 4}
    )
    assert found["Needed per workday"] == ("90 ÷ 4 workdays", "22.5")


def test_somebody_ahead_reads_the_distance_the_other_way_round():
    ahead = BEHIND | {"actual": 75_000_00, "completion_ratio": 0.75, "pace_ratio": 1.5, "lag_ratio": -0.5}
    found = lines("sales", Sums(75_000_00, 0), **ahead)
    assert found["Ahead"] == ("150.0 % − 100 %", "50.0 %")
    assert found["Better than due by"] == ("¥75,000.00 − ¥50,000.00", "¥25,000.00")
    assert found["As a share of the target"][1] == "25.0 %"
    assert "Behind" not in found


@pytest.mark.parametrize(
    ("case", "actual", "pace", "lag", "label", "terms", "gap"),
    [
        ("too many", 60, 1.2, 0.2, "Behind", "120.0 % − 100 %", "Short of what is due by"),
        ("few enough", 40, 0.8, -0.2, "Ahead", "100 % − 80.0 %", "Better than due by"),
    ],
)
def test_where_less_is_better_more_is_behind(case, actual, pace, lag, label, terms, gap):
    found = lines(
        "leads",
        Sums(actual, 0),
        direction=Direction.DOWN,
        **BEHIND
        | {"target_value": 100, "plan_to_date": 50, "actual": actual, "pace_ratio": pace, "lag_ratio": lag},
    )
    assert found[label] == (terms, "20.0 %")
    assert found[gap][1] == "10"
    assert "Needed per workday" not in found


def test_a_ratio_is_its_sums_divided():
    found = lines("win_rate", Sums(12, 30))
    assert list(found.values())[:3] == [("", "12"), ("", "30"), ("12 ÷ 30", "40.0 %")]
    assert found["Target"] == ("", "–")


@pytest.mark.parametrize(
    ("case", "code", "sums", "fields", "label", "reason"),
    [
        ("nothing closed", "win_rate", Sums(0, 0), {}, "Actual", "nothing to divide by"),
        (
            "nothing due",
            "sales",
            Sums(5, 0),
            {"plan_to_date": 0, "pace_ratio": None},
            "Pace",
            "nothing to divide",
        ),
        (
            "no target",
            "sales",
            Sums(5, 0),
            {"target_value": 0, "completion_ratio": None},
            "Completion",
            "divide",
        ),
        (
            "last day",
            "sales",
            Sums(5, 0),
            {"workdays_remaining": 0},
            "Needed per workday",
            "no workday is left",
        ),
        ("reached", "sales", Sums(5, 0), {"actual": 200_000_00}, "Needed per workday", "target is reached"),
        ("unplanned", "sales", Sums(5, 0), {}, "Target", "none in this period"),
    ],
)
def test_what_is_undefined_says_why(case, code, sums, fields, label, reason):
    metric = metric_get(code)
    row = None
    if fields:
        row = ProgressRow(metric, Unit(name="East"), None, "", Snapshot(metric=metric, **BEHIND | fields))
    step = next(step for step in reckoning(metric, sums, row) if step.label == label)
    assert reason in step.words
    assert step.terms == "" or case == "nothing closed"
