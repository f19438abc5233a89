"""Units and people from other systems: what arrives, what is refused, what a second sending changes."""

from __future__ import annotations

import datetime as dt

import pytest

from common.errors import Invalid
from org.calc.credit import FOREVER
from org.models import Assignment, AuditEntry, ChangedCredit, CreditInterval, Person, Unit, UnitClosure
from org.selectors import unit_root
from org.services import people_upsert, units_upsert
from org.tests.test_structure import closure_by_walking, closure_stored

pytestmark = pytest.mark.django_db
TREE = [
    {"external_id": "north", "name": "North", "parent": "region", "kind": "team"},
    {"external_id": "region", "name": "Region"},
    {"external_id": "south", "name": "South", "parent": "region"},
]
GINA = {"external_id": "g", "name": "Gina", "hired_on": "2024-01-01", "unit": "north"}


def send_units(*records, **more):
    return units_upsert(source="hr", records=records, actor=None, **more)


def send_people(*records, **more):
    return people_upsert(source="hr", records=records, actor=None, **more)


def errors(result):
    return [(error.field, error.code) for error in result.errors]


def unit(key):
    return Unit.objects.get(source="hr", external_id=key)


def stays(person="g"):
    rows = Assignment.objects.filter(person__external_id=person).order_by("starts_on")
    return [(row.unit.external_id, str(row.starts_on), str(row.ends_on)) for row in rows]


@pytest.fixture
def tree():
    return send_units(*TREE)


# --- Units


def test_parents_may_come_later_in_the_batch(tree):
    assert [each.status for each in tree] == ["created"] * 3
    assert unit("north").parent == unit("region")
    assert unit("region").parent == unit_root()
    assert closure_stored() == closure_by_walking()


def test_second_sending_changes_nothing(tree):
    before = list(Unit.objects.values()), AuditEntry.objects.count()
    assert [each.status for each in send_units(*TREE)] == ["unchanged"] * 3
    assert (list(Unit.objects.values()), AuditEntry.objects.count()) == before


def test_unit_moves_with_everything_below(tree):
    [result] = send_units({"external_id": "region", "name": "Region", "parent": None, "position": 3})
    assert result.status == "updated"
    [result] = send_units({"external_id": "south", "name": "South", "parent": "north"})
    assert result.status == "updated"
    assert closure_stored() == closure_by_walking()


def test_company_is_the_root_itself():
    [result] = send_units({"external_id": "company", "name": "Acme"})
    assert result.status == "updated"
    assert Unit.objects.filter(parent=None).get().name == "Acme"


def test_units_made_here_by_hand_can_be_parents(cast):
    [result] = send_units({"external_id": "branch", "name": "Branch", "parent": cast.borealis.external_id})
    assert result.errors == []
    assert unit("branch").parent == cast.borealis


@pytest.mark.parametrize(
    ("case", "record", "error"),
    [
        ("unknown parent", {"external_id": "x", "name": "X", "parent": "nowhere"}, ("parent", "unknown")),
        ("itself", {"external_id": "region", "name": "R", "parent": "region"}, ("parent", "circle")),
        ("below itself", {"external_id": "region", "name": "R", "parent": "north"}, ("parent", "circle")),
        ("no name", {"external_id": "x"}, ("name", "required")),
        ("no id", {"name": "X"}, ("external_id", "required")),
        ("misspelt", {"external_id": "x", "name": "X", "nmae": "Y"}, ("nmae", "unknown")),
        ("null character", {"external_id": "x\x00", "name": "X"}, ("external_id", "required")),
    ],
)
def test_wrong_unit_is_refused_and_the_others_stand(tree, case, record, error):
    before = set(UnitClosure.objects.values_list("ancestor", "descendant"))
    wrong, right = send_units(record, {"external_id": "good", "name": "Good"})
    assert errors(wrong) == [error]
    assert right.status == "created"
    after = set(UnitClosure.objects.exclude(descendant=right.id).values_list("ancestor", "descendant"))
    assert after == before


def test_new_units_in_a_circle_are_all_refused():
    results = send_units(
        {"external_id": "a", "name": "A", "parent": "b"},
        {"external_id": "b", "name": "B", "parent": "a"},
        {"external_id": "c", "name": "C", "parent": "a"},
    )
    assert [each.status for each in results] == ["error"] * 3
    assert not Unit.objects.filter(source="hr").exists()


def test_two_units_may_swap_places(tree):
    results = send_units(
        {"external_id": "north", "name": "North", "parent": None},
        {"external_id": "region", "name": "Region", "parent": "north"},
    )
    assert [each.status for each in results] == ["updated", "updated"]
    assert closure_stored() == closure_by_walking()


def test_of_one_external_id_sent_twice_the_last_counts():
    first, last = send_units({"external_id": "x", "name": "One"}, {"external_id": "x", "name": "Two"})
    assert errors(first) == [("external_id", "duplicate")]
    assert last.status == "created"
    assert unit("x").name == "Two"


def test_partial_change_keeps_the_rest(tree):
    [result] = send_units({"external_id": "north", "name": "Far north"}, partial=True)
    assert result.status == "updated"
    assert (unit("north").kind, unit("north").parent) == ("team", unit("region"))
    [unknown] = send_units({"external_id": "new", "name": "New"}, partial=True)
    assert errors(unknown) == [("external_id", "unknown")]


