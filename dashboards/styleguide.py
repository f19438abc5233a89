"""Samples for the style page: each part in each of its states, from made-up figures."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from dashboards.charts import Labels, cumulative_curve
from dashboards.parts import ChartCard, Delta, Spark, bullet_of, chart_card, delta_of, spark_of
from dashboards.selectors import ShownRow
from metrics.models import Direction, Metric, MetricKind, MetricUnit
from org.http import Column
from org.models import Unit
from tracking.models import Snapshot
from tracking.selectors.overview import OwnerCourse
from tracking.selectors.progress import ProgressRow

DAYS = 30
# Due 700 of 1000: actuals that are on track, to watch, behind, critical.
STATES = (("A", 760, 40), ("B", 610, -20), ("C", 520, -90), ("D", 310, -240))


class SampleForm(forms.Form):
    """A field of each kind."""

    name = forms.CharField(label=_("Name"), help_text=_("A hint says what is expected."))
    kind = forms.ChoiceField(label=_("Metric"), choices=[("a", _("Sales")), ("b", _("Collections"))])
    day = forms.DateField(label=_("Day"), widget=forms.DateInput(attrs={"type": "date"}))
    is_active = forms.BooleanField(label=_("active"), required=False)


@dataclass(frozen=True)
class Samples:
    """Everything the style page draws."""

    rows: list[ShownRow]
    deltas: list[Delta]
    spark: Spark | None
    bullets: list[Any]
    curve: ChartCard
    form: SampleForm
    filters: SampleForm
    columns: tuple[Column, ...]
    moments: list[dt.datetime]


def samples() -> Samples:
    """The samples; no query."""
    metric = Metric(
        code="sample", name="Sales", kind=MetricKind.COUNT, unit=MetricUnit.NUMBER, direction=Direction.UP
    )
    rows = [_row(metric, gettext("Team %(name)s") % {"name": name}, *figures) for name, *figures in STATES]
    now = timezone.now()
    return Samples(
        rows=rows,
        deltas=[
            delta
            for delta in (
                delta_of(1, "+12 %"),
                delta_of(-1, "−8 %"),
                delta_of(0, "0 %"),
                delta_of(-1, "−3 d", is_up_good=False),
            )
            if delta is not None
        ],
        spark=spark_of([3, 5, 4, 6, 8, 7, 9, 8, 10, 12, 9, 13], metric),
        bullets=[
            bullet_of(1.31, 0.7, "on_track"),
            bullet_of(None, None, "undefined"),
            *(row.bullet for row in rows),
        ],
        curve=_curve(),
        form=SampleForm({"kind": "a"}),
        filters=SampleForm(auto_id="filter_%s"),
        columns=(
            Column(_("Name")),
            Column(_("Actual"), is_num=True, sorted="descending", url="?sort=actual"),
            Column(_("Completion"), css_class="col-bullet"),
        ),
        moments=[now - dt.timedelta(minutes=4), now - dt.timedelta(days=2), now - dt.timedelta(days=400)],
    )


def _row(metric: Metric, name: str, actual: int, moved: int) -> ShownRow:
    snapshot = Snapshot(
        metric=metric,
        target_value=1000,
        plan_to_date=700,
        actual=actual,
        numerator=actual,
        previous_actual=600,
        completion_ratio=actual / 1000,
        pace_ratio=actual / 700,
        lag_ratio=1 - actual / 700,
        workdays_remaining=8,
    )
    progress = ProgressRow(metric, Unit(name=name), None, "", snapshot)
    return ShownRow(progress, "", "#kpi", "", OwnerCourse(progress, [], moved / 1000))


def _curve() -> ChartCard:
    first = dt.date(2026, 6, 1)
    days = [first + dt.timedelta(days=at) for at in range(DAYS)]
    plan = [round(1000 * (at + 1) / DAYS, 1) for at in range(DAYS)]
    actual = [round(plan[at] * (0.8 + at / 90), 1) if at <= 20 else None for at in range(DAYS)]
    labels = Labels(
        title=str(_("Sales")),
        unit="1",
        actual=str(_("Actual")),
        plan=str(_("Plan")),
        today=str(_("as of")),
        day=str(_("Day")),
        number=lambda value: f"{value:,.0f}",
    )
    return chart_card(
        cumulative_curve(days, actual, plan, days[20], labels),
        id="sample-curve",
        title=str(_("A chart card: title and unit (1)")),
        summary=str(_("One sentence that says what the chart means.")),
        file_name="sample",
    )
