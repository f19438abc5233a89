"""Writes about who: the unit tree, people and their assignments, accounts, tokens, the audit log."""

from org.services.access import (
    role_grant,
    role_revoke,
    user_activate,
    user_deactivate,
    user_link,
    user_rights_set,
)
from org.services.audit import audit_record
from org.services.invitations import (
    invitation_accept,
    invitation_create,
    invitation_open,
    invitation_revoke,
)
from org.services.people import assignment_transfer, assignments_set, person_leave, person_save
from org.services.person_records import people_upsert
from org.services.preferences import preferences_save, profile_save
from org.services.structure import (
    calendar_day_delete,
    calendar_day_set,
    company_save,
    unit_close,
    unit_move,
    unit_save,
)
from org.services.tokens import (
    ALL_SCOPES,
    TOKEN_ROOMS,
    holdable_scopes,
    scopes_normalised,
    token_create,
    token_find,
    token_revoke,
)
from org.services.unit_records import units_upsert

__all__ = [
    "ALL_SCOPES",
    "TOKEN_ROOMS",
    "assignment_transfer",
    "assignments_set",
    "audit_record",
    "calendar_day_delete",
    "calendar_day_set",
    "company_save",
    "holdable_scopes",
    "invitation_accept",
    "invitation_create",
    "invitation_open",
    "invitation_revoke",
    "people_upsert",
    "person_leave",
    "person_save",
    "preferences_save",
    "profile_save",
    "role_grant",
    "role_revoke",
    "scopes_normalised",
    "token_create",
    "token_find",
    "token_revoke",
    "unit_close",
    "unit_move",
    "unit_save",
    "units_upsert",
    "user_activate",
    "user_deactivate",
    "user_link",
    "user_rights_set",
]
