"""The SMART check of a target: how likely it is, from history and from capacity, and five graded findings.

Probabilities are statistics and therefore floats; amounts share one unit (minor units, counts). What nothing
is known about is ``None``, never 0.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

import numpy as np

from common.errors import gettext_noop

# Four observations of the spread among peers stand beside a person's own few.
PEER_LOG_SD, PEER_COUNT = 0.30, 4
LEAST_GROWTH, MOST_GROWTH = -0.5, 1.0
# How many deals come of an activity, before anything is known: Beta(1, 9).
PRIOR = (1.0, 9.0)
MOST_DROPPED = 0.30


class Band(StrEnum):
    """How hard a target is, by the chance of reaching it."""

    EASY = "easy"
    ACHIEVABLE = "achievable"
    CHALLENGING = "challenging"
    STRETCH = "stretch"
    UNREALISTIC = "unrealistic"
    UNKNOWN = "unknown"


BANDS = (
    (0.80, Band.EASY),
    (0.50, Band.ACHIEVABLE),
    (0.25, Band.CHALLENGING),
    (0.05, Band.STRETCH),
    (0.0, Band.UNREALISTIC),
)


def history_probability(
    target: float, history: Sequence[float], growth: float = 0.0, peer_mean: float | None = None
) -> float | None:
    """The chance of reaching ``target``, by totals of earlier periods of the same length, oldest first.

    ``history`` is adjusted for season; it is brought to the latest level by the yearly ``growth`` (0.1 is
    +10 %, kept within −50 … +100 %). Log-t law with the spread shrunk toward that of peers; without own
    history, ``peer_mean``; None without either, or with over 30 % of the periods not above zero.
    ``history_probability(100, [100, 100])`` is 0.5.
    """
    if target <= 0:
        return 1.0
    growth = min(max(growth, LEAST_GROWTH), MOST_GROWTH)
    known = np.array([total for total in history if total > 0], np.float64)
    if len(history) and 1 - len(known) / len(history) > MOST_DROPPED:
        return None
    if not len(known):
        if not peer_mean or peer_mean <= 0:
            return None
        spread = PEER_LOG_SD * math.sqrt(2)
        return _t_tail((math.log(target / peer_mean) - math.log1p(growth)) / spread, PEER_COUNT)
    count = len(known)
    level = np.log(known) - np.arange(1 - count, 1) * math.log1p(growth)
    mean = float(level.mean())
    freedom = count - 1 + PEER_COUNT
    variance = (float(((level - mean) ** 2).sum()) + PEER_COUNT * PEER_LOG_SD**2) / freedom
    distance = math.log(target) - mean - math.log1p(growth)
    return _t_tail(distance / math.sqrt(variance * (1 + 1 / count)), freedom)


def capacity_probability(
    target: float,
    activities: float,
    won: float,
    tried: float,
    average_value: float,
    value_cv: float = 1.0,
) -> float | None:
    """The chance that activities × conversion × value reach ``target``.

    ``activities`` is what the period has room for, ``won`` of ``tried`` what came of earlier ones; deals are
    beta-binomial, amounts a gamma law matched in mean and variance. 0 without any activity.
    """
    if target <= 0:
        return 1.0
    if activities <= 0 or average_value <= 0:
        return 0.0
    a, b = PRIOR[0] + won, PRIOR[1] + max(0.0, tried - won)
    chance = a / (a + b)
    deals = activities * chance
    spread = deals * (1 - chance) * (a + b + activities) / (a + b + 1)
    mean = deals * average_value
    variance = deals * (value_cv * average_value) ** 2 + spread * average_value**2
    return float(_special().gammaincc(mean * mean / variance, target * mean / variance))


@dataclass(frozen=True)
class Achievability:
    """The chance of reaching a target: the smaller of two, and which of them binds."""

    probability: float | None
    band: Band
    binding: str = ""

    @property
    def score(self) -> int | None:
        """0 to 100."""
        return None if self.probability is None else round(100 * self.probability)


def achievability(history: float | None, capacity: float | None) -> Achievability:
    """Both probabilities in one: ``achievability(0.7, 0.3)`` is challenging, and capacity binds."""
    known = [
        (value, name) for value, name in ((history, "history"), (capacity, "capacity")) if value is not None
    ]
    if not known:
        return Achievability(None, Band.UNKNOWN)
    least, name = min(known, key=lambda each: each[0])
    return Achievability(least, next(band for bound, band in BANDS if least >= bound), name)


def _t_tail(distance: float, freedom: int) -> float:
    return float(1 - _special().stdtr(freedom, distance))


def _special() -> Any:
    from scipy import special  # costs 0.1 s: only where it is needed

    return special


class Letter(StrEnum):
    SPECIFIC = "specific"
    MEASURABLE = "measurable"
    ACHIEVABLE = "achievable"
    RELEVANT = "relevant"
    TIME_BOUND = "time_bound"


class Grade(StrEnum):
    """Good stands; weak should be mended; missing is no target yet."""

    GOOD = "good"
    WEAK = "weak"
    MISSING = "missing"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Finding:
    """One of the five: its grade, the evidence and the mend as templates with their numbers.

    ``place`` names where it is mended: ``amount``, ``owner``, ``metric``, ``parent``, ``months``, ``rhythm``,
    ``strategy``, ``process``, ``resources``.
    """

    letter: Letter
    grade: Grade
    evidence: str
    fix: str = ""
    place: str = ""
    params: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class TargetFacts:
    """What the check needs to know of a target; everything it doesn't know is left at its default."""

    amount: int
    has_owner: bool = True
    is_growth_only: bool = False
    has_source: bool = True
    is_result: bool = True
    process_metrics: int = 0
    metric_count: int = 1
    achievability: Achievability = Achievability(None, Band.UNKNOWN)
    has_parent: bool = False
    is_top: bool = False
    strategy_lines: int = 0
    months_sum: bool = True
    children_sum: bool = True
    has_rhythm: bool = True
    has_period: bool = True


