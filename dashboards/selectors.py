"""What progress pages share: the choice in the address, rows with their links, the curve's card, boards."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.text import slugify
from django.utils.translation import gettext as _

from dashboards.charts import cumulative_curve
from dashboards.parts import (
    Bullet,
    ChartCard,
    Delta,
    Spark,
    bullet_of,
    change_of,
    chart_card,
    chart_labels,
    chart_unit,
    moved_of,
    spark_of,
)
from metrics.models import Metric
from metrics.templatetags.figures import figure_text
from org.models import Unit
from org.scope import Scope
from org.selectors import company_get
from targets.policies import may_create_plans
from tracking.calc.pace import Status
from tracking.selectors.curves import Curve
from tracking.selectors.overview import OwnerCourse
from tracking.selectors.progress import SEGMENT_KINDS, ProgressRow, row_of, snapshot_rows


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
    """A progress row as pages show it, with where its name and its figure lead."""

    row: ProgressRow
    url: str
    figure_url: str
    hint: str = ""
    course: OwnerCourse | None = None

    def __getattr__(self, name: str) -> Any:
        return getattr(self.row, name)

    @property
    def value(self) -> float | None:
        return self.row.actual

    @cached_property
    def bullet(self) -> Bullet:
        row = self.row
        due = row.plan_to_date / row.target if row.target and row.plan_to_date is not None else None
        return bullet_of(row.completion, due, row.status)

    @property
    def delta(self) -> Delta | None:
        """Against the period before at the same point."""
        return change_of(self.row.change, self.row.metric, self.hint)

    @property
    def spark(self) -> Spark | None:
        return spark_of(self.course.weeks, self.row.metric) if self.course else None

    @property
    def moved(self) -> Delta | None:
        """Against the plan in the last seven days."""
        return moved_of(self.course.moved, self.row.metric) if self.course else None


def shown(row: ProgressRow, choice: Choice, course: OwnerCourse | None = None) -> ShownRow:
    """A row with its links in the reader's choice of period and day."""
    query = choice.query(metric=row.metric.code)
    if row.segment:
        url = ""
    elif row.person is not None:
        url = f"{reverse('dashboards:person', args=[row.person.pk])}?{query}"
    else:
        url = f"{reverse('dashboards:unit', args=[row.unit.pk])}?{query}"
    subject = f"unit={row.unit.pk}" + (f"&person={row.person.pk}" if row.person else "")
    if row.snapshot is not None:
        for kind in SEGMENT_KINDS:
            segment = getattr(row.snapshot, f"{kind}_id")
            subject += f"&{kind}={segment}" if segment else ""
    figure_url = f"{reverse('dashboards:figure')}?{subject}&{query}"
    return ShownRow(row, url, figure_url, previous_hint(choice.grain), course)


def crumbs_of(units: Iterable[Unit], choice: Choice) -> list[tuple[str, str]]:
    """Units of a path as breadcrumbs: address and name."""
    return [(f"{reverse('dashboards:unit', args=[unit.pk])}?{choice.query()}", unit.name) for unit in units]


def curve_card(curve: Curve, choice: Choice, card: ProgressRow | None, owner: str) -> ChartCard:
    """The cumulative curve of an owner, its numbers and its one sentence."""
    metric, currency = choice.metric, company_get().currency
    scale, unit = chart_unit(metric, currency)
    labels = chart_labels(metric, currency)
    actual = [None if value is None else value / scale for value in curve.actual]
    chart = cumulative_curve(
        curve.days, actual, [value / scale for value in curve.plan], choice.as_of, labels
    )
    return chart_card(
        chart,
        id="progress-curve",
        title=_("%(metric)s, cumulative (%(unit)s)") % {"metric": metric.label, "unit": unit},
        summary=_summary(card, metric),
        file_name=slugify(f"{metric.code} {owner} {curve.period.label}", allow_unicode=True),
    )


def _summary(card: ProgressRow | None, metric: Metric) -> str:
    """The chart in one sentence."""
    if card is None or card.plan_to_date is None:
        return _("There is no target for %(metric)s in this period.") % {"metric": metric.label}
    parts = {
        "actual": figure_text(card.actual, metric, short=True),
        "due": figure_text(card.plan_to_date, metric, short=True),
        "target": figure_text(card.target, metric, short=True),
    }
    return _("%(actual)s done, %(due)s due by now, %(target)s wanted by the end of the period.") % parts


def previous_hint(grain: str) -> str:
    """What a change is measured against."""
    headings = {
        "week": _("Against last week at the same point"),
        "month": _("Against last month at the same point"),
        "quarter": _("Against last quarter at the same point"),
        "year": _("Against last year at the same point"),
    }
    return headings[grain]


def nothing_planned(scope: Scope) -> dict[str, str]:
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
    """A colleague on the shared board: name, completion and place, never an amount."""

    place: int
    name: str
    completion: float | None
    status: Status
    bullet: Bullet
    is_me: bool


def board_rows(
    *, scope: Scope, teams: Iterable[int], metric: Metric, grain: str, as_of: dt.date
) -> dict[int, list[BoardRow]]:
    """The completion of everybody in one's own teams, best first; one query.

    Where a rep sees colleagues: only teams of ``scope.board_unit_ids`` are shown.
    """
    own = scope.board_unit_ids & set(teams)
    everyone = Scope.everyone(reason="own team's shared board", on=scope.on)
    snapshots = snapshot_rows(scope=everyone, grain=grain, as_of=as_of).filter(
        unit__in=own, person__isnull=False, metric=metric, **dict.fromkeys(SEGMENT_KINDS)
    )
    rows = [row_of(snapshot) for snapshot in snapshots]
    return {team: ranked([row for row in rows if row.unit.pk == team], scope) for team in own}


def _rank(row: ProgressRow) -> tuple[bool, float, str]:
    return row.completion is None, -(row.completion or 0), row.name


def ranked(rows: Iterable[ProgressRow], scope: Scope) -> list[BoardRow]:
    """A team's rows as its board: best first, who is equal in the same place, who has no completion last."""
    board: list[BoardRow] = []
    for row in sorted(rows, key=_rank):
        is_equal = bool(board) and board[-1].completion == row.completion
        board.append(
            BoardRow(
                place=board[-1].place if is_equal else len(board) + 1,
                name=row.name,
                completion=row.completion,
                status=row.status,
                bullet=ShownRow(row, "", "").bullet,
                is_me=row.person is not None and row.person.pk == scope.person_id,
            )
        )
    return board
