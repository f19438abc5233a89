"""Reading what the API of this room is sent; every error names the field."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal, InvalidOperation
from typing import Any

from django.utils.translation import gettext as _

from common.errors import Invalid
from crm.models import Segment
from metrics.models import Metric
from org.models import Person, Unit, User
from org.scope import Scope
from targets.models import Target
from targets.selectors.trees import SEGMENTS
from targets.services import target_children_add


def children_of(
    parent: Target, bodies: Sequence[Mapping[str, Any]], scope: Scope, actor: User
) -> list[Target]:
    """The children of a target that bodies name by owner or segment, in their order; made if not there."""
    members = [member_of(body, scope) for body in bodies]
    if len(set(members)) < len(members):
        raise Invalid(_("Name each child of the target once."), field="children")
    target_children_add(target=parent, members=members, actor=actor)
    rows = Target.objects.filter(parent=parent).select_related("plan", "parent", "metric", "unit", "person")
    by_member: dict[tuple[str, int | None], Target] = {}
    for child in rows:
        by_member["person" if child.person_id else "unit", child.person_id or child.unit_id] = child
        for kind in SEGMENTS:
            by_member[kind, getattr(child, f"{kind}_id")] = child
    return [by_member[_kind(member), member.pk] for member in members]


def _kind(member: Unit | Person | Segment) -> str:
    if isinstance(member, Segment):
        return member.kind
    return "person" if isinstance(member, Person) else "unit"


def member_of(body: Mapping[str, Any], scope: Scope) -> Unit | Person | Segment:
    """The unit, person (in scope) or segment that a body names."""
    owner = body.get("owner")
    named = [kind for kind in SEGMENTS if body.get(kind) is not None]
    if named:
        segment = Segment.objects.filter(kind=named[0], code=str(body[named[0]])).first()
        if segment is None:
            raise Invalid(_("There is no such segment."), field=named[0])
        return segment
    if not isinstance(owner, dict) or not ("unit" in owner or "person" in owner):
        raise Invalid(_('Name the owner: {"unit": id} or {"person": id}.'), field="owner")
    model: type[Unit] | type[Person] = Person if owner.get("person") is not None else Unit
    kind = "person" if model is Person else "unit"
    reference = owner[kind]
    rows: Any = scope.restrict(model._default_manager.filter(is_placeholder=False))
    if isinstance(reference, int) and not isinstance(reference, bool) and abs(reference) < 2**63:
        member = rows.filter(pk=reference).first()
    else:
        member = rows.filter(external_id=str(reference)[:120].replace("\x00", "")).first()
    if member is None:
        raise Invalid(_("There is no such owner here."), field=f"owner.{kind}")
    found: Unit | Person = member
    return found


def flag_of(body: Mapping[str, Any], name: str) -> bool:
    """True or false; false if left out."""
    value = body.get(name, False)
    if not isinstance(value, bool):
        raise Invalid(_("Say true or false."), field=name)
    return value


def object_of(data: Any) -> Mapping[str, Any]:
    """A JSON object; raises Invalid for anything else."""
    if not isinstance(data, dict):
        raise Invalid(_("Send an object."), field="body")
    return data


def text_of(body: Mapping[str, Any], name: str) -> str:
    """A text of 1 to 200 characters."""
    value = body.get(name)
    if not isinstance(value, str) or not value.strip() or len(value) > 200 or "\x00" in value:
        raise Invalid(_("Give a text of 1 to 200 characters."), field=name)
    return value.strip()


def whole_of(body: Mapping[str, Any], name: str) -> int:
    """A whole number."""
    value = body.get(name)
    if isinstance(value, bool) or not isinstance(value, int):
        raise Invalid(_("Give a whole number."), field=name)
    return value


def id_of(value: Any, name: str) -> int:
    """A row's id, as a number or its text."""
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 19:
        return int(value)
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 2**63:
        return value
    raise Invalid(_("Give an id."), field=name)


def weight_of(value: Any) -> Decimal:
    """A weight of zero or more with six decimals."""
    try:
        weight = Decimal(str(value))
    except InvalidOperation:
        weight = Decimal("NaN")
    if not weight.is_finite() or not 0 <= weight < 10**11:
        raise Invalid(_("A weight is a number of zero or more."), field="weight")
    return weight.quantize(Decimal("0.000001"))


def metric_of(code: str) -> Metric:
    """The metric of a code."""
    found = Metric.objects.filter(code=code[:60].replace("\x00", "")).first()
    if found is None:
        raise Invalid(_("There is no metric “%(code)s”."), field="metric", params={"code": code[:60]})
    return found
