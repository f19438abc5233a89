"""The company page: KPIs, who is behind by how much, the tree as a drawing or a table, all by one reading."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from django.urls import reverse
from django.utils.translation import gettext as _

from common.periods import Period, period_containing
from dashboards.chart_tree import SHAPES
from dashboards.company_drawing import area_note, drawing_of, legend_of
from dashboards.company_rows import rows_of
from dashboards.company_tree import Tree, company_tree
from dashboards.headlines import headlines_of
from dashboards.nodes import Node, unit_key
from dashboards.parts import Bullet, ChartCard, bullet_of
from dashboards.places import LINE_UNIT, UNIT, Asked, Look, Place
from dashboards.selectors import Choice, ShownRow, curve_card, nothing_planned, shown
from org.scope import Scope
from org.selectors import company_get
from tracking.models import Snapshot
from tracking.selectors.curves import progress_curve
from tracking.selectors.progress import SEGMENT_KINDS, row_of

MOST_CARDS, MOST_LINES = 5, 20


@dataclass(frozen=True)
class Link:
    """A place to go; ``is_active`` is where one is."""

    label: str
    url: str
    is_active: bool = False


@dataclass(frozen=True)
class Line:
    """A node as a row: its page, what opens its figure, where one goes down, a bar of its completion."""

    node: Node
    url: str
    figure_url: str
    drill_url: str

    @property
    def bullet(self) -> Bullet:
        node = self.node
        due = node.due / node.target if node.target and node.due is not None else None
        return bullet_of(node.completion, due, node.status)


@dataclass(frozen=True)
class CompanyPage:
    """Everything the page shows; ``figure`` is empty when nothing has an area."""

    place: Place
    look: Look
    period: Period
    tree: Tree
    tops: list[Link]
    crumbs: list[Link]
    switches: list[tuple[str, list[Link]]]
    cards: list[ShownRow]
    headlines: list[tuple[str, Line | None]]
    figure: str
    area_note: str
    legend: list[tuple[str, str, str]]
    curve: ChartCard | None
    lines: list[Line]
    children: list[Line]
    total: Line
    empty: dict[str, str]

    @property
    def more_children(self) -> int:
        """Parts beyond those in the table."""
        return len(self.tree.children) - len(self.children)


def company_page(*, scope: Scope, place: Place, choice: Choice, look: Look) -> CompanyPage:
    """The page of a place in the tree; at most four queries."""
    period = period_containing(choice.as_of, choice.grain, company_get().fiscal_year_start_month)
    asked = Asked(scope, choice, place, look.by, period)
    rows = rows_of(asked)
    tree = company_tree(asked, rows)
    lines = [line_of(node, choice, look) for node in tree.nodes]
    children = [line for line in lines if line.node.parent == tree.root.key]
    return CompanyPage(
        place=place,
        look=look,
        period=period,
        tree=tree,
        tops=_tops(place, choice, look),
        crumbs=_crumbs(place, choice, look),
        switches=_switches(place, choice, look, tree),
        cards=_cards(rows.own, place, choice),
        headlines=[
            (each.text, line_of(each.worst, choice, look) if each.worst else None)
            for each in headlines_of(tree)
        ],
        figure=drawing_of(tree, look) if look.view in SHAPES else "",
        area_note=area_note(tree, look, choice.metric),
        legend=legend_of(tree),
        curve=_curve(scope, place, choice, rows.own),
        lines=lines,
        children=children[:MOST_LINES],
        total=lines[0],
        empty={} if place.segment else nothing_planned(scope),
    )


def company_url(choice: Choice, look: Look, node: str = "", **more: str) -> str:
    """The page's address for a choice, a look and a node."""
    place = {"node": node} if node else {}
    return f"{reverse('dashboards:company')}?{choice.query(**look.params, **place, **more)}"


