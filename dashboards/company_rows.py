"""The snapshots that a place of the company's tree is made of, its own and those below, read at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import F, Q

from dashboards.places import Asked, Place
from metrics.models import Metric
from tracking.models import Snapshot
from tracking.selectors.progress import SEGMENT_KINDS, snapshot_rows

MOST_NODES = 300
# A company has some three to five product lines; how many rows there may be of them, and of a unit itself.
USUAL_LINES, MOST_LINES, MOST_OWN = 4, 20, 500


@dataclass(frozen=True)
class Rows:
    """Snapshots of the place's unit itself (all metrics), and of the metric's units and people below.

    ``unit_ids`` are the units that may be shown, the place's first. ``has_people`` is False where there are
    too many people: then none of them is below.
    """

    own: Sequence[Snapshot]
    below: Sequence[Snapshot]
    unit_ids: Sequence[int]
    has_people: bool

    def own_of(self, metric: Metric, kind: str) -> list[Snapshot]:
        """The unit's own of a metric: the whole, or those by one segment dimension."""
        return [
            row
            for row in self.own
            if row.metric_id == metric.pk
            and all(bool(getattr(row, f"{each}_id")) == (each == kind) for each in SEGMENT_KINDS)
        ]


def rows_of(asked: Asked) -> Rows:
    """The rows of a tree; one query. A team shows all its people, whatever their number."""
    place, choice = asked.place, asked.choice
    is_crossed = asked.has_units and bool(asked.kind) and place.segment is None
    ids = _unit_ids(place, USUAL_LINES if is_crossed else 1) if asked.has_units else [place.unit.pk]
    wanted = Q(unit=place.unit, person=None)
    if asked.has_units:
        wanted |= Q(metric=choice.metric, **_segments(asked))
    rows = snapshot_rows(scope=asked.scope, grain=choice.grain, as_of=choice.as_of)
    rows = rows.filter(wanted, unit__in=ids).order_by(F("person").asc(nulls_first=True), "pk")
    most = MOST_OWN + len(ids) * (MOST_LINES if is_crossed else 1) + MOST_NODES
    is_team = len(place.below) == 1
    found = list(rows if is_team else rows[:most])
    own = [row for row in found if row.unit_id == place.unit.pk and row.person_id is None]
    below = [row for row in found if row.unit_id != place.unit.pk or row.person_id is not None]
    is_whole = len(found) < most and len(ids) == len(place.below) and len(below) <= MOST_NODES
    if is_team or is_whole or not asked.has_units:
        return Rows(own, below, ids, True)
    return Rows(own, [row for row in below if row.person_id is None], ids, False)


def _unit_ids(place: Place, times: int) -> list[int]:
    """The units to show, the place's first: all, or two levels where all would be too many."""
    if len(place.below) * times <= MOST_NODES:
        return list(place.below)
    deepest = 1 if times > 1 else 2
    return [pk for pk, (_unit, depth) in place.below.items() if depth <= deepest]


def _segments(asked: Asked) -> dict[str, Any]:
    """Which segments the rows below are of: none, the place's, or each of a dimension."""
    where: dict[str, Any] = dict.fromkeys(SEGMENT_KINDS)
    if asked.kind:
        del where[asked.kind]
        segment = asked.place.segment
        where |= {asked.kind: segment} if segment is not None else {f"{asked.kind}__isnull": False}
    return where
