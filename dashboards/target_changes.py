"""What has changed of a person's targets since they were published: a sentence each, with the reason."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.urls import reverse
from django.utils import formats
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from common.periods import Period
from metrics.formats import PARTS_PER_MILLION
from metrics.models import Metric
from metrics.templatetags.figures import figure_text
from org.models import Person
from org.scope import Scope
from targets.models import CalibrationLine
from targets.selectors import changed_months, person_adjustments
from tracking.selectors.days import side_on

NAMED = 2


@dataclass(frozen=True)
class TargetChange:
    """A sentence on what changed, why, and where it can be read."""

    words: str
    reason: str
    url: str


def target_changes(person: Person, *, scope: Scope, as_of: dt.date) -> list[TargetChange]:
    """The changes that count on a day and whose months are not over; no query where none is in force."""
    if not side_on(as_of).calibrations:
        return []
    lines = person_adjustments(scope=scope, person_id=person.pk, on=as_of)
    return [_change(line, as_of, is_me=person.pk == scope.person_id) for line in lines]


def _change(line: CalibrationLine, as_of: dt.date, *, is_me: bool) -> TargetChange:
    target = line.target
    assert target is not None, "what is published has its target"
    ahead = [row for row in changed_months(line) if row[0].end > as_of]
    named = ", ".join(_month(*row, target.metric) for row in ahead[:NAMED])
    more = len(ahead) - NAMED
    if more > 0:
        text = ngettext("and %(count)s more month", "and %(count)s more months", more)
        named += " " + text % {"count": more}
    template = (
        _("Your target of %(metric)s for %(months)s changed: %(changes)s.")
        if is_me
        else _("The target of %(metric)s for %(months)s changed: %(changes)s.")
    )
    months = ", ".join(formats.date_format(row[0].start, "F") for row in ahead[:NAMED])
    words = template % {"metric": target.metric.label, "months": months, "changes": named}
    url = reverse("targets:calibration_detail", args=[line.calibration_id])
    return TargetChange(words, line.calibration.reason, url)


def _month(month: Period, before: int, after: int, metric: Metric) -> str:
    return f"{formats.date_format(month.start, 'M')} {_shown(before, metric)} → {_shown(after, metric)}"


def _shown(value: int, metric: Metric) -> str:
    return figure_text(value / PARTS_PER_MILLION if metric.is_ratio else value, metric, short=True)
