"""The company's tree as a drawing with its legend, and as a table for a spreadsheet."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import orjson
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from common.money import decimal_string
from common.tables import Cell
from dashboards.chart_tree import SIGNS, Tile, tree_figure
from dashboards.company_tree import Tree
from dashboards.nodes import Node
from dashboards.places import Look
from metrics.formats import percent_text
from metrics.models import Metric, MetricUnit
from metrics.templatetags.figures import figure_text
from org.selectors import company_get


def drawing_of(tree: Tree, look: Look) -> str:
    """The drawing as the JSON of a script element, empty for none; nodes without an area are left out."""
    area = {node.key: node.missing if look.area == "missing" else node.size for node in tree.nodes}
    if tree.is_compared:
        area = {node.key: node.size for node in tree.nodes}
    parents = {node.parent for node in tree.nodes}
    drawn: set[str] = set()
    for node in reversed(tree.nodes):
        if node.key in drawn or (node.key not in parents and area[node.key] > 0):
            drawn |= {node.key, node.parent}
    tiles = [_tile(node, area[node.key]) for node in tree.nodes if node.key in drawn]
    return _script_json(tree_figure(tiles, _hover_labels(tree), shape=look.view)) if tiles else ""


def _script_json(figure: dict[str, Any]) -> SafeString:
    """As Django's ``json_script`` writes it, but half as large where names are Chinese."""
    text = orjson.dumps(figure).decode().translate({ord(sign): f"\\u{ord(sign):04X}" for sign in "<>&"})
    return mark_safe(text)  # noqa: S308 (nothing in it can end the element)


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
        return [_("Actual"), _("Same days last year"), pgettext("against last year", "Change")]
    return [_("Target"), _("Due by now"), _("Actual"), _("Against what was due"), _("Pace")]


def _short(node: Node, value: float | None) -> str:
    return figure_text(value, node.metric, short=True)


def _signed_percent(change: float | None) -> str:
    return f"+{percent_text(change)}" if change is not None and change > 0 else percent_text(change)


def area_note(tree: Tree, look: Look, metric: Metric) -> str:
    """What the size of a tile means."""
    if metric.is_ratio and metric.denominator is not None:
        return _("Area: %(metric)s.") % {"metric": metric.denominator.label}
    if tree.is_compared:
        return _("Area: what was achieved.")
    if look.area == "missing":
        return _("Area: what is still missing of the period's target.")
    return _("Area: the whole period's target.")


def legend_of(tree: Tree) -> list[tuple[str, str, str]]:
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


def tree_table(tree: Tree) -> tuple[list[Cell], list[list[Cell]]]:
    """The tree as a table of whole numbers for a spreadsheet: headers and rows."""
    headers: list[Cell] = [
        pgettext("how deep in the tree", "Level"),
        _("Part of"),
        pgettext("of a row", "Name"),
        *_hover_labels(tree),
    ]
    names = {node.key: node.name for node in tree.nodes}
    rows: list[list[Cell]] = []
    for node in tree.nodes:
        if tree.is_compared:
            amounts, share = [node.actual, node.last], node.change
        else:
            amounts, share = [node.target, node.due, node.actual, node.ahead], node.pace
        plain = [_plain(value, node.metric) for value in amounts]
        rows.append(
            [
                node.depth,
                names.get(node.parent, ""),
                node.name,
                *plain,
                None if share is None else round(share, 4),
            ]
        )
    return headers, rows


def _plain(value: float | None, metric: Metric) -> Cell:
    """A figure for a spreadsheet: money in whole units of the currency."""
    if value is None or metric.unit != MetricUnit.CURRENCY:
        return value
    return Decimal(decimal_string(round(value), company_get().currency))
