"""A node of the company's tree: whose figures, how they add up, how far they are."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from django.utils.translation import gettext, ngettext

from common.errors import gettext_noop
from crm.models import Segment
from metrics.models import Direction, Metric
from org.models import Person, Unit
from tracking.calc.laying import PARTS_PER_MILLION
from tracking.calc.pace import Direction as Way
from tracking.calc.pace import Status, completion, lag, pace, ratio, status_badge
from tracking.models import Snapshot

# The names that placeholders are stored by, so that the catalogue has them.
NO_TEAM, NO_OWNER = gettext_noop("No team"), gettext_noop("No owner")
UNSPECIFIED = gettext_noop("Unspecified")
# A change of less than this is "about the same".
SAME = 0.10


def unit_key(unit_id: int, segment_id: int = 0) -> str:
    """The key of a unit's node, or of a segment of its figures."""
    return f"unit:{unit_id}|segment:{segment_id}" if segment_id else f"unit:{unit_id}"


def own_name(named: Unit | Segment) -> str:
    """The name; a placeholder's is in the catalogue."""
    return gettext(named.name) if named.is_placeholder else named.name


def person_key(person_id: int, parent: str) -> str:
    """The key of a person's node: somebody may stand in several units."""
    return f"person:{person_id}@{parent}"


@dataclass(frozen=True)
class Figures:
    """Sums in the metric's own unit (targets of ratios in parts per million, which don't add up).

    ``top`` is the actual, or what is above a ratio's line; ``last_*`` the same of last year, None when the
    figures stand against a plan.
    """

    target: int | None = None
    due: int | None = None
    top: int = 0
    bottom: int = 0
    last_top: int | None = None
    last_bottom: int = 0

    @classmethod
    def of(cls, row: Snapshot) -> Figures:
        """Those of a snapshot."""
        return cls(row.target_value, row.plan_to_date, row.numerator, row.denominator)

    def __add__(self, other: Figures) -> Figures:
        return Figures(
            _plus(self.target, other.target),
            _plus(self.due, other.due),
            self.top + other.top,
            self.bottom + other.bottom,
            _plus(self.last_top, other.last_top),
            self.last_bottom + other.last_bottom,
        )

    def __sub__(self, other: Figures) -> Figures:
        return self + Figures(
            _minus(other.target),
            _minus(other.due),
            -other.top,
            -other.bottom,
            _minus(other.last_top),
            -other.last_bottom,
        )

    @property
    def has_any(self) -> bool:
        """Whether anything was achieved, now or last year."""
        return bool(self.top or self.bottom or self.last_top or self.last_bottom)


def is_open(unit: Unit) -> bool:
    """Whether a unit is shown even without any figure: its empty line is news."""
    return not unit.is_placeholder and unit.closed_on is None


def _plus(one: int | None, other: int | None) -> int | None:
    return (one or 0) + (other or 0) if one is not None or other is not None else None


def _minus(value: int | None) -> int | None:
    return None if value is None else -value


