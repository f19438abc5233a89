"""People, and in which unit they were from when to when."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from common.errors import Invalid
from org.calc.credit import FOREVER, Band, Stay, changed_spans, credit_bands, moved, shares_off, until
from org.models import Assignment, AssignmentKind, ChangedCredit, CreditInterval, Person, Unit, User
from org.selectors import unit_placeholder
from org.services.audit import audit_record

_FIELDS = ("name", "employee_number", "email", "title", "hired_on", "left_on")


@transaction.atomic
def person_save(
    *, person: Person | None = None, actor: User | None, reason: str = "", **fields: object
) -> Person:
    """Make or change a person (name, employee_number, email, title, hired_on, left_on).

    A new person belongs to no unit until ``assignments_set``; a day of leaving ends the assignments there.
    Raises Invalid naming the field.
    """
    before = {name: _json(getattr(person, name)) for name in _FIELDS} if person else None
    person = person or Person(source="local")
    for name in fields:
        if name not in _FIELDS:
            raise TypeError(f"a person has no field {name}")
        setattr(person, name, fields[name])
    _person_check(person)
    is_new = person.pk is None
    if is_new:
        person.external_id = person.external_id or person.employee_number
    person.save()
    if is_new:
        credit_rebuild([person.pk])
    after = {name: _json(getattr(person, name)) for name in _FIELDS}
    if after != before:
        audit_record(
            actor=actor,
            action="org.person.save",
            subject=person,
            before=before,
            after=after,
            reason=reason,
        )
    if person.left_on is not None:
        stays = stays_of([person.pk]).get(person.pk, [])
        kept = until(stays, person.left_on)
        if kept != stays:
            assignments_set(person=person, stays=kept, actor=actor, reason=reason)
    return person


def _person_check(person: Person) -> None:
    person.name = person.name.strip()
    if not person.name:
        raise Invalid(_("A person needs a name."), field="name")
    if not person.employee_number:
        raise Invalid(_("A person needs an employee number."), field="employee_number")
    if person.left_on and person.hired_on and person.left_on < person.hired_on:
        raise Invalid(_("Nobody leaves before being hired."), field="left_on")
    twins = Person.objects.filter(employee_number=person.employee_number).exclude(pk=person.pk)
    if twins.exists():
        raise Invalid(_("Another person has this employee number."), field="employee_number")


@transaction.atomic
def assignments_set(*, person: Person, stays: Sequence[Stay], actor: User | None, reason: str = "") -> None:
    """Replace all assignments of a person; the days on which credit moves go to the outbox.

    Raises Invalid when a stay ends before it starts or the member shares of a day don't sum to 100 %.
    """
    stays_check(stays)
    old = stays_of([person.pk]).get(person.pk, [])
    if set(old) == set(stays):
        return
    Assignment.objects.filter(person=person).delete()
    Assignment.objects.bulk_create(assignment_rows(person.pk, stays))
    credit_rebuild([person.pk])
    names = dict(Unit.objects.filter(pk__in={stay.unit for stay in (*old, *stays)}).values_list("pk", "name"))
    audit_record(
        actor=actor,
        action="org.assignments.set",
        subject=person,
        before={"assignments": [_stay_json(stay, names) for stay in old]},
        after={"assignments": [_stay_json(stay, names) for stay in stays]},
        reason=reason,
    )


def assignment_transfer(
    *,
    person: Person,
    unit: Unit,
    on: dt.date,
    actor: User | None,
    is_manager: bool = False,
    reason: str = "",
) -> None:
    """Move a person from a day on: assignments of that kind end, one in ``unit`` begins, the past stays.

    Raises Invalid for a unit that is closed by then, or a day after the person has left.
    """
    if unit.is_placeholder or (unit.closed_on is not None and unit.closed_on <= on):
        raise Invalid(_("This unit is closed on that day."), field="unit")
    if person.left_on is not None and on >= person.left_on:
        raise Invalid(_("The person has left by then."), field="on")
    old = stays_of([person.pk]).get(person.pk, [])
    stays = moved(old, unit.pk, on, is_manager=is_manager)
    if person.left_on is not None:
        stays = until(stays, person.left_on)
    assignments_set(person=person, stays=stays, actor=actor, reason=reason)


@transaction.atomic
def person_leave(*, person: Person, on: dt.date, actor: User | None, reason: str = "") -> None:
    """The person is away from a day on: assignments end there, and from then on the account opens nothing."""
    person_save(person=person, left_on=on, actor=actor, reason=reason)


def stays_check(stays: Sequence[Stay]) -> None:
    """Raise Invalid when stays are empty spans or member shares of some day don't make a whole."""
    for stay in stays:
        if stay.ends_on <= stay.starts_on:
            raise Invalid(_("An assignment must end after it starts."), field="assignments")
    if len({(stay.unit, stay.starts_on, stay.is_manager) for stay in stays}) < len(stays):
        raise Invalid(_("Two assignments to one unit start on the same day."), field="assignments")
    off = shares_off(stays)
    if off is not None:
        raise Invalid(
            _("On %(day)s the shares sum to %(total)s %% instead of 100 %%."),
            field="assignments",
            code="shares",
            params={"day": off.day.isoformat(), "total": f"{off.total_bp / 100:g}"},
        )


