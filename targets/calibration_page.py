"""What pages show of a calibration: each target's months before and after, what it does to owners."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.utils import formats
from django.utils.translation import gettext_lazy

from common.periods import Period
from metrics.formats import PARTS_PER_MILLION
from metrics.models import Metric
from metrics.templatetags.figures import figure_text
from org.http import Column
from org.scope import Scope
from targets import selectors, services
from targets.forms import Amounts
from targets.models import CalibrationLine, Plan, Target

LINES = (
    Column(gettext_lazy("Target")),
    Column(gettext_lazy("Year before"), is_num=True),
    Column(gettext_lazy("Year after"), is_num=True),
    Column(gettext_lazy("Change"), is_num=True),
    Column(
        gettext_lazy("Completion of the year"),
        is_num=True,
        hint=gettext_lazy("What has been achieved so far over the whole year's target, before and after"),
    ),
    Column(
        gettext_lazy("Still to do"),
        is_num=True,
        hint=gettext_lazy("The year's target minus what has been achieved, before and after"),
    ),
)


@dataclass(frozen=True)
class LineRow:
    """A line as a table shows it; texts, and "–" where a figure does not add up."""

    line: CalibrationLine
    target: Target | None
    name: str
    metric: Metric
    before: str
    after: str
    change: str
    is_less: bool
    effect: selectors.Effect | None


def lines_shown(plan: Plan, lines: Sequence[CalibrationLine], *, scope: Scope) -> list[LineRow]:
    """The rows of lines with the effect on each owner's completion; a fixed number of queries."""
    effects = selectors.effects_of(plan, lines, scope=scope)
    return [_row(line, effects.get(at)) for at, line in enumerate(lines)]


def _row(line: CalibrationLine, effect: selectors.Effect | None) -> LineRow:
    target = line.target
    of = target or line.joins_parent
    assert of is not None, "a line has a target, or a joiner's parent"
    before, after = sum(line.before), sum(line.after)
    name = selectors.owner_name(target) if target else (line.joins_person.name if line.joins_person else "")
    if not line.is_additive:
        return LineRow(line, target, name, of.metric, "–", "–", "–", sum(line.deltas) < 0, None)
    return LineRow(
        line,
        target,
        name,
        of.metric,
        figure_text(before, of.metric),
        figure_text(after, of.metric),
        signed_text(after - before, of.metric),
        after < before,
        effect,
    )


def signed_text(value: int, metric: Metric) -> str:
    """A stored difference with its sign; of ratios as percent points in the metric's own writing."""
    shown = value / PARTS_PER_MILLION if metric.is_ratio else value
    text = figure_text(shown, metric)
    return f"+{text}" if value > 0 else text


def line_grid(plan: Plan, line: CalibrationLine) -> dict[str, Any]:
    """Twelve months of a line: before, after (as shown and as an input writes it) and the difference."""
    of = line.target or line.joins_parent
    assert of is not None, "a line has a target, or a joiner's parent"
    amounts = Amounts(of.metric, plan.currency)
    opens = services.first_open_month(plan)
    name = selectors.owner_name(line.target) if line.target else str(line.joins_person)
    cells = [
        {
            "at": at,
            "name": formats.date_format(month.start, "M"),
            "label": month_label(month),
            "before": _shown(before, of.metric),
            "after": _shown(after, of.metric),
            "text": amounts.write(after),
            "delta": signed_text(after - before, of.metric) if after != before else "",
            "is_less": after < before,
            "is_open": at >= opens,
        }
        for at, (month, before, after) in enumerate(
            zip(services.plan_months(plan), line.before, line.after, strict=True)
        )
    ]
    totals = {"before": "–", "after": "–", "delta": ""}
    if line.is_additive:
        before, after = sum(line.before), sum(line.after)
        delta = signed_text(after - before, of.metric) if after != before else ""
        totals = {"before": _shown(before, of.metric), "after": _shown(after, of.metric), "delta": delta}
    return {
        "line": line,
        "target": line.target,
        "name": name,
        "metric": of.metric,
        "cells": cells,
        "year": totals,
    }


def month_label(month: Period) -> str:
    """A month's full name."""
    return str(formats.date_format(month.start, "F Y"))


def _shown(value: int, metric: Metric) -> str:
    return figure_text(value / PARTS_PER_MILLION if metric.is_ratio else value, metric, short=True)
