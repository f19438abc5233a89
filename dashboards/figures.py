"""Why this number: definition, formula with this figure's numbers, the days and the facts behind it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from common.money import currency_exponent
from common.periods import ONE_DAY, period_containing
from dashboards.charts import Labels, daily_bars
from dashboards.selectors import Choice
from metrics.models import Metric, MetricUnit
from metrics.selectors import FactPage, base_metrics, daily_series, fact_rows, metric_formula
from metrics.templatetags.figures import figure_text
from org.models import Person, Unit
from org.scope import Scope
from org.selectors import company_get
from tracking.selectors.progress import ProgressRow, plan_of, row_of, snapshot_rows

SEGMENT_KINDS = ("product_line", "region", "customer_type")
ROWS = 50


@dataclass(frozen=True)
class Subject:
    """Whose figure it is: a unit or a person's credit in it, in some segments (ids by kind)."""

    unit: Unit
    person: Person | None
    segments: Mapping[str, int | None]

    @property
    def name(self) -> str:
        return self.person.name if self.person else self.unit.name


@dataclass(frozen=True)
class Step:
    """A line of the reckoning."""

    label: str
    text: str


@dataclass(frozen=True)
class FigurePage:
    """A figure opened up."""

    title: str
    definition: str
    formula: str
    steps: list[Step]
    source_note: str
    chart: dict[str, Any] | None
    fact_metric: Metric
    facts: FactPage


def figure_page(*, scope: Scope, subject: Subject, choice: Choice, part: str, offset: int) -> FigurePage:
    """Open the figure of a subject; ``part`` "denominator" lists the facts below a ratio's line."""
    metric = choice.metric
    period = period_containing(choice.as_of, choice.grain, company_get().fiscal_year_start_month)
    until = min(choice.as_of + ONE_DAY, period.end)
    row = _row(scope, subject, choice)
    top, bottom = base_metrics(metric)
    fact_metric = bottom if part == "denominator" and bottom is not None else top
    asked: dict[str, Any] = {
        "scope": scope,
        "start": period.start,
        "end": until,
        "unit": subject.unit,
        "person": subject.person,
        "segments": dict(subject.segments),
    }
    frame = daily_series(metric, **asked)
    facts = fact_rows(fact_metric, **asked, offset=offset, limit=ROWS)
    sums = int(frame["numerator"].sum()), int(frame["denominator"].sum())
    plan = plan_of(choice.as_of)
    note = _("As of %(day)s; counted over %(start)s to %(end)s.") % {
        "day": choice.as_of.isoformat(),
        "start": period.start.isoformat(),
        "end": (until - ONE_DAY).isoformat(),
    }
    return FigurePage(
        title=_("%(metric)s of %(name)s, %(period)s")
        % {"metric": metric.label, "name": subject.name, "period": period.label},
        definition=_(metric.description) if metric.description else "",
        formula=metric_formula(metric),
        steps=_steps(metric, sums, row),
        source_note=f"{note} {_('Plan: %(plan)s.') % {'plan': plan}}" if plan else note,
        chart=_chart(frame, metric, period.start, until),
        fact_metric=fact_metric,
        facts=facts,
    )


def _row(scope: Scope, subject: Subject, choice: Choice) -> ProgressRow | None:
    """The snapshot of exactly this subject, if it has a target."""
    segments = {kind: subject.segments.get(kind) for kind in SEGMENT_KINDS}
    found = (
        snapshot_rows(scope=scope, grain=choice.grain, as_of=choice.as_of)
        .filter(unit=subject.unit, person=subject.person, metric=choice.metric, **segments)
        .first()
    )
    return row_of(found) if found else None


def _steps(metric: Metric, sums: tuple[int, int], row: ProgressRow | None) -> list[Step]:
    """The arithmetic with this figure's numbers in it."""
    steps = []
    top, bottom = base_metrics(metric)
    if bottom is not None:
        value = sums[0] / sums[1] if sums[1] else None
        steps.append(Step(top.label, figure_text(sums[0], top)))
        steps.append(Step(bottom.label, figure_text(sums[1], bottom)))
        shown = f"{figure_text(sums[0], top)} ÷ {figure_text(sums[1], bottom)} = {figure_text(value, metric)}"
        steps.append(Step(metric.label, shown))
    else:
        value = sums[0]
        steps.append(Step(_("Actual"), figure_text(value, metric)))
    if row is None or row.snapshot is None:
        steps.append(Step(_("Target"), _("none in this period")))
        return steps
    due, target = figure_text(row.plan_to_date, metric), figure_text(row.target, metric)
    actual = figure_text(row.actual, metric)
    steps.append(Step(_("Target of the period"), target))
    steps.append(Step(_("Due by now"), due))
    if row.completion is not None:
        steps.append(Step(_("Completion"), f"{actual} ÷ {target} = {row.completion:.1%}"))
    if row.pace is not None:
        steps.append(Step(_("Pace"), f"{actual} ÷ {due} = {row.pace:.1%}"))
    if row.lag is not None:
        steps.append(
            Step(
                _("Behind"),
                f"1 − {row.pace:.1%} = {row.lag:.1%}" if row.metric.direction == "up" else f"{row.lag:.1%}",
            )
        )
    if row.lag_points is not None:
        steps.append(Step(_("Gap as a share of the target"), f"{row.lag_points:.1%}"))
    if row.run_rate is not None and row.run_rate.per_day is not None:
        left = row.snapshot.workdays_remaining
        days = ngettext("%(count)s workday", "%(count)s workdays", left) % {"count": left}
        needed = (
            f"{figure_text(row.run_rate.gap, metric)} ÷ {days} = {figure_text(row.run_rate.per_day, metric)}"
        )
        steps.append(Step(_("Needed per workday"), needed))
    return steps


def _chart(frame: Any, metric: Metric, start: dt.date, end: dt.date) -> dict[str, Any] | None:
    """Bars of the daily figures; None when there were none."""
    if not frame["numerator"].any():
        return None
    exponent = currency_exponent(company_get().currency)
    scale = (
        10**exponent
        if metric.unit == MetricUnit.CURRENCY
        else 0.01
        if metric.unit == MetricUnit.PERCENT
        else 1
    )
    values = [None if value != value else float(value) / scale for value in frame["value"].astype(float)]
    days = [start + dt.timedelta(days=at) for at in range((end - start).days)]
    unit = company_get().currency if metric.unit == MetricUnit.CURRENCY else metric.get_unit_display()
    labels = Labels(metric.label, unit, metric.label, "", "", _("Day"))
    return daily_bars(days, values, labels).figure
