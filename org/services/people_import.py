"""A pasted table of people: their units, themselves and where they are, all of it or nothing."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction

from common.errors import FieldError, gettext_noop
from common.pasted import Column, PastedRow, RowProblem, day_written, pasted_rows
from common.records import RecordResult
from org.models import AssignmentKind, Person, Unit, User
from org.services.person_records import people_upsert
from org.services.records import LOCAL
from org.services.unit_records import ROOT_ID, units_upsert

COLUMNS: dict[str, Column] = {
    "number": Column(("number", "employee number", "工号", "员工编号")),
    "name": Column(("name", "姓名", "名字"), is_required=True),
    "email": Column(("email", "e-mail", "mail", "邮箱", "电子邮箱")),
    "unit": Column(("unit", "team", "department", "部门", "团队", "组织"), is_required=True),
    "role": Column(("role", "角色", "岗位")),
    "starts_on": Column(
        ("start date", "start", "from", "starts on", "入职日期", "开始日期"), is_required=True
    ),
}
_ROLES: dict[str, AssignmentKind] = {
    **dict.fromkeys(
        ("", "seller", "rep", "sales", "member", "销售", "销售代表", "成员"), AssignmentKind.MEMBER
    ),
    **dict.fromkeys(("manager", "lead", "head", "经理", "主管", "负责人"), AssignmentKind.MANAGER),
}
_STEPS = re.compile(r"\s*[/／>＞]\s*")
# Where a problem that the upsert names stands in the table.
_COLUMN_OF = {
    "external_id": "number",
    "employee_number": "number",
    "kind": "role",
    "hired_on": "starts_on",
    "assignments": "starts_on",
}
_ANY_DAY = "2000-01-01"  # stands in a row that is refused for lack of one, to find its other problems too
Path = tuple[str, ...]


@dataclass(frozen=True)
class PersonLine:
    """A row as it was understood; ``status`` is created, updated, unchanged or error."""

    line: int
    number: str
    name: str
    email: str
    unit: str
    is_manager: bool
    starts_on: str
    status: str


@dataclass(frozen=True)
class PeopleImport:
    """What a table does, or did: its rows, the units it makes, and what is wrong in which row."""

    lines: list[PersonLine] = field(default_factory=list)
    new_units: list[str] = field(default_factory=list)
    problems: list[RowProblem] = field(default_factory=list)

    def count(self, status: str) -> int:
        return sum(line.status == status for line in self.lines)


@transaction.atomic
def people_table_import(*, text: str, actor: User | None, apply: bool) -> PeopleImport:
    """Read a table of people (``COLUMNS``) and make the units, people and assignments in it.

    A unit is a path below the company such as "East / Team 1"; an empty one is the company itself. People
    are known by their number, without one by their e-mail address. Without ``apply``, or when any row has a
    problem, nothing stays: the trial is the import itself, rolled back. Raises Invalid for what is no table.
    """
    rows = pasted_rows(text, COLUMNS)
    problems: list[RowProblem] = []
    units = _Units(actor)
    records = [_record(row, units, problems) for row in rows]
    units.make()
    results = _people_write(rows, records, actor, problems)
    if problems or not apply:
        transaction.set_rollback(True)
    wrong = {problem.line for problem in problems}
    lines = [
        _line(row, record, "error" if row.line in wrong else result.status)
        for row, record, result in zip(rows, records, results, strict=True)
    ]
    return PeopleImport(lines, units.made, sorted(problems, key=lambda problem: problem.line))


class _Units:
    """The units made here by their path of names, and those a table adds."""

    def __init__(self, actor: User | None) -> None:
        self.actor = actor
        self.made: list[str] = []
        rows = {unit.pk: unit for unit in Unit.objects.filter(is_placeholder=False)}
        self.root = next(unit for unit in rows.values() if unit.parent_id is None)
        self.keys = {unit.external_id for unit in rows.values()}
        self.known = {_path_of(unit, rows): unit for unit in rows.values()}
        self.fresh: dict[Path, dict[str, Any]] = {}

    def key(self, written: str) -> tuple[str, FieldError | None]:
        """The external id of the unit at a path; units not there yet are noted to be made."""
        names = [name.strip()[:200] for name in _STEPS.split(written.strip()) if name.strip()]
        if names and _same(names[0]) == _same(self.root.name):
            names = names[1:]
        at: Path = ()
        key = ROOT_ID
        for name in names:
            at = (*at, _same(name))
            found = self.known.get(at)
            if found is not None and found.source != LOCAL:
                message = gettext_noop("“%(unit)s” comes from “%(source)s”; its people come from there too.")
                return "", FieldError("unit", message, "source", {"unit": name, "source": found.source})
            key = found.external_id if found is not None else self._noted(at, names, key)
        return key, None

    def _noted(self, at: Path, names: Sequence[str], parent: str) -> str:
        if at not in self.fresh:
            base = "/".join(at)[:110]
            key = next(k for k in (base, *(f"{base}-{n}" for n in range(2, 10_000))) if k not in self.keys)
            self.keys.add(key)
            path = names[: len(at)]
            self.fresh[at] = {"external_id": key, "name": path[-1], "parent": parent}
            self.made.append(" / ".join(path))
        return str(self.fresh[at]["external_id"])

    def make(self) -> None:
        """Make the units noted."""
        if self.fresh:
            units_upsert(source=LOCAL, records=list(self.fresh.values()), actor=self.actor)


def _path_of(unit: Unit, rows: Mapping[int, Unit]) -> Path:
    """The names from below the root down to the unit."""
    names: list[str] = []
    at: Unit | None = unit
    while at is not None and at.parent_id is not None:
        names.insert(0, _same(at.name))
        at = rows.get(at.parent_id)
    return tuple(names)


def _same(name: str) -> str:
    return " ".join(name.split()).casefold()


def _record(row: PastedRow, units: _Units, problems: list[RowProblem]) -> dict[str, Any]:
    """A row as ``people_upsert`` takes it; notes what is wrong with it."""
    cells = row.cells

    def refuse(column: str, message: str, **params: Any) -> None:
        problems.append(RowProblem(row.line, column, FieldError(column, message, "invalid", params)))

    key = cells["number"] or cells["email"]
    if not key:
        refuse("number", gettext_noop("Give an employee number or an e-mail address to know the person by."))
    if cells["email"] and not _is_email(cells["email"]):
        message = gettext_noop("“%(value)s” is not an e-mail address such as ann@example.com.")
        refuse("email", message, value=cells["email"][:60])
    kind = _ROLES.get(cells["role"].casefold())
    if kind is None:
        message = gettext_noop("“%(value)s” is not a role; write seller or manager.")
        refuse("role", message, value=cells["role"][:60])
    unit, wrong = units.key(cells["unit"])
    if wrong is not None:
        problems.append(RowProblem(row.line, "unit", wrong))
    if not cells["starts_on"]:
        refuse("starts_on", gettext_noop("Give the first day in the unit, such as 2026-01-01."))
    return {
        "external_id": key or f"line {row.line}",
        "name": cells["name"],
        "email": cells["email"],
        "unit": unit or ROOT_ID,
        "kind": str(kind or AssignmentKind.MEMBER),
        "starts_on": day_written(cells["starts_on"]) or _ANY_DAY,
    }


def _is_email(text: str) -> bool:
    try:
        validate_email(text)
    except ValidationError:
        return False
    return True


def _people_write(
    rows: Sequence[PastedRow],
    records: Sequence[dict[str, Any]],
    actor: User | None,
    problems: list[RowProblem],
) -> list[RecordResult]:
    """Save new people and change known ones, of whom what the table does not tell stays."""
    keys = [record["external_id"] for record in records]
    known = Person.objects.filter(source=LOCAL, external_id__in=keys, is_placeholder=False)
    there = set(known.values_list("external_id", flat=True))
    results: dict[int, RecordResult] = {}
    for partial in (False, True):
        places = [at for at, key in enumerate(keys) if (key in there) is partial]
        sent = [_told(records[at]) if partial else _new(records[at]) for at in places]
        if sent:
            done = people_upsert(source=LOCAL, records=sent, actor=actor, partial=partial)
            results.update(zip(places, done, strict=True))
    told = {(problem.line, problem.column) for problem in problems}
    for at, row in enumerate(rows):
        for error in results[at].errors:
            column = _COLUMN_OF.get(error.field, error.field)
            if (row.line, column) not in told:
                told.add((row.line, column))
                problems.append(RowProblem(row.line, column, error))
    return [results[at] for at in range(len(rows))]


def _told(record: Mapping[str, Any]) -> dict[str, Any]:
    """What a row tells of somebody known: an empty cell leaves what is stored."""
    return {name: value for name, value in record.items() if value != ""}


def _new(record: Mapping[str, Any]) -> dict[str, Any]:
    """Who is new was hired on the first day."""
    return {**record, "hired_on": record["starts_on"]}


def _line(row: PastedRow, record: Mapping[str, Any], status: str) -> PersonLine:
    cells = row.cells
    return PersonLine(
        line=row.line,
        number=cells["number"],
        name=cells["name"],
        email=cells["email"],
        unit=" / ".join(name for name in _STEPS.split(cells["unit"]) if name),
        is_manager=record["kind"] == AssignmentKind.MANAGER,
        starts_on=day_written(cells["starts_on"]),
        status=status,
    )
