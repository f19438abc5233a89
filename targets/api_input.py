"""Reading what the API of this room is sent; every error names the field."""

from __future__ import annotations

from collections.abc import Mapping
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


def child_of(parent: Target, body: Mapping[str, Any], scope: Scope, actor: User) -> Target:
    """The child of a target that a body names by owner or segment, made if it isn't there."""
    member = member_of(body, scope)
    made = target_children_add(target=parent, members=[member], actor=actor)
    if made:
        child_id = made[0].pk
    else:
        field = (
            member.kind if isinstance(member, Segment) else "person" if isinstance(member, Person) else "unit"
        )
        found = Target.objects.filter(parent=parent, **{field: member.pk})
        child_id = (found.filter(person=None) if field == "unit" else found).values_list("pk", flat=True)[0]
    return Target.objects.select_related("plan", "parent", "metric", "unit", "person").get(pk=child_id)


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
