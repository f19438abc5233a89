"""Who: the company, its tree of units, its people and accounts, and who did what."""

from org.models.access import (
    ApiToken,
    AuditEntry,
    Density,
    FirstPeriod,
    IdempotencyRecord,
    Invitation,
    Role,
    RoleGrant,
    User,
)
from org.models.filters import SavedFilter
from org.models.hooks import (
    DeliveryState,
    HookDelivery,
    HookEndpoint,
    HookEvent,
    HookProblem,
)
from org.models.setup import SetupMark, SetupState, SetupStep
from org.models.structure import (
    Assignment,
    AssignmentKind,
    CalendarDay,
    ChangedCredit,
    Company,
    CreditInterval,
    Person,
    Unit,
    UnitClosure,
)
from org.models.usage import ApiUsage

__all__ = [
    "ApiToken",
    "ApiUsage",
    "Assignment",
    "AssignmentKind",
    "AuditEntry",
    "CalendarDay",
    "ChangedCredit",
    "Company",
    "CreditInterval",
    "DeliveryState",
    "Density",
    "FirstPeriod",
    "HookDelivery",
    "HookEndpoint",
    "HookEvent",
    "HookProblem",
    "IdempotencyRecord",
    "Invitation",
    "Person",
    "Role",
    "RoleGrant",
    "SavedFilter",
    "SetupMark",
    "SetupState",
    "SetupStep",
    "Unit",
    "UnitClosure",
    "User",
]
