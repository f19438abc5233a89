"""Who may see whom: by assignment, by role, as people come, move and leave."""

from __future__ import annotations

import datetime as dt

import pytest
from django.contrib.auth.models import AnonymousUser
from django.test import RequestFactory

from org.calc.credit import Stay
from org.http import RowScopeMiddleware
from org.models import CreditInterval, Person, Role
from org.scope import Scope, scope_for
from org.selectors import people_in_unit, people_list, person_get, unit_get, unit_tree
from org.services import assignment_transfer, assignments_set, person_leave, unit_move, user_deactivate
from org.tests.factories import make_person, make_unit, make_user

pytestmark = pytest.mark.django_db
TODAY, JULY, AUGUST = dt.date(2026, 6, 15), dt.date(2026, 7, 1), dt.date(2026, 8, 1)


def names(scope):
    return {person.name for person in people_list(scope=scope)}


def scope_of(user, on=TODAY):
    return scope_for(user, on=on)


def test_rep_sees_herself_and_the_board_of_her_team(cast):
    scope = scope_of(cast.alice)
    assert names(scope) == {"Alice Borealis"}
    assert unit_get(cast.borealis.pk, scope=scope) is None
    assert scope.board_unit_ids == {cast.borealis.pk}
    assert scope.roles == {Role.REP}


def test_manager_sees_the_own_subtree_and_nothing_beside_it(cast):
    below = make_unit("Borealis north", cast.borealis)
    make_person("Gina", below)
    scope = scope_of(cast.bob)
    assert names(scope) == {"Alice Borealis", "Bob Borealis", "Gina"}
    assert [row.unit.name for row in unit_tree(scope=scope)] == ["Borealis team", "Borealis north"]
    assert person_get(cast.dave.person.pk, scope=scope) is None


@pytest.mark.parametrize("name", ["carol", "erin", "frank"])
def test_executive_finance_and_admin_see_everybody(cast, name):
    scope = scope_of(getattr(cast, name))
    assert scope.sees_everything
    assert names(scope) >= {"Alice Borealis", "Dave Australis"}


def test_placeholder_person_is_in_no_list_of_people(cast):
    assert "No owner" not in names(scope_of(cast.frank))


def test_manager_of_two_units_sees_both(cast):
    gina = make_person("Gina")
    stays = [Stay(unit.pk, TODAY, is_manager=True) for unit in (cast.borealis, cast.australis)]
    assignments_set(person=gina, stays=stays, actor=None)
    assert names(scope_of(make_user("gina@cast.example", gina))) == {
        "Alice Borealis",
        "Bob Borealis",
        "Dave Australis",
        "Gina",
    }


def test_mover_is_seen_by_the_new_manager_from_the_day_of_the_move(cast):
    assignment_transfer(person=cast.dave.person, unit=cast.borealis, on=JULY, actor=None)
    before, after = scope_of(cast.bob, JULY - dt.timedelta(days=1)), scope_of(cast.bob, JULY)
    assert "Dave Australis" not in names(before)
    assert "Dave Australis" in names(after)


def test_mover_stays_in_the_figures_of_the_former_unit(cast):
    assignment_transfer(person=cast.alice.person, unit=cast.australis, on=JULY, actor=None)
    scope = scope_of(cast.bob, AUGUST)
    assert names(scope) == {"Bob Borealis"}
    in_june = people_in_unit(cast.borealis.pk, dt.date(2026, 6, 1), JULY, scope=scope)
    assert "Alice Borealis" in {person.name for person in in_june}


def test_joiner_is_seen_before_the_first_day(cast):
    make_person("Gina", cast.borealis, starts_on=AUGUST, hired_on=AUGUST)
    assert "Gina" in names(scope_of(cast.bob))


def test_leaver_is_seen_by_the_last_manager_and_sees_nothing(cast):
    person_leave(person=cast.alice.person, on=JULY, actor=None)
    assert "Alice Borealis" in names(scope_of(cast.bob, AUGUST))
    gone = scope_of(cast.alice, AUGUST)
    assert gone.roles == frozenset()
    assert names(gone) == set()
    assert names(scope_of(cast.alice, TODAY)) == {"Alice Borealis"}


def test_leaver_who_moved_before_is_the_last_managers(cast):
    assignment_transfer(person=cast.alice.person, unit=cast.australis, on=JULY, actor=None)
    person_leave(person=cast.alice.person, on=AUGUST, actor=None)
    assert "Alice Borealis" not in names(scope_of(cast.bob, AUGUST))


def test_former_manager_sees_the_unit_no_more(cast):
    person = cast.bob.person
    assignment_transfer(person=person, unit=cast.australis, on=JULY, is_manager=True, actor=None)
    assert names(scope_of(cast.bob, JULY)) == {"Bob Borealis", "Dave Australis"}


def test_moved_unit_moves_out_of_sight(cast):
    person = make_person("Gina", manages=cast.east)
    user = make_user("gina@cast.example", person)
    assert "Alice Borealis" in names(scope_of(user))
    unit_move(unit=cast.borealis, parent=cast.west, actor=None)
    assert names(scope_of(user)) == {"Gina", "Carol Clark"}


def test_deactivated_account_sees_nothing(cast):
    user_deactivate(user=cast.carol, actor=cast.frank)
    scope = scope_of(cast.carol)
    assert not scope.sees_everything
    assert names(scope) == set()


def test_scope_takes_at_most_four_queries(cast, django_assert_max_num_queries):
    for user in (cast.alice, cast.bob, cast.carol):
        user.refresh_from_db()
        with django_assert_max_num_queries(4):
            scope_of(user)


def test_nodes_are_seen_by_unit_or_as_ones_own(cast):
    rows = CreditInterval.objects.all()
    mine = scope_of(cast.alice).restrict_nodes(rows)
    assert {row.person_id for row in mine} == {cast.alice.person.pk}
    teams = scope_of(cast.bob).restrict_nodes(rows)
    assert {row.person_id for row in teams} >= {cast.alice.person.pk, cast.bob.person.pk}
    assert cast.dave.person.pk not in {row.person_id for row in teams}


def test_restrict_refuses_a_path_that_leads_elsewhere(cast):
    with pytest.raises(AssertionError):
        scope_of(cast.alice).restrict(CreditInterval.objects.all(), "person__user")


def test_job_sees_everybody_and_says_why(cast):
    scope = Scope.everyone(reason="rebuild", on=TODAY)
    assert scope.restrict(Person.objects.all()).count() == Person.objects.count()
    assert scope.reason == "rebuild"


def test_request_without_a_user_has_an_empty_scope_and_costs_nothing_unless_asked(
    cast, django_assert_num_queries
):
    request = RequestFactory().get("/")
    request.user = AnonymousUser()
    seen = {}
    with django_assert_num_queries(0):
        RowScopeMiddleware(lambda asked: seen.update(scope=asked.row_scope))(request)
    assert seen["scope"].unit_ids == frozenset()