def stays_of(person_ids: Iterable[int]) -> dict[int, list[Stay]]:
    """The stays of people by person, in one query."""
    stays: dict[int, list[Stay]] = {}
    rows = Assignment.objects.filter(person__in=list(person_ids)).order_by("starts_on", "pk")
    for row in rows.values_list("person", "unit", "starts_on", "ends_on", "share_bp", "kind"):
        stays.setdefault(row[0], []).append(Stay(*row[1:5], is_manager=row[5] == AssignmentKind.MANAGER))
    return stays


def assignment_rows(person_id: int, stays: Iterable[Stay]) -> list[Assignment]:
    """Unsaved assignments of a person."""
    return [
        Assignment(
            person_id=person_id,
            unit_id=stay.unit,
            kind=AssignmentKind.MANAGER if stay.is_manager else AssignmentKind.MEMBER,
            share_bp=stay.share_bp,
            starts_on=stay.starts_on,
            ends_on=stay.ends_on,
        )
        for stay in stays
    ]


def credit_rebuild(person_ids: Sequence[int]) -> None:
    """Make the credit intervals of people anew; where they had some, changed days go to the outbox."""
    nowhere = unit_placeholder().pk
    before: dict[int, list[Band]] = {}
    old = CreditInterval.objects.filter(person__in=person_ids)
    for row in old.values_list("person", "starts_on", "from_bp", "ends_on", "to_bp", "unit"):
        before.setdefault(row[0], []).append(Band(*row[1:]))
    stays = stays_of(person_ids)
    intervals: list[CreditInterval] = []
    changed: list[ChangedCredit] = []
    for person_id in person_ids:
        after = credit_bands(stays.get(person_id, []), nowhere)
        intervals += [
            CreditInterval(
                person_id=person_id,
                unit_id=band.unit,
                starts_on=band.starts_on,
                ends_on=band.ends_on,
                from_bp=band.from_bp,
                to_bp=band.to_bp,
            )
            for band in after
        ]
        if person_id in before:
            spans = changed_spans(before[person_id], after)
            changed += [ChangedCredit(person_id=person_id, starts_on=a, ends_on=b) for a, b in spans]
    old.delete()
    CreditInterval.objects.bulk_create(intervals, batch_size=5000)
    ChangedCredit.objects.bulk_create(changed, batch_size=5000)


def _stay_json(stay: Stay, names: dict[int, str]) -> dict[str, object]:
    return {
        "unit": stay.unit,
        "name": names.get(stay.unit, ""),
        "from": stay.starts_on.isoformat(),
        "until": None if stay.ends_on == FOREVER else stay.ends_on.isoformat(),
        "share_bp": stay.share_bp,
        "manager": stay.is_manager,
    }


def _json(value: object) -> object:
    return value.isoformat() if isinstance(value, dt.date) else value
