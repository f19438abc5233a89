"""Weekly quotas: everybody has the same for each week they are there, so the tree is laid from below."""

from __future__ import annotations

from decimal import Decimal

from metrics.models import Metric
from salesgoals.demo.presence import Presence
from targets.models import Plan, Target
from targets.services.cascade import save
from targets.services.months import months_write


def quotas_lay(plan: Plan, metric: Metric, weekly: Decimal, presence: Presence) -> None:
    """Give each person ``weekly`` a week and every unit above the sum, month by month."""
    targets = list(Target.objects.filter(plan=plan, metric=metric))
    below: dict[int | None, list[Target]] = {}
    for target in targets:
        below.setdefault(target.parent_id, []).append(target)
    for root in below[None]:
        _lay(root, below, weekly, presence)
    save(targets)


def _lay(
    target: Target, below: dict[int | None, list[Target]], weekly: Decimal, presence: Presence
) -> list[int]:
    """Set a target's months from those below it and return them."""
    children = below.get(target.pk, [])
    if target.person_id is not None:
        months = presence.months(target.person_id, target.unit_id, weekly)
    else:
        parts = [_lay(child, below, weekly, presence) for child in children]
        months = [sum(column) for column in zip(*parts, strict=True)] or [0] * 12
    months_write(target, months)
    target.amount = sum(months)
    return months
