"""The shape of the tree: which children a target has."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from decimal import Decimal

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from common.errors import Invalid
from crm.models import Segment
from org.models import CreditInterval, Person, Unit, UnitClosure, User
from org.services import audit_record
from targets.models import Plan, Target
from targets.selectors.bases import split_dimension
from targets.services.cascade import children_months_lay
from targets.services.guards import target_locked
from targets.services.months import months_write

Member = Unit | Person | Segment


@transaction.atomic
def target_children_add(*, target: Target, members: Sequence[Member], actor: User | None) -> list[Target]:
    """Add a child for each unit, person or segment that has none yet, with an amount of 0 and weight 1
    (a person's is the share of the year they are in the unit).

    Children take over the parent's segments. People who were in the unit for part of the year count for
    that part. Raises Invalid for somebody outside the unit, or a dimension the parent is cut by already.
    """
    current = target_locked(target)
    siblings = list(Target.objects.filter(parent=current))
    existing = {_key(child) for child in siblings}
    position = max((child.position for child in siblings), default=0) + 1
    made: list[Target] = []
    for member in members:
        child = _child(current, member)
        if _key(child) in existing:
            continue
        child.position = position + len(made)
        if not current.is_additive:
            child.amount = current.amount
            months_write(child, [current.amount] * 12)
        made.append(child)
    _refuse_mixture(current, [*siblings, *made])
    _refuse_twice(current, made)
    Target.objects.bulk_create(made)
    if made:
        audit_record(
            actor=actor,
            action="targets.children.add",
            subject=current,
            after={"children": [str(member) for member in members][:200]},
        )
    return made


@transaction.atomic
def target_delete(*, target: Target, actor: User | None) -> None:
    """Remove a child with everything below it; a plan's roots stay."""
    current = target_locked(target)
    if current.parent is None:
        raise Invalid(_("A plan keeps its top targets."))
    audit_record(
        actor=actor, action="targets.target.delete", subject=current, before={"amount": current.amount}
    )
    parent = current.parent
    current.delete()
    # The parent's page shows one child fewer now: whoever edits it has to look again.
    Target.objects.filter(pk=parent.pk).update(updated_at=timezone.now())
    children_months_lay(parent)


def _key(target: Target) -> tuple[int | None, ...]:
    return (
        target.unit_id,
        target.person_id,
        target.product_line_id,
        target.region_id,
        target.customer_type_id,
    )


def _child(parent: Target, member: Member) -> Target:
    child = Target(
        plan=parent.plan,
        parent=parent,
        metric=parent.metric,
        unit=parent.unit,
        person=parent.person,
        product_line_id=parent.product_line_id,
        region_id=parent.region_id,
        customer_type_id=parent.customer_type_id,
        amount=0,
        is_additive=parent.is_additive,
    )
    if isinstance(member, Segment):
        if getattr(parent, f"{member.kind}_id") is not None:
            raise Invalid(_("This target is of one value of that dimension already."), field="members")
        setattr(child, f"{member.kind}_id", member.pk)
    elif parent.person_id is not None:
        raise Invalid(_("A person's target is split by dimensions only."), field="members")
    elif isinstance(member, Unit):
        below = UnitClosure.objects.filter(ancestor=parent.unit_id, descendant=member, depth__gt=0)
        if not below.exists():
            raise Invalid(
                _("%(unit)s is not below this unit."), field="members", params={"unit": member.name}
            )
        child.unit = member
    else:
        child.person = member
        child.starts_on, child.ends_on = _days_in(parent.unit_id, member, parent.plan)
        child.weight = _presence(child, parent.plan)
    return child


def _presence(child: Target, plan: Plan) -> Decimal:
    """Who counts for half the plan's days is asked for half of what the others are."""
    starts, ends = child.starts_on or plan.starts_on, child.ends_on or plan.ends_on
    share = Decimal((ends - starts).days) / (plan.ends_on - plan.starts_on).days
    return share.quantize(Decimal("0.000001"))


def _days_in(unit_id: int, person: Person, plan: Plan) -> tuple[dt.date | None, dt.date | None]:
    """From when to when a person belongs to the unit in the plan's year; None where it is the year's edge."""
    # The unit of those who are in none hangs under the root: nobody belongs to it.
    below = UnitClosure.objects.filter(ancestor=unit_id, descendant__is_placeholder=False)
    inside = below.values("descendant")
    spans = CreditInterval.objects.filter(
        person=person, unit__in=inside, starts_on__lt=plan.ends_on, ends_on__gt=plan.starts_on
    ).values_list("starts_on", "ends_on")
    if not spans:
        raise Invalid(
            _("%(person)s is not in this unit in the plan's year."),
            field="members",
            params={"person": person.name},
        )
    first, last = min(start for start, _end in spans), max(end for _start, end in spans)
    return first if first > plan.starts_on else None, last if last < plan.ends_on else None


def _refuse_mixture(parent: Target, children: Sequence[Target]) -> None:
    """Children of two dimensions would want the same deals twice; units and people stand side by side."""
    kinds = {split_dimension(parent, child) for child in children}
    if len({"owner" if kind in ("unit", "person") else kind for kind in kinds}) > 1:
        raise Invalid(
            _("This target is split by another dimension already: split its children further."),
            field="members",
        )


def _refuse_twice(parent: Target, made: Sequence[Target]) -> None:
    """Owners that have such a target elsewhere in the plan."""
    taken = {_key(target) for target in Target.objects.filter(plan=parent.plan, metric=parent.metric)}
    for child in made:
        if _key(child) in taken:
            raise Invalid(
                _("%(owner)s has this target elsewhere in the plan."),
                field="members",
                params={"owner": str(child.person or child.unit)},
            )
