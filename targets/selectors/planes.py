"""A target cut by two dimensions at once: its children as lines, their children as the cells between.

The tree below it is rows → columns or columns → rows; where it is not there yet, history proposes it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from django.db.models import F, Max, Sum
from django.utils.translation import gettext_lazy as _
from numpy.typing import NDArray

from common.errors import Invalid
from crm.models import Segment
from metrics.selectors import visible_actuals
from org.models import Person, Unit, UnitClosure
from org.scope import Scope
from targets.calc.allocation import cushioned_total
from targets.calc.balance import balanced_grid
from targets.models import Target
from targets.selectors.bases import history_windows, split_dimension
from targets.selectors.trees import SEGMENTS, child_candidates, targets_visible

Ints = NDArray[np.int64]
DIMENSIONS = ("unit", "person", *SEGMENTS)
OWNERS = ("unit", "person")
# Beyond this a grid is no page any more: open one of its lines instead.
MOST_CELLS = 2_400


@dataclass(frozen=True)
class PlaneLine:
    """A row or column: a unit, person or segment; ``member`` tells which where no target is there yet."""

    kind: str
    pk: int
    name: str
    member: Unit | Person | Segment

    @property
    def key(self) -> tuple[str, int]:
        return self.kind, self.pk


@dataclass(frozen=True)
class Plane:
    """The grid: ``rows`` × ``columns`` with amounts and locks; ``targets`` are the cells that are there.

    ``is_turned``: the tree is columns → rows. ``outer`` are the children by their line. ``from_history``:
    cells that no target holds yet follow the last 12 months (else: evenly).
    """

    target: Target
    by: tuple[str, str]
    rows: Sequence[PlaneLine]
    columns: Sequence[PlaneLine]
    amounts: Ints
    targets: Mapping[tuple[int, int], Target]
    outer: Mapping[tuple[str, int], Target]
    is_turned: bool = False
    is_proposed: bool = False
    from_history: bool = False
    locked: frozenset[tuple[int, int]] = field(default_factory=frozenset)

    @property
    def wanted(self) -> int:
        """What the cells should sum to: the target with its over-assignment."""
        return cushioned_total(self.target.amount, self.target.cushion_bp)

    @property
    def outer_lines(self) -> Sequence[PlaneLine]:
        return self.columns if self.is_turned else self.rows


def plane_dimensions(target: Target) -> list[str]:
    """By what a target can still be cut."""
    free = [kind for kind in SEGMENTS if getattr(target, f"{kind}_id") is None]
    return free if target.person_id else [*OWNERS, *free]


def plane_default(target: Target, *, scope: Scope) -> tuple[str, str]:
    """How the target is cut already, completed by the first dimensions that are free."""
    first, second = _cuts(target, *_below(target, scope))
    free = plane_dimensions(target)
    rows = _one(first) or next((kind for kind in ("region", "unit", *free) if kind in free), "")
    others = [kind for kind in ("product_line", *reversed(free)) if kind in free and _apart(kind, rows)]
    cut = _one(second)
    columns = cut if cut and _apart(cut, rows) else next(iter(others), "")
    return rows, columns


def plane_of(target: Target, rows: str, columns: str, *, scope: Scope) -> Plane:
    """The target by rows × columns. Raises Invalid, with the mend, where the tree is cut otherwise."""
    free = plane_dimensions(target)
    if rows not in free or columns not in free or not _apart(rows, columns):
        raise Invalid(_("Choose two different dimensions that this target is not cut by yet."), field="rows")
    children, cells = _below(target, scope)
    first, second = _cuts(target, children, cells)
    is_turned = _is_turned(first, second, rows, columns)
    outer_kind, inner_kind = (columns, rows) if is_turned else (rows, columns)
    outer = _lines(target, outer_kind, children, scope)
    inner = _lines(target, inner_kind, cells, scope)
    if len(outer) * len(inner) > MOST_CELLS:
        raise Invalid(
            _("This grid would be too large to look at: open one of its lines first."), field="rows"
        )
    children_by = {_key(target, child): child for child in children}
    keys = {child.pk: _key(target, child) for child in children}
    at_outer = {line.key: at for at, line in enumerate(outer)}
    at_inner = {line.key: at for at, line in enumerate(inner)}
    by_pk = {child.pk: child for child in children}
    places: dict[tuple[int, int], Target] = {}
    for cell in cells:
        parent = by_pk[cell.parent_id or 0]
        places[at_outer[keys[parent.pk]], at_inner[_key(parent, cell)]] = cell
    amounts, is_proposed, from_history = _amounts(target, (outer, inner), children_by, places, scope)
    return Plane(
        target=target,
        by=(rows, columns),
        rows=inner if is_turned else outer,
        columns=outer if is_turned else inner,
        amounts=amounts.T.copy() if is_turned else amounts,
        targets={_turned(place, is_turned): cell for place, cell in places.items()},
        outer=children_by,
        is_turned=is_turned,
        is_proposed=is_proposed,
        from_history=from_history,
        locked=frozenset(_turned(place, is_turned) for place, cell in places.items() if cell.is_locked),
    )


def _turned(place: tuple[int, int], is_turned: bool) -> tuple[int, int]:
    return (place[1], place[0]) if is_turned else place


def plane_token(target: Target) -> str:
    """What a grid shows, as a text that changes whenever the target, a child or a cell does. Two queries."""
    below = Target.objects.filter(parent=target).aggregate(last=Max("updated_at"))["last"]
    cells = Target.objects.filter(parent__parent=target).aggregate(last=Max("updated_at"))["last"]
    return max(moment for moment in (target.updated_at, below, cells) if moment).isoformat()


def _below(target: Target, scope: Scope) -> tuple[list[Target], list[Target]]:
    """The visible children and theirs; two queries."""
    rows = targets_visible(scope=scope).order_by("position", "pk")
    children = list(rows.filter(parent=target))
    return children, list(rows.filter(parent__parent=target))


def _cuts(target: Target, children: Sequence[Target], cells: Sequence[Target]) -> tuple[set[str], set[str]]:
    """By what the target is cut, and its children."""
    by_pk = {child.pk: child for child in children}
    first = {split_dimension(target, child) for child in children}
    return first, {split_dimension(by_pk[cell.parent_id or 0], cell) for cell in cells}


def _is_turned(first: set[str], second: set[str], rows: str, columns: str) -> bool:
    """Whether the tree is columns → rows; raises Invalid where it is neither that nor the other."""
    for is_turned, (outer, inner) in ((False, (rows, columns)), (True, (columns, rows))):
        if first <= _allowed(outer) and second <= _allowed(inner):
            return is_turned
    if not (first <= _allowed(rows) or first <= _allowed(columns)):
        raise Invalid(
            _("This target is split by %(by)s already: choose it as rows or columns."),
            field="rows",
            code="cut",
            params={"by": _word(first)},
        )
    raise Invalid(
        _("Its children are split by %(by)s already: choose that, or open a child and cut it."),
        field="columns",
        code="cut",
        params={"by": _word(second - _allowed(rows) - _allowed(columns) or second)},
    )


def _word(kinds: Iterable[str]) -> str:
    return ", ".join(str(WORDS[kind]) for kind in DIMENSIONS if kind in kinds)


WORDS = {
    "unit": _("units"),
    "person": _("people"),
    "product_line": _("product lines"),
    "region": _("regions"),
    "customer_type": _("customer types"),
}


def _allowed(kind: str) -> set[str]:
    """People who sell directly in the unit stand beside its units."""
    return {"unit", "person"} if kind == "unit" else {kind}


def _one(kinds: set[str]) -> str:
    return "unit" if kinds == {"unit", "person"} else next(iter(kinds)) if len(kinds) == 1 else ""


def _apart(one: str, other: str) -> bool:
    return one != other and not (one in OWNERS and other in OWNERS)


def _key(parent: Target, child: Target) -> tuple[str, int]:
    kind = split_dimension(parent, child)
    return kind, getattr(child, f"{kind}_id")


def _lines(target: Target, kind: str, present: Sequence[Target], scope: Scope) -> list[PlaneLine]:
    """Those that have a target already in its order, then who or what could get one."""
    found: dict[tuple[str, int], PlaneLine] = {}
    for each in present:
        kinds = ("person", "unit") if kind == "unit" and each.person_id else (kind,)
        member = getattr(each, kinds[0])
        line = PlaneLine(kinds[0], member.pk, member.name, member)
        found.setdefault(line.key, line)
    for member in child_candidates(target, kind, scope=scope):
        found.setdefault((kind, member.pk), PlaneLine(kind, member.pk, member.name, member))
    return list(found.values())


def _amounts(
    target: Target,
    lines: tuple[Sequence[PlaneLine], Sequence[PlaneLine]],
    children: Mapping[tuple[str, int], Target],
    places: Mapping[tuple[int, int], Target],
    scope: Scope,
) -> tuple[Ints, bool, bool]:
    """Outer × inner amounts: as they stand; of children without cells of their own as history has it."""
    outer, inner = lines
    amounts = np.zeros((len(outer), len(inner)), dtype=np.int64)
    for place, cell in places.items():
        amounts[place] = cell.amount
    filled = {place[0] for place in places}
    bare = [
        at
        for at, line in enumerate(outer)
        if at not in filled and (not children or (line.key in children and children[line.key].amount > 0))
    ]
    if not bare or not inner or target.amount < 0:
        return amounts, False, False
    pattern = _history(target, lines, scope)
    has_history = bool(pattern[bare].sum())
    whole = cushioned_total(target.amount, target.cushion_bp)
    if children:
        fixed = {at: children[outer[row].key].amount for at, row in enumerate(bare)}
        amounts[bare] = balanced_grid(pattern[bare], sum(fixed.values()), rows=fixed)
    else:
        amounts = balanced_grid(pattern, whole)
    return amounts, True, has_history


def _history(target: Target, lines: tuple[Sequence[PlaneLine], Sequence[PlaneLine]], scope: Scope) -> Ints:
    """What was achieved in each cell in the last 12 months, negative figures as nothing. Two queries."""
    window, _long = history_windows(target.plan)
    found = _sums(target, [line.kind for side in lines for line in side], window, scope)
    units = {line.pk for side in lines for line in side if line.kind == "unit"}
    above: dict[int, list[int]] = {}
    if units:
        pairs = UnitClosure.objects.filter(ancestor__in=units)
        for ancestor, below in pairs.values_list("ancestor_id", "descendant_id"):
            above.setdefault(below, []).append(ancestor)
    places = [{line.key: at for at, line in enumerate(side)} for side in lines]
    pattern = np.zeros((len(lines[0]), len(lines[1])), dtype=np.int64)
    for keys, value in found:
        owners = [("unit", pk) for pk in above.get(keys["unit"], ())]
        all_keys = [*owners, *((kind, pk) for kind, pk in keys.items() if kind != "unit")]
        rows = [places[0][key] for key in all_keys if key in places[0]]
        columns = [places[1][key] for key in all_keys if key in places[1]]
        for row in rows:
            for column in columns:
                pattern[row, column] += value
    return np.maximum(pattern, 0)


def _sums(
    target: Target, kinds: Iterable[str], window: tuple[dt.date, dt.date], scope: Scope
) -> list[tuple[dict[str, int], int]]:
    """Sums of the daily actuals under the target by unit and each of these dimensions."""
    names = list(dict.fromkeys(["unit", *kinds]))
    segments = {kind: getattr(target, f"{kind}_id") for kind in SEGMENTS}
    rows = visible_actuals(scope, unit=target.unit, person=target.person, segments=segments)
    rows = rows.filter(metric=target.metric_id, day__gte=window[0], day__lt=window[1])
    grouped = rows.order_by().values(**{f"by_{name}": F(f"{name}_id") for name in names})
    summed = grouped.annotate(total=Sum("value")).values_list(*(f"by_{name}" for name in names), "total")
    return [(dict(zip(names, row[:-1], strict=True)), int(row[-1])) for row in summed]
