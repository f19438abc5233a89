"""The cumulative curve of a place of the company page, as ``components/chart_card.html`` shows it."""

from __future__ import annotations

from typing import Any

from django.utils import formats
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from common.money import currency_exponent
from dashboards.charts import Labels, cumulative_curve
from dashboards.places import Place
from dashboards.selectors import Choice
from metrics.models import Metric, MetricUnit
from metrics.templatetags.figures import figure_text
from org.scope import Scope
from org.selectors import company_get
from tracking.selectors.curves import Curve, progress_curve


def curve_card(*, scope: Scope, place: Place, choice: Choice) -> dict[str, Any]:
    """The curve of the place's unit, all its segments together; at most six queries."""
    metric = choice.metric
    curve = progress_curve(
        scope=scope, unit=place.unit, person=None, metric=metric, grain=choice.grain, as_of=choice.as_of
    )
    scale, unit = _scale(metric)
    actual = [None if value is None else value / scale for value in curve.actual]
    plan = [value / scale for value in curve.plan]
    title = _("%(metric)s of %(name)s, cumulative") % {"metric": metric.label, "name": place.unit.name}
    labels = Labels(
        title=title,
        unit=unit,
        actual=_("Actual"),
        plan=pgettext("what was due", "Plan"),
        today=_("as of"),
        day=_("Day"),
    )
    chart = cumulative_curve(curve.days, actual, plan, choice.as_of, labels)
    rows = [
        [_day_cell(day), *(_cell(value, scale, metric) for value in values)] for day, *values in chart.rows
    ]
    return {
        "id": "company-curve",
        "title": f"{title} ({unit})" if unit else title,
        "unit": unit,
        "summary": _summary(curve, choice),
        "figure": chart.figure,
        "headers": chart.headers,
        "rows": rows,
        "file_name": f"{metric.code}-{curve.period.label}",
    }


def _scale(metric: Metric) -> tuple[float, str]:
    """What a figure is divided by for the axis, and the axis's unit."""
    if metric.unit == MetricUnit.CURRENCY:
        currency = company_get().currency
        return float(10 ** currency_exponent(currency)), currency
    return (0.01, "%") if metric.unit == MetricUnit.PERCENT else (1.0, metric.get_unit_display())


def _day_cell(day: Any) -> dict[str, str]:
    return {"text": formats.date_format(day, "SHORT_DATE_FORMAT"), "value": day.isoformat()}


def _cell(value: float | None, scale: float, metric: Metric) -> dict[str, Any]:
    if value is None:
        return {"text": "–", "value": ""}
    return {"text": figure_text(value * scale, metric, short=True), "value": round(value, 4)}


def _summary(curve: Curve, choice: Choice) -> str:
    """The chart in one sentence."""
    at = curve.days.index(choice.as_of) if choice.as_of in curve.days else len(curve.days) - 1
    parts = {
        "actual": figure_text(curve.actual[at], choice.metric, short=True),
        "due": figure_text(curve.plan[at] if curve.plan else None, choice.metric, short=True),
        "target": figure_text(curve.plan[-1] if curve.plan else None, choice.metric, short=True),
    }
    if not curve.plan:
        return _("%(actual)s done; there is no target in this period.") % parts
    return _("%(actual)s done, %(due)s due by now, %(target)s wanted by the end of the period.") % parts
