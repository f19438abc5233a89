"""The strategy of a plan: its lines, how much of each is carried by targets, what carries none of them."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from common.errors import NotFound
from metrics.models import MetricKind
from org.scope import Scope
from targets.models import Plan, StrategyLine, StrategyLink, StrategyStatus, StrategyTilt, Target
from targets.selectors.adjustments import adjustments
from targets.selectors.trees import SEGMENTS, in_tree_order, plan_list, targets_visible


class Carried(StrEnum):
    """How a line stands: fully carried, partly, not at all; LINKED where it names no amount to carry."""

    FULLY = "fully"
    PARTLY = "partly"
    LINKED = "linked"
    NOT = "not"


@dataclass(frozen=True)
class StrategyRow:
    """A line with what its targets carry (stored units of its metric; None where nothing adds up)."""

    line: StrategyLine
    linked: int
    carried: int | None

    @property
    def share(self) -> float | None:
        """The part of the amount that is carried; None without an amount."""
        if not self.line.amount or self.carried is None:
            return None
        return self.carried / self.line.amount

    @property
    def gap(self) -> int | None:
        """What is still missing; negative where more is carried than asked."""
        if self.line.amount is None or self.carried is None:
            return None
        return self.line.amount - self.carried

    @property
    def state(self) -> Carried:
        if not self.linked:
            return Carried.NOT
        if self.gap is None:
            return Carried.LINKED
        return Carried.FULLY if self.gap <= 0 else Carried.PARTLY


@dataclass(frozen=True)
class Tilts:
    """The factors by which a plan's strategy leans splits, by unit and by segment."""

    units: dict[int, Decimal] = field(default_factory=dict)
    segments: dict[int, Decimal] = field(default_factory=dict)

    def of(self, target: Target) -> Decimal:
        """The tilt of a target: its unit's times those of its segments; 1 where the strategy says nothing."""
        segments = [getattr(target, f"{kind}_id") for kind in SEGMENTS]
        factors = [self.segments.get(pk, Decimal(1)) for pk in segments if pk]
        return math.prod(factors, start=self.units.get(target.unit_id, Decimal(1)))


def strategy_lines(plan: Plan) -> QuerySet[StrategyLine]:
    """A plan's lines in their order, with what they name."""
    return StrategyLine.objects.filter(plan=plan).select_related("plan", "metric", "responsible")


def strategy_line_get(line_id: int, *, scope: Scope) -> StrategyLine:
    """A line of a visible plan; raises NotFound."""
    lines = StrategyLine.objects.select_related("plan", "metric", "responsible")
    line = lines.filter(pk=line_id, plan__in=plan_list(scope=scope).values("pk")).first()
    if line is None:
        raise NotFound(_("There is no such strategy line."))
    return line


def strategy_rows(plan: Plan) -> list[StrategyRow]:
    """Every line of a plan with what is carried; a company's goals are one figure for all who may see them.

    As many queries as the tree has levels, whatever the number of lines and targets.
    """
    return rows_of(list(strategy_lines(plan)))


def rows_of(lines: Sequence[StrategyLine], *, more: Mapping[int, int] | None = None) -> list[StrategyRow]:
    """What is carried of these lines: a linked target counts once, what is below another linked one not.

    A target counts with what calibrations have added to it, and with ``more`` (by target) if that came too.
    """
    links: dict[int, set[int]] = {line.pk: set() for line in lines}
    for line_id, target_id in StrategyLink.objects.filter(line__in=links).values_list("line", "target"):
        links[line_id].add(target_id)
    linked = set().union(*links.values())
    above = ancestors_of(linked)
    amounts = dict(Target.objects.filter(pk__in=linked).values_list("pk", "amount"))
    for pk, deltas in adjustments(linked).items():
        amounts[pk] += sum(deltas)
    for pk, delta in (more or {}).items():
        amounts[pk] = amounts.get(pk, 0) + delta
    rows = []
    for line in lines:
        tops = [pk for pk in links[line.pk] if not links[line.pk].intersection(above[pk])]
        adds_up = line.metric is not None and line.metric.kind != MetricKind.RATIO
        rows.append(StrategyRow(line, len(tops), sum(amounts[pk] for pk in tops) if adds_up else None))
    return rows


def strategy_targets(line: StrategyLine, *, scope: Scope) -> list[Target]:
    """The visible targets that carry a line."""
    rows = targets_visible(scope=scope).filter(strategy_links__line=line)
    return list(rows.order_by("metric", "unit__name", "person__name", "pk"))


def strategy_unlinked(plan: Plan, *, scope: Scope) -> list[Target]:
    """The visible targets that carry no strategy, the topmost of each branch: neither they, nor anything
    above or below them is linked to a line that still counts."""
    links = StrategyLink.objects.filter(line__plan=plan).exclude(line__status=StrategyStatus.DROPPED)
    linked = set(links.values_list("target", flat=True))
    opened: set[int] = set()
    for chain in ancestors_of(linked).values():
        for pk in reversed(chain):  # from the top down, until everything further down counts through it
            if pk in linked:
                break
            opened.add(pk)
    rows = targets_visible(scope=scope).filter(plan=plan)
    rows = rows.filter(Q(parent=None) | Q(parent__in=opened)).exclude(pk__in=opened | linked)
    return list(rows.order_by("metric", "position", "pk"))


def strategy_candidates(line: StrategyLine, *, scope: Scope) -> list[tuple[Target, int]]:
    """The targets a line may be linked to with their depth: those of units (of its metric), parents before
    children."""
    rows = targets_visible(scope=scope).filter(plan=line.plan, person=None)
    if line.metric_id:
        rows = rows.filter(metric=line.metric_id)
    return in_tree_order(rows)


def strategy_tilts(plan: Plan) -> Tilts:
    """The tilt of each unit and segment by the plan's active lines; several lines multiply. One query."""
    units: dict[int, Decimal] = {}
    segments: dict[int, Decimal] = {}
    tilts = StrategyTilt.objects.filter(line__plan=plan, line__status=StrategyStatus.ACTIVE)
    for unit, segment, factor in tilts.values_list("unit", "segment", "factor"):
        kept, key = (units, unit) if unit else (segments, segment)
        kept[key] = kept.get(key, Decimal(1)) * factor
    return Tilts(units, segments)


def strategy_lines_serving(target: Target) -> list[StrategyLine]:
    """The lines that a target, or one above it, carries."""
    chain = [target.pk, *ancestors_of([target.pk])[target.pk]]
    lines = StrategyLine.objects.filter(links__target__in=chain)
    return list(lines.select_related("metric", "responsible").distinct())


def ancestors_of(target_ids: Collection[int]) -> dict[int, list[int]]:
    """The targets above each of these, nearest first; one query a level of the tree."""
    parents: dict[int, int | None] = {}
    waiting = set(target_ids)
    while waiting:
        found = dict(Target.objects.filter(pk__in=waiting).values_list("pk", "parent"))
        parents |= found
        waiting = {pk for pk in found.values() if pk is not None} - parents.keys()
    chains: dict[int, list[int]] = {}
    for pk in target_ids:
        chain, at = [], parents.get(pk)
        while at is not None:
            chain.append(at)
            at = parents.get(at)
        chains[pk] = chain
    return chains
