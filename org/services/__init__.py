"""Writes about who: the unit tree, people and their assignments, accounts, tokens, webhooks, the log."""

from org.services.access import (
    role_grant,
    role_revoke,
    user_activate,
    user_deactivate,
    user_link,
    user_rights_set,
)
from org.services.audit import audit_record
from org.services.filters import (
    filtered_lists,
    saved_filter_default,
    saved_filter_delete,
    saved_filter_keep,
    saved_filter_rename,
)
from org.services.hooks import (
    Event,
    body_of,
    deliveries_send,
    delivery_replay,
    endpoint_delete,
    endpoint_save,
    endpoint_secret_renew,
    endpoint_switch,
    endpoint_test,
    events_record,
    hooks_forget,
    kind_names,
    secret_of,
)
from org.services.invitations import (
    invitation_accept,
    invitation_create,
    invitation_open,
    invitation_revoke,
)
from org.services.people import assignment_transfer, assignments_set, person_leave, person_save
from org.services.person_records import people_upsert
from org.services.preferences import preferences_save, profile_save
from org.services.sandbox import sandbox_make, sandbox_text
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
from org.services.usage import ApiCall, usage_flush, usage_forget, usage_note

__all__ = [
    "ALL_SCOPES",
    "TOKEN_ROOMS",
    "ApiCall",
    "Event",
    "assignment_transfer",
    "assignments_set",
    "audit_record",
    "body_of",
    "calendar_day_delete",
    "calendar_day_set",
    "company_save",
    "deliveries_send",
    "delivery_replay",
    "endpoint_delete",
    "endpoint_save",
    "endpoint_secret_renew",
    "endpoint_switch",
    "endpoint_test",
    "events_record",
    "filtered_lists",
    "holdable_scopes",
    "hooks_forget",
    "invitation_accept",
    "invitation_create",
    "invitation_open",
    "invitation_revoke",
    "kind_names",
    "people_upsert",
    "person_leave",
    "person_save",
    "preferences_save",
    "profile_save",
    "role_grant",
    "role_revoke",
    "sandbox_make",
    "sandbox_text",
    "saved_filter_default",
    "saved_filter_delete",
    "saved_filter_keep",
    "saved_filter_rename",
    "scopes_normalised",
    "secret_of",
    "token_create",
    "token_find",
    "token_revoke",
    "unit_close",
    "unit_move",
    "unit_save",
    "units_upsert",
    "usage_flush",
    "usage_forget",
    "usage_note",
    "user_activate",
    "user_deactivate",
    "user_link",
    "user_rights_set",
]
