"""How far somebody is and what brings them back, in words."""

from __future__ import annotations

import pytest
from django.utils import translation

from dashboards.words import pace_words, way_back_words
from metrics.models import Direction, Metric
from metrics.selectors import metric_get
from tracking.tests.factories import make_row

pytestmark = pytest.mark.django_db

# A target of ¥1,000, half of it due, ten workdays left; or 20 deals, 10 due; or a win rate of 40 %.
SALES = {"target": 100_000, "due": 50_000}
DEALS = {"target": 20, "due": 10}
FEW = {"target": 4, "due": 2}
RATE = {"target": 400_000, "due": 400_000}


def told(metric: str, typical: float | None = None, **figures) -> tuple[str, str]:
    row = make_row(metric_get(metric), **figures)
    return pace_words(row), way_back_words(row, typical)


@pytest.mark.parametrize(
    ("case", "metric", "typical", "figures", "words", "way"),
    [
        (
            "ahead",
            "sales",
            None,
            SALES | {"actual": 60_000},
            "20 % ahead of the plan",
            "¥400 more reaches the target",
        ),
        (
            "on plan",
            "sales",
            None,
            SALES | {"actual": 50_000},
            "Exactly on plan",
            "¥500 more reaches the target",
        ),
        (
            "behind, with an average deal",
            "sales",
            15_000,
            SALES | {"actual": 10_000},
            "80 % behind",
            "3 deals like your average (¥150) bring you back",
        ),
        (
            "behind by one deal",
            "sales",
            15_000,
            SALES | {"actual": 40_000},
            "20 % behind",
            "one deal like your average (¥150) brings you back",
        ),
        (
            "behind by exactly two deals",
            "sales",
            20_000,
            SALES | {"actual": 10_000},
            "80 % behind",
            "2 deals like your average (¥200) bring you back",
        ),
        (
            "behind, no deal in a year",
            "sales",
            None,
            SALES | {"actual": 40_000},
            "20 % behind",
            "¥100 more brings you back; ¥60 a workday reaches the target",
        ),
        (
            "behind, more returned than sold",
            "sales",
            -5_000,
            SALES | {"actual": -10_000},
            "120 % behind",
            "¥600 more brings you back; ¥110 a workday reaches the target",
        ),
        (
            "behind on the last day",
            "sales",
            None,
            SALES | {"actual": 40_000, "remaining": 0},
            "20 % behind",
            "¥100 more brings you back",
        ),
        (
            "collections have no deals",
            "collections",
            None,
            SALES | {"actual": 40_000},
            "20 % behind",
            "¥100 more brings you back; ¥60 a workday reaches the target",
        ),
        (
            "counts",
            "deals_won",
            None,
            DEALS | {"actual": 8},
            "20 % behind",
            "2 more brings you back; 1.2 a workday reaches the target",
        ),
        (
            "a small count a day is not none",
            "deals_won",
            None,
            FEW | {"actual": 1},
            "50 % behind",
            "1 more brings you back; 0.3 a workday reaches the target",
        ),
        (
            "a ratio behind",
            "win_rate",
            None,
            RATE | {"actual": 300_000},
            "25 % behind",
            "30.0 % of the 40.0 % wanted",
        ),
        (
            "a ratio ahead",
            "win_rate",
            None,
            RATE | {"actual": 480_000},
            "Target reached: 120 % done",
            "48.0 % of the 40.0 % wanted",
        ),
        (
            "a ratio of nothing",
            "win_rate",
            None,
            RATE,
            "Nothing counted yet",
            "",
        ),
        (
            "reached",
            "sales",
            15_000,
            SALES | {"actual": 104_000},
            "Target reached: 104 % done",
            "¥40 above the target",
        ),
        (
            "reached to the cent",
            "sales",
            15_000,
            SALES | {"actual": 100_000},
            "Target reached: 100 % done",
            "",
        ),
        (
            "nothing due yet",
            "sales",
            15_000,
            SALES | {"due": 0, "actual": 0},
            "Nothing is due yet",
            "¥1K more reaches the target",
        ),
        (
            "reached before anything was due",
            "sales",
            None,
            SALES | {"due": 0, "actual": 120_000},
            "Target reached: 120 % done",
            "¥200 above the target",
        ),
        (
            "no target",
            "sales",
            15_000,
            {"actual": 5_000},
            "No target in this period",
            "",
        ),
    ],
)
def test_the_sentence_says_how_far_and_what_brings_back(case, metric, typical, figures, words, way):
    assert told(metric, typical, **figures) == (words, way)


@pytest.mark.parametrize(
    ("case", "actual", "words"),
    [
        ("more than allowed so far", 60, "20 % behind"),
        ("less than allowed so far", 40, "20 % ahead of the plan"),
        ("all that was allowed, and more", 110, "120 % behind"),
    ],
)
def test_where_lower_is_better_more_is_behind_and_nothing_is_ever_reached(case, actual, words):
    Metric.objects.filter(code="deals_won").update(direction=Direction.DOWN)
    assert told("deals_won", target=100, due=50, actual=actual) == (words, "")


def test_without_a_row_there_is_no_target():
    assert (pace_words(None), way_back_words(None, 100.0)) == ("No target in this period", "")


@pytest.mark.parametrize(("missing", "typical"), [(1, 100_000), (99_999, 100_000), (100_000, 100_000)])
def test_less_than_an_average_deal_is_one_deal(missing, typical):
    row = make_row(metric_get("sales"), target=500_000, due=200_000, actual=200_000 - missing)
    assert way_back_words(row, typical).startswith("one deal")


def test_the_sentence_is_told_in_chinese_with_chinese_figures():
    with translation.override("zh-hans"):
        words, way = told("sales", 1_500_000, target=100_000_000, due=50_000_000, actual=40_000_000)
    assert "20 %" in words
    assert "1.5万" in way
    assert not any(letter.isascii() and letter.isalpha() for letter in words + way)
