"""The shape of the tree: which children a target has."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext_lazy as _

from common.errors import Invalid
from crm.models import Segment
from org.models import CreditInterval, Person, Unit, UnitClosure, User
from org.services import audit_record
from targets.models import Plan, Target
from targets.services.cascade import save
from targets.services.guards import target_locked
from targets.services.months import months_of_children, months_write

Member = Unit | Person | Segment


@transaction.atomic
def target_children_add(*, target: Target, members: Sequence[Member], actor: User | None) -> list[Target]:
    """Add a child for each unit, person or segment that has none yet, with weight 1 and an amount of 0.

    Children take over the parent's segments. People who were in the unit for part of the year count for
    that part. Raises Invalid for somebody outside the unit, or a dimension the parent is cut by already.
    """
    current = target_locked(target)
    existing = {_key(child) for child in Target.objects.filter(parent=current)}
    position = (Target.objects.filter(parent=current).aggregate(last=Max("position"))["last"] or 0) + 1
    made = []
    for member in members:
        child = _child(current, member)
        if _key(child) in existing:
            continue
        child.position = position + len(made)
        if not current.is_additive:
            child.amount = current.amount
            months_write(child, [current.amount] * 12)
        made.append(child)
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
    children = list(Target.objects.filter(parent=parent).select_related("plan").order_by("position", "pk"))
    for child, months in zip(children, months_of_children(parent, children), strict=True):
        months_write(child, months)
    save(children)


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
    return child


def _days_in(unit_id: int, person: Person, plan: Plan) -> tuple[object, object]:
    """From when to when a person belongs to the unit in the plan's year; None where it is the year's edge."""
    inside = UnitClosure.objects.filter(ancestor=unit_id).values("descendant")
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
