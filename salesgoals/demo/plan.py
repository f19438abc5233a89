"""The demo's published plan: 100 M = premium 40 M + mid-range 50 M + entry 10 M, down to each person."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any

from metrics.models import Metric
from org.models import User
from org.scope import Scope
from salesgoals.demo.appliances import ANNUAL_TARGET, LINES, REGIONS, SEASON, Seller
from targets.models import Plan, PlanMetric, Target
from targets.selectors import child_candidates
from targets.selectors.trees import targets_visible
from targets.services import (
    ChildAsk,
    plan_create,
    plan_metric_set,
    plan_publish,
    target_allocate,
    target_amount_set,
    target_children_add,
)

METRICS = ("sales", "collections", "effective_visits", "leads", "win_rate")
# Last year's plan was smaller; process targets are a year's count for a full-time seller.
SHARE_OF_LAST_YEAR = Decimal("0.88")
YEARLY = {"effective_visits": 360, "leads": 130}
WIN_RATE_PPM = 480_000
Weigh = Callable[[Target], Decimal]


def plan_make(fiscal_year: int, sellers: Sequence[Seller], *, this_year: int, actor: User) -> Plan:
    """Make, distribute and publish the plan of a year."""
    metrics = {metric.code: metric for metric in Metric.objects.filter(code__in=METRICS)}
    plan = plan_create(
        fiscal_year=fiscal_year,
        name=f"Sales plan {fiscal_year} 销售计划",
        metrics=[metrics[code] for code in METRICS],
        actor=actor,
    )
    for plan_metric in PlanMetric.objects.filter(plan=plan, metric__code__in=("sales", "collections")):
        plan_metric_set(
            plan_metric=plan_metric, season=SEASON, source="Appliances template 家电行业", actor=actor
        )
    factor = 1 if fiscal_year == this_year else SHARE_OF_LAST_YEAR
    weights = _Weights(sellers)
    roots = {
        target.metric.code: target for target in Target.objects.filter(plan=plan).select_related("metric")
    }
    amounts = {
        "sales": int(ANNUAL_TARGET * 100 * factor),
        "collections": int(ANNUAL_TARGET * 94 * factor),
        "effective_visits": YEARLY["effective_visits"] * len(sellers),
        "leads": YEARLY["leads"] * len(sellers),
        "win_rate": WIN_RATE_PPM,
    }
    for code, root in roots.items():
        target_amount_set(target=root, amount=amounts[code], actor=actor)
        if code == "sales":
            _split(plan, root, "product_line", weights.of_line, actor)
            for part in _children(plan, root):
                _down(plan, part, weights, actor)
        else:
            _down(plan, root, weights, actor)
    return plan_publish(plan=plan, actor=actor)


class _Weights:
    """Weights by what sellers can carry: skill, focus on the line, presence. Never an equal split."""

    def __init__(self, sellers: Sequence[Seller]) -> None:
        self.sellers = {seller.number: seller for seller in sellers}

    def of_line(self, target: Target) -> Decimal:
        return Decimal(next(line.annual for line in LINES if line.code == target.product_line.code))  # type: ignore[union-attr]

    def of_unit(self, target: Target) -> Decimal:
        shares = {region: share for region, _name, share, _teams in REGIONS}
        own = target.unit.external_id
        if own in shares:
            return Decimal(str(shares[own]))
        return sum((self._of(s, target) for s in self.sellers.values() if s.team == own), Decimal(0))

    def of_person(self, target: Target) -> Decimal:
        seller = self.sellers.get(target.person.employee_number)  # type: ignore[union-attr]
        # A regional manager keeps no quota of their own.
        return self._of(seller, target) if seller is not None else Decimal(0)

    def _of(self, seller: Seller, target: Target) -> Decimal:
        line = next(
            (
                at
                for at, line in enumerate(LINES)
                if target.product_line and line.code == target.product_line.code
            ),
            None,
        )
        focus = seller.focus[line] if line is not None else 1.0
        known = min(max(seller.skill, 0.8), 1.5)
        start, end = target.starts_on or target.plan.starts_on, target.ends_on or target.plan.ends_on
        present = (end - start).days / (target.plan.ends_on - target.plan.starts_on).days
        if target.metric.code in YEARLY:
            known = 1.0
        if target.person is None:
            present = 1.0
        return Decimal(str(round(known * focus * present, 6)))


def _down(plan: Plan, target: Target, weights: _Weights, actor: User) -> None:
    """Distribute a target to regions, teams and people."""
    _split(plan, target, "unit", weights.of_unit, actor)
    for region in _children(plan, target):
        _split(plan, region, "unit", weights.of_unit, actor)
        for team in _children(plan, region):
            _split(plan, team, "person", weights.of_person, actor)


def _split(plan: Plan, target: Target, by: str, weigh: Weigh, actor: User) -> None:
    everyone = Scope.everyone(reason="demo", on=plan.starts_on)
    members: list[Any] = list(child_candidates(target, by, scope=everyone))
    if by == "product_line":
        members = [member for member in members if member.code in {line.code for line in LINES}]
    target_children_add(target=target, members=members, actor=actor)
    asks = [ChildAsk(child, weigh(child)) for child in _children(plan, target)]
    target = Target.objects.select_related("plan", "metric").get(pk=target.pk)
    target_allocate(target=target, children=asks, apply=True, actor=actor)


def _children(plan: Plan, target: Target) -> list[Target]:
    everyone = Scope.everyone(reason="demo", on=plan.starts_on)
    return list(targets_visible(scope=everyone).filter(plan=plan, parent=target).order_by("position", "pk"))
