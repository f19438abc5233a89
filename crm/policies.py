"""Who may write CRM records through the doors: the rows themselves are bounded by the scope."""

from __future__ import annotations

from collections.abc import Collection

from crm.models import LOCAL
from crm.selectors.handover import handing_scope
from crm.selectors.own import led_among
from org.models import Person, Role
from org.scope import Scope

# Who answers for the records of others: the page of data quality is theirs, each in their own scope.
CHECKERS = (Role.MANAGER, Role.EXECUTIVE, Role.ADMIN)


def may_check(scope: Scope) -> bool:
    """See which records can't be right or have been forgotten."""
    return scope.has(*CHECKERS)


def may_integrate(scope: Scope) -> bool:
    """Write records by the API or by files: integrations are the administrators'."""
    return scope.has(Role.ADMIN)


def may_log(scope: Scope) -> bool:
    """Log an own visit or call: whoever is a person of the company, about what they see."""
    return scope.person_id is not None


def may_hand_over(scope: Scope, people: Collection[int]) -> bool:
    """Hand records from one person to another: managers among their own people, administrators anybody's.

    ``people`` are both sides. A representative neither gives away nor takes.
    """
    if not scope.has(Role.ADMIN, Role.MANAGER):
        return False
    among = handing_scope(scope)
    if among.sees_everything:
        return True
    return among.restrict(Person.objects.filter(pk__in=people)).count() == len(set(people))


def may_work(scope: Scope, owner_id: int) -> bool:
    """Follow up and move on a record of this owner: the owner, their managers, administrators.

    Asked about records in scope. An executive sees everybody's, but works on those of the own people alone.
    """
    return bool(workable(scope, {owner_id}))


def may_enter(scope: Scope) -> bool:
    """Enter records in the browser: people of the company for themselves, managers and administrators."""
    return scope.person_id is not None or scope.has(Role.ADMIN)


def may_remove(scope: Scope, owner_id: int, source: str) -> bool:
    """Delete a record: what was entered here by whoever works on it, what a source sent by administrators.

    A source that sends a deleted record again brings it back.
    """
    return may_work(scope, owner_id) and (source == LOCAL or scope.has(Role.ADMIN))


def workable(scope: Scope, owners: Collection[int]) -> set[int]:
    """Those of the owners in scope whose records may be worked on; at most one query."""
    if scope.has(Role.ADMIN):
        return set(owners)
    own = {owner for owner in owners if owner == scope.person_id}
    others = set(owners) - own
    if not others or not scope.has(Role.MANAGER):
        return own
    return own | (led_among(scope, others) if scope.sees_everything else others)
