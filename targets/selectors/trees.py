"""Plans as trees: what hangs on what, whether children sum to their parent, and what is still missing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from django.db.models import Count, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _

from common.errors import NotFound
from crm.models import Segment
from metrics.models import Metric
from org.models import CreditInterval, Person, Unit, UnitClosure
from org.reading import remembered
from org.scope import Scope
from org.selectors import people_in_unit
from targets.calc.allocation import cushioned_total
from targets.models import MONTH_FIELDS, Plan, PlanMetric, Target

SEGMENTS = ("product_line", "region", "customer_type")
NAMED = ("metric", "unit", "person", *SEGMENTS)


def plan_list(*, scope: Scope) -> QuerySet[Plan]:
    """Plans the scope sees something of: all, or those with a target in its units or of its person."""
    plans = Plan.objects.select_related("published_by").order_by("-fiscal_year", "-number")
    # Only the targets one sees are counted: a count of all would tell how many colleagues there are.
    mine = scope.restrict_nodes(Target.objects.all()).order_by()
    counted = mine.filter(plan=OuterRef("pk")).values("plan").annotate(count=Count("pk")).values("count")
    plans = plans.annotate(target_count=Coalesce(Subquery(counted), 0))
    return plans if scope.sees_everything else plans.filter(pk__in=mine.values("plan"))


def plan_get(plan_id: int, *, scope: Scope) -> Plan:
    """A visible plan; raises NotFound."""
    plan = plan_list(scope=scope).filter(pk=plan_id).first()
    if plan is None:
        raise NotFound(_("There is no such plan."))
    return plan


def plan_metrics_of(plan: Plan) -> list[PlanMetric]:
    """The plan's metrics in their order."""
    rows = PlanMetric.objects.filter(plan=plan).select_related("metric")
    return remembered(("targets.plan_metrics", plan.pk), lambda: list(rows))


def targets_visible(*, scope: Scope) -> QuerySet[Target]:
    """The visible targets with what their names need."""
    return scope.restrict_nodes(Target.objects.all()).select_related("plan", "parent", *NAMED)


def target_get(target_id: int, *, scope: Scope) -> Target:
    """A visible target; raises NotFound."""
    target = targets_visible(scope=scope).filter(pk=target_id).first()
    if target is None:
        raise NotFound(_("There is no such target."))
    return target


def target_name(target: Target) -> str:
    """What tells a target from its siblings: the segment it adds, the person, or the unit."""
    parent = target.parent
    own = [
        getattr(target, name).name
        for name in SEGMENTS
        if getattr(target, f"{name}_id") and (parent is None or not getattr(parent, f"{name}_id"))
    ]
    if (
        own
        and parent is not None
        and (parent.unit_id, parent.person_id) == (target.unit_id, target.person_id)
    ):
        return " · ".join(own)
    return " · ".join([target.person.name if target.person else target.unit.name, *own])


def in_tree_order(rows: QuerySet[Target]) -> list[tuple[Target, int]]:
    """Targets with their depth, parents before children; those whose parent is not among them are tops."""
    found = {target.pk: target for target in rows.order_by("-position", "-pk")}
    children: dict[int | None, list[Target]] = {}
    for target in found.values():
        children.setdefault(target.parent_id if target.parent_id in found else None, []).append(target)
    ordered: list[tuple[Target, int]] = []
    waiting = [(target, 0) for target in children.get(None, [])]
    while waiting:
        target, depth = waiting.pop()
        ordered.append((target, depth))
        waiting += [(child, depth + 1) for child in children.get(target.pk, [])]
    return ordered


@dataclass
class TreeNode:
    """A target in the tree of its metric, parents before children."""

    target: Target
    name: str
    depth: int
    has_children: bool = False
    ancestor_ids: tuple[int, ...] = field(default_factory=tuple)


