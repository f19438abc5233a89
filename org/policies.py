"""Which roles may do what in this room; pages show buttons by it, doors refuse by it."""

from __future__ import annotations

from org.models import Role
from org.scope import Scope


def may_administer(scope: Scope) -> bool:
    """Change units, people, accounts, the company and its calendar; read the audit log."""
    return scope.has(Role.ADMIN)


def may_see_people(scope: Scope) -> bool:
    """Read the lists of units and people (each sees their own part)."""
    return scope.has(Role.ADMIN, Role.EXECUTIVE, Role.MANAGER, Role.FINANCE)
