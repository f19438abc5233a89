"""Where a reader stands in the company's tree, how it is looked at, and what is asked for from there."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass

from django.db.models import Q

from common.periods import ONE_DAY, Period
from crm.models import Segment
from dashboards.chart_tree import SHAPES
from dashboards.nodes import unit_key
from dashboards.selectors import Choice
from org.models import Unit, UnitClosure
from org.scope import Scope
from tracking.selectors.progress import SEGMENT_KINDS

UNIT, LINE_UNIT = "unit", "product_line_unit"
BY = (UNIT, *SEGMENT_KINDS, LINE_UNIT)
AREAS = ("target", "missing")
VIEWS = (*SHAPES, "table")
_NODE = re.compile(r"unit:([0-9]{1,15})(?:\|segment:([0-9]{1,15}))?")
Span = tuple[dt.date, dt.date]


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
class Place:
    """Where in the tree the reader stands: a unit, or a segment of its figures.

    ``path`` are the visible units from the top down to the unit, ``below`` the unit (depth 0) and all units
    under it with their depth, parents first. ``managed`` are the units a manager may start from.
    """

    unit: Unit
    segment: Segment | None
    path: list[Unit]
    below: dict[int, tuple[Unit, int]]
    managed: list[Unit]

    @property
    def key(self) -> str:
        return unit_key(self.unit.pk, self.segment.pk if self.segment else 0)

    @property
    def name(self) -> str:
        return f"{self.unit.name} · {self.segment.name}" if self.segment else self.unit.name


def place_get(node: str, *, scope: Scope) -> Place | None:
    """The place of a node's key, by default the top of what the scope may see; None out of scope.

    One query, one more for a segment.
    """
    match = _NODE.fullmatch(node)
    if node and match is None:
        return None
    managed = scope.board_unit_ids & scope.unit_ids if scope.unit_ids is not None else frozenset()
    asked = {int(match[1])} if match else managed
    if not all(map(scope.sees_unit, asked)):
        return None
    links = _links(asked, managed)
    units = {link.descendant_id: link.descendant for link in links if link.depth == 0}
    tops = sorted((units[pk] for pk in managed), key=lambda each: (each.position, each.name, each.pk))
    found = [each for pk, each in units.items() if pk in asked] if match else tops or list(units.values())
    segment_id = int(match[2] or 0) if match else 0
    segment = Segment.objects.filter(pk=segment_id).first() if segment_id else None
    if not found or (segment_id and segment is None):
        return None
    return _placed(found[0], segment, [link for link in links if scope.sees_unit(link.ancestor_id)], tops)


def _links(asked: Collection[int], managed: Collection[int]) -> list[UnitClosure]:
    """What lies above and below some units, of none of the company's top; and managed units themselves."""
    wanted = Q(ancestor__in=asked) | Q(descendant__in=asked) if asked else Q(ancestor__parent=None)
    wanted |= Q(ancestor__in=managed, depth=0)
    return list(UnitClosure.objects.filter(wanted).select_related("ancestor", "descendant"))


def _placed(unit: Unit, segment: Segment | None, links: Sequence[UnitClosure], tops: list[Unit]) -> Place:
    above = [link for link in links if link.descendant_id == unit.pk]
    under = [link for link in links if link.ancestor_id == unit.pk]
    under.sort(key=lambda link: (link.depth, link.descendant.position, link.descendant.name))
    return Place(
        unit=unit,
        segment=segment,
        path=[link.ancestor for link in sorted(above, key=lambda link: -link.depth)],
        below={link.descendant_id: (link.descendant, link.depth) for link in under},
        managed=tops,
    )


@dataclass(frozen=True)
class Asked:
    """A tree asked for: of a place, by a dimension, in a period."""

    scope: Scope
    choice: Choice
    place: Place
    by: str
    period: Period

    @property
    def kind(self) -> str:
        """The segment dimension looked at; empty for the organisation alone."""
        if self.place.segment is not None:
            return self.place.segment.kind
        return {UNIT: "", LINE_UNIT: "product_line"}.get(self.by, self.by)

    @property
    def has_units(self) -> bool:
        """Whether units and people stand in the tree, not segments alone."""
        return self.by in (UNIT, LINE_UNIT) or self.place.segment is not None

    @property
    def span(self) -> Span:
        return self.period.start, min(self.choice.as_of + ONE_DAY, self.period.end)
