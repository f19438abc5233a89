"""A pasted table of people: what it makes, what it refuses, and that a trial leaves nothing."""

from __future__ import annotations

import datetime as dt

import pytest

from common.errors import Invalid
from org.models import Assignment, AuditEntry, Person, Unit, UnitClosure
from org.selectors import unit_root
from org.services import units_upsert
from org.services.people_import import people_table_import
from org.tests.factories import make_unit

pytestmark = pytest.mark.django_db

TABLE = """number,name,email,unit,role,start date
S01,Ann Lee,ann@firm.example,East / Team 1,seller,2026-01-01
S02,Ben Ott,ben@firm.example,East/Team 1,,2026/2/1
M01,Cleo Fox,cleo@firm.example,East,manager,2026-01-01
,Dan Roe,dan@firm.example,West,rep,2026-01-01
"""


def run(text, apply=True):
    return people_table_import(text=text, actor=None, apply=apply)


def told(found):
    return [(p.line, p.column, p.error.text()) for p in found.problems]


def counts():
    return [m.objects.count() for m in (Unit, UnitClosure, Person, Assignment, AuditEntry)]


def test_a_table_makes_units_people_and_assignments():
    made = run(TABLE)
    assert told(made) == []
    assert made.count("created") == 4
    assert made.new_units == ["East", "East / Team 1", "West"]
    team = Unit.objects.get(name="Team 1")
    assert (team.parent.name, team.parent.parent) == ("East", unit_root())
    ben, cleo = Person.objects.get(employee_number="S02"), Person.objects.get(employee_number="M01")
    assert ben.hired_on == dt.date(2026, 2, 1)
    assert [(a.unit, a.kind, a.starts_on) for a in ben.assignments.all()] == [
        (team, "member", dt.date(2026, 2, 1))
    ]
    assert [(a.unit, a.kind) for a in cleo.assignments.all()] == [(team.parent, "manager")]
    assert Person.objects.get(email="dan@firm.example").employee_number == "dan@firm.example"
    assert UnitClosure.objects.filter(ancestor=unit_root(), descendant=team, depth=2).exists()


def test_a_trial_tells_the_same_and_leaves_nothing():
    before = counts()
    tried = run(TABLE, apply=False)
    assert counts() == before
    assert tried == run(TABLE)


def test_importing_again_changes_nothing():
    run(TABLE)
    before = counts()
    again = run(TABLE)
    assert (again.count("unchanged"), again.new_units) == (4, [])
    assert counts() == before


def test_an_empty_cell_leaves_what_is_known_of_somebody():
    run(TABLE)
    run("number,name,unit,start date\nS01,Ann Lee-Roe,East / Team 1,2026-01-01")
    ann = Person.objects.get(employee_number="S01")
    assert (ann.name, ann.email, ann.hired_on) == ("Ann Lee-Roe", "ann@firm.example", dt.date(2026, 1, 1))


def test_each_problem_names_its_row_and_column_and_nothing_is_imported():
    text = """number,name,email,unit,role,start date
S01,Ann,ann@firm.example,East,seller,2026-01-01
S02,,ben@firm.example,East,seller,2026-01-01
S03,Cleo,cleo at firm,East,boss,soon
,Dan,,East,seller,
S01,Eve,eve@firm.example,East,seller,2026-01-01
"""
    before = counts()
    found = run(text)
    assert counts() == before
    assert [(line, column) for line, column, _text in told(found)] == [
        (2, "number"),
        (3, "name"),
        (4, "email"),
        (4, "role"),
        (4, "starts_on"),
        (5, "number"),
        (5, "starts_on"),
    ]
    assert [line.status for line in found.lines] == ["error"] * 4 + ["created"]


def test_units_are_found_by_their_path_whatever_case_and_spaces():
    east = make_unit("East")
    team = make_unit("Team 1", east)
    company = unit_root().name
    made = run(
        f"number,name,unit,start date\nS1,Ann,{company} / EAST /  team 1,2026-01-01\nS2,Ben,,2026-01-01"
    )
    assert made.new_units == []
    assert Assignment.objects.get(person__employee_number="S1").unit == team
    assert Assignment.objects.get(person__employee_number="S2").unit == unit_root()


def test_two_teams_of_one_name_in_two_regions_stay_two():
    run("number,name,unit,start date\nS1,Ann,East / Team,2026-01-01\nS2,Ben,West / Team,2026-01-01")
    assert set(Unit.objects.filter(name="Team").values_list("parent__name", flat=True)) == {"East", "West"}


def test_units_of_another_system_are_left_to_it():
    units_upsert(source="hr", records=[{"external_id": "e", "name": "East"}], actor=None)
    found = run("number,name,unit,start date\nS1,Ann,East,2026-01-01")
    assert told(found) == [(2, "unit", "“East” comes from “hr”; its people come from there too.")]
    assert not Person.objects.filter(employee_number="S1").exists()


def test_a_number_taken_by_somebody_from_another_system_is_refused():
    Person.objects.create(source="hr", external_id="x", employee_number="S1", name="Xu")
    found = run("number,name,unit,start date\nS1,Ann,East,2026-01-01")
    assert told(found) == [(2, "number", "Another person has this employee number.")]


def test_chinese_headers_and_roles_are_understood():
    run("工号,姓名,邮箱,部门,角色,入职日期\nS1,王芳,wang@firm.example,华东 / 上海一组,经理,2026年1月1日")
    stay = Assignment.objects.get(person__name="王芳")
    assert (stay.kind, stay.unit.name, stay.unit.parent.name) == ("manager", "上海一组", "华东")


def test_a_table_without_the_needed_headers_is_refused():
    with pytest.raises(Invalid, match="lacks the headers: unit, start date"):
        run("name\nAnn")


def test_thirty_rows_take_as_many_queries_as_three(django_assert_num_queries):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    def table(count, tag):
        rows = [f"{tag}{n},Ann {n},{tag} / Team {n % 3},2026-01-01" for n in range(count)]
        return "\n".join(["number,name,unit,start date", *rows])

    with CaptureQueriesContext(
        connection,
    ) as few:
        run(table(3, "A"))
    with django_assert_num_queries(len(few)):
        run(table(30, "B"))