def line_of(node: Node, choice: Choice, look: Look) -> Line:
    """The node with where it leads; a rest leads nowhere."""
    if node.kind in ("gap", "others"):
        return Line(node, "", "", "")
    query = choice.query(metric=node.metric.code)
    figure = f"unit={node.unit_id}" + (f"&person={node.person_id}" if node.person_id else "")
    figure += "".join(f"&{kind}={pk}" for kind, pk in node.segments)
    page = {"person": ("dashboards:person", node.person_id), "unit": ("dashboards:unit", node.unit_id)}
    url = f"{reverse(page[node.kind][0], args=[page[node.kind][1]])}?{query}" if node.kind in page else ""
    drill = "" if node.kind == "person" or not node.parent else company_url(choice, look, node.key)
    return Line(node, url, f"{reverse('dashboards:figure')}?{figure}&{query}", drill)


def _curve(scope: Scope, place: Place, choice: Choice, own: Iterable[Snapshot]) -> ChartCard | None:
    """The cumulative curve of the unit; of a segment there is none."""
    if place.segment is not None:
        return None
    curve = progress_curve(
        scope=scope,
        unit=place.unit,
        person=None,
        metric=choice.metric,
        grain=choice.grain,
        as_of=choice.as_of,
    )
    whole = next((row_of(row) for row in _whole(own) if row.metric_id == choice.metric.pk), None)
    return curve_card(curve, choice, whole, place.unit.name)


def _whole(own: Iterable[Snapshot]) -> list[Snapshot]:
    """Those of no segment."""
    return [row for row in own if not any(getattr(row, f"{kind}_id") for kind in SEGMENT_KINDS)]


def _cards(own: Iterable[Snapshot], place: Place, choice: Choice) -> list[ShownRow]:
    """The place's metrics of the plan, in the plan's order; in a segment those planned by it."""
    segment = place.segment
    rows = (
        [row for row in own if getattr(row, f"{segment.kind}_id") == segment.pk] if segment else _whole(own)
    )
    rows = [row for row in rows if sum(bool(getattr(row, f"{kind}_id")) for kind in SEGMENT_KINDS) <= 1]
    rows.sort(key=lambda row: row.metric.position)
    return [shown(row_of(row), choice) for row in rows][:MOST_CARDS]


def _tops(place: Place, choice: Choice, look: Look) -> list[Link]:
    """The units of a manager of several."""
    here = {unit.pk for unit in place.path}
    links = [
        Link(unit.name, company_url(choice, look, unit_key(unit.pk)), unit.pk in here)
        for unit in place.managed
    ]
    return links if len(links) > 1 else []


def _crumbs(place: Place, choice: Choice, look: Look) -> list[Link]:
    """From the top down to the place; in a segment the top as a whole comes first."""
    segment = f"|segment:{place.segment.pk}" if place.segment else ""
    links = [
        Link(each.name, company_url(choice, look, f"unit:{each.pk}{segment}"), each.pk == place.unit.pk)
        for each in place.path
    ]
    if place.segment is None:
        return links
    top = place.path[0]
    whole = Link(top.name, company_url(choice, look, f"unit:{top.pk}"))
    return [whole, replace(links[0], label=place.segment.name), *links[1:]]


def _switches(place: Place, choice: Choice, look: Look, tree: Tree) -> list[tuple[str, list[Link]]]:
    """The groups of choices above the drawing, each kept in the address."""

    def links(name: str, words: Mapping[str, str], node: str) -> list[Link]:
        return [
            Link(
                word, company_url(choice, replace(look, **{name: value}), node), value == getattr(look, name)
            )
            for value, word in words.items()
        ]

    by = {
        UNIT: _("Organisation"),
        "product_line": _("Product line"),
        "region": _("Region"),
        "customer_type": _("Customer type"),
    }
    if "product_line" in tree.kinds:
        by[LINE_UNIT] = _("Product line × organisation")
    areas = {"target": _("Target"), "missing": _("Still missing")}
    views = {"treemap": _("Treemap"), "sunburst": _("Sunburst"), "table": _("Table")}
    groups = [(_("Cut by"), links("by", by, f"unit:{place.unit.pk}"))]
    if not tree.is_compared and not choice.metric.is_ratio and look.view in SHAPES:
        groups.append((_("Area shows"), links("area", areas, place.key)))
    return [*groups, (_("Shown as"), links("view", views, place.key))]
