"""What a progress page shows, put together from the lower rooms in a fixed number of queries."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse
from django.utils import formats
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from common.money import currency_exponent
from common.periods import Period, period_containing
from dashboards.charts import Chart, Labels, cumulative_curve
from metrics.models import Metric, MetricUnit
from metrics.templatetags.figures import figure_text
from org.models import Person, Unit
from org.scope import Scope
from org.selectors import company_get, unit_ancestors
from targets.policies import may_create_plans
from tracking.calc.pace import Status
from tracking.selectors.curves import Curve, progress_curve
from tracking.selectors.days import plan_of
from tracking.selectors.progress import (
    ProgressRow,
    kpi_cards,
    latest_first,
    segment_rows,
    unit_children_rows,
    unit_people_rows,
)

BAR_CLASSES: dict[Status, str] = {
    "on_track": "bg-green",
    "watch": "bg-yellow",
    "behind": "bg-orange",
    "critical": "bg-red",
    "undefined": "bg-secondary",
}


@dataclass(frozen=True)
class Choice:
    """What a progress page shows: a metric, a grain, and figures including the day ``as_of``."""

    metric: Metric
    grain: str
    as_of: dt.date
    is_today: bool

    def query(self, **changes: str) -> str:
        """The URL query of this choice with ``changes``; today is left out, so that a link moves on."""
        values = {"metric": self.metric.code, "period": self.grain}
        if not self.is_today:
            values["as_of"] = self.as_of.isoformat()
        return urlencode(values | changes)


@dataclass(frozen=True)
class ShownRow:
    """A progress row with where its name and figure lead."""

    row: ProgressRow
    url: str
    figure_url: str

    def __getattr__(self, name: str) -> Any:
        return getattr(self.row, name)

    @property
    def value(self) -> float | None:
        return self.row.actual

    @property
    def bar_class(self) -> str:
        return BAR_CLASSES[self.row.status]

    @property
    def bar_step(self) -> int:
        """The completion in steps of 5 % for drawing only; the figure beside it is not capped."""
        done = self.row.completion or 0
        return max(0, min(100, round(done * 20) * 5))


@dataclass(frozen=True)
class Table:
    """A table of progress rows, furthest behind first."""

    title: str
    heading: str
    rows: list[ShownRow]
    note: str = ""
    total: ShownRow | None = None


@dataclass(frozen=True)
class ProgressPage:
    """Everything a progress page shows of one owner."""

    name: str
    period: Period
    period_label: str
    previous_heading: str
    plan_name: str
    ancestors: list[dict[str, str]] = field(default_factory=list)
    cards: list[ShownRow] = field(default_factory=list)
    chart: dict[str, Any] | None = None
    chart_title: str = ""
    chart_summary: str = ""
    chart_table: dict[str, Any] = field(default_factory=dict)
    tables: list[Table] = field(default_factory=list)
    empty: dict[str, str] = field(default_factory=dict)


def progress_page(*, scope: Scope, unit: Unit, person: Person | None, choice: Choice) -> ProgressPage:
    """The page of a unit, or of a person's credit in a unit, for a choice of metric, period and day."""
    company = company_get()
    period = period_containing(choice.as_of, choice.grain, company.fiscal_year_start_month)
    asked: dict[str, Any] = {"scope": scope, "grain": choice.grain, "as_of": choice.as_of}
    cards = [_shown(row, choice) for row in kpi_cards(unit=unit, person=person, **asked)]
    curve = progress_curve(unit=unit, person=person, metric=choice.metric, **asked)
    chosen = next((card for card in cards if card.metric.pk == choice.metric.pk), None)
    chart = _chart(curve, choice, company.currency)
    plan = plan_of(choice.as_of)
    return ProgressPage(
        name=person.name if person else unit.name,
        period=period,
        period_label=period.label,
        previous_heading=_previous_heading(choice.grain),
        plan_name=str(plan) if plan else "",
        ancestors=_ancestors(scope, unit, person, choice),
        cards=cards,
        chart=chart.figure,
        chart_title=_("%(metric)s, cumulative") % {"metric": choice.metric.label},
        chart_summary=_summary(chosen, choice.metric),
        chart_table=_chart_table(chart, choice.metric),
        tables=_tables(scope, unit, person, choice, period, chosen),
        empty=_empty(scope),
    )


def _tables(
    scope: Scope, unit: Unit, person: Person | None, choice: Choice, period: Period, total: ShownRow | None
) -> list[Table]:
    asked: dict[str, Any] = {
        "scope": scope,
        "metric": choice.metric,
        "grain": choice.grain,
        "as_of": choice.as_of,
    }
    tables = []
    if person is None:
        units = unit_children_rows(unit=unit, **asked)
        if units:
            tables.append(_table(_("Units"), _("Unit"), units, choice, total))
        people = unit_people_rows(unit=unit, span=(period.start, period.end), **asked)
        own = [row for row in people if row.snapshot is not None] if units else people
        if own:
            tables.append(_table(_("People"), _("Person"), own, choice, None if units else total))
    segments = segment_rows(unit=unit, person=person, **asked)
    if segments:
        tables.append(_table(_("By segment"), _("Segment"), segments, choice, None))
    return tables


