"""What pages show of the SMART check: each finding in words, where it is mended, what the chance rests on."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.urls import reverse
from django.utils.translation import gettext as _

from metrics.formats import PARTS_PER_MILLION
from metrics.models import Metric
from metrics.templatetags.figures import figure_text, percent
from org.http import translated
from org.models import Role
from org.scope import Scope
from targets import policies
from targets.calc.smart import Finding, Grade, Letter
from targets.check_forms import GRADES, LETTERS
from targets.models import Target
from targets.selectors.checks import PlanCheck, TargetCheck

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise


@dataclass(frozen=True)
class FindingShown:
    """A finding in the reader's words; ``url`` leads to where it is mended, empty where one may not go."""

    letter: _StrPromise
    grade: Grade
    word: _StrPromise
    evidence: str
    fix: str
    url: str


@dataclass(frozen=True)
class CheckShown:
    """A target's row of the check."""

    check: TargetCheck
    target: Target
    findings: list[FindingShown]

    @property
    def worst(self) -> list[FindingShown]:
        """What there is to mend."""
        return [each for each in self.findings if each.fix]


def check_shown(check: TargetCheck, scope: Scope) -> CheckShown:
    """A checked target as a page shows it."""
    findings = [_finding_shown(finding, check, scope) for finding in check.findings]
    return CheckShown(check, check.target, findings)


def _finding_shown(finding: Finding, check: TargetCheck, scope: Scope) -> FindingShown:
    evidence = finding_text(finding.evidence, finding.params)
    if finding.letter == Letter.ACHIEVABLE:
        evidence = " ".join([evidence, *chances_text(check, scope)])
    return FindingShown(
        LETTERS[finding.letter],
        finding.grade,
        GRADES[finding.grade],
        evidence,
        finding_text(finding.fix, finding.params),
        place_url(finding.place, check.target, scope),
    )


def finding_text(template: str, params: Mapping[str, object]) -> str:
    """An evidence or mend in the reader's language."""
    if not template:
        return ""
    text = str(translated(template))
    return text % params if params else text


def chances_text(check: TargetCheck, scope: Scope) -> list[str]:
    """What the chance rests on, a sentence for each: the last year, and what the year has room for.

    The second draws on what the team does: only for who may see the team.
    """
    found, metric = check.chances, check.target.metric
    told = []
    if found.last_year is not None:
        last = _figure(found.last_year, metric)
        if found.growth is not None:
            told.append(
                _("The 12 months before brought %(last)s: this is %(growth)s of it.")
                % {"last": last, "growth": percent(1 + found.growth)}
            )
        else:
            told.append(_("The 12 months before brought %(last)s.") % {"last": last})
    if not scope.sees_unit(check.target.unit_id):
        return told
    if found.visits is not None and found.win is not None and found.value is not None:
        told.append(
            _("%(visits)s effective visits fit in; %(win)s of them bring a deal, a deal %(value)s.")
            % {
                "visits": round(found.visits),
                "win": percent(found.win),
                "value": _figure(found.value, metric),
            }
        )
    return told


def _figure(value: float, metric: Metric) -> str:
    return figure_text(value / PARTS_PER_MILLION if metric.is_ratio else round(value), metric)


def place_url(place: str, target: Target, scope: Scope) -> str:
    """Where a finding is mended; empty where there is nothing to mend, or it is not theirs to open."""
    plan_url = reverse("targets:plan", args=[target.plan_id])
    if place in ("amount", "owner", "parent", "months"):
        return f"{plan_url}?target={target.pk}#target-title"
    if place == "rhythm":
        return f"{plan_url}?metric={target.metric.code}#season-title"
    if place == "strategy" and policies.may_see_strategy(scope, target.plan):
        return reverse("targets:strategy", args=[target.plan_id])
    if place == "metric" and scope.has(Role.ADMIN):
        return reverse("metrics:metric_edit", args=[target.metric.code])
    if place in ("process", "resources"):
        return f"{plan_url}?target={target.pk}#target-title"
    return ""


@dataclass(frozen=True)
class LetterShown:
    """How many targets have each grade of a letter; ``parts`` are (grade, word, count, percent of all)."""

    letter: str
    label: _StrPromise
    parts: list[tuple[Grade, _StrPromise, int, int]]


def letters_shown(check: PlanCheck) -> list[LetterShown]:
    """The summary above the list, a line a letter."""
    return [
        LetterShown(letter.value, label, _parts(check.letters.get(letter, Counter()), check.checked))
        for letter, label in LETTERS.items()
    ]


def _parts(counts: Counter[str], total: int) -> list[tuple[Grade, _StrPromise, int, int]]:
    return [
        (grade, word, counts[grade], round(100 * counts[grade] / total))
        for grade, word in GRADES.items()
        if counts[grade]
    ]
