"""The actuals of many targets over several windows: one set of queries whatever their number."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from metrics.models import Metric
from org.models import Unit, UnitClosure
from tracking.calc.dues import TargetColumns
from tracking.calc.matching import look_up, roll_up, spread_to_ancestors
from tracking.selectors.sums import SEGMENTS, Span, SumColumns, person_sums, unit_segment_sums, unit_sums

Ints = NDArray[np.int64]
MASKS = [(a, b, c) for a in (False, True) for b in (False, True) for c in (False, True)]


@dataclass(frozen=True)
class Bases:
    """The additive metrics a metric is counted by: numerator and, for ratios, denominator (else 0)."""

    numerator: dict[int, int]
    denominator: dict[int, int]

    @classmethod
    def load(cls) -> Bases:
        rows = list(Metric.objects.values_list("pk", "numerator", "denominator"))
        return cls({pk: top or pk for pk, top, _ in rows}, {pk: bottom or 0 for pk, _, bottom in rows})

    def of(self, metric: Ints) -> tuple[Ints, Ints]:
        """Numerator and denominator ids of a column of metrics."""
        top = np.array([self.numerator[each] for each in metric.tolist()], np.int64)
        bottom = np.array([self.denominator[each] for each in metric.tolist()], np.int64)
        return top.reshape(len(metric)), bottom.reshape(len(metric))


def actuals_of(
    keys: TargetColumns, windows: Sequence[Span], bases: Bases, *, everyone: bool
) -> tuple[Ints, Ints]:
    """Numerators and denominators int64[targets, windows] of the owners and segments of ``keys``.

    A unit's actual is that of its subtree; a person's is the credit that the target's unit (or one below it)
    gets of them. ``everyone`` reads all people at once and rolls up the tree; otherwise only what the
    targets ask for is read. Both ways give the same figures.
    """
    top, bottom = bases.of(keys.metric)
    wanted = sorted({*top.tolist(), *bottom.tolist()} - {0})
    numerator = np.zeros((len(keys.ids), len(windows)), np.int64)
    denominator = np.zeros_like(numerator)
    if not len(keys.ids):
        return numerator, denominator
    sources = _Sources(keys, windows, wanted, everyone=everyone)
    for rows, part in sources.parts():
        for column, metric in ((numerator, top), (denominator, bottom)):
            owned = _owned_keys(keys, rows, metric[rows])
            column[rows] = look_up(owned, _sum_keys(part), part.sums)
    return numerator, denominator


def _owned_keys(keys: TargetColumns, rows: NDArray[np.intp], metric: Ints) -> list[Ints]:
    return [metric, keys.unit[rows], keys.person[rows], *(getattr(keys, name)[rows] for name in SEGMENTS)]


def _sum_keys(part: SumColumns) -> list[Ints]:
    return [part.metric, part.unit, part.person, *(getattr(part, name) for name in SEGMENTS)]


class _Sources:
    """Sums shaped like the targets of each kind: unit or person, by each combination of segments."""

    def __init__(
        self, keys: TargetColumns, windows: Sequence[Span], metrics: Sequence[int], *, everyone: bool
    ) -> None:
        self.keys, self.windows, self.metrics, self.everyone = keys, windows, metrics, everyone
        self.closure = np.array(UnitClosure.objects.values_list("ancestor", "descendant"), np.int64).reshape(
            -1, 2
        )
        self.is_person = keys.person != 0
        self.by = [name for name in SEGMENTS if getattr(keys, name).any()]

    def parts(self) -> list[tuple[NDArray[np.intp], SumColumns]]:
        """Rows of the targets and the sums to look them up in."""
        people = self._people() if self.everyone or self.is_person.any() else None
        parts = []
        for mask in MASKS:
            has = np.ones(len(self.keys.ids), np.bool_)
            for name, is_used in zip(SEGMENTS, mask, strict=True):
                has &= (getattr(self.keys, name) != 0) == is_used
            for is_person in (False, True):
                rows = np.flatnonzero(has & (self.is_person == is_person))
                if len(rows):
                    parts.append((rows, self._sums(rows, mask, people, is_person=is_person)))
        return parts

    def _people(self) -> SumColumns:
        people = None if self.everyone else set(self.keys.person[self.is_person].tolist())
        return person_sums(self.windows, by=self.by, metrics=self.metrics, people=people)

    def _sums(
        self, rows: NDArray[np.intp], mask: tuple[bool, ...], people: SumColumns | None, *, is_person: bool
    ) -> SumColumns:
        units = set(self.keys.unit[rows].tolist())
        if is_person:
            assert people is not None
            return self._under_units(_masked(people, mask), units)
        if self.everyone:
            assert people is not None
            return self._rolled_up(_masked(people, mask))
        if any(mask):
            by = [name for name, is_used in zip(SEGMENTS, mask, strict=True) if is_used]
            return unit_segment_sums(self.windows, by=by, metrics=self.metrics, units=sorted(units))
        return unit_sums(self.windows, metrics=self.metrics, units=units)

    def _under_units(self, people: SumColumns, units: set[int]) -> SumColumns:
        """People's credit under each of the targets' units that holds the unit credited."""
        pairs = self.closure[np.isin(self.closure[:, 0], list(units))]
        rows, above = spread_to_ancestors(people.unit, pairs[:, 0], pairs[:, 1])
        return SumColumns(
            people.metric[rows],
            above,
            people.person[rows],
            people.product_line[rows],
            people.region[rows],
            people.customer_type[rows],
            people.sums[rows],
        )

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
        return SumColumns(keys[0], unit, np.zeros(len(unit), np.int64), keys[1], keys[2], keys[3], sums)


def _masked(sums: SumColumns, mask: tuple[bool, ...]) -> SumColumns:
    """The sums with the segments not asked for left open."""
    kept = {
        name: getattr(sums, name) if is_used else np.zeros(len(sums.metric), np.int64)
        for name, is_used in zip(SEGMENTS, mask, strict=True)
    }
    return SumColumns(sums.metric, sums.unit, sums.person, **kept, sums=sums.sums)
