"""Which roles may do what in this room; everybody signed in may read definitions and their own figures."""

from __future__ import annotations

from org.models import Role
from org.scope import Scope

DEFINERS = (Role.ADMIN,)


def may_define_metrics(scope: Scope) -> bool:
    """Create metrics and change what they count."""
    return scope.has(*DEFINERS)
