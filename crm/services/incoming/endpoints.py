"""Incoming endpoints: made, mapped, turned on and off, given a new secret, deleted."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any

from django.db import transaction
from django.utils import timezone

from common.errors import Conflict, FieldError, Invalid, gettext_noop
from common.records import Refused
from crm.calc.json_paths import path_check
from crm.calc.mapping import MAPPED, mapping_json, mapping_read
from crm.models import IncomingAuth, IncomingEndpoint
from crm.models.incoming import new_public_id
from crm.services.incoming.secrets import ALGORITHMS
from org.models import User
from org.services import audit_record

MOST_ENDPOINTS = 50
FORMER_SECRET = dt.timedelta(days=1)
_HEADER = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]{0,99}")
_NEED_HEADER = (IncomingAuth.HMAC, IncomingAuth.TOKEN)
SETTABLE = ("name", "source", "resource", "records_path", "auth", "header", "algorithm", "time_header")


@transaction.atomic
def incoming_save(
    *, endpoint: IncomingEndpoint | None = None, values: dict[str, str], actor: User | None
) -> IncomingEndpoint:
    """Make or change an endpoint; ``values`` are those of ``SETTABLE``.

    With other records the mapping goes, as its fields are no longer there. Raises Invalid, field by field.
    """
    saved = endpoint or IncomingEndpoint()
    before = None if endpoint is None else _said(endpoint)
    told = {name: values.get(name, "").strip() for name in SETTABLE}
    _check(told, is_new=endpoint is None)
    if told["auth"] not in _NEED_HEADER:
        told["header"] = ""
    if told["auth"] != IncomingAuth.HMAC:
        told["time_header"], told["algorithm"] = "", ALGORITHMS[0]
    if saved.resource != told["resource"]:
        saved.mapping = {}
    for name, value in told.items():
        setattr(saved, name, value)
    saved.save()
    audit_record(actor=actor, action="crm.incoming.save", subject=saved, before=before, after=_said(saved))
    return saved


@transaction.atomic
def incoming_map(
    *, endpoint: IncomingEndpoint, mapping: Any, records_path: str, actor: User | None
) -> IncomingEndpoint:
    """Keep where fields stand; what waited for it is applied then. Raises Invalid, field by field."""
    current = IncomingEndpoint.objects.select_for_update().get(pk=endpoint.pk)
    _path_of(records_path)
    read = mapping_read(current.resource, mapping)
    before = {"mapping": current.mapping, "records_path": current.records_path}
    current.mapping, current.records_path = mapping_json(read), records_path
    current.save(update_fields=["mapping", "records_path"])
    after = {"mapping": current.mapping, "records_path": records_path}
    audit_record(actor=actor, action="crm.incoming.map", subject=current, before=before, after=after)
    return current


@transaction.atomic
def incoming_switch(*, endpoint: IncomingEndpoint, is_active: bool, actor: User | None) -> None:
    """Turn an endpoint on or off: one that is off takes nothing and applies nothing."""
    current = IncomingEndpoint.objects.select_for_update().get(pk=endpoint.pk)
    if current.is_active == is_active:
        return
    current.is_active = is_active
    current.save(update_fields=["is_active"])
    audit_record(actor=actor, action="crm.incoming.switch", subject=current, after={"is_active": is_active})


@transaction.atomic
def incoming_secret_renew(*, endpoint: IncomingEndpoint, actor: User | None) -> None:
    """Give an endpoint a new secret; for a day the former one is believed as well."""
    current = IncomingEndpoint.objects.select_for_update().get(pk=endpoint.pk)
    current.former_seed, current.former_until = current.seed, timezone.now() + FORMER_SECRET
    current.seed = new_public_id()
    current.save(update_fields=["seed", "former_seed", "former_until"])
    audit_record(actor=actor, action="crm.incoming.secret", subject=current)


@transaction.atomic
def incoming_delete(*, endpoint: IncomingEndpoint, actor: User | None) -> None:
    """Delete an endpoint with its log; the records it brought stay."""
    audit_record(actor=actor, action="crm.incoming.delete", subject=endpoint, before=_said(endpoint))
    endpoint.delete()


def _check(told: dict[str, str], *, is_new: bool) -> None:
    errors = []

    def refuse(name: str, message: str) -> None:
        errors.append(FieldError(name, message))

    if not told["name"] or len(told["name"]) > 100:
        refuse("name", gettext_noop("Give a name of 1 to 100 characters."))
    if not told["source"] or len(told["source"]) > 40 or "\x00" in told["source"]:
        refuse("source", gettext_noop("Give a source of 1 to 40 characters."))
    if told["resource"] not in MAPPED:
        refuse("resource", gettext_noop("There is no such resource."))
    if told["auth"] not in IncomingAuth.values:
        refuse("auth", gettext_noop("Choose how the sender proves itself."))
    if told["auth"] in _NEED_HEADER and not _HEADER.fullmatch(told["header"]):
        refuse("header", gettext_noop("Give the header's name, such as X-Signature."))
    if told["auth"] == IncomingAuth.HMAC:
        if told["algorithm"] not in ALGORITHMS:
            refuse("algorithm", gettext_noop("Choose an algorithm."))
        if told["time_header"] and not _HEADER.fullmatch(told["time_header"]):
            refuse("time_header", gettext_noop("Give the header's name, such as X-Signature."))
    try:
        _path_of(told["records_path"])
    except Invalid as error:
        errors += error.errors
    if errors:
        raise Invalid(gettext_noop("Some fields are not valid."), errors=errors)
    if is_new and IncomingEndpoint.objects.count() >= MOST_ENDPOINTS:
        message = gettext_noop("There are %(max)s endpoints already; delete one first.")
        raise Conflict(message, params={"max": MOST_ENDPOINTS})


def _path_of(path: str) -> None:
    try:
        if path:
            path_check(path)
    except Refused as refused:
        raise Invalid(
            refused.message, field="records_path", code=refused.code, params=refused.params
        ) from None


def _said(endpoint: IncomingEndpoint) -> dict[str, Any]:
    return {name: getattr(endpoint, name) for name in SETTABLE}
