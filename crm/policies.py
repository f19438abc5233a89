"""Who may write CRM records through the doors: the rows themselves are bounded by the scope."""

from __future__ import annotations

from org.models import Role
from org.scope import Scope


def may_integrate(scope: Scope) -> bool:
    """Write records by the API or by files: integrations are the administrators'."""
    return scope.has(Role.ADMIN)
