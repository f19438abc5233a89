"""The actuals of many targets over several windows: one set of queries whatever their number."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from org.models import Unit, UnitClosure
from tracking.calc.dues import TargetColumns
from tracking.calc.matching import look_up, roll_up, spread_to_ancestors
from tracking.calc.windows import Span
from tracking.selectors.plans import MetricKinds
from tracking.selectors.sums import SEGMENTS, SumColumns, person_sums, unit_segment_sums, unit_sums

Ints = NDArray[np.int64]
MASKS = [(a, b, c) for a in (False, True) for b in (False, True) for c in (False, True)]


@dataclass(frozen=True)
class Actuals:
    """Numerators and denominators, int64[targets, spans], of the targets asked for."""

    numerator: Ints
    denominator: Ints


def actuals_of(keys: TargetColumns, spans: Sequence[Span], kinds: MetricKinds, *, everyone: bool) -> Actuals:
    """The actuals of the owners and segments of ``keys`` over spans of days.

    A unit's actual is that of its subtree; a person's is the credit that the target's unit (or one below it)
    gets of them. ``everyone`` reads all people at once and rolls up the tree; otherwise only what the
    targets ask for is read. Both ways give the same figures.
    """
    top, bottom = kinds.bases(keys.metric)
    wanted = sorted({*np.unique(top).tolist(), *np.unique(bottom).tolist()} - {0})
    numerator = np.zeros((len(keys.ids), len(spans)), np.int64)
    denominator = np.zeros_like(numerator)
    if not len(keys.ids):
        return Actuals(numerator, denominator)
    sources = _Sources(keys, spans, wanted, everyone=everyone)
    for rows, part in sources.parts():
        numerator[rows] = look_up(_owned_keys(keys, rows, top[rows]), part.ids(), part.sums)
        ratios = rows[bottom[rows] != 0]
        if len(ratios):
            denominator[ratios] = look_up(_owned_keys(keys, ratios, bottom[ratios]), part.ids(), part.sums)
    return Actuals(numerator, denominator)


def _owned_keys(keys: TargetColumns, rows: NDArray[np.intp], metric: Ints) -> list[Ints]:
    return [metric, keys.unit[rows], keys.person[rows], *(getattr(keys, name)[rows] for name in SEGMENTS)]


class _Sources:
    """Sums shaped like the targets of each kind: unit or person, by each combination of segments."""

    def __init__(
        self, keys: TargetColumns, spans: Sequence[Span], metrics: Sequence[int], *, everyone: bool
    ) -> None:
        self.keys, self.spans, self.metrics, self.everyone = keys, spans, metrics, everyone
        self.is_person = keys.person != 0
        self.by = [name for name in SEGMENTS if getattr(keys, name).any()]

    @cached_property
    def people(self) -> SumColumns:
        """What everybody, or each person with a target, was credited for."""
        wanted = None if self.everyone else set(self.keys.person[self.is_person].tolist())
        return person_sums(self.spans, by=self.by, metrics=self.metrics, people=wanted)

    @cached_property
    def closure(self) -> Ints:
        """Pairs (ancestor, descendant) of the units in which people were credited."""
        pairs = UnitClosure.objects.all()
        if not self.everyone:
            pairs = pairs.filter(descendant__in=np.unique(self.people.unit).tolist())
        return np.array(pairs.values_list("ancestor", "descendant"), np.int64).reshape(-1, 2)

    def parts(self) -> list[tuple[NDArray[np.intp], SumColumns]]:
        """Rows of the targets and the sums to look them up in."""
        parts = []
        for mask in MASKS:
            has = np.ones(len(self.keys.ids), np.bool_)
            for name, is_used in zip(SEGMENTS, mask, strict=True):
                has &= (getattr(self.keys, name) != 0) == is_used
            for is_person in (False, True):
                rows = np.flatnonzero(has & (self.is_person == is_person))
                if len(rows):
                    parts.append((rows, self._sums(rows, mask, is_person=is_person)))
        return parts

    def _sums(self, rows: NDArray[np.intp], mask: tuple[bool, ...], *, is_person: bool) -> SumColumns:
        units = set(np.unique(self.keys.unit[rows]).tolist())
        if is_person:
            return self._under_units(_masked(self.people, mask), units)
        if self.everyone:
            return self._rolled_up(_masked(self.people, mask))
        if any(mask):
            by = [name for name, is_used in zip(SEGMENTS, mask, strict=True) if is_used]
            return unit_segment_sums(self.spans, by=by, metrics=self.metrics, units=sorted(units))
        return unit_sums(self.spans, metrics=self.metrics, units=units)

    def _under_units(self, people: SumColumns, units: set[int]) -> SumColumns:
        """People's credit under each of the targets' units that holds the unit credited."""
        pairs = self.closure[np.isin(self.closure[:, 0], list(units))]
        rows, above = spread_to_ancestors(people.unit, pairs[:, 0], pairs[:, 1])
        metric, _unit, *others = (column[rows] for column in people.ids())
        return SumColumns.of([metric, above, *others], people.sums[rows])

    def _rolled_up(self, people: SumColumns) -> SumColumns:
        """Units with their subtrees."""
        tree = np.array(
            [(pk, parent or 0) for pk, parent in Unit.objects.order_by("pk").values_list("pk", "parent")],
            np.int64,
        )
        ids, above = tree[:, 0], tree[:, 1]
        parent = np.where(above > 0, np.searchsorted(ids, above), -1)
        others = [people.metric, people.product_line, people.region, people.customer_type]
        unit, keys, sums = roll_up(people.unit, others, people.sums, ids, parent)
        metric, *segments = keys
        nobody = np.zeros(len(unit), np.int64)
        return SumColumns.of([metric, unit, nobody, *segments], sums)


def _masked(sums: SumColumns, mask: tuple[bool, ...]) -> SumColumns:
    """The sums with the segments not asked for left open."""
    nothing = np.zeros(len(sums.metric), np.int64)
    open_ones = {name: nothing for name, is_used in zip(SEGMENTS, mask, strict=True) if not is_used}
    return replace(sums, **open_ones)
