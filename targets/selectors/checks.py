"""The SMART check of a plan: five findings of every visible target, the worst first; how many are sound."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field

from django.db.models import F, QuerySet

from metrics.models import Metric
from org.models import UnitClosure
from org.scope import Scope
from targets.calc.smart import Finding, Grade, Letter, smart_findings
from targets.models import Plan, Target
from targets.selectors.check_facts import Chances, target_facts
from targets.selectors.trees import target_name, targets_visible

# So many targets are looked at together; of a larger plan units come before people.
MOST_CHECKED = 1000
_WORST = (Grade.MISSING, Grade.WEAK, Grade.UNKNOWN, Grade.GOOD)


@dataclass(frozen=True)
class CheckAsk:
    """Which targets a check looks at, and which of them it shows."""

    metric: Metric | None = None
    unit_id: int | None = None
    letter: str = ""
    grade: str = ""

    def shows(self, findings: Iterable[Finding]) -> bool:
        """Whether one of a target's findings is of the letter and grade asked for."""
        return any(
            (not self.letter or each.letter == self.letter) and (not self.grade or each.grade == self.grade)
            for each in findings
        )


@dataclass(frozen=True)
class TargetCheck:
    """A target with its five findings in the order of the word."""

    target: Target
    name: str
    findings: list[Finding]
    chances: Chances

    @property
    def is_sound(self) -> bool:
        """Nothing is missing or weak."""
        return not any(each.grade in (Grade.MISSING, Grade.WEAK) for each in self.findings)

    @property
    def badness(self) -> tuple[int, ...]:
        """Sorts the worst first: how much is missing, weak, unknown."""
        grades = Counter(each.grade for each in self.findings)
        return tuple(-grades[grade] for grade in _WORST[:-1])


@dataclass(frozen=True)
class PlanCheck:
    """The checked targets that were asked for, and how all that were looked at fare.

    ``letters`` counts the grades of each letter; ``left_out`` are targets beyond those looked at together.
    """

    rows: list[TargetCheck]
    checked: int = 0
    sound: int = 0
    left_out: int = 0
    letters: dict[str, Counter[str]] = field(default_factory=dict)

    @property
    def missing(self) -> int:
        """How many findings say that something is missing."""
        return sum(counts[Grade.MISSING] for counts in self.letters.values())

    @property
    def weak(self) -> int:
        return sum(counts[Grade.WEAK] for counts in self.letters.values())

    @property
    def sound_share(self) -> float | None:
        return self.sound / self.checked if self.checked else None


def plan_check(plan: Plan, *, scope: Scope, ask: CheckAsk | None = None) -> PlanCheck:
    """The visible targets of a plan, the worst first, at most ``MOST_CHECKED``; a fixed number of queries."""
    ask = ask or CheckAsk()
    rows = checkable(plan, scope=scope, ask=ask)
    ordered = rows.order_by(F("person").asc(nulls_first=True), "pk")
    targets = list(ordered[: MOST_CHECKED + 1])
    left_out = rows.order_by().count() - MOST_CHECKED if len(targets) > MOST_CHECKED else 0
    checks = checks_of(plan, targets[:MOST_CHECKED])
    shown = [check for check in checks if ask.shows(check.findings)]
    return PlanCheck(
        rows=sorted(shown, key=lambda check: check.badness),
        checked=len(checks),
        sound=sum(check.is_sound for check in checks),
        left_out=left_out,
        letters=_letters(checks),
    )


def checkable(plan: Plan, *, scope: Scope, ask: CheckAsk) -> QuerySet[Target]:
    """The visible targets of a plan, of a metric and of a unit with everything below it if asked for."""
    rows = targets_visible(scope=scope).filter(plan=plan)
    if ask.metric is not None:
        rows = rows.filter(metric=ask.metric)
    if ask.unit_id is not None:
        below = UnitClosure.objects.filter(ancestor=ask.unit_id).values("descendant")
        rows = rows.filter(unit__in=below)
    return rows


def checks_of(plan: Plan, targets: Sequence[Target]) -> list[TargetCheck]:
    """The check of each of these targets, in their order."""
    if not targets:
        return []
    with_parts(targets)
    facts = target_facts(plan, targets)
    return [
        TargetCheck(target, target_name(target), smart_findings(facts[target.pk][0]), facts[target.pk][1])
        for target in targets
    ]


def with_parts(targets: Collection[Target]) -> None:
    """Let the targets know the two sides of their ratios; one query."""
    metrics = Metric.objects.select_related("numerator", "denominator")
    known = metrics.in_bulk({target.metric_id for target in targets})
    for target in targets:
        target.metric = known[target.metric_id]


def _letters(checks: Iterable[TargetCheck]) -> dict[str, Counter[str]]:
    letters: dict[str, Counter[str]] = {letter.value: Counter() for letter in Letter}
    for check in checks:
        for finding in check.findings:
            letters[finding.letter][finding.grade] += 1
    return letters
