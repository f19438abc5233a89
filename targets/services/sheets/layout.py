"""How a plan lies in a workbook: a sheet a metric, a row a target, columns known by machine names."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from metrics.models import Metric
from org.scope import Scope
from targets.models import MONTH_FIELDS, Plan, Target
from targets.selectors.trees import SEGMENTS

MARK = "salesgoals-plan"
# The first row says whose sheet it is, the second names the columns for the machine, the third for people.
MARK_ROW, NAME_ROW, HEAD_ROW, FIRST_ROW = 0, 1, 2, 3
BASE_FIELDS = tuple(f"base_{name}" for name in MONTH_FIELDS)
HIDDEN = ("key", "parent", "base_year", *BASE_FIELDS)
NAMED = ("owner", *SEGMENTS)
RECKONED = ("children", "over", "missing", "before", "change")
COLUMNS = (*HIDDEN, *NAMED, "year", *MONTH_FIELDS, *RECKONED)
PLACE = {name: at for at, name in enumerate(COLUMNS)}
# A spreadsheet's numbers have fifteen digits: what is larger could come back as something else.
MOST_EXACT = 10**15


@dataclass(frozen=True)
class SheetRow:
    """A target as a row: its depth in the tree, its names, and amounts in stored units."""

    id: int
    parent_id: int | None
    depth: int
    owner: str
    segments: tuple[str, ...]
    amount: int
    months: tuple[int, ...]
    cushion_bp: int
    has_children: bool
    is_additive: bool


_READ = (
    "pk", "parent_id", "unit__name", "person__name", *(f"{kind}__name" for kind in SEGMENTS),
    "amount", "cushion_bp", "is_additive", *MONTH_FIELDS,
)  # fmt: skip


def sheet_rows(plan: Plan, metric: Metric, *, scope: Scope) -> list[SheetRow]:
    """The visible targets of a metric, parents before children; one query. A parent out of scope is none."""
    visible = scope.restrict_nodes(Target.objects.filter(plan=plan, metric=metric))
    found: list[tuple[Any, ...]] = list(visible.order_by("position", "pk").values_list(*_READ))
    known = {row[0] for row in found}
    below: dict[int | None, list[tuple[Any, ...]]] = {}
    for row in found:
        below.setdefault(row[1] if row[1] in known else None, []).append(row)
    return list(_in_order(below))


def _in_order(below: dict[int | None, list[tuple[Any, ...]]]) -> Iterator[SheetRow]:
    waiting: list[tuple[tuple[Any, ...], int, int | None]] = []
    waiting += [(row, 0, None) for row in reversed(below.get(None, []))]
    while waiting:
        row, depth, parent = waiting.pop()
        pk, _parent, unit, person, *rest = row
        names, (amount, cushion_bp, is_additive, *months) = rest[: len(SEGMENTS)], rest[len(SEGMENTS) :]
        children = below.get(pk, [])
        yield SheetRow(
            id=pk,
            parent_id=parent,
            depth=depth,
            owner=person or unit,
            segments=tuple(name or "" for name in names),
            amount=amount,
            months=tuple(months),
            cushion_bp=cushion_bp,
            has_children=bool(children),
            is_additive=is_additive,
        )
        waiting += [(child, depth + 1, pk) for child in reversed(children)]
