"""Why this number: definition, formula with this figure's numbers, the days and the facts behind it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from django.utils import formats
from django.utils.text import slugify
from django.utils.translation import gettext as _

from common.periods import ONE_DAY, Period, period_containing
from common.tables import MOST_ROWS
from crm.selectors import accounts_visible, opportunities_visible
from dashboards.charts import daily_bars
from dashboards.parts import ChartCard, chart_card, chart_labels, chart_unit
from dashboards.reckoning import Step, Sums, reckoning
from dashboards.selectors import Choice
from metrics.models import Metric
from metrics.selectors import (
    FactPage,
    FactQuery,
    FactSum,
    base_metrics,
    daily_series,
    fact_rows,
    fact_sum,
    metric_formula,
)
from metrics.templatetags.figures import figure_text
from org.models import Person, Unit
from org.scope import Scope
from org.selectors import company_get
from targets.models import Plan
from targets.selectors import Adjustment, owner_adjustments
from tracking.selectors.days import plan_of, side_on
from tracking.selectors.progress import SEGMENT_KINDS, ProgressRow, row_of, snapshot_rows

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
class Figure:
    """Whose figure, of which metric, period and day; ``part`` "denominator" is below a ratio's line."""

    scope: Scope
    subject: Subject
    choice: Choice
    part: str = "numerator"

    @cached_property
    def period(self) -> Period:
        choice = self.choice
        return period_containing(choice.as_of, choice.grain, company_get().fiscal_year_start_month)

    @property
    def until(self) -> dt.date:
        """The first day that no longer counts."""
        return min(self.choice.as_of + ONE_DAY, self.period.end)

    @property
    def fact_metric(self) -> Metric:
        """The metric whose facts are listed: one side of a ratio, else the metric itself."""
        top, bottom = base_metrics(self.choice.metric)
        return bottom if self.part == "denominator" and bottom is not None else top

    @property
    def facts(self) -> FactQuery:
        """All facts of it."""
        of = self.subject
        return FactQuery(self.scope, self.period.start, self.until, of.unit, of.person, dict(of.segments))


@dataclass(frozen=True)
class Check:
    """Whether the rows add up to the figure; ``sum.is_whole`` False: there are too many to add up."""

    sum: FactSum
    figure: int

    @property
    def agrees(self) -> bool:
        return self.sum.is_whole and self.sum.credited == self.figure

    @property
    def difference(self) -> int:
        return self.figure - self.sum.credited


@dataclass(frozen=True)
class FactList:
    """A page of the rows behind a figure, those of all, and which deals and accounts may be opened."""

    metric: Metric
    page: FactPage
    offset: int
    check: Check
    deals: set[int]
    accounts: set[int]

    @property
    def first(self) -> int:
        return self.offset + 1

    @property
    def last(self) -> int:
        return self.offset + len(self.page.rows)

    @property
    def newer(self) -> int | None:
        """Where the page before begins; None on the first."""
        return max(0, self.offset - ROWS) if self.offset else None


@dataclass(frozen=True)
class FigurePage:
    """A figure opened up."""

    name: str
    metric: Metric
    period: Period
    as_of: dt.date
    last_day: dt.date
    value: float | None
    row: ProgressRow | None
    definition: str
    formula: str
    steps: list[Step]
    plan: Plan | None
    chart: ChartCard | None
    facts: FactList


def figure_page(figure: Figure, *, offset: int = 0) -> FigurePage:
    """Open a figure; raises NotFound for a unit out of scope. A fixed number of queries."""
    metric, query = figure.choice.metric, figure.facts
    row = _row(figure)
    frame = daily_series(
        metric,
        scope=query.scope,
        start=query.start,
        end=query.end,
        unit=query.unit,
        person=query.person,
        segments=query.segments,
    )
    # What the progress pages show comes from the snapshot: that is the number to explain.
    sums = (
        Sums(row.numerator, row.denominator)
        if row is not None
        else Sums(int(frame["numerator"].sum()), int(frame["denominator"].sum()))
    )
    return FigurePage(
        name=figure.subject.name,
        metric=metric,
        period=figure.period,
        as_of=figure.choice.as_of,
        last_day=figure.until - ONE_DAY,
        value=sums.value(metric),
        row=row,
        definition=_(metric.description) if metric.description else "",
        formula=metric_formula(metric),
        steps=reckoning(metric, sums, row, _adjusted(figure, row)),
        plan=plan_of(figure.choice.as_of),
        chart=_chart(frame, figure),
        facts=_facts(figure, offset, sums),
    )


def _facts(figure: Figure, offset: int, sums: Sums) -> FactList:
    metric, query = figure.fact_metric, figure.facts
    page = fact_rows(
        metric,
        scope=query.scope,
        start=query.start,
        end=query.end,
        unit=query.unit,
        person=query.person,
        segments=query.segments,
        offset=offset,
        limit=ROWS,
    )
    is_below = figure.choice.metric.is_ratio and figure.part == "denominator"
    wanted = sums.denominator if is_below else sums.numerator
    deals = {row.deal_id for row in page.rows if row.deal_id is not None}
    accounts = {row.account_id for row in page.rows if row.account_id is not None}
    return FactList(
        metric=metric,
        page=page,
        offset=offset,
        check=Check(fact_sum(metric, query, most=MOST_ROWS), wanted),
        deals=opportunities_visible(deals, scope=figure.scope),
        accounts=accounts_visible(accounts, scope=figure.scope),
    )


def _row(figure: Figure) -> ProgressRow | None:
    """The snapshot of exactly this subject, if it has a target."""
    subject, choice = figure.subject, figure.choice
    segments = {kind: subject.segments.get(kind) for kind in SEGMENT_KINDS}
    found = (
        snapshot_rows(scope=figure.scope, grain=choice.grain, as_of=choice.as_of)
        .filter(unit=subject.unit, person=subject.person, metric=choice.metric, **segments)
        .first()
    )
    return row_of(found) if found else None


def _adjusted(figure: Figure, row: ProgressRow | None) -> list[Adjustment]:
    """The calibrations in a figure's target; no query where none is in force."""
    if row is None or row.snapshot is None or not side_on(figure.choice.as_of).calibrations:
        return []
    snapshot = row.snapshot
    return owner_adjustments(
        metric_id=snapshot.metric_id,
        unit_id=snapshot.unit_id,
        person_id=snapshot.person_id,
        period=figure.period,
        on=figure.choice.as_of,
        target_id=snapshot.target_id,
    )


def _chart(frame: Any, figure: Figure) -> ChartCard | None:
    """Bars of the daily figures; None when there were none."""
    if not frame["numerator"].any():
        return None
    metric, currency = figure.choice.metric, company_get().currency
    scale, unit = chart_unit(metric, currency)
    values = [None if value != value else float(value) / scale for value in frame["value"].astype(float)]
    days = [figure.period.start + dt.timedelta(days=at) for at in range(len(values))]
    known = [(value, day) for value, day in zip(values, days, strict=True) if value is not None]
    highest, day = max(known)
    summary = _("Highest on %(day)s: %(value)s.") % {
        "day": formats.date_format(day, "DATE_FORMAT"),
        "value": figure_text(highest * scale, metric),
    }
    named = (metric.code, figure.subject.name, figure.period.label, "days")
    card = chart_card(
        daily_bars(days, values, chart_labels(metric, currency)),
        id="figure-days",
        title=_("%(metric)s, day by day (%(unit)s)") % {"metric": metric.label, "unit": unit},
        summary=summary,
        file_name=slugify(" ".join(named), allow_unicode=True),
    )
    return replace(card, css_class="chart-sm")
