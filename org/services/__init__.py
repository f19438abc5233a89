"""Writes about who: the unit tree, people and their assignments, accounts, tokens, the audit log."""

from org.services.access import (
    invitation_accept,
    invitation_create,
    invitation_revoke,
    role_grant,
    role_revoke,
    user_activate,
    user_deactivate,
)
from org.services.audit import audit_record
from org.services.bulk import people_upsert, units_upsert
from org.services.people import assignment_transfer, assignments_set, person_leave, person_save
from org.services.structure import calendar_day_delete, calendar_day_set, company_save, unit_move, unit_save
from org.services.tokens import TOKEN_ROOMS, scopes_normalised, token_create, token_find, token_revoke

__all__ = [
    "TOKEN_ROOMS",
    "assignment_transfer",
    "assignments_set",
    "audit_record",
    "calendar_day_delete",
    "calendar_day_set",
    "company_save",
    "invitation_accept",
    "invitation_create",
    "invitation_revoke",
    "people_upsert",
    "person_leave",
    "person_save",
    "role_grant",
    "role_revoke",
    "scopes_normalised",
    "token_create",
    "token_find",
    "token_revoke",
    "unit_move",
    "unit_save",
    "units_upsert",
    "user_activate",
    "user_deactivate",
]
