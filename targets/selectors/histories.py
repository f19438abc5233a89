"""What owners achieved in the years before a plan, for many targets at once in a few queries."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Min, Q, QuerySet, Sum

from metrics.models import DailyActual, Metric, UnitDailyActual
from metrics.selectors import base_metrics
from org.models import UnitClosure
from org.selectors import company_today
from targets.calc.history import Span, year_windows
from targets.models import Plan, Target
from targets.selectors.trees import SEGMENTS

# Unit, person (0 for none), metric, the three segments (None for any).
Key = tuple[int, int, int, int | None, int | None, int | None]
_SEGMENT_IDS = tuple(f"{kind}_id" for kind in SEGMENTS)


@dataclass(frozen=True)
class Years:
    """Sums of consecutive years, oldest first, and the first day with a fact in them."""

    sums: list[int]
    first: dt.date | None = None


@dataclass
class Histories:
    """The years of every owner, metric and segment that was asked for."""

    windows: list[Span]
    rows: dict[Key, Years] = field(default_factory=dict)

    def of(self, target: Target, part: Metric) -> Years:
        """What the target's owner has of a metric (one that is counted, no ratio)."""
        segments = [getattr(target, name) for name in _SEGMENT_IDS]
        return self.of_key((target.unit_id, target.person_id or 0, part.pk, *segments))

    def of_key(self, key: Key) -> Years:
        return self.rows.get(key) or Years([0] * len(self.windows))

    def add(self, key: Key, sums: Sequence[int], first: dt.date | None) -> None:
        known = self.rows.setdefault(key, Years([0] * len(self.windows), first))
        earliest = min((day for day in (known.first, first) if day), default=None)
        both = [left + right for left, right in zip(known.sums, sums, strict=True)]
        self.rows[key] = Years(both, earliest)


def history_windows(plan: Plan) -> list[Span]:
    """The three years before the plan, or before today while the plan lies ahead; whole months."""
    today = company_today()
    return year_windows(min(plan.starts_on, today.replace(day=1)))


def parts_of(metrics: Iterable[Metric]) -> set[int]:
    """The ids of the metrics that are counted for these: themselves, or the two sides of a ratio."""
    return {part.pk for metric in metrics for part in base_metrics(metric) if part is not None}


def histories(plan: Plan, targets: Collection[Target], *, root_id: int) -> Histories:
    """The years of these targets' owners and of the company; at most four queries whatever their number.

    A person counts for what the units below the target's credit them for.
    """
    found = Histories(history_windows(plan))
    parts = parts_of({target.metric_id: target.metric for target in targets}.values())
    people = [target for target in targets if target.person_id]
    cut = [target for target in targets if not target.person_id and _is_cut(target)]
    units = {target.unit_id for target in targets if not target.person_id} | {root_id}
    rows = UnitDailyActual.objects.filter(unit__in=units, metric__in=parts)
    for unit, metric, first, *sums in _summed(rows, found.windows, ("unit_id", "metric_id")):
        found.add((unit, 0, metric, None, None, None), sums, first)
    above = units_above({target.unit_id for target in (*people, *cut)}) if people or cut else {}
    facts = DailyActual.objects.filter(metric__in=parts, unit__in=above)
    columns = ("unit_id", "person_id", "metric_id", *_SEGMENT_IDS)
    if people:
        mine = facts.filter(person__in={target.person_id for target in people})
        _add_facts(found, _summed(mine, found.windows, columns), above, people)
    if cut:
        columns = ("unit_id", "metric_id", *_SEGMENT_IDS)
        cuts = Q()
        for name in _SEGMENT_IDS:
            if values := {value for target in cut if (value := getattr(target, name))}:
                cuts |= Q(**{f"{name}__in": values})
        theirs = _summed(facts.filter(cuts), found.windows, columns)
        _add_facts(found, ((unit, 0, *rest) for unit, *rest in theirs), above, cut)
    return found


def units_above(units: Collection[int]) -> dict[int, list[int]]:
    """For every unit below these: which of them it is below, itself included. One query."""
    above: dict[int, list[int]] = {}
    pairs = UnitClosure.objects.filter(ancestor__in=units, descendant__is_placeholder=False)
    for ancestor, descendant in pairs.values_list("ancestor_id", "descendant_id"):
        above.setdefault(descendant, []).append(ancestor)
    return above


def _is_cut(target: Target) -> bool:
    return any(getattr(target, name) for name in _SEGMENT_IDS)


def _summed(rows: QuerySet[Any], windows: Sequence[Span], columns: Sequence[str]) -> QuerySet[Any, Any]:
    """(columns…, first day, a sum for each window) of rows of actuals."""
    sums = {
        f"year{at}": Sum("value", filter=Q(day__gte=start, day__lt=end), default=0)
        for at, (start, end) in enumerate(windows)
    }
    inside = rows.filter(day__gte=windows[0][0], day__lt=windows[-1][1]).order_by()
    grouped: QuerySet[Any, Any] = inside.values(*columns).annotate(first=Min("day"), **sums)
    return grouped.values_list(*columns, "first", *sums)


def _add_facts(
    found: Histories, rows: Iterable[Any], above: dict[int, list[int]], targets: Sequence[Target]
) -> None:
    """Add rows (unit, person, metric, three segments, first, sums…) to every cut that a target asks for."""
    cuts = {tuple(bool(getattr(target, name)) for name in _SEGMENT_IDS) for target in targets}
    for unit, person, metric, line, region, kind, first, *sums in rows:
        for cut in cuts:
            kept = [value if used else None for value, used in zip((line, region, kind), cut, strict=True)]
            for ancestor in above[unit]:
                found.add((ancestor, person, metric, *kept), sums, first)
