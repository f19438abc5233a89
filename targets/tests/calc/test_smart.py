"""SMART: how likely a target is, and five findings that say what is weak and where to mend it."""

from __future__ import annotations

import dataclasses

import pytest
from hypothesis import given
from hypothesis import strategies as st

from targets.calc.smart import (
    Achievability,
    Band,
    Grade,
    Letter,
    TargetFacts,
    achievability,
    capacity_probability,
    history_probability,
    smart_findings,
)

SOUND = TargetFacts(
    amount=100,
    process_metrics=1,
    metric_count=4,
    achievability=achievability(0.55, 0.6),
    has_parent=True,
    strategy_lines=1,
)


@pytest.mark.parametrize(
    ("case", "asked", "chance"),
    [
        (
            "three years with growth",
            {"target": 120, "history": [90, 100, 110], "growth": 0.1},
            0.5066953690973388,
        ),
        ("as every year", {"target": 100, "history": [100, 100]}, 0.5),
        ("a newcomer is asked for what peers do", {"target": 100, "history": [], "peer_mean": 100}, 0.5),
        ("nothing known", {"target": 100, "history": []}, None),
        ("nothing asked", {"target": 0, "history": []}, 1.0),
        ("too many years of nothing", {"target": 100, "history": [0, 0, 100]}, None),
    ],
)
def test_history_tells_the_chance(case, asked, chance):
    assert history_probability(**asked) == (None if chance is None else pytest.approx(chance, abs=1e-7))


@pytest.mark.parametrize(
    ("case", "asked", "chance"),
    [
        (
            "two hundred visits",
            {"target": 400, "activities": 200, "won": 20, "tried": 100, "average_value": 10},
            0.3983314174466081,
        ),
        (
            "no time at all",
            {"target": 400, "activities": 0, "won": 20, "tried": 100, "average_value": 10},
            0.0,
        ),
    ],
)
def test_capacity_tells_the_chance(case, asked, chance):
    assert capacity_probability(**asked) == pytest.approx(chance, abs=1e-6)


@given(st.floats(1, 1e9), st.floats(1.01, 10), st.lists(st.floats(1, 1e9), min_size=1, max_size=8))
def test_more_is_never_likelier(target, times, history):
    less, more = history_probability(target, history), history_probability(target * times, history)
    assert 0 <= more <= less <= 1


@pytest.mark.parametrize(
    ("case", "history", "capacity", "expected"),
    [
        ("capacity binds", 0.7, 0.3, Achievability(0.3, Band.CHALLENGING, "capacity")),
        ("history binds", 0.02, 0.3, Achievability(0.02, Band.UNREALISTIC, "history")),
        ("one is enough", None, 0.85, Achievability(0.85, Band.EASY, "capacity")),
        ("nothing known", None, None, Achievability(None, Band.UNKNOWN)),
    ],
)
def test_the_smaller_chance_counts(case, history, capacity, expected):
    assert achievability(history, capacity) == expected


def test_a_sound_target_has_five_good_findings():
    findings = smart_findings(SOUND)
    assert [finding.letter for finding in findings] == list(Letter)
    assert {finding.grade for finding in findings} == {Grade.GOOD}


@pytest.mark.parametrize(
    ("case", "changed", "letter", "grade", "place"),
    [
        ("nobody's", {"has_owner": False}, Letter.SPECIFIC, Grade.MISSING, "owner"),
        ("plus twenty per cent", {"is_growth_only": True}, Letter.SPECIFIC, Grade.MISSING, "amount"),
        ("no amount", {"amount": 0}, Letter.SPECIFIC, Grade.MISSING, "amount"),
        ("no facts", {"has_source": False}, Letter.MEASURABLE, Grade.MISSING, "metric"),
        ("a result alone", {"process_metrics": 0}, Letter.MEASURABLE, Grade.WEAK, "process"),
        ("nine metrics", {"metric_count": 9}, Letter.MEASURABLE, Grade.WEAK, "process"),
        (
            "impossible",
            {"achievability": achievability(0.01, None)},
            Letter.ACHIEVABLE,
            Grade.MISSING,
            "amount",
        ),
        (
            "too few hands",
            {"achievability": achievability(0.6, 0.1)},
            Letter.ACHIEVABLE,
            Grade.WEAK,
            "resources",
        ),
        ("given away", {"achievability": achievability(0.95, None)}, Letter.ACHIEVABLE, Grade.WEAK, "amount"),
        (
            "no history",
            {"achievability": achievability(None, None)},
            Letter.ACHIEVABLE,
            Grade.UNKNOWN,
            "amount",
        ),
        ("no goal above", {"strategy_lines": 0}, Letter.RELEVANT, Grade.WEAK, "strategy"),
        ("on its own", {"strategy_lines": 0, "has_parent": False}, Letter.RELEVANT, Grade.MISSING, "parent"),
        ("months don't sum", {"months_sum": False}, Letter.TIME_BOUND, Grade.MISSING, "months"),
        ("flat days", {"has_rhythm": False}, Letter.TIME_BOUND, Grade.WEAK, "rhythm"),
        ("no end", {"has_period": False}, Letter.TIME_BOUND, Grade.MISSING, "months"),
    ],
)
def test_what_is_weak_is_named_with_its_mend(case, changed, letter, grade, place):
    findings = {finding.letter: finding for finding in smart_findings(dataclasses.replace(SOUND, **changed))}
    finding = findings.pop(letter)
    assert (finding.grade, finding.place) == (grade, place)
    assert finding.fix
    assert finding.evidence % finding.params
    assert {other.grade for other in findings.values()} == {Grade.GOOD}
