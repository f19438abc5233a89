"""People from other systems with their assignments, many at a time, each by its (source, external id)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.utils import timezone

from common.errors import gettext_noop
from common.records import Field, RecordResult, choice, day, read_record, text, whole
from org.calc.credit import FOREVER, Stay, moved, shares_off, until
from org.models import Assignment, AssignmentKind, Person, User
from org.selectors import company_get, company_today
from org.services.audit import audit_record
from org.services.people import assignment_rows, credit_rebuild, stays_of
from org.services.records import Records, batch_check, batch_read, refuse, units_known

_KINDS = choice(AssignmentKind.values)
_NEW = 0  # the key of a person who has none yet
_COLUMNS = ("name", "employee_number", "email", "title", "hired_on", "left_on")


def _as_sent(raw: Any) -> Any:
    return raw


PERSON_FIELDS = {
    "name": Field(text(200), is_required=True),
    "employee_number": Field(text(40)),
    "email": Field(text(254), default=""),
    "title": Field(text(100), default=""),
    "hired_on": Field(day),
    "left_on": Field(day),
    "unit": Field(text(120)),
    "kind": Field(_KINDS, default=AssignmentKind.MEMBER.value),
    "starts_on": Field(day),
    "assignments": Field(_as_sent),
}
STAY_FIELDS = {
    "unit": Field(text(120), is_required=True),
    "kind": Field(_KINDS, default=AssignmentKind.MEMBER.value),
    "share_bp": Field(whole(1, 10_000), default=10_000),
    "starts_on": Field(day, is_required=True),
    "ends_on": Field(day, default=FOREVER),
}


@dataclass
class _PersonWrite:
    """A person to be saved, with the stays they had and shall have."""

    person: Person
    result: RecordResult
    is_new: bool
    before: list[Stay]
    after: list[Stay]
    is_same: bool = False

    @property
    def has_moved(self) -> bool:
        return set(self.before) != set(self.after)


@transaction.atomic
def people_upsert(
    *, source: str, records: Records, actor: User | None, partial: bool = False
) -> list[RecordResult]:
    """Create or replace people with their assignments; refused records change nothing, the others stand.

    ``assignments``, a list of {unit, kind, share_bp, starts_on, ends_on}, replaces all of them. ``unit``
    alone (with ``kind``) says where somebody is from ``starts_on`` on and leaves what was before; without
    ``starts_on`` a new person starts on the day of hire, somebody who is in that unit stays, somebody who
    is elsewhere moves today. With neither, the assignments stay. All end on ``left_on``. Units are
    external ids of the same source or of units made here by hand. ``partial`` changes only the fields given.
    """
    batch_check(source, records)
    units = {key: unit.pk for key, unit in units_known(source).items()}
    read = batch_read(PERSON_FIELDS, records, partial=partial)
    # A refused key may hold what no database can look for.
    keys = [result.external_id for result, _values in read if not result.errors]
    known = {p.external_id: p for p in Person.objects.filter(source=source, external_id__in=keys)}
    stays = stays_of([person.pk for person in known.values()])
    numbers = dict(Person.objects.values_list("employee_number", "pk"))
    today = company_today()
    writes = []
    for result, values in read:
        person = known.get(result.external_id) or Person(source=source, external_id=result.external_id)
        if person.pk is None and partial and not result.errors:
            refuse(result, "external_id", gettext_noop("There is no such record."), "unknown")
        if not result.errors:
            before = stays.get(person.pk, [])
            write = _PersonWrite(person, result, person.pk is None, before, before)
            old_number = person.employee_number
            _fill(write, values, numbers)
            write.after = _stays_wanted(write, values, units, today)
            if not result.errors:
                numbers.pop(old_number, None)
                numbers[person.employee_number] = person.pk or _NEW
                writes.append(write)
    changed = _write(writes)
    if changed:
        audit_record(
            actor=actor,
            action="org.people.upsert",
            subject=changed[0].person if len(changed) == 1 else company_get(),
            after={"source": source, "count": len(changed), "first": [_told(w) for w in changed[:20]]},
        )
    return [result for result, _values in read]


def _fill(write: _PersonWrite, values: dict[str, Any], numbers: Mapping[str, int]) -> None:
    """Set the person's own columns; notes a taken employee number and a leave before the hire."""
    person, result = write.person, write.result
    after = {name: values.get(name, getattr(person, name)) for name in _COLUMNS}
    after["employee_number"] = after["employee_number"] or result.external_id[:40]
    number = after["employee_number"]
    if number in numbers and numbers[number] != person.pk:
        refuse(result, "employee_number", gettext_noop("Another person has this employee number."), "taken")
    if after["hired_on"] and after["left_on"] and after["left_on"] < after["hired_on"]:
        refuse(result, "left_on", gettext_noop("Nobody leaves before being hired."), "order")
    write.is_same = all(getattr(person, name) == value for name, value in after.items())
    for name, value in after.items():
        setattr(person, name, value)


