"""The cascade as plainly as it can be written: one target after the other, each saved by itself.

Slow, and apart from the product's code but for allocation itself; the same to the unit is what it must give.
"""

from __future__ import annotations

from fractions import Fraction

from common.periods import fiscal_months
from targets.calc.allocation import Infeasible, allocate, controlled_round
from targets.calc.rhythm import cumulative_round
from targets.models import MONTH_FIELDS, Target


def plain_cascade(parent: Target) -> None:
    """Give everything below a target its amounts and months anew."""
    children = list(Target.objects.filter(parent=parent).order_by("position", "pk"))
    amounts = _amounts(parent, children)
    for child, amount in zip(children, amounts, strict=True):
        child.amount = amount
    for child, months in zip(children, _months(parent, children), strict=True):
        for name, value in zip(MONTH_FIELDS, months, strict=True):
            setattr(child, name, value)
        child.save()
        plain_cascade(child)


def _amounts(parent: Target, children: list[Target]) -> list[int]:
    if not parent.is_additive:
        return [child.amount if child.is_locked else parent.amount for child in children]
    try:
        return allocate(
            parent.amount,
            [f"{child.weight:f}" for child in children],
            [child.lower_amount for child in children],
            [child.upper_amount for child in children],
            [child.amount if child.is_locked else None for child in children],
            cushion_bp=parent.cushion_bp,
        )
    except Infeasible:
        return [child.amount for child in children]


def _months(parent: Target, children: list[Target]) -> list[list[int]]:
    if not parent.is_additive:
        ratio = Fraction(1, parent.amount) if parent.amount else None
        return [
            [round(month * child.amount * ratio) if ratio else child.amount for month in parent.months]
            for child in children
        ]
    alone = [_alone(parent, child) for child in children]
    total = sum(child.amount for child in children)
    if not children or not parent.amount or min([child.amount for child in children] + parent.months) < 0:
        return alone
    scaled = []
    for child in children:
        row = [month * share for month, share in zip(parent.months, _presence(child), strict=True)]
        scaled.append([cell * child.amount / max(1, sum(row)) for cell in row])
    columns = parent.months if total == parent.amount else cumulative_round(total, parent.months)
    try:
        return controlled_round(scaled, [child.amount for child in children], columns).tolist()
    except Infeasible:
        return alone


def _alone(parent: Target, child: Target) -> list[int]:
    share = _presence(child)
    weights = [abs(month) * present for month, present in zip(parent.months, share, strict=True)]
    return cumulative_round(
        child.amount, [round(weight * 1000) for weight in (weights if any(weights) else share)]
    )


def _presence(child: Target) -> list[float]:
    plan = child.plan
    starts, ends = child.starts_on or plan.starts_on, child.ends_on or plan.ends_on
    return [
        max(0, (min(month.end, ends) - max(month.start, starts)).days) / month.days
        for month in fiscal_months(plan.fiscal_year, plan.starts_on.month)
    ]
