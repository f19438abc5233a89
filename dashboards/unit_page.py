"""A unit's page: its figures, its curve, and everybody right below it in one sortable table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from django.core.paginator import Page, Paginator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext_lazy

from common.periods import Period
from dashboards.parts import ChartCard
from dashboards.selectors import Choice, ShownRow, crumbs_of, curve_card, nothing_planned, shown
from metrics.models import Metric
from metrics.templatetags.figures import figure_text
from org.http import Column
from org.models import Unit
from org.scope import Scope
from tracking.selectors.days import plan_of
from tracking.selectors.overview import OwnerCourse, unit_overview
from tracking.selectors.progress import ProgressRow

MOVERS = 3
PER_PAGE = 50
# What each sortable column is sorted by; figures that are not there stand last either way.
SORTS: dict[str, str] = {
    "name": "name",
    "target": "target",
    "actual": "actual",
    "completion": "completion",
    "lag": "lag",
    "needed": "needed_per_day",
    "change": "change",
    "moved": "moved",
}
COLUMNS = (
    Column(gettext_lazy("Name"), "name"),
    Column(gettext_lazy("Actual"), "actual", is_num=True),
    Column(gettext_lazy("Target"), "target", is_num=True, css_class="wide-only"),
    Column(gettext_lazy("Completion"), "completion", css_class="col-bullet"),
    Column(gettext_lazy("Status"), "lag"),
    Column(
        gettext_lazy("7 days"),
        "moved",
        is_num=True,
        hint=gettext_lazy("Gained on the plan in the last seven days"),
    ),
    Column(gettext_lazy("12 weeks"), css_class="col-spark"),
    Column(gettext_lazy("Needed per workday"), "needed", is_num=True),
    Column(
        pgettext_lazy("of a figure", "Change"),
        "change",
        is_num=True,
        hint=gettext_lazy("Against the period before, same point"),
    ),
)
DEFAULT_SORT = "-lag"


@dataclass(frozen=True)
class Group:
    """A table of the page: the units, or the people, right below."""

    title: str
    heading: str
    page: Page[ShownRow]
    total: ShownRow | None = None
    note: str = ""


@dataclass(frozen=True)
class Movers:
    """Who gained and who lost most against the plan in the last seven days."""

    up: list[ShownRow]
    down: list[ShownRow]


@dataclass(frozen=True)
class UnitPage:
    """Everything a unit's page shows."""

    unit: Unit
    period: Period
    plan_name: str
    crumbs: list[tuple[str, str]]
    cards: list[ShownRow]
    chosen: ShownRow | None
    curve: ChartCard
    groups: list[Group]
    movers: Movers
    segments: list[ShownRow] = field(default_factory=list)
    empty: dict[str, str] = field(default_factory=dict)


def unit_page(*, scope: Scope, unit_id: int | None, choice: Choice, sort: str, page: str) -> UnitPage:
    """The page of a unit for a choice of metric, period and day; rows by ``sort`` (``SORTS``).

    Raises NotFound for a unit out of scope.
    """
    found = unit_overview(
        scope=scope, unit_id=unit_id, metric=choice.metric, grain=choice.grain, as_of=choice.as_of
    )
    cards = [shown(row, choice) for row in found.cards]
    chosen = next((card for card in cards if card.row.metric.pk == choice.metric.pk), None)
    units = _sorted(found.units, choice, sort)
    people = _sorted(found.people, choice, sort)
    if units:  # beside units only people with a target or a figure of their own
        people = [row for row in people if row.snapshot is not None or row.value]
    groups = [
        Group(
            title, heading, Paginator(rows, PER_PAGE).get_page(page), total, _behind_note(rows, choice.metric)
        )
        for title, heading, rows, total in (
            (_("Units"), _("Unit"), units, chosen),
            (_("People"), _("Person"), people, None if units else chosen),
        )
        if rows
    ]
    plan = plan_of(choice.as_of)
    return UnitPage(
        unit=found.unit,
        period=found.period,
        plan_name=str(plan) if plan else "",
        crumbs=crumbs_of(found.above, choice),
        cards=cards,
        chosen=chosen,
        curve=curve_card(found.curve, choice, chosen.row if chosen else None, found.unit.name),
        groups=groups,
        movers=_movers(units or people),
        segments=[shown(row, choice) for row in found.segments],
        empty=nothing_planned(scope),
    )


def _sorted(courses: Sequence[OwnerCourse], choice: Choice, sort: str) -> list[ShownRow]:
    name = SORTS[sort.removeprefix("-")]
    rows = [shown(course.progress, choice, course) for course in courses]

    def value(row: ShownRow) -> Any:
        if name == "moved":
            return row.course.moved if row.course else None
        return getattr(row.row, name)

    known = [row for row in rows if value(row) is not None]
    known.sort(key=value, reverse=sort.startswith("-"))
    return known + [row for row in rows if value(row) is None]


def _movers(rows: Sequence[ShownRow]) -> Movers:
    """The three furthest up and down, among those who moved by a point at least."""
    points = [(round((row.course.moved or 0) * 100), row) for row in rows if row.course]
    points.sort(key=lambda pair: -pair[0])
    up = [row for by, row in points if by > 0]
    down = [row for by, row in reversed(points) if by < 0]
    return Movers(up[:MOVERS], down[:MOVERS])


def _behind_note(rows: Sequence[ShownRow], metric: Metric) -> str:
    """How many are more than 20 % behind, and what they lack together."""
    behind: list[ProgressRow] = [row.row for row in rows if row.status in ("behind", "critical")]
    if not behind:
        return _("none is 20 % behind")
    text = ngettext(
        "%(count)s of %(all)s is 20 %% behind", "%(count)s of %(all)s are 20 %% behind", len(behind)
    )
    note = text % {"count": len(behind), "all": len(rows)}
    if metric.is_ratio:
        return note
    lacking = abs(sum((row.plan_to_date or 0) - (row.actual or 0) for row in behind))
    gap = _("%(gap)s short of the plan") % {"gap": figure_text(lacking, metric, short=True)}
    return f"{note}, {gap}"
