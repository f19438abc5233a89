"""The company, its calendar and its tree of units."""

from __future__ import annotations

import datetime as dt
from zoneinfo import available_timezones

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from common.errors import Conflict, Invalid
from common.money import CURRENCY_EXPONENTS
from org.models import Assignment, CalendarDay, Company, Unit, UnitClosure, User
from org.selectors import company_get, unit_root
from org.services.audit import audit_record

_COMPANY_FIELDS = ("name", "currency", "time_zone", "country", "subdivision", "fiscal_year_start_month")


@transaction.atomic
def company_save(*, actor: User | None, **fields: object) -> Company:
    """Change the company's settings; the root unit carries its name.

    Raises Invalid for an unknown currency or time zone, Conflict for a new currency, time zone or fiscal
    year once the company is set up: figures already counted would mean something else.
    """
    company = company_get()
    before = {name: getattr(company, name) for name in _COMPANY_FIELDS}
    after = {**before, **fields}
    if after["currency"] not in CURRENCY_EXPONENTS:
        raise Invalid(_("There is no such currency."), field="currency")
    if after["time_zone"] not in available_timezones():
        raise Invalid(_("There is no such time zone."), field="time_zone")
    for name in ("currency", "time_zone", "fiscal_year_start_month"):
        if company.is_set_up and after[name] != before[name]:
            raise Conflict(_("This is fixed once the company is set up."), field=name)
    for name, value in after.items():
        setattr(company, name, value)
    company.is_set_up = True
    company.save()
    Unit.objects.filter(parent=None).update(name=company.name)
    audit_record(actor=actor, action="org.company.save", subject=company, before=before, after=after)
    return company


@transaction.atomic
def calendar_day_set(*, day: dt.date, is_workday: bool, name: str = "", actor: User | None) -> CalendarDay:
    """Make a day a workday or a day off, whatever the country's calendar says."""
    row, _created = CalendarDay.objects.update_or_create(
        day=day, defaults={"is_workday": is_workday, "name": name}
    )
    audit_record(
        actor=actor,
        action="org.calendar_day.set",
        subject=row,
        after={"day": day.isoformat(), "is_workday": is_workday, "name": name},
    )
    return row


@transaction.atomic
def calendar_day_delete(*, day: CalendarDay, actor: User | None) -> None:
    """Let the country's calendar decide again."""
    audit_record(
        actor=actor,
        action="org.calendar_day.delete",
        subject=day,
        before={"day": day.day.isoformat(), "is_workday": day.is_workday},
    )
    day.delete()


@transaction.atomic
def unit_save(
    *,
    unit: Unit | None = None,
    name: str,
    kind: str = "",
    parent: Unit | None = None,
    position: int = 0,
    external_id: str = "",
    source: str = "local",
    actor: User | None,
) -> Unit:
    """Make a unit under ``parent`` (the root if not told), or change one; a new parent moves its subtree.

    Raises Invalid for a circle or a second unit of the same external id.
    """
    if not name.strip():
        raise Invalid(_("A unit needs a name."), field="name")
    before = _unit_json(unit) if unit else None
    if unit is None:
        unit = Unit(source=source, external_id=external_id or _free_external_id(source, name))
        unit.parent = parent or unit_root()
        if Unit.objects.filter(source=unit.source, external_id=unit.external_id).exists():
            raise Invalid(_("Another unit has this external id."), field="external_id")
    unit.name, unit.kind, unit.position = name.strip(), kind, position
    is_new = unit.pk is None
    unit.save()
    if is_new:
        closure_rebuild()
    elif parent is not None and parent.pk != unit.parent_id:
        _move(unit, parent)
    if unit.parent_id is None:
        Company.objects.update(name=unit.name)
    if _unit_json(unit) != before:
        audit_record(actor=actor, action="org.unit.save", subject=unit, before=before, after=_unit_json(unit))
    return unit


@transaction.atomic
def unit_move(*, unit: Unit, parent: Unit, actor: User | None) -> Unit:
    """Hang a unit with everything below it under another one; raises Invalid for a circle."""
    before = _unit_json(unit)
    _move(unit, parent)
    audit_record(actor=actor, action="org.unit.move", subject=unit, before=before, after=_unit_json(unit))
    return unit


@transaction.atomic
def unit_close(*, unit: Unit, on: dt.date | None, actor: User | None) -> Unit:
    """Close a unit from a day on, or open it again (None); its past figures stay where they are.

    Raises Conflict while an open unit hangs below it or somebody is assigned to it on that day or later.
    """
    if on is not None:
        if unit.parent_id is None or unit.is_placeholder:
            raise Conflict(_("This unit can't be closed."))
        if unit.children.filter(closed_on=None).exists():
            raise Conflict(_("Close or move the units below it first."))
        if Assignment.objects.filter(unit=unit, ends_on__gt=on).exists():
            raise Conflict(_("People are still assigned to this unit. Transfer them first."))
    before = _day_json(unit.closed_on)
    unit.closed_on = on
    unit.save(update_fields=["closed_on", "updated_at"])
    after = {"closed_on": _day_json(on)}
    audit_record(
        actor=actor, action="org.unit.close", subject=unit, before={"closed_on": before}, after=after
    )
    return unit


def _unit_json(unit: Unit) -> dict[str, object]:
    parent = unit.parent
    return {
        "name": unit.name,
        "kind": unit.kind,
        "position": unit.position,
        "parent": parent.name if parent else None,
    }


def _day_json(day: dt.date | None) -> str | None:
    return day.isoformat() if day else None


def _move(unit: Unit, parent: Unit) -> None:
    if unit.parent_id is None:
        raise Conflict(_("The top unit stays at the top."), field="parent")
    if UnitClosure.objects.filter(ancestor=unit, descendant=parent).exists():
        raise Invalid(_("A unit can't be moved below itself."), field="parent")
    if parent.is_placeholder or parent.closed_on is not None:
        raise Invalid(_("Choose an open unit."), field="parent")
    unit.parent = parent
    unit.save(update_fields=["parent", "updated_at"])
    closure_rebuild()


def closure_rebuild() -> None:
    """Make the closure anew from the parents; raises Invalid when they form a circle.

    All of it: the tree has at most a few thousand units and changes rarely, and a rebuild can't drift.
    """
    parents = dict(Unit.objects.values_list("pk", "parent_id"))
    links = []
    for unit in parents:
        above: int | None = unit
        depth = 0
        while above is not None:
            if depth > len(parents):
                raise Invalid(_("The units form a circle."), field="parent")
            links.append(UnitClosure(ancestor_id=above, descendant_id=unit, depth=depth))
            above, depth = parents[above], depth + 1
    UnitClosure.objects.all().delete()
    UnitClosure.objects.bulk_create(links, batch_size=5000)


def _free_external_id(source: str, name: str) -> str:
    """A readable key that no unit of the source has yet."""
    base = "-".join(name.lower().split())[:100] or "unit"
    taken = set(
        Unit.objects.filter(source=source, external_id__startswith=base).values_list("external_id", flat=True)
    )
    if base not in taken:
        return base
    return next(f"{base}-{n}" for n in range(2, len(taken) + 3) if f"{base}-{n}" not in taken)
