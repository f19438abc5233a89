"""People and their assignments: what the services do, refuse, and leave in the outbox."""

from __future__ import annotations

import datetime as dt

import pytest

from common.errors import Invalid
from org.calc.credit import FOREVER, Stay, moved, until
from org.models import Assignment, AuditEntry, ChangedCredit, CreditInterval, Person
from org.selectors import unit_placeholder
from org.services import assignment_transfer, assignments_set, person_leave, person_save
from org.tests.factories import LONG_AGO, make_person, make_unit

JAN, MAR, JUL = (dt.date(2026, month, 1) for month in (1, 3, 7))


@pytest.fixture
def north(db):
    return make_unit("North")


@pytest.fixture
def south(db):
    return make_unit("South")


def credit_of(person, day):
    rows = CreditInterval.objects.filter(person=person, starts_on__lte=day, ends_on__gt=day)
    return {(row.unit_id, row.from_bp, row.to_bp) for row in rows}


def changed():
    return list(ChangedCredit.objects.values_list("starts_on", "ends_on"))


def test_new_person_is_credited_to_no_team_and_puts_nothing_in_the_outbox(north):
    person = person_save(name="Gina", employee_number="7", actor=None)
    assert credit_of(person, JAN) == {(unit_placeholder().pk, 0, 10_000)}
    assert changed() == []


def test_transfer_keeps_the_past_and_puts_exactly_the_later_days_in_the_outbox(north, south):
    person = make_person("Gina", north)
    ChangedCredit.objects.all().delete()
    assignment_transfer(person=person, unit=south, on=MAR, actor=None, reason="grows")
    assert credit_of(person, MAR - dt.timedelta(days=1)) == {(north.pk, 0, 10_000)}
    assert credit_of(person, MAR) == {(south.pk, 0, 10_000)}
    assert changed() == [(MAR, FOREVER)]
    assert AuditEntry.objects.latest("pk").reason == "grows"


def test_transfer_into_the_same_unit_changes_nothing(north):
    person = make_person("Gina", north)
    ChangedCredit.objects.all().delete()
    entries = AuditEntry.objects.count()
    assignment_transfer(person=person, unit=north, on=MAR, actor=None)
    assert Assignment.objects.filter(person=person).count() == 1
    assert changed() == []
    assert AuditEntry.objects.count() == entries


def test_transfer_of_a_member_leaves_what_they_manage(north, south):
    person = make_person("Gina", north, manages=north)
    assignment_transfer(person=person, unit=south, on=MAR, actor=None)
    now = Assignment.objects.filter(person=person, ends_on=FOREVER)
    assert {(each.unit.name, each.kind) for each in now} == {("North", "manager"), ("South", "member")}


def test_two_teams_at_once_share_the_credit(north, south):
    person = make_person("Gina")
    assignments_set(
        person=person,
        stays=[Stay(north.pk, JAN, share_bp=6_000), Stay(south.pk, JAN, share_bp=4_000)],
        actor=None,
    )
    parts = {unit: high - low for unit, low, high in credit_of(person, JAN)}
    assert parts == {north.pk: 6_000, south.pk: 4_000}


@pytest.mark.parametrize(
    ("case", "shares", "total"), [("too little", (6_000, 3_000), "90"), ("too much", (6_000, 5_000), "110")]
)
def test_shares_that_make_no_whole_are_refused_naming_the_day(north, south, case, shares, total):
    person = make_person("Gina", north)
    before = list(Assignment.objects.values_list())
    stays = [Stay(north.pk, JAN, share_bp=shares[0]), Stay(south.pk, JAN, share_bp=shares[1])]
    with pytest.raises(Invalid) as refused:
        assignments_set(person=person, stays=stays, actor=None)
    assert "2026-01-01" in str(refused.value)
    assert total in str(refused.value)
    assert list(Assignment.objects.values_list()) == before


def test_leaving_ends_everything_on_that_day(north):
    person = make_person("Gina", north)
    ChangedCredit.objects.all().delete()
    person_leave(person=person, on=MAR, actor=None)
    person.refresh_from_db()
    assert person.left_on == MAR
    assert Assignment.objects.get(person=person).ends_on == MAR
    assert credit_of(person, MAR) == {(unit_placeholder().pk, 0, 10_000)}
    assert changed() == [(MAR, FOREVER)]


def test_transfer_after_leaving_is_refused(north, south):
    person = make_person("Gina", north)
    person_leave(person=person, on=MAR, actor=None)
    person.refresh_from_db()
    with pytest.raises(Invalid):
        assignment_transfer(person=person, unit=south, on=JUL, actor=None)
    assert not Assignment.objects.filter(unit=south).exists()


@pytest.mark.parametrize(
    ("field", "values"),
    [
        ("name", {"name": " ", "employee_number": "9"}),
        ("employee_number", {"name": "Gina", "employee_number": ""}),
        ("employee_number", {"name": "Gina", "employee_number": "1"}),
        ("left_on", {"name": "Gina", "employee_number": "9", "hired_on": MAR, "left_on": JAN}),
    ],
)
def test_wrong_person_is_refused_naming_the_field(db, field, values):
    person_save(name="First", employee_number="1", actor=None)
    people, entries = Person.objects.count(), AuditEntry.objects.count()
    with pytest.raises(Invalid) as refused:
        person_save(actor=None, **values)
    assert refused.value.field == field
    assert Person.objects.count() == people
    assert AuditEntry.objects.count() == entries


def test_moved_drops_what_was_planned_later():
    planned = [Stay(1, LONG_AGO, JUL), Stay(2, JUL)]
    assert moved(planned, 3, MAR) == [Stay(1, LONG_AGO, MAR), Stay(3, MAR)]


def test_until_keeps_nothing_of_a_stay_that_starts_on_the_day():
    assert until([Stay(1, JAN), Stay(2, MAR)], MAR) == [Stay(1, JAN, MAR)]
