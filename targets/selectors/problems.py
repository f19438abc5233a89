"""What stands against publishing a plan, found by sets whatever the plan's size."""

from __future__ import annotations

from dataclasses import dataclass, field

from django.db.models import F, Q, Sum
from django.utils.translation import gettext as _

from metrics.models import Metric
from targets.calc.allocation import cushioned_total
from targets.models import Plan, Target
from targets.selectors.trees import NAMED

SHOWN = 20


@dataclass(frozen=True)
class PlanProblems:
    """How many things stand against publishing, and the first of them with what is wrong."""

    count: int = 0
    first: list[tuple[Target, str]] = field(default_factory=list)

    @property
    def more(self) -> int:
        """How many are not shown."""
        return self.count - len(self.first)


def plan_problems(plan: Plan, *, metric: Metric | None = None, shown: int = SHOWN) -> PlanProblems:
    """Company targets that are not set, then children that don't sum; of one metric or of all.

    Two queries.
    """
    unequal = _unequal(plan, metric)
    tops = Q(plan=plan, parent=None, amount=0) & (Q() if metric is None else Q(metric=metric))
    rows = Target.objects.select_related("parent", *NAMED).filter(tops | Q(pk__in=unequal[:shown]))
    found = {row.pk: row for row in rows.order_by("position", "pk")}
    empty = [row for row in found.values() if row.parent_id is None and row.amount == 0]
    unset, differs = _("The company's target is not set."), _("The children do not sum to the target.")
    first = [(row, unset) for row in empty] + [(found[pk], differs) for pk in unequal[:shown]]
    return PlanProblems(len(empty) + len(unequal), first[:shown])


def _unequal(plan: Plan, metric: Metric | None) -> list[int]:
    """Targets whose children don't sum to them with the declared over-assignment; one query."""
    children = Target.objects.filter(plan=plan, is_additive=True, parent__isnull=False)
    if metric is not None:
        children = children.filter(metric=metric)
    sums = (
        children.order_by()
        .values("parent_id", "parent__amount", "parent__cushion_bp")
        .annotate(total=Sum("amount"))
        .filter(~Q(total=F("parent__amount")) | Q(parent__cushion_bp__gt=0))
        .order_by("parent_id")
    )
    return [
        parent
        for parent, amount, cushion_bp, total in sums.values_list(
            "parent_id", "parent__amount", "parent__cushion_bp", "total"
        )
        if total != cushioned_total(amount, cushion_bp)
    ]