def _stays_wanted(
    write: _PersonWrite, values: dict[str, Any], units: dict[str, int], today: dt.date
) -> list[Stay]:
    """Where the person shall be from when to when; notes what is wrong with it."""
    result, left_on = write.result, write.person.left_on
    if values.get("assignments") is not None:
        wanted = _stays_listed(values["assignments"], units, result)
    elif values.get("unit") is not None:
        wanted = _stays_moved(write, values, units, today)
    else:
        wanted = write.before
    if left_on is not None:
        wanted = until(wanted, left_on)
    off = None if result.errors else shares_off(wanted)
    if off is not None:
        message = gettext_noop("On %(day)s the shares sum to %(total)s %% instead of 100 %%.")
        total = f"{off.total_bp / 100:g}"
        refuse(result, "assignments", message, "shares", day=off.day.isoformat(), total=total)
    return wanted


def _stays_moved(
    write: _PersonWrite, values: dict[str, Any], units: dict[str, int], today: dt.date
) -> list[Stay]:
    unit = units.get(values["unit"])
    if unit is None:
        message = gettext_noop("There is no unit “%(unit)s” in this source.")
        refuse(write.result, "unit", message, "unknown", unit=values["unit"])
        return write.before
    is_manager = values.get("kind") == AssignmentKind.MANAGER
    starts_on = values.get("starts_on")
    if starts_on is None:
        same = [stay for stay in write.before if stay.is_manager == is_manager]
        if any(stay.unit == unit and stay.ends_on > today for stay in same):
            return write.before
        starts_on = today if same else write.person.hired_on
    if starts_on is None:
        message = gettext_noop("Say from which day: give starts_on or hired_on.")
        refuse(write.result, "starts_on", message, "required")
        return write.before
    return moved(write.before, unit, starts_on, is_manager=is_manager)


def _stays_listed(listed: Any, units: dict[str, int], result: RecordResult) -> list[Stay]:
    if not isinstance(listed, list) or not all(isinstance(each, dict) for each in listed):
        refuse(result, "assignments", gettext_noop("Give a list of assignments."), "type")
        return []
    stays = []
    for at, each in enumerate(listed):
        values, wrong = read_record(STAY_FIELDS, each)
        place = f"assignments[{at}]"
        for error in wrong:
            refuse(result, f"{place}.{error.field}", error.message, error.code, **error.params)
        if wrong:
            continue
        if values["unit"] not in units:
            message = gettext_noop("There is no unit “%(unit)s” in this source.")
            refuse(result, f"{place}.unit", message, "unknown", unit=values["unit"])
        elif values["ends_on"] <= values["starts_on"]:
            message = gettext_noop("An assignment must end after it starts.")
            refuse(result, f"{place}.ends_on", message, "order")
        else:
            is_manager = values["kind"] == AssignmentKind.MANAGER
            dates = (values["starts_on"], values["ends_on"])
            stays.append(Stay(units[values["unit"]], *dates, values["share_bp"], is_manager))
    keys = {(stay.unit, stay.starts_on, stay.is_manager) for stay in stays}
    if len(keys) < len(stays):
        message = gettext_noop("Two assignments to one unit start on the same day.")
        refuse(result, "assignments", message, "duplicate")
    return stays


def _write(writes: Sequence[_PersonWrite]) -> list[_PersonWrite]:
    """Save people, assignments and credit of those that changed; says what became of each."""
    Person.objects.bulk_create([write.person for write in writes if write.is_new], batch_size=2000)
    stale = [write.person for write in writes if not write.is_new and not write.is_same]
    for person in stale:
        person.updated_at = timezone.now()
    Person.objects.bulk_update(stale, [*_COLUMNS, "updated_at"], batch_size=500)
    moving = [write for write in writes if write.is_new or write.has_moved]
    Assignment.objects.filter(person__in=[write.person.pk for write in moving]).delete()
    rows = [row for write in moving for row in assignment_rows(write.person.pk, write.after)]
    Assignment.objects.bulk_create(rows, batch_size=2000)
    credit_rebuild([write.person.pk for write in moving])
    for write in writes:
        write.result.id = write.person.pk
        is_same = write.is_same and not write.has_moved
        write.result.status = "created" if write.is_new else "unchanged" if is_same else "updated"
    return [write for write in writes if write.result.status != "unchanged"]


def _told(write: _PersonWrite) -> dict[str, str]:
    return {
        "external_id": write.person.external_id,
        "name": write.person.name,
        "status": write.result.status,
    }
