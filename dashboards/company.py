"""The company page: KPIs, who is behind by how much, the tree as a drawing or a table, all by one reading."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from decimal import Decimal
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from common.money import decimal_string
from common.periods import Period, period_containing
from common.tables import Cell
from dashboards.chart_tree import SHAPES, SIGNS, Tile, tree_figure
from dashboards.company_tree import Tree, company_tree
from dashboards.nodes import Node
from dashboards.places import BY, LINE_UNIT, UNIT, Asked, Place
from dashboards.selectors import Choice
from metrics.formats import percent_text
from metrics.models import Metric, MetricUnit
from metrics.templatetags.figures import figure_text
from org.scope import Scope
from org.selectors import company_get
from tracking.selectors.progress import SEGMENT_KINDS, snapshot_rows

AREAS = ("target", "missing")
VIEWS = (*SHAPES, "table")
MOST_CARDS, MOST_LINES = 5, 50
LATE = ("behind", "critical")


@dataclass(frozen=True)
class Look:
    """How the tree is looked at: by which dimension, what an area means, drawn as what."""

    by: str = UNIT
    area: str = "target"
    view: str = "treemap"

    @classmethod
    def of(cls, query: Mapping[str, str]) -> Look:
        """What a query asks for; anything else is the default."""
        asked = {"by": BY, "area": AREAS, "view": VIEWS}
        return cls(**{name: query[name] for name, known in asked.items() if query.get(name) in known})

    @property
    def params(self) -> dict[str, str]:
        """What differs from the default."""
        usual = asdict(Look())
        return {name: value for name, value in asdict(self).items() if value != usual[name]}


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
    def bullet(self) -> dict[str, Any] | None:
        """For ``components/bullet_bar.html``: the target stands at four fifths of the width."""
        node = self.node
        if node.completion is None or not node.target:
            return None
        due = None if node.due is None else max(0.0, min(100.0, round(80 * node.due / node.target, 1)))
        text = _("%(done)s of the target reached, %(due)s due by now") % {
            "done": percent_text(node.completion),
            "due": percent_text(None if node.due is None else node.due / node.target),
        }
        done = max(0.0, min(100.0, round(80 * node.completion, 1)))
        return {"tone": node.status, "done": done, "due": due, "target": 80, "label": text}


@dataclass(frozen=True)
class CompanyPage:
    """Everything the page shows; ``figure`` is None when nothing has an area."""

    place: Place
    look: Look
    period: Period
    tree: Tree
    crumbs: list[Link]
    switches: list[tuple[str, list[Link]]]
    cards: list[Line]
    headline: str
    advice: Link | None
    figure: dict[str, Any] | None
    area_note: str
    legend: list[tuple[str, str, str]]
    lines: list[Line]
    children: list[Line]
    total: Line

    @property
    def more_children(self) -> int:
        """Parts beyond those in the table."""
        return len(self.tree.children) - len(self.children)


def company_page(*, scope: Scope, place: Place, choice: Choice, look: Look) -> CompanyPage:
    """The page of a place in the tree; at most five queries."""
    period = period_containing(choice.as_of, choice.grain, company_get().fiscal_year_start_month)
    own = list(
        snapshot_rows(scope=scope, grain=choice.grain, as_of=choice.as_of).filter(
            unit=place.unit, person=None
        )
    )
    tree = company_tree(Asked(scope, choice, place, look.by, period, own))
    lines = [line_of(node, choice, look) for node in tree.nodes]
    children = [line for line in lines if line.node.parent == tree.root.key]
    headline, worst = _headline(tree)
    return CompanyPage(
        place=place,
        look=look,
        period=period,
        tree=tree,
        crumbs=_crumbs(place, choice, look),
        switches=_switches(place, choice, look, tree),
        cards=_cards(own, place, choice, look),
        headline=headline,
        advice=Link(worst.name, line_of(worst, choice, look).url) if worst else None,
        figure=_figure(tree, look) if look.view in SHAPES else None,
        area_note=_area_note(tree, look, choice.metric),
        legend=_legend(tree),
        lines=lines,
        children=children[:MOST_LINES],
        total=lines[0],
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


def _cards(own: Iterable[Any], place: Place, choice: Choice, look: Look) -> list[Line]:
    """The unit's metrics of the plan, in the plan's order."""
    whole = [row for row in own if not any(getattr(row, f"{kind}_id") for kind in SEGMENT_KINDS)]
    whole.sort(key=lambda row: row.metric.position)
    nodes = (Node.of_unit(place.unit, row.metric.label, row.metric, row, segment=None) for row in whole)
    return [line_of(node, choice, look) for node in nodes][:MOST_CARDS]


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


def _headline(tree: Tree) -> tuple[str, Node | None]:
    """How many of the parts are behind, by how much together; and the one that lacks most."""
    parts = [node for node in tree.children if node.kind in ("unit", "person", "segment")]
    judged = [node for node in parts if node.lag is not None]
    if not judged:
        return "", None
    late = [node for node in judged if node.status in LATE]
    metric = tree.root.metric
    counts = {"late": len(late), "count": len(judged)}
    if not late:
        return _at_ease(judged) % counts, None
    text = _behind(judged) % counts
    if not metric.is_ratio:
        gap = sum(node.ahead or 0 for node in late)
        text = _("%(count)s, together %(gap)s.") % {
            "count": text,
            "gap": figure_text(gap, metric, short=True),
        }
    return text, max(late, key=lambda node: abs(node.ahead or 0))


def _behind(judged: Sequence[Node]) -> str:
    """The sentence with ``late`` and ``count`` still to be put in, by what the parts are."""
    count = len(judged)
    kinds = {node.kind for node in judged}
    if kinds == {"unit"}:
        return ngettext(
            "%(late)s of %(count)s unit is behind", "%(late)s of %(count)s units are behind", count
        )
    if kinds == {"person"}:
        return ngettext(
            "%(late)s of %(count)s person is behind", "%(late)s of %(count)s people are behind", count
        )
    return ngettext("%(late)s of %(count)s part is behind", "%(late)s of %(count)s parts are behind", count)


def _at_ease(judged: Sequence[Node]) -> str:
    return ngettext(
        "The one part is less than 20 %% behind.",
        "None of the %(count)s parts is 20 %% behind or more.",
        len(judged),
    )


def _figure(tree: Tree, look: Look) -> dict[str, Any] | None:
    """The drawing; nodes without an area are left to the table."""
    area = {node.key: node.missing if look.area == "missing" else node.size for node in tree.nodes}
    if tree.is_compared:
        area = {node.key: node.size for node in tree.nodes}
    parents = {node.parent for node in tree.nodes}
    drawn: set[str] = set()
    for node in reversed(tree.nodes):
        if node.key in drawn or (node.key not in parents and area[node.key] > 0):
            drawn |= {node.key, node.parent}
    tiles = [_tile(node, area[node.key]) for node in tree.nodes if node.key in drawn]
    return tree_figure(tiles, _hover_labels(tree), shape=look.view) if tiles else None


def _tile(node: Node, area: float) -> Tile:
    if node.is_compared:
        texts = [_short(node, node.actual), _short(node, node.last), _signed_percent(node.change)]
        badge = texts[-1]
    else:
        texts = [_short(node, value) for value in (node.target, node.due, node.actual, node.ahead)]
        texts.append(percent_text(node.pace))
        badge = texts[0] if node.pace is None else texts[-1]
    return Tile(node.key, node.parent, node.name, round(area), node.tone, badge, texts)


def _hover_labels(tree: Tree) -> list[str]:
    if tree.is_compared:
        return [_("Actual"), _("Same days last year"), _("Change")]
    return [_("Target"), _("Due by now"), _("Actual"), _("Against what was due"), _("Pace")]


def _short(node: Node, value: float | None) -> str:
    return figure_text(value, node.metric, short=True)


def _signed_percent(change: float | None) -> str:
    return f"+{percent_text(change)}" if change is not None and change > 0 else percent_text(change)


def _area_note(tree: Tree, look: Look, metric: Metric) -> str:
    """What the size of a tile means."""
    if metric.is_ratio and metric.denominator is not None:
        return _("Area: %(metric)s.") % {"metric": metric.denominator.label}
    if tree.is_compared:
        return _("Area: what was achieved.")
    if look.area == "missing":
        return _("Area: what is still missing of the period's target.")
    return _("Area: the whole period's target.")


def _legend(tree: Tree) -> list[tuple[str, str, str]]:
    """Tones with their sign and what they mean."""
    words = {
        "on_track": _("less than 10 % behind"),
        "watch": _("10 % to 20 % behind"),
        "behind": _("20 % to 35 % behind"),
        "critical": _("35 % behind or more"),
        "undefined": pgettext("tone of a tile", "no plan yet"),
    }
    if tree.is_compared:
        words = {
            "on_track": _("at least 10 % better than last year"),
            "watch": _("about the same"),
            "behind": _("at least 10 % worse than last year"),
            "undefined": _("nothing to compare with"),
        }
    return [(tone, SIGNS[tone], word) for tone, word in words.items()]


def tree_table(page: CompanyPage) -> tuple[list[Cell], list[list[Cell]]]:
    """The tree as a table of whole numbers for a spreadsheet: headers and rows."""
    headers: list[Cell] = [_("Level"), _("Part of"), _("Name"), *_hover_labels(page.tree)]
    names = {node.key: node.name for node in page.tree.nodes}
    rows: list[list[Cell]] = []
    for node in page.tree.nodes:
        if page.tree.is_compared:
            amounts, share = [node.actual, node.last], node.change
        else:
            amounts, share = [node.target, node.due, node.actual, node.ahead], node.pace
        plain = [_plain(value, node.metric) for value in amounts]
        rows.append([node.depth, names.get(node.parent, ""), node.name, *plain, share])
    return headers, rows


def _plain(value: float | None, metric: Metric) -> Cell:
    """A figure for a spreadsheet: money in whole units of the currency."""
    if value is None or metric.unit != MetricUnit.CURRENCY:
        return value
    return Decimal(decimal_string(round(value), company_get().currency))