@pytest.mark.parametrize("source", ["", "x" * 41])
def test_unusable_source_is_refused(source):
    with pytest.raises(Invalid):
        units_upsert(source=source, records=[], actor=None)


# --- People


def test_new_person_starts_on_the_day_of_hire(tree):
    [result] = send_people(GINA)
    assert result.status == "created"
    assert stays() == [("north", "2024-01-01", str(FOREVER))]
    assert CreditInterval.objects.filter(person=result.id).count() == 2


def test_person_sent_again_changes_nothing_and_wakes_nobody(tree):
    send_people(GINA)
    before = list(Person.objects.values()), AuditEntry.objects.count()
    [result] = send_people(GINA)
    assert result.status == "unchanged"
    assert (list(Person.objects.values()), AuditEntry.objects.count()) == before
    assert not ChangedCredit.objects.exists()


def test_unit_with_a_day_moves_and_keeps_the_past(tree):
    send_people(GINA)
    moved = GINA | {"unit": "south", "starts_on": "2026-03-01"}
    for status in ("updated", "unchanged"):
        [result] = send_people(moved)
        assert result.status == status
    assert stays() == [("north", "2024-01-01", "2026-03-01"), ("south", "2026-03-01", str(FOREVER))]
    assert list(ChangedCredit.objects.values_list("starts_on", "ends_on")) == [(dt.date(2026, 3, 1), FOREVER)]


def test_leaver_is_in_no_unit_any_more(tree):
    send_people(GINA)
    [result] = send_people({"external_id": "g", "left_on": "2026-05-01"}, partial=True)
    assert result.status == "updated"
    assert stays() == [("north", "2024-01-01", "2026-05-01")]


def test_list_of_assignments_replaces_all(tree):
    send_people(GINA)
    shares = [
        {"unit": "north", "starts_on": "2025-01-01", "share_bp": 6000},
        {"unit": "south", "starts_on": "2025-01-01", "share_bp": 4000},
    ]
    send_people({"external_id": "g", "name": "Gina", "assignments": shares})
    assert [key for key, _start, _end in stays()] == ["north", "south"]


def test_manager_keeps_being_a_member_elsewhere(tree):
    send_people(GINA)
    send_people(GINA | {"unit": "south", "kind": "manager", "starts_on": "2026-01-01"})
    assert set(Assignment.objects.values_list("unit__external_id", "kind")) == {
        ("north", "member"),
        ("south", "manager"),
    }


@pytest.mark.parametrize(
    ("case", "fields", "error"),
    [
        ("unknown unit", {"unit": "nowhere"}, ("unit", "unknown")),
        ("no day", {"unit": "north", "hired_on": None}, ("starts_on", "required")),
        ("not a day", {"hired_on": "01.02.2024"}, ("hired_on", "day")),
        ("left before hired", {"left_on": "2023-01-01"}, ("left_on", "order")),
        ("taken number", {"employee_number": "–"}, ("employee_number", "taken")),
        ("no list", {"assignments": "north"}, ("assignments", "type")),
        (
            "shares",
            {"assignments": [{"unit": "north", "starts_on": "2025-01-01", "share_bp": 5000}]},
            ("assignments", "shares"),
        ),
        (
            "no unit named",
            {"assignments": [{"starts_on": "2025-01-01"}]},
            ("assignments[0].unit", "required"),
        ),
        (
            "ends before",
            {"assignments": [{"unit": "north", "starts_on": "2025-01-01", "ends_on": "2025-01-01"}]},
            ("assignments[0].ends_on", "order"),
        ),
    ],
)
def test_wrong_person_is_refused_and_nothing_happens(tree, case, fields, error):
    before = Person.objects.count(), AuditEntry.objects.count()
    [result] = send_people(GINA | {"external_id": "new"} | fields)
    assert errors(result) == [error]
    assert result.status == "error"
    assert (Person.objects.count(), AuditEntry.objects.count()) == before


@pytest.mark.parametrize("key", ["x\x00", "", "x" * 121])
def test_person_without_a_usable_key_is_refused_and_the_others_stand(tree, key):
    records = [{"external_id": key, "name": "Nobody"}, {"external_id": "ok", "name": "Li Wei"}]
    refused, made = people_upsert(source="hr", records=records, actor=None)
    assert (refused.status, refused.errors[0].field) == ("error", "external_id")
    assert made.status == "created"


def test_number_of_a_refused_record_is_free_for_the_next(tree):
    wrong, right = send_people(
        GINA | {"external_id": "a", "employee_number": "7", "unit": "nowhere"},
        GINA | {"external_id": "b", "employee_number": "7"},
    )
    assert errors(wrong) == [("unit", "unknown")]
    assert right.status == "created"


def test_as_many_queries_for_thirty_people_as_for_three(tree, django_assert_max_num_queries):
    people = [GINA | {"external_id": f"p{number}"} for number in range(33)]
    with django_assert_max_num_queries(20):
        send_people(*people[:3])
    with django_assert_max_num_queries(20):
        send_people(*people[3:])
