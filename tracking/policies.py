"""Which roles may set rules and confirm alerts; pages show buttons by it, doors ask it first."""

from __future__ import annotations

from org.models import Role
from org.scope import Scope
from tracking.models import Alert


def may_edit_rules(scope: Scope) -> bool:
    """Set when somebody is alerted: administrators."""
    return scope.has(Role.ADMIN)


def may_acknowledge(scope: Scope, alert: Alert) -> bool:
    """Say that an alert has been seen: whom it is about, and who leads them."""
    if alert.acknowledged_at is not None:
        return False
    is_own = scope.person_id is not None and alert.person_id == scope.person_id
    return is_own or (scope.has(Role.MANAGER, Role.EXECUTIVE) and scope.sees_unit(alert.unit_id))
