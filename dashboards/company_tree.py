"""The company as a tree on a day: units, people and segments as nodes, and what parents have beyond them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from django.utils.translation import gettext as _

from dashboards.company_compared import compared_nodes
from dashboards.company_rows import MOST_NODES, Rows
from dashboards.nodes import Figures, Node, is_open, node_order, person_key, unit_key
from dashboards.places import Asked
from metrics.selectors import period_sums
from tracking.models import Snapshot
from tracking.selectors.progress import SEGMENT_KINDS


@dataclass(frozen=True)
class Tree:
    """Nodes, parents before children, the first the place itself.

    ``is_compared``: there is no plan, figures stand beside last year's. ``folded`` nodes are summed up in
    others; ``has_people`` is False where there are too many people to show.
    """

    nodes: list[Node]
    is_compared: bool = False
    has_people: bool = True
    folded: int = 0
    kinds: frozenset[str] = field(default_factory=frozenset)

    @property
    def root(self) -> Node:
        return self.nodes[0]

    @property
    def children(self) -> list[Node]:
        """Right below the place."""
        return [node for node in self.nodes if node.parent == self.root.key]


def company_tree(asked: Asked, rows: Rows) -> Tree:
    """The tree that is asked for, made of its rows; one query at most."""
    metric, segment = asked.choice.metric, asked.place.segment
    kinds = frozenset(kind for kind in SEGMENT_KINDS if rows.own_of(metric, kind))
    parts = rows.own_of(metric, asked.kind)
    whole = next(iter(rows.own_of(metric, "")), None)
    if segment is not None:
        whole = next((row for row in parts if _segment_of(row, asked.kind) == segment.pk), None)
    is_planned = whole is not None and bool(parts)
    nodes = _planned(asked, rows, whole, parts) if whole is not None and parts else compared_nodes(asked)
    has_people = rows.has_people or not is_planned
    nodes = _with_gaps(nodes, asked, has_people=has_people)
    kept = folded(nodes, MOST_NODES)
    return Tree(node_order(kept), not is_planned, has_people, max(0, len(nodes) - len(kept)), kinds)


def _segment_of(row: Snapshot, kind: str) -> int:
    return getattr(row, f"{kind}_id") or 0 if kind else 0


def _planned(asked: Asked, rows: Rows, whole: Snapshot, parts: Sequence[Snapshot]) -> list[Node]:
    """The nodes of planned figures."""
    place, kind = asked.place, asked.kind
    nodes = [Node.of_unit(place.unit, place.name, asked.choice.metric, whole, segment=place.segment)]
    if kind and place.segment is None:
        nodes += [Node.of_segment(nodes[0], getattr(row, kind), row) for row in parts]
    if not asked.has_units:
        return nodes
    ids = rows.unit_ids
    by_owner = {(row.unit_id, row.person_id, _segment_of(row, kind)): row for row in rows.below}
    sums = _unplanned(asked, [pk for pk in ids if (pk, None, 0) not in by_owner]) if not kind else {}
    known = {node.key: node for node in nodes}
    for segment in sorted({key[2] for key in by_owner} or {0}):
        for pk in ids[1:]:
            unit = place.below[pk][0]
            parent = known.get(unit_key(unit.parent_id or 0, segment))
            row = by_owner.get((pk, None, segment))
            figures = Figures.of(row) if row else sums.get(pk, Figures())
            if parent is None or not (row or figures.has_any or (not kind and is_open(unit))):
                continue
            known[unit_key(pk, segment)] = Node.below_unit(parent, unit, segment, kind, figures)
    for row in rows.below:
        parent = known.get(unit_key(row.unit_id, _segment_of(row, kind)))
        if row.person is not None and parent is not None:
            key = person_key(row.person.pk, parent.key)
            known[key] = Node.below_person(parent, row.person, Figures.of(row))
    return list(known.values())


def _unplanned(asked: Asked, ids: Sequence[int]) -> dict[int, Figures]:
    """What units without a target achieved; no query for none."""
    if not ids:
        return {}
    metric = asked.choice.metric
    frame = period_sums([metric], scope=asked.scope, windows=[asked.span], units=ids)
    rows = zip(frame["owner_id"], frame["numerator"], frame["denominator"], strict=True)
    return {
        int(owner): Figures(top=int(top), bottom=int(bottom) if metric.is_ratio else 0)
        for owner, top, bottom in rows
    }


def _with_gaps(nodes: list[Node], asked: Asked, *, has_people: bool) -> list[Node]:
    """The nodes and, for each parent whose parts don't sum to it, a node with the difference."""
    if asked.choice.metric.is_ratio:
        return nodes
    inside: dict[str, Figures] = {}
    for node in nodes:
        if node.parent:
            inside[node.parent] = inside.get(node.parent, Figures()) + node.figures
    known = {node.key: node for node in nodes}
    gaps = []
    for key, parts in inside.items():
        rest = known[key].figures - parts
        # What is due may differ by cents: each target's days are rounded by themselves.
        if rest.has_any or rest.target:
            gaps.append(Node.gap(known[key], rest, _gap_name(rest, has_people=has_people)))
    return nodes + gaps


def _gap_name(rest: Figures, *, has_people: bool) -> str:
    if rest.last_top is not None:
        return _("In the unit itself")
    if not has_people:
        return _("People not shown, and what is not assigned")
    if rest.target and rest.target < 0:
        return _("Assigned beyond the target")
    return _("Not assigned below") if rest.target else _("Achieved without a target below")


def folded(nodes: list[Node], most: int = MOST_NODES) -> list[Node]:
    """At most about ``most`` nodes: two levels, and of those the largest; the others summed up by parent."""
    if len(nodes) <= most:
        return nodes
    kept = [node for node in nodes if node.depth <= 2]
    if len(kept) <= most:
        return kept
    parents = {node.parent for node in kept}
    leaves = sorted(
        (node for node in kept if node.key not in parents and not node.is_gap), key=lambda node: -node.size
    )
    room = max(0, most - (len(kept) - len(leaves)))
    small: dict[str, list[Node]] = {}
    for node in leaves[room:]:
        small.setdefault(node.parent, []).append(node)
    gone = {node.key for node in leaves[room:]}
    known = {node.key: node for node in kept}
    return [node for node in kept if node.key not in gone] + [
        Node.others(known[parent], few) for parent, few in small.items()
    ]