def _table(
    title: str, heading: str, rows: Sequence[ProgressRow], choice: Choice, total: ShownRow | None
) -> Table:
    shown = [_shown(row, choice) for row in latest_first(list(rows))]
    note = _("furthest behind first")
    return Table(title, heading, shown, note, total)


def _shown(row: ProgressRow, choice: Choice) -> ShownRow:
    query = choice.query(metric=row.metric.code)
    if row.segment:
        url = ""
    elif row.person is not None:
        url = f"{reverse('dashboards:person', args=[row.person.pk])}?{query}"
    else:
        url = f"{reverse('dashboards:unit', args=[row.unit.pk])}?{query}"
    subject = f"unit={row.unit.pk}" + (f"&person={row.person.pk}" if row.person else "")
    if row.snapshot is not None:
        for kind in ("product_line", "region", "customer_type"):
            segment = getattr(row.snapshot, f"{kind}_id")
            subject += f"&{kind}={segment}" if segment else ""
    return ShownRow(row, url, f"{reverse('dashboards:figure')}?{subject}&{query}")


def _ancestors(scope: Scope, unit: Unit, person: Person | None, choice: Choice) -> list[dict[str, str]]:
    """The visible units above, the unit itself only above a person."""
    above = [each for each in unit_ancestors(unit.pk) if scope.sees_unit(each.pk)]
    if person is None:
        above = [each for each in above if each.pk != unit.pk]
    return [
        {"name": each.name, "url": f"{reverse('dashboards:unit', args=[each.pk])}?{choice.query()}"}
        for each in above
    ]


def _chart(curve: Curve, choice: Choice, currency: str) -> Chart:
    metric = choice.metric
    scale, unit = 1.0, metric.get_unit_display()
    if metric.unit == MetricUnit.CURRENCY:
        scale, unit = float(10 ** currency_exponent(currency)), currency
    elif metric.unit == MetricUnit.PERCENT:
        scale, unit = 0.01, "%"
    labels = Labels(
        title=metric.label,
        unit=unit,
        actual=_("Actual"),
        plan=pgettext("what was due", "Plan"),
        today=_("as of"),
        day=_("Day"),
    )
    actual = [None if value is None else value / scale for value in curve.actual]
    return cumulative_curve(curve.days, actual, [value / scale for value in curve.plan], choice.as_of, labels)


def _chart_table(chart: Chart, metric: Metric) -> dict[str, Any]:
    """The chart's numbers as texts; days to come only where a plan is known."""

    def number(value: float | None) -> str:
        return (
            "–"
            if value is None
            else formats.number_format(round(value, 2), use_l10n=True, force_grouping=True)
        )

    rows = [
        (formats.date_format(day, "SHORT_DATE_FORMAT"), *(number(value) for value in values))
        for day, *values in chart.rows
    ]
    return {"headers": chart.headers, "rows": rows}


def _summary(card: ShownRow | None, metric: Metric) -> str:
    """The chart in one sentence."""
    if card is None or card.row.plan_to_date is None:
        return _("There is no target for %(metric)s in this period.") % {"metric": metric.label}
    parts = {
        "actual": figure_text(card.row.actual, metric, short=True),
        "due": figure_text(card.row.plan_to_date, metric, short=True),
        "target": figure_text(card.row.target, metric, short=True),
    }
    return _("%(actual)s done, %(due)s due by now, %(target)s wanted by the end of the period.") % parts


def _previous_heading(grain: str) -> str:
    headings = {
        "week": _("Against last week"),
        "month": _("Against last month"),
        "quarter": _("Against last quarter"),
        "year": _("Against last year"),
    }
    return headings[grain]


def _empty(scope: Scope) -> dict[str, str]:
    """What to do when nothing is planned."""
    if may_create_plans(scope):
        return {
            "title": _("No published targets here"),
            "text": _("Make a plan for this year, distribute it and publish it; progress appears by itself."),
            "url": reverse("targets:plan_list"),
            "action": _("Make a plan"),
        }
    return {
        "title": _("No published targets here"),
        "text": _("Once your target is published, your progress appears here."),
        "url": "",
        "action": "",
    }


@dataclass(frozen=True)
class BoardRow:
    """A colleague on the shared board: name and completion, never an amount."""

    name: str
    completion: float | None
    status: Status
    bar_class: str
    bar_step: int
    is_me: bool


def board_rows(*, scope: Scope, unit: Unit, metric: Metric, grain: str, as_of: dt.date) -> list[BoardRow]:
    """The completion of everybody in one's own team, best first: where a rep sees colleagues."""
    everyone = Scope.everyone(reason="own team's shared board", on=scope.on)
    period = period_containing(as_of, grain, company_get().fiscal_year_start_month)
    rows = unit_people_rows(
        scope=everyone, unit=unit, metric=metric, grain=grain, as_of=as_of, span=(period.start, period.end)
    )
    shown = [ShownRow(row, "", "") for row in rows if row.snapshot is not None]
    shown.sort(key=lambda each: -(each.row.completion or 0))
    return [
        BoardRow(
            name=each.row.name,
            completion=each.row.completion,
            status=each.row.status,
            bar_class=each.bar_class,
            bar_step=each.bar_step,
            is_me=each.row.person is not None and each.row.person.pk == scope.person_id,
        )
        for each in shown
    ]
