"""The open branch of a plan's tree, and a window of a target's children: pages of plans of any size."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.db.models import Count, Exists, Max, OuterRef, Q, QuerySet, Sum

from metrics.models import Metric
from org.scope import Scope
from targets.calc.allocation import cushioned_total
from targets.models import MONTH_FIELDS, Plan, Target
from targets.selectors.trees import Grid, GridRow, TreeNode, target_name, targets_visible

# Levels above a target that one query finds; deeper trees take one more.
_LEVELS = 8


def plan_branch(plan: Plan, metric: Metric, target: Target, *, scope: Scope) -> list[TreeNode]:
    """The visible way to a target and what lies right below each target on it, other people's left out.

    Parents before children; two queries.
    """
    path = _path(target)
    rows = _in_tree(plan, metric, scope)
    rows = rows.filter(Q(pk__in=path) | Q(parent__in=path) | _top(plan, metric, scope))
    return _nodes(list(rows), path)


def plan_below(target: Target, *, scope: Scope) -> list[TreeNode]:
    """What lies right below a target in the tree, at depth 0; one query."""
    return _nodes(list(_in_tree(target.plan, target.metric, scope).filter(parent=target)), ())


def plan_top(plan: Plan, metric: Metric, *, scope: Scope) -> Target | None:
    """The topmost visible target of a metric, the first if there are several. One query."""
    return _in_tree(plan, metric, scope).filter(_top(plan, metric, scope)).first()


def _in_tree(plan: Plan, metric: Metric, scope: Scope) -> QuerySet[Target]:
    """Units' targets and the own ones, each knowing whether such hang below it."""
    listed = Q(person=None) | Q(person=scope.person_id or 0)
    below = scope.restrict_nodes(Target.objects.filter(listed, parent=OuterRef("pk")))
    rows = targets_visible(scope=scope).filter(listed, plan=plan, metric=metric)
    return rows.annotate(has_below=Exists(below)).order_by("position", "pk")


def _top(plan: Plan, metric: Metric, scope: Scope) -> Q:
    """Targets whose parent is not theirs to see."""
    if scope.sees_everything:
        return Q(parent=None)
    visible = scope.restrict_nodes(Target.objects.filter(plan=plan, metric=metric)).order_by()
    return Q(parent=None) | ~Q(parent__in=visible.values("pk"))


def _path(target: Target) -> tuple[int, ...]:
    """The ids of the targets from the top to this one."""
    path = [target.pk]
    while target.parent_id is not None:
        names = ["__".join(["parent"] * level) for level in range(1, _LEVELS + 1)]
        [above] = Target.objects.filter(pk=path[-1]).values_list(*names)
        path += [pk for pk in above if pk is not None]
        if above[-1] is None:
            break
    return tuple(reversed(path))


def _nodes(rows: list[Target], path: tuple[int, ...]) -> list[TreeNode]:
    """The rows as a tree, parents before children."""
    found = {target.pk for target in rows}
    children: dict[int | None, list[Target]] = {}
    for target in rows:
        children.setdefault(target.parent_id if target.parent_id in found else None, []).append(target)
    nodes: list[TreeNode] = []
    waiting: list[tuple[Target, tuple[int, ...]]] = [(row, ()) for row in reversed(children.get(None, []))]
    while waiting:
        target, above = waiting.pop()
        has_below: bool = target.has_below  # type: ignore[attr-defined]
        nodes.append(TreeNode(target, target_name(target), len(above), has_below, above))
        waiting += [(child, (*above, target.pk)) for child in reversed(children.get(target.pk, []))]
    return nodes


@dataclass(frozen=True)
class ChildrenSums:
    """How many children a target has that one sees, what they sum to in the year and in each month.

    ``changed_at`` is when the last of them was changed.
    """

    count: int
    total: int
    months: list[int]
    changed_at: dt.datetime | None


def children_sums(target: Target, *, scope: Scope) -> ChildrenSums:
    """One query."""
    rows = scope.restrict_nodes(Target.objects.filter(parent=target)).order_by()
    sums = {name: Sum(name, default=0) for name in MONTH_FIELDS}
    told = rows.aggregate(count=Count("pk"), total=Sum("amount", default=0), last=Max("updated_at"), **sums)
    months = [int(told[name]) for name in MONTH_FIELDS]
    return ChildrenSums(told["count"], int(told["total"]), months, told["last"])


def children_window(target: Target, sums: ChildrenSums, start: int, stop: int, *, scope: Scope) -> Grid:
    """The children from the start-th to before the stop-th with the sums of all of them; one query."""
    total = sums.total
    children = list(targets_visible(scope=scope).filter(parent=target).order_by("position", "pk")[start:stop])
    rows = [GridRow(child, target_name(child), child.amount / total if total else None) for child in children]
    wanted = cushioned_total(target.amount, target.cushion_bp) if target.is_additive else target.amount
    gaps = [have - month for have, month in zip(sums.months, target.months, strict=True)]
    return Grid(target, rows, total, wanted, gaps if sums.count else [0] * 12)
