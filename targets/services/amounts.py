"""A target's amount or one of its months, typed by hand; everything below follows."""

from __future__ import annotations

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from common.errors import Invalid
from org.models import User
from org.services import audit_record
from targets.calc.rhythm import cumulative_round
from targets.models import Target
from targets.services.cascade import cascade, children_months_lay, months_lay_below, save
from targets.services.guards import amount_checked, target_locked
from targets.services.months import months_spread, months_write


@transaction.atomic
def target_amount_set(
    *, target: Target, amount: int, actor: User | None, reason: str = "", seen_at: str | None = None
) -> Target:
    """Set a target's amount (minor units, a count, or parts per million) and re-allocate below it.

    A child typed by hand is locked, so that allocating its siblings keeps it. Raises Conflict for a frozen
    plan or a change by somebody else.
    """
    current = target_locked(target, seen_at)
    before = current.amount
    current.amount = amount_checked(amount)
    current.is_locked = current.parent_id is not None
    Target.objects.filter(pk=current.pk).update(is_locked=current.is_locked)
    if current.parent is None:
        months_write(current, months_spread(current))
        save([current])
    else:
        children_months_lay(current.parent, current)
    cascade([current])
    audit_record(
        actor=actor,
        action="targets.target.set",
        subject=current,
        before={"amount": before},
        after={"amount": amount},
        reason=reason,
    )
    return current


@transaction.atomic
def target_month_set(
    *, target: Target, month: int, amount: int, actor: User | None, seen_at: str | None = None
) -> Target:
    """Set one month (0 is the fiscal year's first); the other months absorb the difference in proportion.

    The year's amount stays. The months of everything below follow. Raises Invalid when nothing is left for
    the others.
    """
    if not 0 <= month < 12:
        raise Invalid(_("A year has twelve months."), field="month")
    current = target_locked(target, seen_at)
    before = current.months
    amount_checked(amount)
    months = list(before)
    months[month] = amount
    if current.is_additive:
        others = [at for at in range(12) if at != month]
        rest = current.amount - amount
        if (rest < 0) != (current.amount < 0) and rest:
            raise Invalid(_("This month alone is more than the whole year."), field="amount")
        weights = [abs(before[at]) for at in others]
        spread = cumulative_round(rest, weights if any(weights) else [1] * 11)
        for at, value in zip(others, spread, strict=True):
            months[at] = value
    months_write(current, months)
    save([current])
    months_lay_below([current])
    audit_record(
        actor=actor,
        action="targets.month.set",
        subject=current,
        before={"months": before},
        after={"months": months},
    )
    return current
