"""A demo company's published plan of a year, distributed down to each person."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from common.money import currency_exponent
from metrics.models import Metric, MetricKind, MetricUnit
from org.models import User
from org.scope import Scope
from salesgoals.demo.presence import Presence
from salesgoals.demo.quotas import quotas_lay
from salesgoals.demo.shape import Business, Seller
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
from targets.services.cascade import save
from targets.services.months import months_write

# Last year's plan was smaller.
SHARE_OF_LAST_YEAR = Decimal("0.88")
METRICS_LAST_YEAR = 2
# Of a month's sales this part is paid in the month after.
PAID_LATER = 0.6
PAID_IN_MONTH = (31, 34, 35)


def plan_make(
    business: Business, fiscal_year: int, sellers: Sequence[Seller], *, is_running: bool, actor: User
) -> Plan:
    """Make, distribute and publish the plan of a year; last year's was smaller and plainer.

    It asks for the first metrics only, and cuts none of them by a dimension.
    """
    goals = business.goals
    metrics = {metric.code: metric for metric in Metric.objects.filter(code__in=goals.order)}
    name = f"Sales plan {fiscal_year} 销售计划" if business.country == "CN" else f"Sales plan {fiscal_year}"
    plan = plan_create(
        fiscal_year=fiscal_year,
        name=name,
        metrics=[metrics[code] for code in goals.order[: None if is_running else METRICS_LAST_YEAR]],
        actor=actor,
    )
    _seasons(business, plan, actor)
    factor = Decimal(1) if is_running else SHARE_OF_LAST_YEAR
    presence = Presence.load(plan)
    weights = Weights(business, sellers, presence)
    for root in Target.objects.filter(plan=plan).select_related("metric", "plan"):
        code = root.metric.code
        amount = _amount(business, root.metric, factor)
        current = target_amount_set(target=root, amount=amount, actor=actor)
        if goals.quarters and root.metric.unit == MetricUnit.CURRENCY:
            _quarters_lay(current, goals.quarters)
        parts = [root]
        if is_running and code in goals.split:
            _split(plan, root, goals.split[code], weights, actor)
            parts = _children(plan, root)
        for part in parts:
            # What is cut by customers ends at teams: a person's figures would be too small to say much.
            _down(plan, part, weights, actor, to_people=part.customer_type_id is None)
        if code in goals.weekly:
            quotas_lay(plan, root.metric, goals.weekly[code], presence)
    return plan_publish(plan=plan, actor=actor)


def _seasons(business: Business, plan: Plan, actor: User) -> None:
    """Sales follow the season and rhythm of the trade, payments come later."""
    sold = business.season
    paid = tuple((1 - PAID_LATER) * sold[at] + PAID_LATER * sold[at - 1] for at in range(12))
    for rhythm in PlanMetric.objects.filter(plan=plan).select_related("metric"):
        if rhythm.metric.unit == MetricUnit.CURRENCY and rhythm.metric.kind == MetricKind.AMOUNT:
            is_paid = rhythm.metric.code == "collections"
            plan_metric_set(
                plan_metric=rhythm,
                season=None if business.goals.quarters else paid if is_paid else sold,
                phases=PAID_IN_MONTH if is_paid else business.rhythm,
                source=business.words.season,
                actor=actor,
            )


def _amount(business: Business, metric: Metric, factor: Decimal) -> int:
    """What is wanted of the company in a year; counts are laid from below afterwards."""
    goals = business.goals
    if metric.kind == MetricKind.RATIO:
        return int(goals.ratios[metric.code] * 1_000_000)
    if metric.code in goals.weekly:
        return 1
    share = goals.shares.get(metric.code, Decimal(1))
    return int(goals.sales * share * factor * 10 ** currency_exponent(business.currency))


def _quarters_lay(root: Target, shares: tuple[int, int, int]) -> None:
    """The same amount each quarter, its months in these parts of a hundred; exact to the cent."""
    quarter = root.amount // 4
    months = [quarter * part // 100 for part in shares[:2]]
    months_write(root, [*months, quarter - sum(months)] * 4)
    save([root])


class Weights:
    """Weights by what sellers can carry: skill, focus on the line, presence. Never an equal split."""

    def __init__(self, business: Business, sellers: Sequence[Seller], presence: Presence) -> None:
        self.business, self.presence = business, presence
        self.sellers = {seller.number: seller for seller in sellers}
        self.region_shares = {region.code: Decimal(str(region.share)) for region in business.regions}

    def codes(self, kind: str) -> set[str]:
        """The values of a dimension that the company uses."""
        if kind == "product_line":
            return {line.code for line in self.business.lines}
        return {code for code, _name in self.business.customer_types}

    def of(self, target: Target, by: str) -> Decimal:
        """A line's own yearly sales, a region's share; of a team and a person what they can carry."""
        if by == "product_line":
            code = target.product_line.code if target.product_line else ""
            return Decimal(next(line.annual for line in self.business.lines if line.code == code))
        if by == "customer_type":
            return Decimal(1)
        if target.person is not None:
            return self._of(target, target.person.employee_number, target.person_id, target.unit_id)
        if target.unit.external_id in self.region_shares:
            return self.region_shares[target.unit.external_id]
        if self.business.goals.is_equal_by_team:
            return Decimal(1)
        inside = self.presence.members(target.unit_id)
        return sum((self._of(target, number, pk, target.unit_id) for pk, number in inside), Decimal(0))

    def _of(self, target: Target, number: str, person_id: int | None, unit_id: int) -> Decimal:
        """Known skill × focus × share of the year; nobody without facts (a regional manager) has a quota."""
        seller = self.sellers.get(number)
        if seller is None:
            return Decimal(0)
        line = target.product_line.code if target.product_line else ""
        focus = next(
            (part for part, each in zip(seller.focus, self.business.lines, strict=True) if each.code == line),
            1.0,
        )
        known = min(max(seller.skill, 0.8), 1.4)
        present = self.presence.of_year(person_id or 0, unit_id, seller)
        return Decimal(str(round(known * focus * present, 6)))


def _down(plan: Plan, target: Target, weights: Weights, actor: User, *, to_people: bool) -> None:
    """Distribute a target to regions, teams and people."""
    _split(plan, target, "unit", weights, actor)
    for region in _children(plan, target):
        _split(plan, region, "unit", weights, actor)
        for team in _children(plan, region) if to_people else ():
            _split(plan, team, "person", weights, actor)


def _split(plan: Plan, target: Target, by: str, weights: Weights, actor: User) -> None:
    everyone = Scope.everyone(reason="demo", on=plan.starts_on)
    members: list[Any] = list(child_candidates(target, by, scope=everyone))
    if by not in ("unit", "person"):
        members = [member for member in members if member.code in weights.codes(by)]
    target_children_add(target=target, members=members, actor=actor)
    if not target.is_additive or target.metric.code in weights.business.goals.weekly:
        return  # the same ratio for everybody; counts are laid from below
    asks = [ChildAsk(child, weights.of(child, by)) for child in _children(plan, target)]
    target = Target.objects.select_related("plan", "metric").get(pk=target.pk)
    target_allocate(target=target, children=asks, apply=True, actor=actor)


def _children(plan: Plan, target: Target) -> list[Target]:
    everyone = Scope.everyone(reason="demo", on=plan.starts_on)
    return list(targets_visible(scope=everyone).filter(plan=plan, parent=target).order_by("position", "pk"))
