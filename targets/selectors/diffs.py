"""Two versions of a year beside each other: targets matched by owner, metric and segments."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import F

from crm.models import Segment
from metrics.models import Metric
from org.models import Person, Unit
from org.scope import Scope
from targets.models import MONTH_FIELDS, Plan, Target
from targets.selectors.trees import SEGMENTS

ADDED, REMOVED, CHANGED = "added", "removed", "changed"
_KEY = ("metric_id", "unit_id", "person_id", *(f"{kind}_id" for kind in SEGMENTS))
Key = tuple[int | None, ...]


@dataclass(frozen=True)
class DiffRow:
    """A target that differs between two versions; stored units, None on the side where it is not there."""

    key: Key
    state: str
    before: tuple[int, ...] | None
    after: tuple[int, ...] | None
    is_top: bool

    @property
    def amount_before(self) -> int | None:
        return self.before[0] if self.before is not None else None

    @property
    def amount_after(self) -> int | None:
        return self.after[0] if self.after is not None else None

    @property
    def change(self) -> int:
        return (self.amount_after or 0) - (self.amount_before or 0)

    @property
    def months_changed(self) -> int:
        """How many months differ."""
        before, after = self.before or (0,) * 13, self.after or (0,) * 13
        return sum(was != now for was, now in zip(before[1:], after[1:], strict=True))


@dataclass(frozen=True)
class NamedDiff:
    """A row with what its owner and metric are called."""

    row: DiffRow
    metric: Metric
    name: str
    segment: str


def plan_diff(before: Plan, after: Plan, *, scope: Scope, metric_id: int | None = None) -> list[DiffRow]:
    """Every visible target that was added, removed or changed, the largest change first. Two queries."""
    old, new = _amounts(before, scope, metric_id), _amounts(after, scope, metric_id)
    rows = []
    for key in old.keys() | new.keys():
        was, now = old.get(key), new.get(key)
        if was is not None and now is not None and was[1] == now[1]:
            continue
        state = ADDED if was is None else REMOVED if now is None else CHANGED
        is_top = bool((now or was or (True, ()))[0])
        rows.append(DiffRow(key, state, was[1] if was else None, now[1] if now else None, is_top))
    return sorted(rows, key=lambda row: (-abs(row.change), row.state, tuple(part or 0 for part in row.key)))


def _amounts(plan: Plan, scope: Scope, metric_id: int | None) -> dict[Key, tuple[bool, tuple[int, ...]]]:
    """Amount and months by key, and whether it is a top of the plan."""
    rows = scope.restrict_nodes(Target.objects.filter(plan=plan)).order_by()
    if metric_id is not None:
        rows = rows.filter(metric=metric_id)
    size = len(_KEY)
    found: Any = rows.annotate(above=F("parent_id")).values_list(*_KEY, "above", "amount", *MONTH_FIELDS)
    return {tuple(row[:size]): (row[size] is None, tuple(row[size + 1 :])) for row in found}


def diff_named(rows: Sequence[DiffRow]) -> list[NamedDiff]:
    """The rows with their names; four queries."""
    metrics = Metric.objects.in_bulk({row.key[0] for row in rows})
    units = Unit.objects.in_bulk({row.key[1] for row in rows})
    people = Person.objects.in_bulk({row.key[2] for row in rows} - {None})
    segments = Segment.objects.in_bulk({part for row in rows for part in row.key[3:]} - {None})
    named = []
    for row in rows:
        metric, unit, person, *parts = row.key
        owner = people[person].name if person is not None else units[unit].name
        of = " · ".join(segments[part].name for part in parts if part is not None)
        named.append(NamedDiff(row, metrics[metric], owner, of))
    return named


def plans_comparable(plan: Plan, *, plans: Sequence[Plan]) -> list[Plan]:
    """The other versions of a plan's year among those one sees, the newest first."""
    return [each for each in plans if each.fiscal_year == plan.fiscal_year and each.pk != plan.pk]
