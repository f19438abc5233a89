"""Units: the tree, its closure, moving, closing; the company's own settings and days."""

from __future__ import annotations

import contextlib
import datetime as dt

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from common.errors import Conflict, DomainError, Invalid
from org.models import AuditEntry, CalendarDay, Company, Unit, UnitClosure
from org.selectors import calendar_overrides, company_get, unit_ancestors, unit_root
from org.services import (
    assignment_transfer,
    calendar_day_delete,
    calendar_day_set,
    company_save,
    unit_close,
    unit_move,
    unit_save,
)
from org.tests.factories import make_person, make_unit


def closure_by_walking():
    """The pairs that following every unit's parents gives."""
    pairs = set()
    for unit in Unit.objects.select_related("parent"):
        at, depth = unit, 0
        while at is not None:
            pairs.add((at.pk, unit.pk, depth))
            at, depth = at.parent, depth + 1
    return pairs


def closure_stored():
    return set(UnitClosure.objects.values_list("ancestor", "descendant", "depth"))


class ClosureProperties(TestCase):
    @hypothesis_settings(max_examples=25)
    @given(st.lists(st.tuples(st.integers(0, 7), st.integers(0, 7)), max_size=8))
    def test_closure_follows_any_moves(self, moves):
        units = [unit_root()]
        for number in range(7):
            units.append(make_unit(f"U{number}", units[number // 2]))
        for child, parent in moves:
            with contextlib.suppress(DomainError):
                unit_move(unit=Unit.objects.get(pk=units[child].pk), parent=units[parent], actor=None)
            assert closure_stored() == closure_by_walking()


def test_moving_takes_everything_below_along(cast):
    below = make_unit("Below", cast.borealis)
    unit_move(unit=cast.borealis, parent=cast.west, actor=None)
    assert [unit.name for unit in unit_ancestors(below.pk)] == [
        unit_root().name,
        "Australis division",
        "Borealis team",
        "Below",
    ]


@pytest.mark.parametrize("target", ["borealis", "east"])
def test_circle_is_refused_and_nothing_happens(cast, target):
    before, entries = closure_stored(), AuditEntry.objects.count()
    with pytest.raises(Invalid):
        unit_move(unit=cast.east, parent=getattr(cast, target), actor=None)
    assert closure_stored() == before
    assert AuditEntry.objects.count() == entries


def test_root_stays_at_the_top(cast):
    with pytest.raises(Conflict):
        unit_move(unit=cast.root, parent=cast.east, actor=None)


def test_second_unit_of_an_external_id_is_refused(db):
    unit_save(name="A", external_id="a", actor=None)
    with pytest.raises(Invalid) as refused:
        unit_save(name="Other", external_id="a", actor=None)
    assert refused.value.field == "external_id"


def test_units_of_one_name_get_ids_of_their_own(db):
    first, second = make_unit("Same"), make_unit("Same")
    assert first.external_id != second.external_id


def test_closing_waits_until_people_and_units_are_elsewhere(cast):
    today = dt.date(2026, 6, 1)
    for unit in (cast.east, cast.borealis, cast.root):
        with pytest.raises(Conflict):
            unit_close(unit=unit, on=today, actor=None)
    empty = make_unit("Empty", cast.east)
    unit_close(unit=empty, on=today, actor=cast.frank)
    empty.refresh_from_db()
    assert empty.closed_on == today
    unit_close(unit=empty, on=None, actor=cast.frank)
    empty.refresh_from_db()
    assert empty.closed_on is None


def test_saving_a_unit_as_it_is_leaves_no_trace(cast):
    entries = AuditEntry.objects.count()
    unit = cast.borealis
    unit_save(unit=unit, name=unit.name, kind=unit.kind, actor=cast.frank)
    assert AuditEntry.objects.count() == entries


def test_company_is_fixed_where_figures_hang_on_it(db, frank):
    company_save(name="Acme", currency="EUR", time_zone="Europe/Berlin", actor=frank)
    assert (company_get().currency, unit_root().name) == ("EUR", "Acme")
    for field, value in {"currency": "USD", "time_zone": "UTC", "fiscal_year_start_month": 4}.items():
        with pytest.raises(Conflict) as refused:
            company_save(actor=frank, **{field: value})
        assert refused.value.field == field
    assert company_get().currency == "EUR"


@pytest.mark.parametrize(("field", "value"), [("currency", "ABC"), ("time_zone", "Mars/Base")])
def test_unknown_currency_or_zone_is_refused(db, field, value):
    with pytest.raises(Invalid) as refused:
        company_save(actor=None, **{field: value})
    assert refused.value.field == field
    assert Company.objects.get().is_set_up is False


def test_calendar_day_is_said_changed_and_taken_back(db, frank):
    day = dt.date(2026, 5, 1)
    calendar_day_set(day=day, is_workday=False, actor=frank)
    row = calendar_day_set(day=day, is_workday=True, name="shift", actor=frank)
    assert calendar_overrides(day, day + dt.timedelta(days=1)) == {day: True}
    calendar_day_delete(day=row, actor=frank)
    assert not CalendarDay.objects.exists()
    told = AuditEntry.objects.filter(action__startswith="org.calendar_day").values_list("action", flat=True)
    assert sorted(told) == ["org.calendar_day.delete", "org.calendar_day.set", "org.calendar_day.set"]


def test_person_in_a_closed_unit_can_not_be_made(cast):
    empty = make_unit("Empty", cast.east)
    unit_close(unit=empty, on=dt.date(2026, 1, 1), actor=None)
    person = make_person("Gina")
    with pytest.raises(Invalid):
        assignment_transfer(person=person, unit=empty, on=dt.date(2026, 2, 1), actor=None)
