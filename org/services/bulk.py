"""Units and people from other systems, many at a time, each by its (source, external id)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.utils import timezone

from common.errors import FieldError, gettext_noop
from common.records import Field, RecordResult, choice, day, read_record, text, whole
from org.calc.credit import FOREVER, Stay, shares_off
from org.models import Assignment, AssignmentKind, Person, Unit, User
from org.selectors import company_get, unit_root
from org.services.audit import audit_record
from org.services.people import assignment_rows, credit_rebuild, stays_of
from org.services.structure import closure_rebuild

Records = Sequence[Mapping[str, Any]]
UNIT_FIELDS = {
    "name": Field(text(200), is_required=True),
    "kind": Field(text(40), default=""),
    "parent": Field(text(120)),
    "position": Field(whole(0, 1_000_000), default=0),
}
_KINDS = choice(AssignmentKind.values)
_PERSON_COLUMNS = ("name", "employee_number", "email", "title", "hired_on", "left_on")


@dataclass
class _PersonWrite:
    """A person to be saved, with the stays asked for (None: as they are)."""

    person: Person
    stays: list[Stay] | None
    result: RecordResult
    is_new: bool
    is_same: bool


def _listed(raw: Any) -> Any:
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
    "assignments": Field(_listed),
}
STAY_FIELDS = {
    "unit": Field(text(120), is_required=True),
    "kind": Field(_KINDS, default=AssignmentKind.MEMBER.value),
    "share_bp": Field(whole(1, 10_000), default=10_000),
    "starts_on": Field(day, is_required=True),
    "ends_on": Field(day, default=FOREVER),
}


@transaction.atomic
def units_upsert(*, source: str, records: Records, actor: User | None) -> list[RecordResult]:
    """Create or replace units; parents may come in the same batch, in any order.

    A unit without a parent hangs under the root; a record of the external id "company" is the root itself.
    Refused records (unknown parent, circle) change nothing, the others stand.
    """
    known = {unit.external_id: unit for unit in Unit.objects.filter(source=source)}
    root = unit_root()
    if (
        root.source == "local"
        and "company" not in known
        and any(r.get("external_id") == "company" for r in records)
    ):
        Unit.objects.filter(pk=root.pk).update(source=source)
        root.source = source
        known["company"] = root
    results, wanted = [], {}
    for record in records:
        result, values = _read(UNIT_FIELDS, record)
        results.append(result)
        if not result.errors:
            unit = known.get(result.external_id)
            result.status = "updated" if unit else "created"
            if unit is None:
                unit = Unit(source=source, external_id=result.external_id, parent=root)
                known[result.external_id] = unit
            wanted[result.external_id] = (unit, values, result)
    _refuse_orphans_and_circles(known, wanted, root)
    _units_write(known, wanted, root)
    done = [result for result in results if not result.errors]
    if done:
        audit_record(
            actor=actor, action="org.units.upsert", subject=root, after={"source": source, "count": len(done)}
        )
    return results


def _refuse_orphans_and_circles(known: dict[str, Unit], wanted: dict[str, Any], root: Unit) -> None:
    ids = {unit.pk: key for key, unit in known.items() if unit.pk}
    above: dict[str, str | None] = {
        key: ids.get(unit.parent_id) if unit.pk and unit.parent_id else None for key, unit in known.items()
    }
    for key, (_unit, values, result) in wanted.items():
        parent = values["parent"]
        if parent is not None and parent not in known:
            message = gettext_noop("There is no unit “%(unit)s” in this source.")
            result.errors.append(FieldError("parent", message, "unknown", {"unit": parent}))
        else:
            above[key] = parent
    for key, (_unit, _values, result) in wanted.items():
        seen, at = {key}, above.get(key)
        while at is not None and at not in seen:
            seen.add(at)
            at = above.get(at)
        if at is not None:
            result.errors.append(FieldError("parent", gettext_noop("The units form a circle."), "circle"))
    for _unit, _values, result in wanted.values():
        if result.errors:
            result.status = "error"


def _units_write(known: dict[str, Unit], wanted: dict[str, Any], root: Unit) -> None:
    for unit, values, result in wanted.values():
        if result.errors:
            continue
        parent = known[values["parent"]] if values["parent"] else (root if unit.pk != root.pk else None)
        # A new parent of the same batch gets its key below; until then the child hangs under the root.
        after = (values["name"], values["kind"], values["position"])
        is_same = unit.pk and after == (unit.name, unit.kind, unit.position)
        if is_same and parent is not None and parent.pk == unit.parent_id:
            result.status = "unchanged"
        unit.name, unit.kind, unit.position = after
        if unit.pk is None:
            unit.parent = root
            unit.save()
        result.id = unit.pk
    for unit, values, result in wanted.values():
        if result.errors or result.status == "unchanged":
            continue
        if unit.pk != root.pk:
            unit.parent = known[values["parent"]] if values["parent"] else root
        unit.save()
    closure_rebuild()


@transaction.atomic
def people_upsert(*, source: str, records: Records, actor: User | None) -> list[RecordResult]:
    """Create or replace people with their assignments.

    Either ``unit`` (with ``kind`` and ``starts_on``, else the hire date) or a list ``assignments`` of
    {unit, kind, share_bp, starts_on, ends_on}; neither leaves the assignments as they are. Units are
    external ids of the same source.
    """
    units = dict(Unit.objects.filter(source=source).values_list("external_id", "pk"))
    known = {person.external_id: person for person in Person.objects.filter(source=source)}
    numbers = dict(Person.objects.values_list("employee_number", "external_id"))
    results: list[RecordResult] = []
    writes: dict[str, _PersonWrite] = {}
    for record in records:
        result, values = _read(PERSON_FIELDS, record)
        results.append(result)
        stays = _stays(values, units, result.errors) if not result.errors else None
        _person_check(values, result, numbers)
        if result.errors:
            continue
        key = result.external_id
        person = known.setdefault(key, Person(source=source, external_id=key))
        after = {name: values[name] for name in _PERSON_COLUMNS}
        after["employee_number"] = after["employee_number"] or key
        is_same = all(getattr(person, name) == value for name, value in after.items())
        for name, value in after.items():
            setattr(person, name, value)
        numbers[person.employee_number] = key
        writes[key] = _PersonWrite(person, stays, result, is_new=person.pk is None, is_same=is_same)
    _people_write(list(writes.values()))
    done = [result for result in results if not result.errors]
    if done:
        audit_record(
            actor=actor,
            action="org.people.upsert",
            subject=company_get(),
            after={"source": source, "count": len(done)},
        )
    return results


def _person_check(values: dict[str, Any], result: RecordResult, numbers: dict[str, str]) -> None:
    if result.errors:
        result.status = "error"
        return
    number = values["employee_number"] or result.external_id
    if numbers.get(number, result.external_id) != result.external_id:
        message = gettext_noop("Another person has this employee number.")
        result.errors.append(FieldError("employee_number", message, "taken"))
    hired, left = values["hired_on"], values["left_on"]
    if hired and left and left < hired:
        result.errors.append(
            FieldError("left_on", gettext_noop("Nobody leaves before being hired."), "order")
        )
    if result.errors:
        result.status = "error"


def _people_write(writes: list[_PersonWrite]) -> None:
    """Save the people; assignments, credit and its outbox only of those whose assignments changed."""
    before = stays_of([write.person.pk for write in writes if not write.is_new])
    Person.objects.bulk_create([write.person for write in writes if write.is_new], batch_size=2000)
    changed = [write.person for write in writes if not write.is_new and not write.is_same]
    for person in changed:
        person.updated_at = timezone.now()
    Person.objects.bulk_update(changed, [*_PERSON_COLUMNS, "updated_at"], batch_size=500)
    moved = []
    for write in writes:
        old = before.get(write.person.pk, [])
        has_moved = write.stays is not None and set(write.stays) != set(old)
        if has_moved or write.is_new:
            moved.append((write.person.pk, write.stays or []))
        write.result.id = write.person.pk
        write.result.status = "updated"
        if write.is_new:
            write.result.status = "created"
        elif write.is_same and not has_moved:
            write.result.status = "unchanged"
    Assignment.objects.filter(person__in=[pk for pk, _stays in moved]).delete()
    rows = [row for pk, stays in moved for row in assignment_rows(pk, stays)]
    Assignment.objects.bulk_create(rows, batch_size=2000)
    credit_rebuild([pk for pk, _stays in moved])


def _stays(values: dict[str, Any], units: dict[str, int], errors: list[FieldError]) -> list[Stay] | None:
    """The stays a person record asks for; None when it names none."""
    listed = values["assignments"]
    if listed is None:
        if values["unit"] is None:
            return None
        starts_on = values["starts_on"] or values["hired_on"]
        if starts_on is None:
            message = gettext_noop("Say from which day: give starts_on or hired_on.")
            errors.append(FieldError("starts_on", message, "required"))
            return None
        listed = [
            {
                "unit": values["unit"],
                "kind": values["kind"],
                "starts_on": starts_on,
                "ends_on": values["left_on"],
            }
        ]
    if not isinstance(listed, list) or not all(isinstance(each, dict) for each in listed):
        errors.append(FieldError("assignments", gettext_noop("Give a list of assignments."), "type"))
        return None
    stays = []
    for each in listed:
        stay, wrong = read_record(STAY_FIELDS, each)
        errors += [FieldError(f"assignments.{e.field}", e.message, e.code, e.params) for e in wrong]
        if wrong:
            continue
        if stay["unit"] not in units:
            message = gettext_noop("There is no unit “%(unit)s” in this source.")
            errors.append(FieldError("assignments.unit", message, "unknown", {"unit": stay["unit"]}))
        elif stay["ends_on"] <= stay["starts_on"]:
            message = gettext_noop("An assignment must end after it starts.")
            errors.append(FieldError("assignments.ends_on", message, "order"))
        else:
            is_manager = stay["kind"] == AssignmentKind.MANAGER
            stays.append(
                Stay(units[stay["unit"]], stay["starts_on"], stay["ends_on"], stay["share_bp"], is_manager)
            )
    off = shares_off(stays)
    if off is not None:
        message = gettext_noop("On %(day)s the shares sum to %(total)s %% instead of 100 %%.")
        params = {"day": off.day.isoformat(), "total": f"{off.total_bp / 100:g}"}
        errors.append(FieldError("assignments", message, "shares", params))
    return stays


def _read(fields: Mapping[str, Field], record: Mapping[str, Any]) -> tuple[RecordResult, dict[str, Any]]:
    external_id = str(record.get("external_id") or "").strip()
    result = RecordResult(external_id)
    rest = {name: value for name, value in record.items() if name != "external_id"}
    values, result.errors = read_record(fields, rest)
    if not external_id or len(external_id) > 120:
        message = gettext_noop("Give an external id of 1 to 120 characters.")
        result.errors.append(FieldError("external_id", message, "required"))
    return result, values