def smart_findings(facts: TargetFacts) -> list[Finding]:
    """The five findings in the order of the word."""
    return [
        _specific(facts),
        _measurable(facts),
        _achievable(facts),
        _relevant(facts),
        _time_bound(facts),
    ]


def _specific(facts: TargetFacts) -> Finding:
    if not facts.has_owner:
        return Finding(
            Letter.SPECIFIC,
            Grade.MISSING,
            gettext_noop("Nobody carries this target."),
            gettext_noop("Give it to a unit or a person."),
            "owner",
        )
    if facts.is_growth_only:
        return Finding(
            Letter.SPECIFIC,
            Grade.MISSING,
            gettext_noop("A growth rate alone names no amount."),
            gettext_noop(
                "State the amount for one metric, owner and segment; new and repeat business apart."
            ),
            "amount",
        )
    if not facts.amount:
        return Finding(
            Letter.SPECIFIC,
            Grade.MISSING,
            gettext_noop("The amount is not set."),
            gettext_noop("Set an amount, or distribute the target above it."),
            "amount",
        )
    return Finding(Letter.SPECIFIC, Grade.GOOD, gettext_noop("One metric, one owner, one amount."))


def _measurable(facts: TargetFacts) -> Finding:
    if not facts.has_source:
        return Finding(
            Letter.MEASURABLE,
            Grade.MISSING,
            gettext_noop("No fact has ever been counted for this metric."),
            gettext_noop("Connect the source, or choose a metric that has figures."),
            "metric",
        )
    if facts.is_result and not facts.process_metrics:
        return Finding(
            Letter.MEASURABLE,
            Grade.WEAK,
            gettext_noop("A result alone: nothing tells in time what to do more of."),
            gettext_noop("Add a process target (visits, leads) that follows from it."),
            "process",
        )
    if not 3 <= facts.metric_count <= 5:
        return Finding(
            Letter.MEASURABLE,
            Grade.WEAK,
            gettext_noop("%(count)s metrics are followed; three to five can be."),
            gettext_noop("Keep three to five, results and process together."),
            "process",
            {"count": facts.metric_count},
        )
    return Finding(
        Letter.MEASURABLE,
        Grade.GOOD,
        gettext_noop("Counted from facts, with %(count)s process metrics beside it."),
        params={"count": facts.process_metrics},
    )


def _achievable(facts: TargetFacts) -> Finding:
    found = facts.achievability
    params = {"score": found.score}
    if found.probability is None:
        return Finding(
            Letter.ACHIEVABLE,
            Grade.UNKNOWN,
            gettext_noop("There is too little history to tell."),
            gettext_noop("Look at it again after a quarter."),
            "amount",
        )
    if found.band in (Band.UNREALISTIC, Band.STRETCH):
        fix = (
            gettext_noop("Raise capacity first (people, activities): pressure alone won't do.")
            if found.binding == "capacity"
            else gettext_noop("Lower it, or say what will be different from the years before.")
        )
        grade = Grade.MISSING if found.band is Band.UNREALISTIC else Grade.WEAK
        place = "resources" if found.binding == "capacity" else "amount"
        text = gettext_noop("The chance of reaching it is %(score)s of 100.")
        return Finding(Letter.ACHIEVABLE, grade, text, fix, place, params)
    if found.band is Band.EASY:
        return Finding(
            Letter.ACHIEVABLE,
            Grade.WEAK,
            gettext_noop("The chance of reaching it is %(score)s of 100: it asks for nothing new."),
            gettext_noop("Raise it until the chance is 50 to 60 of 100."),
            "amount",
            params,
        )
    return Finding(
        Letter.ACHIEVABLE,
        Grade.GOOD,
        gettext_noop("The chance of reaching it is %(score)s of 100."),
        params=params,
    )


def _relevant(facts: TargetFacts) -> Finding:
    if facts.strategy_lines:
        return Finding(
            Letter.RELEVANT,
            Grade.GOOD,
            gettext_noop("It carries %(count)s of the company's goals."),
            params={"count": facts.strategy_lines},
        )
    if facts.has_parent or facts.is_top:
        return Finding(
            Letter.RELEVANT,
            Grade.WEAK,
            gettext_noop("No goal of the company stands above it."),
            gettext_noop("Link it, or a target above it, to a strategy line."),
            "strategy",
        )
    return Finding(
        Letter.RELEVANT,
        Grade.MISSING,
        gettext_noop("It hangs on no other target."),
        gettext_noop("Place it below a target of the plan."),
        "parent",
    )


def _time_bound(facts: TargetFacts) -> Finding:
    if not facts.has_period:
        return Finding(
            Letter.TIME_BOUND,
            Grade.MISSING,
            gettext_noop("It has no end."),
            gettext_noop("Give it a period."),
            "months",
        )
    if not facts.months_sum or not facts.children_sum:
        return Finding(
            Letter.TIME_BOUND,
            Grade.MISSING,
            gettext_noop("Its parts do not sum to it."),
            gettext_noop("Distribute it again over months and owners."),
            "months",
        )
    if not facts.has_rhythm:
        return Finding(
            Letter.TIME_BOUND,
            Grade.WEAK,
            gettext_noop("Every day of a month is asked for the same."),
            gettext_noop("Choose the rhythm of this metric inside the month."),
            "rhythm",
        )
    return Finding(Letter.TIME_BOUND, Grade.GOOD, gettext_noop("Its months, weeks and days sum to it."))
