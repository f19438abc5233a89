"""A first plan in one go: the company's targets spread over units, people and months."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from common.errors import Invalid
from common.periods import fiscal_months
from metrics.models import Metric
from org.models import Assignment, AssignmentKind, Unit, UnitClosure, User
from org.scope import Scope
from targets.calc.families import Planned
from targets.models import MONTH_FIELDS, Plan, Target
from targets.selectors.trees import TreeNode, plan_tree, target_name
from targets.services.amounts import target_amount_set
from targets.services.cascade import settle
from targets.services.months import Presence, planned_of
from targets.services.plans import plan_create, plan_publish
from targets.services.rows import ids_taken, targets_insert

# So many targets are told of a plan made or tried.
SHOWN = 200


@dataclass(frozen=True)
class StartedPlan:
    """The plan made or tried, its first metric's months of the company and first targets, parents first."""

    plan: Plan
    metric: Metric
    months: list[tuple[str, int]] = field(default_factory=list)
    nodes: list[TreeNode] = field(default_factory=list)


@dataclass(frozen=True)
class _Seat:
    """A place in the tree: a unit, or a person in it for some days; below the target of unit ``parent``."""

    unit: int
    parent: int
    weight: Fraction
    person: int | None = None
    starts_on: dt.date | None = None
    ends_on: dt.date | None = None


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
    levels = _shape(plan)
    for metric, amount in amounts.items():
        root = Target.objects.select_related("plan", "metric", "unit").get(plan=plan, metric=metric)
        _grow(target_amount_set(target=root, amount=amount, actor=actor), levels)
    if publish:
        plan = plan_publish(plan=plan, actor=actor)
    first = next(iter(amounts))
    nodes = _nodes(plan, first)
    months = [period.label for period in fiscal_months(plan.fiscal_year, plan.starts_on.month)]
    if not apply:
        transaction.set_rollback(True)
    return StartedPlan(plan, first, list(zip(months, nodes[0].target.months, strict=True)), nodes)


def _shape(plan: Plan) -> list[list[_Seat]]:
    """Who hangs below whom, level by level: units with sellers below them, and these; three queries."""
    people = _people(plan)
    heads = _heads(people)
    units = Unit.objects.filter(pk__in=heads).exclude(parent=None)
    above = dict(Unit.objects.values_list("pk", "parent_id"))
    seats = [_Seat(unit.pk, unit.parent_id or 0, heads[unit.pk]) for unit in units]
    levels: list[list[_Seat]] = []
    for seat in [*seats, *people]:
        depth, at = 0, above[seat.parent]
        while at is not None:
            depth, at = depth + 1, above[at]
        levels += [[] for _level in range(depth + 1 - len(levels))]
        levels[depth].append(seat)
    return levels


def _people(plan: Plan) -> list[_Seat]:
    """Who sells in which unit for which part of the plan's year; who only manages gets no target."""
    year = (plan.ends_on - plan.starts_on).days
    stays = Assignment.objects.filter(
        kind=AssignmentKind.MEMBER, starts_on__lt=plan.ends_on, ends_on__gt=plan.starts_on
    ).order_by("person__name", "person", "unit", "starts_on")
    seats: dict[tuple[int, int], _Seat] = {}
    for unit, person, starts_on, ends_on, share_bp in stays.values_list(
        "unit", "person", "starts_on", "ends_on", "share_bp"
    ):
        first, last = max(starts_on, plan.starts_on), min(ends_on, plan.ends_on)
        part = Fraction((last - first).days * share_bp, year * 10_000)
        before = seats.get((unit, person))
        if before is not None:  # away for a while and back again
            first, part = min(first, before.starts_on or first), part + before.weight
            last = max(last, before.ends_on or last)
        seats[unit, person] = _Seat(unit, unit, part, person, first, last)
    return list(seats.values())


def _heads(people: Sequence[_Seat]) -> dict[int, Fraction]:
    """The sellers of each unit and below it, each counted by the part of the year."""
    own: dict[int, Fraction] = {}
    for seat in people:
        own[seat.unit] = own.get(seat.unit, Fraction(0)) + seat.weight
    total: dict[int, Fraction] = {}
    links = UnitClosure.objects.filter(descendant__in=own)
    for ancestor, descendant in links.values_list("ancestor", "descendant"):
        total[ancestor] = total.get(ancestor, Fraction(0)) + own[descendant]
    return total


def _grow(root: Target, levels: Sequence[Sequence[_Seat]]) -> None:
    """Make the targets below a root with their amounts and months, all in one insert."""
    presence = Presence(root.plan)
    above = {root.unit_id: (root.pk, planned_of(root, presence))}
    ids = iter(ids_taken(sum(len(level) for level in levels)))
    rows: list[dict[str, Any]] = []
    for level in levels:
        families: dict[int, list[tuple[_Seat, int, Planned]]] = {}
        for position, seat in enumerate(level, start=1):
            days = _days(root.plan, seat)
            figures = Planned(0, [0] * 12, round(seat.weight * 10**6), is_additive=root.is_additive)
            figures.presence = presence(*days)
            families.setdefault(seat.parent, []).append((seat, position, figures))
        for unit, members in families.items():
            parent_id, parent = above[unit]
            settle(parent, [figures for _seat, _position, figures in members])
            for seat, position, figures in members:
                pk = next(ids)
                rows.append(
                    _row(root, seat, figures) | {"id": pk, "parent_id": parent_id, "position": position}
                )
                if seat.person is None:
                    above[seat.unit] = (pk, figures)
    targets_insert(rows)


def _row(root: Target, seat: _Seat, figures: Planned) -> dict[str, Any]:
    starts_on, ends_on = _days(root.plan, seat)
    return {
        "plan_id": root.plan_id,
        "metric_id": root.metric_id,
        "unit_id": seat.unit,
        "person_id": seat.person,
        "amount": figures.amount,
        "is_additive": figures.is_additive,
        "starts_on": starts_on,
        "ends_on": ends_on,
        "weight": Decimal(figures.weight).scaleb(-6),
        **dict(zip(MONTH_FIELDS, figures.months, strict=True)),
    }


def _days(plan: Plan, seat: _Seat) -> tuple[dt.date | None, dt.date | None]:
    """From when to when a seat counts; None where it is the year's edge."""
    starts_on = seat.starts_on if seat.starts_on and seat.starts_on > plan.starts_on else None
    return starts_on, seat.ends_on if seat.ends_on and seat.ends_on < plan.ends_on else None


def _nodes(plan: Plan, metric: Metric) -> list[TreeNode]:
    """The first targets of a metric's tree, people below their units."""
    everyone = Scope.everyone(reason="first plan", on=plan.starts_on)
    units = plan_tree(plan, metric, scope=everyone)[:SHOWN]
    people: dict[int | None, list[Target]] = {}
    rows = Target.objects.filter(parent__in=[node.target.pk for node in units]).exclude(person=None)
    for target in rows.select_related("parent", "metric", "unit", "person").order_by("position", "pk"):
        people.setdefault(target.parent_id, []).append(target)
    nodes = []
    for node in units:
        nodes.append(node)
        path = (*node.ancestor_ids, node.target.pk)
        nodes += [
            TreeNode(target, target_name(target), node.depth + 1, False, path)
            for target in people.get(node.target.pk, [])
        ]
    return nodes[:SHOWN]