@dataclass(frozen=True)
class Node:
    """A node; ``key`` is unique in its tree, ``parent`` a key or empty at the top.

    ``kind`` is unit, person, segment, gap or others. ``segments`` are ids by dimension.
    """

    key: str
    parent: str
    depth: int
    kind: str
    name: str
    metric: Metric
    figures: Figures
    unit_id: int = 0
    person_id: int = 0
    segments: tuple[tuple[str, int], ...] = ()

    @classmethod
    def of_unit(
        cls, unit: Unit, name: str, metric: Metric, row: Snapshot | None, *, segment: Segment | None
    ) -> Node:
        """The node at the top."""
        key = unit_key(unit.pk, segment.pk if segment else 0)
        segments = ((segment.kind, segment.pk),) if segment else ()
        figures = Figures.of(row) if row else Figures()
        return cls(key, "", 0, "unit", name, metric, figures, unit.pk, 0, segments)

    @classmethod
    def of_segment(
        cls, top: Node, segment: Segment, row: Snapshot | None, sums: Figures | None = None
    ) -> Node:
        """A segment of the top's figures."""
        figures = sums or (Figures.of(row) if row else Figures())
        return replace(
            top,
            key=unit_key(top.unit_id, segment.pk),
            parent=top.key,
            depth=1,
            kind="segment",
            name=own_name(segment),
            figures=figures,
            segments=((segment.kind, segment.pk),),
        )

    @classmethod
    def below_unit(cls, parent: Node, unit: Unit, segment: int, kind: str, figures: Figures) -> Node:
        """A unit below one, in the same segment."""
        below = cls.below_named(parent, unit_key(unit.pk, segment), own_name(unit), figures)
        segments = ((kind, segment),) if segment else ()
        return replace(below, kind="unit", unit_id=unit.pk, person_id=0, segments=segments)

    @classmethod
    def below_person(cls, parent: Node, person: Person, figures: Figures) -> Node:
        """A person in a unit."""
        below = cls.below_named(parent, person_key(person.pk, parent.key), person.name, figures)
        return replace(below, person_id=person.pk)

    @classmethod
    def below_named(cls, parent: Node, key: str, name: str, figures: Figures) -> Node:
        """A person known by key and name only."""
        person = int(key.partition("@")[0].removeprefix("person:")) if key.startswith("person:") else 0
        return replace(
            parent,
            key=key,
            parent=parent.key,
            depth=parent.depth + 1,
            kind="person",
            name=name,
            figures=figures,
            person_id=person,
        )

    @classmethod
    def gap(cls, parent: Node, rest: Figures, name: str) -> Node:
        """What a parent has beyond its parts, or lacks."""
        below = cls.below_named(parent, f"gap@{parent.key}", name, rest)
        return replace(below, kind="gap", person_id=0)

    @classmethod
    def others(cls, parent: Node, few: Sequence[Node]) -> Node:
        """Several small nodes as one."""
        name = ngettext("%(count)s other", "%(count)s others", len(few)) % {"count": len(few)}
        figures = sum((node.figures for node in few), start=Figures())
        if parent.metric.is_ratio:  # targets of ratios don't add up
            figures = replace(figures, target=None, due=None)
        below = cls.below_named(parent, f"others@{parent.key}", name, figures)
        return replace(below, kind="others", person_id=0)

    @property
    def is_gap(self) -> bool:
        return self.kind == "gap"

    @property
    def is_compared(self) -> bool:
        """Whether the figures stand against last year's instead of a plan."""
        return self.figures.last_top is not None

    @property
    def actual(self) -> float | None:
        sums = self.figures
        return ratio(sums.top, sums.bottom) if self.metric.is_ratio else sums.top

    @property
    def last(self) -> float | None:
        """Last year's figure."""
        sums = self.figures
        if sums.last_top is None:
            return None
        return ratio(sums.last_top, sums.last_bottom) if self.metric.is_ratio else sums.last_top

    @property
    def target(self) -> float | None:
        return self._shown(self.figures.target)

    @property
    def due(self) -> float | None:
        return self._shown(self.figures.due)

    @property
    def way(self) -> Way:
        return "down" if self.metric.direction == Direction.DOWN else "up"

    @property
    def completion(self) -> float | None:
        return None if self.is_gap else completion(self.actual, self.target)

    @property
    def pace(self) -> float | None:
        return None if self.is_gap else pace(self.actual, self.due)

    @property
    def lag(self) -> float | None:
        return None if self.is_gap else lag(self.actual, self.due, self.way)

    @property
    def ahead(self) -> float | None:
        """Actual minus what was due: negative is behind."""
        return None if self.actual is None or self.due is None else self.actual - self.due

    @property
    def change(self) -> float | None:
        """Against last year, as a share of it."""
        if self.actual is None or self.last is None or self.last <= 0:
            return None
        # A share like 0.1 is rarely exact in binary: a millionth of a percent decides nothing.
        return round(self.actual / self.last - 1, 8)

    @property
    def status(self) -> Status:
        return status_badge(self.lag)

    @property
    def tone(self) -> Status:
        """The colour: the status against plan, or better, the same, worse than last year."""
        if not self.is_compared:
            return self.status
        if self.change is None or self.is_gap:
            return "undefined"
        better = self.change if self.way == "up" else -self.change
        return "on_track" if better >= SAME else "watch" if better > -SAME else "behind"

    @property
    def size(self) -> float:
        """How large the node is: its target, without a plan the actual, of ratios the denominator."""
        if self.metric.is_ratio:
            return max(0, self.figures.bottom)
        return max(0, self.figures.top if self.is_compared else self.figures.target or 0)

    @property
    def missing(self) -> float:
        """What is still to do until the end of the period; where lower is better, what is above."""
        if self.metric.is_ratio:
            return self.size if (self.lag or 0) > 0 else 0
        gap = (self.figures.target or 0) - self.figures.top
        return max(0, gap if self.way == "up" else -gap)

    def _shown(self, value: int | None) -> float | None:
        return value / PARTS_PER_MILLION if value is not None and self.metric.is_ratio else value


def node_order(nodes: Iterable[Node]) -> list[Node]:
    """Parents before children, brothers and sisters furthest behind first, rests last."""
    children: dict[str, list[Node]] = {}
    for node in nodes:
        children.setdefault(node.parent, []).append(node)
    ordered: list[Node] = []
    waiting = list(children.get("", []))
    while waiting:
        node = waiting.pop()
        ordered.append(node)
        waiting += sorted(children.get(node.key, []), key=_behind_first, reverse=True)
    return ordered


def _behind_first(node: Node) -> tuple[bool, bool, float, str]:
    behind = node.change if node.is_compared else None if node.lag is None else -node.lag
    return node.kind in ("gap", "others"), behind is None, behind or 0, node.name
