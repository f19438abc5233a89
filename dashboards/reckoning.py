"""A figure's arithmetic, line by line: what is divided by what, in words and with the figure's numbers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils import formats
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from common.periods import Grain
from metrics.formats import UNDEFINED, percent_text
from metrics.models import Direction, Metric, MetricUnit
from metrics.selectors import base_metrics
from metrics.templatetags.figures import figure_text
from targets.selectors import Adjustment
from tracking.models import Snapshot
from tracking.selectors.progress import ProgressRow


@dataclass(frozen=True)
class Step:
    """A line of the reckoning: its name, the rule in words, the result and the numbers it comes from."""

    label: str
    words: str
    result: str
    terms: str = ""


@dataclass(frozen=True)
class Sums:
    """What was counted: of a ratio above and below its line, else the sum and 0."""

    numerator: int
    denominator: int

    def value(self, metric: Metric) -> float | None:
        """The figure itself; None for a ratio over nothing."""
        if not metric.is_ratio:
            return self.numerator
        return self.numerator / self.denominator if self.denominator else None


def reckoning(
    metric: Metric, sums: Sums, row: ProgressRow | None, adjusted: Sequence[Adjustment] = ()
) -> list[Step]:
    """All lines; ``row`` is the progress of exactly this figure, None where nothing is planned for it.

    ``adjusted`` are the calibrations in its target.
    """
    steps = _counted(metric, sums)
    if row is None or row.snapshot is None:
        return [*steps, Step(_("Target"), _("There is none in this period."), UNDEFINED)]
    steps += _planned(metric, row, adjusted)
    steps += _compared(metric, row)
    if row.run_rate is not None:
        steps.append(_needed(metric, row, row.snapshot))
    return steps


def _counted(metric: Metric, sums: Sums) -> list[Step]:
    top, bottom = base_metrics(metric)
    value = figure_text(sums.value(metric), metric)
    if bottom is None:
        return [Step(_("Actual"), _("sum of the rows below"), value)]
    above, below = figure_text(sums.numerator, top), figure_text(sums.denominator, bottom)
    words = f"{top.label} ÷ {bottom.label}"
    if not sums.denominator:
        words = _("%(rule)s: undefined, there is nothing to divide by") % {"rule": words}
    return [
        Step(top.label, _("sum of the rows below"), above),
        Step(bottom.label, _("sum of the rows below"), below),
        Step(_("Actual"), words, value, f"{above} ÷ {below}"),
    ]


def _planned(metric: Metric, row: ProgressRow, adjusted: Sequence[Adjustment]) -> list[Step]:
    return [
        *_published(metric, row, adjusted),
        Step(_("Target"), _("of the whole period"), figure_text(row.target, metric)),
        Step(
            _("Due by now"),
            _("the plan's days up to and including this one"),
            figure_text(row.plan_to_date, metric),
        ),
    ]


def _published(metric: Metric, row: ProgressRow, adjusted: Sequence[Adjustment]) -> list[Step]:
    """The published target and what each calibration added; of a week, which cuts its months, only named."""
    if not adjusted or row.snapshot is None:
        return []
    is_whole = row.snapshot.grain != Grain.WEEK and not metric.is_ratio
    steps = []
    if is_whole:
        planned = (row.snapshot.target_value or 0) - sum(each.delta for each in adjusted)
        steps = [Step(_("Published target"), _("as the plan was published"), figure_text(planned, metric))]
    for each in adjusted:
        day = each.calibration.effective_on
        words = _("%(reason)s (counts from %(day)s)") % {
            "reason": each.calibration.reason,
            "day": formats.date_format(day, "DATE_FORMAT") if day else UNDEFINED,
        }
        label = _("Calibration: %(title)s") % {"title": each.title}
        steps.append(Step(label, words, _delta(each, metric) if is_whole else "✓"))
    return steps


def _delta(each: Adjustment, metric: Metric) -> str:
    text = figure_text(each.delta, metric)
    return f"+{text}" if each.delta > 0 else text


def _compared(metric: Metric, row: ProgressRow) -> list[Step]:
    """Completion, pace, lag and the gap; what is undefined says why."""
    actual, due = figure_text(row.actual, metric), figure_text(row.plan_to_date, metric)
    target = figure_text(row.target, metric)
    steps = [
        _quotient(_("Completion"), _("actual ÷ target"), actual, target, row.completion),
        _quotient(_("Pace"), _("actual ÷ due by now"), actual, due, row.pace),
    ]
    if row.lag is not None and row.pace is not None:
        steps.append(_distance(metric, row.pace, row.lag))
    if row.actual is not None and row.plan_to_date is not None:
        steps += _gap(metric, row.actual, row.plan_to_date, row)
    return steps


def _gap(metric: Metric, actual: float, due: float, row: ProgressRow) -> list[Step]:
    """The distance to what is due as an amount and as a share of the target, never below zero."""
    is_more = actual >= due
    is_good = is_more is (metric.direction == Direction.UP)
    label = _("Better than due by") if is_good else _("Short of what is due by")
    words = _("actual − due by now") if is_more else _("due by now − actual")
    high, low = (actual, due) if is_more else (due, actual)
    gap = figure_text(high - low, metric)
    steps = [Step(label, words, gap, f"{figure_text(high, metric)} − {figure_text(low, metric)}")]
    if row.lag_points is not None:
        terms = f"{gap} ÷ {figure_text(row.target, metric)}"
        share = percent_text(abs(row.lag_points), decimals=1)
        steps.append(Step(_("As a share of the target"), _("that distance ÷ target"), share, terms))
    return steps


def _quotient(label: str, words: str, top: str, bottom: str, value: float | None) -> Step:
    if value is None:
        reason = _("%(rule)s: undefined, there is nothing to divide by") % {"rule": words}
        return Step(label, reason, UNDEFINED)
    return Step(label, words, percent_text(value, decimals=1), f"{top} ÷ {bottom}")


def _distance(metric: Metric, pace: float, lag: float) -> Step:
    """How far behind, or how far ahead: the same distance from the other side."""
    is_ahead = lag < 0
    label = pgettext("of the plan", "Ahead") if is_ahead else pgettext("of the plan", "Behind")
    shown, distance = percent_text(pace, decimals=1), percent_text(abs(lag), decimals=1)
    if is_ahead is (metric.direction == Direction.DOWN):
        return Step(label, _("1 − pace"), distance, f"{percent_text(1)} − {shown}")
    return Step(label, _("pace − 1"), distance, f"{shown} − {percent_text(1)}")


def _needed(metric: Metric, row: ProgressRow, snapshot: Snapshot) -> Step:
    label, rate = _("Needed per workday"), row.run_rate
    words = _("(target − actual) ÷ workdays left")
    if rate is None or rate.per_day is None:
        return Step(label, _("%(rule)s: no workday is left") % {"rule": words}, UNDEFINED)
    if not rate.gap:
        return Step(label, _("The target is reached."), figure_text(0, metric))
    left = snapshot.workdays_remaining
    days = ngettext("%(count)s workday", "%(count)s workdays", left) % {"count": left}
    return Step(label, words, _a_day(rate.per_day, metric), f"{figure_text(rate.gap, metric)} ÷ {days}")


def _a_day(value: float, metric: Metric) -> str:
    """A figure a day; counts keep a decimal, or 90 ÷ 4 would be 22."""
    if metric.unit == MetricUnit.NUMBER and value != round(value):
        return f"{value:,.1f}"
    return figure_text(value, metric)