def plan_tree(plan: Plan, metric: Metric, *, scope: Scope) -> list[TreeNode]:
    """The visible targets of a metric but for other people's, parents before children; one query."""
    rows = targets_visible(scope=scope).filter(plan=plan, metric=metric)
    rows = rows.filter(Q(person=None) | Q(person=scope.person_id or 0))
    found = {target.pk: target for target in rows}
    children: dict[int | None, list[Target]] = {}
    for target in found.values():
        children.setdefault(target.parent_id if target.parent_id in found else None, []).append(target)
    nodes: list[TreeNode] = []
    waiting: list[tuple[Target, tuple[int, ...]]] = [
        (target, ()) for target in reversed(children.get(None, []))
    ]
    while waiting:
        target, above = waiting.pop()
        below = children.get(target.pk, [])
        nodes.append(TreeNode(target, target_name(target), len(above), bool(below), above))
        waiting += [(child, (*above, target.pk)) for child in reversed(below)]
    return nodes


@dataclass(frozen=True)
class GridRow:
    """A child in the grid; ``share`` of the sum of all, None when that is zero."""

    target: Target
    name: str
    share: float | None


@dataclass(frozen=True)
class Grid:
    """A target's children and whether they add up.

    ``wanted`` is the amount with the declared over-assignment, ``gap`` what the children lack of it
    (negative: they have more). ``month_gaps`` holds, for each month, the children's sum minus the parent's.
    """

    target: Target
    rows: list[GridRow]
    total: int
    wanted: int
    month_gaps: list[int]

    @property
    def gap(self) -> int:
        return self.wanted - self.total

    @property
    def over_assigned(self) -> int:
        """What the children have beyond the target itself."""
        return self.total - self.target.amount

    @property
    def is_reconciled(self) -> bool:
        return not self.rows or not self.target.is_additive or self.gap == 0


def children_grid(target: Target, *, scope: Scope) -> Grid:
    """The children of a target with their reconciliation; one query."""
    children = list(targets_visible(scope=scope).filter(parent=target))
    total = sum(child.amount for child in children)
    rows = [GridRow(child, target_name(child), child.amount / total if total else None) for child in children]
    sums = [sum(getattr(child, name) for child in children) for name in MONTH_FIELDS]
    wanted = cushioned_total(target.amount, target.cushion_bp) if target.is_additive else target.amount
    gaps = [have - month for have, month in zip(sums, target.months, strict=True)] if children else [0] * 12
    return Grid(target, rows, total, wanted, gaps)


def grid_of(grid: Grid, amounts: Sequence[int], cushion_bp: int) -> Grid:
    """The grid as it would be with these amounts of the children and this over-assignment."""
    total = sum(amounts)
    rows = [
        GridRow(row.target, row.name, amount / total if total else None)
        for row, amount in zip(grid.rows, amounts, strict=True)
    ]
    wanted = cushioned_total(grid.target.amount, cushion_bp)
    return Grid(grid.target, rows, total, wanted, grid.month_gaps)


def child_candidates(target: Target, by: str, *, scope: Scope) -> list[Unit] | list[Person] | list[Segment]:
    """Who or what could become a child: sub-units, the year's people, or the values of a dimension.

    Raises NotFound for another ``by``.
    """
    plan = target.plan
    if by == "unit":
        is_open = Q(closed_on=None) | Q(closed_on__gt=plan.starts_on)
        units = Unit.objects.filter(is_open, parent=target.unit, is_placeholder=False)
        return list(scope.restrict(units))
    if by == "person":
        return list(_people_candidates(target, scope))
    if by in SEGMENTS:
        return list(Segment.objects.filter(kind=by, is_placeholder=False))
    raise NotFound(_("A target is split by units, people or a dimension."))


def _people_candidates(target: Target, scope: Scope) -> QuerySet[Person]:
    """The people credited in the unit in the plan's year, without those whose unit is a child already."""
    plan = target.plan
    people = people_in_unit(target.unit_id, plan.starts_on, plan.ends_on, scope=scope)
    carried = Target.objects.filter(parent=target, person=None).exclude(unit=target.unit_id).values("unit")
    elsewhere = UnitClosure.objects.filter(ancestor__in=carried).values("descendant")
    under = UnitClosure.objects.filter(ancestor=target.unit_id, descendant__is_placeholder=False)
    own = CreditInterval.objects.filter(
        unit__in=under.values("descendant"), starts_on__lt=plan.ends_on, ends_on__gt=plan.starts_on
    ).exclude(unit__in=elsewhere)
    return people.filter(pk__in=own.values("person")).order_by("name")
