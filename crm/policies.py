"""Who may write CRM records through the doors: the rows themselves are bounded by the scope."""

from __future__ import annotations

from crm.selectors.own import is_led_by
from org.models import Role
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


def may_work(scope: Scope, owner_id: int) -> bool:
    """Follow up and move on a record of this owner: the owner, their managers, administrators.

    Asked about records in scope. An executive sees everybody's, but works on those of the own people alone.
    """
    if owner_id == scope.person_id or scope.has(Role.ADMIN):
        return True
    if not scope.has(Role.MANAGER):
        return False
    return not scope.sees_everything or is_led_by(scope, owner_id)
