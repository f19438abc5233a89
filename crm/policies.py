"""Who may write CRM records through the doors: the rows themselves are bounded by the scope."""

from __future__ import annotations

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
