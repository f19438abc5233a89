"""A first plan in one go: the company's targets spread over units, people and months."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from common.errors import Invalid
from common.periods import fiscal_months
from metrics.models import Metric
from org.models import Assignment, AssignmentKind, UnitClosure, User
from org.scope import Scope
from targets.models import Plan, Target
from targets.selectors.trees import TreeNode, child_candidates, plan_tree, target_name
from targets.services.amounts import target_amount_set
from targets.services.plans import plan_create, plan_publish
from targets.services.trees import target_children_add


@dataclass(frozen=True)
class StartedPlan:
    """The plan made or tried, and of its first metric the company's months and all targets, parents first."""

    plan: Plan
    metric: Metric
    months: list[tuple[str, int]] = field(default_factory=list)
    nodes: list[TreeNode] = field(default_factory=list)


@transaction.atomic
def plan_start(
    *,
    fiscal_year: int,
    name: str,
    amounts: Mapping[Metric, int],
    publish: bool,
    actor: User | None,
    apply: bool,
) -> StartedPlan:
    """Make a plan with the company's yearly amount of each metric (stored units) and spread it.

    A unit gets its share by its sellers and the days they are there, people by their days, months by
    workdays. Without ``apply`` nothing stays. Raises Invalid for a name, year or amount that can't be.
    """
    if any(amount <= 0 for amount in amounts.values()):
        raise Invalid(_("A target is above zero."), field="amount")
    plan = plan_create(fiscal_year=fiscal_year, name=name, metrics=list(amounts), actor=actor)
    heads = _heads(plan)
    for metric, amount in amounts.items():
        root = Target.objects.select_related("plan", "metric", "unit").get(plan=plan, metric=metric)
        _grow(root, heads, actor)
        target_amount_set(target=root, amount=amount, actor=actor)
    if publish:
        plan = plan_publish(plan=plan, actor=actor)
    first = next(iter(amounts))
    nodes = _nodes(plan, first)
    months = [period.label for period in fiscal_months(plan.fiscal_year, plan.starts_on.month)]
    if not apply:
        transaction.set_rollback(True)
    return StartedPlan(plan, first, list(zip(months, nodes[0].target.months, strict=True)), nodes)


def _grow(target: Target, heads: Mapping[int, Decimal], actor: User | None) -> None:
    """Add the units below that have sellers, weighted by them, and the people of the unit itself."""
    everyone = Scope.everyone(reason="first plan", on=target.plan.starts_on)
    units = [each for each in child_candidates(target, "unit", scope=everyone) if heads.get(each.pk)]
    below = target_children_add(target=target, members=units, actor=actor)
    for child in below:
        child.weight = heads[child.unit_id]
    Target.objects.bulk_update(below, ["weight"])
    sellers = set(_stays(target.plan).values_list("person", flat=True))
    people = [each for each in child_candidates(target, "person", scope=everyone) if each.pk in sellers]
    target_children_add(target=target, members=people, actor=actor)
    for child in below:
        _grow(child, heads, actor)


def _heads(plan: Plan) -> dict[int, Decimal]:
    """The sellers of each unit and below it, each counted by the part of the plan's year; two queries."""
    year = (plan.ends_on - plan.starts_on).days
    own: dict[int, Fraction] = {}
    for unit, starts_on, ends_on, share_bp in _stays(plan).values_list(
        "unit", "starts_on", "ends_on", "share_bp"
    ):
        days = (min(ends_on, plan.ends_on) - max(starts_on, plan.starts_on)).days
        own[unit] = own.get(unit, Fraction(0)) + Fraction(days * share_bp, year * 10_000)
    total: dict[int, Fraction] = {}
    for ancestor, descendant in UnitClosure.objects.filter(descendant__in=own).values_list(
        "ancestor", "descendant"
    ):
        total[ancestor] = total.get(ancestor, Fraction(0)) + own[descendant]
    return {unit: Decimal(round(share * 10**6)).scaleb(-6) for unit, share in total.items()}


def _stays(plan: Plan) -> QuerySet[Assignment]:
    """Who sells where in the plan's year; who only manages keeps no target of their own."""
    return Assignment.objects.filter(
        kind=AssignmentKind.MEMBER, starts_on__lt=plan.ends_on, ends_on__gt=plan.starts_on
    )


def _nodes(plan: Plan, metric: Metric) -> list[TreeNode]:
    """The tree of a metric with its people below their units."""
    everyone = Scope.everyone(reason="first plan", on=plan.starts_on)
    people: dict[int | None, list[Target]] = {}
    rows = Target.objects.filter(plan=plan, metric=metric).exclude(person=None)
    for target in rows.select_related("parent", "metric", "unit", "person").order_by("position", "pk"):
        people.setdefault(target.parent_id, []).append(target)
    nodes = []
    for node in plan_tree(plan, metric, scope=everyone):
        nodes.append(node)
        path = (*node.ancestor_ids, node.target.pk)
        nodes += [
            TreeNode(target, target_name(target), node.depth + 1, False, path)
            for target in people.get(node.target.pk, [])
        ]
    return nodes
