"""Records that people enter, change and delete in the browser: the same writes as every other door's.

A new record is of the source "local". A record of another source may be changed too: what stands here counts
until that source sends the record again.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from django.db import transaction

from common.errors import Conflict, Invalid, NotAllowed, NotFound, gettext_noop
from crm import policies
from crm.models import LOCAL, Account, Activity, Lead, Opportunity, Payment
from crm.selectors.picks import pick_get
from crm.selectors.shapes import record_shape
from crm.services.changes import RESOURCES
from crm.services.deletion import record_delete
from crm.services.patch import record_patch
from crm.services.references import own_key
from crm.services.upsert import records_upsert
from org.models import Person, User
from org.scope import Scope
from org.services import audit_record

Record = Account | Activity | Lead | Opportunity | Payment
# The fields by which a form refers to another record, with their kind among ``crm.selectors.picks``.
LINKS = {"account": "account", "opportunity": "deal", "lead": "lead", "parent": "account"}


@transaction.atomic
def record_enter(
    *, resource: str, key: str, fields: Mapping[str, Any], owner: Person, actor: User, scope: Scope
) -> Any:
    """Enter a record of the source "local" for an owner; returns its row.

    ``key`` is made with the form, so that sent twice counts once. ``fields`` are those of the API, references
    by ``own_key``. Raises NotAllowed, and Invalid with what is wrong at which field.
    """
    if not policies.may_enter(scope):
        raise NotAllowed(gettext_noop("Only people of the company enter records."))
    if pick_get(("person",), f"person-{owner.pk}", scope=scope) is None:
        raise Invalid(gettext_noop("Choose yourself or somebody you lead."), field="owner")
    rows: Any = RESOURCES[resource].model._default_manager
    stored = rows.filter(source=LOCAL, external_id=key).first()
    if stored is not None:
        if not policies.may_work(scope, stored.owner_id):
            raise NotFound(gettext_noop("There is no such record."))
        return stored
    record = {**fields, "external_id": key, "owner": owner.employee_number}
    # What is referred to is looked up in the scope here.
    [result] = records_upsert(resource=resource, source=LOCAL, records=[record], actor=actor, scope=scope)
    if result.errors:
        raise Invalid(result.errors[0].message, errors=result.errors)
    made = rows.get(pk=result.id)
    told = {name: value for name, value in record.items() if value not in (None, "", [], False)}
    audit_record(actor=actor, action="crm.record.enter", subject=made, after=told)
    return made


@transaction.atomic
def deal_enter(
    *,
    key: str,
    fields: Mapping[str, Any],
    new_account: Mapping[str, Any],
    owner: Person,
    actor: User,
    scope: Scope,
) -> Opportunity:
    """Enter a deal and, where one is named, the new account that it is with; both belong to the owner."""
    asker: dict[str, Any] = {"owner": owner, "actor": actor, "scope": scope}
    if new_account:
        account: Account = record_enter(resource="accounts", key=key, fields=new_account, **asker)
        fields = {**fields, "account": own_key(account.pk)}
    deal: Opportunity = record_enter(resource="opportunities", key=key, fields=fields, **asker)
    return deal


@transaction.atomic
def record_edit(
    *, resource: str, pk: int, changes: Mapping[str, Any], seen: dt.datetime, actor: User, scope: Scope
) -> Any:
    """Change fields of a record in scope, by whoever works on it; returns its row.

    ``seen`` is the ``updated_at`` that the changes were judged by. The owner is handed over, not edited.
    Raises NotFound, NotAllowed, Invalid, and Conflict if the record has changed meanwhile.
    """
    row = _workable(resource, pk, scope)
    if row.updated_at != seen:
        raise Conflict(gettext_noop("Somebody has changed this record meanwhile."))
    if not changes:
        return row
    _demand_links(changes, scope)
    # What the record referred to before may lie out of the editor's sight; it stays.
    everyone = Scope.everyone(reason="record_edit", on=scope.on)
    before = record_shape(_whole(resource, pk))
    result = record_patch(
        resource=resource,
        source=row.source,
        external_id=row.external_id,
        changes=changes,
        scope=everyone,
        actor=actor,
    )
    if result.errors:
        raise Invalid(result.errors[0].message, errors=result.errors)
    made = _whole(resource, pk)
    after = record_shape(made)
    changed = [name for name, value in before.items() if value != after[name] and name not in _STAMPS]
    if changed:
        told = ({name: shape[name] for name in changed} for shape in (before, after))
        audit_record(actor=actor, action="crm.record.edit", subject=made, before=next(told), after=next(told))
    return made


@transaction.atomic
def record_remove(*, resource: str, pk: int, actor: User, scope: Scope) -> Any:
    """Delete a record in scope, softly; what hangs on it must be moved or deleted first.

    Raises NotFound, NotAllowed, and Conflict for an account or a deal that others refer to.
    """
    row = _workable(resource, pk, scope)
    if not policies.may_remove(scope, row.owner_id, row.source):
        message = gettext_noop(
            "“%(source)s” sent this record; an administrator deletes it, or it goes there."
        )
        raise NotAllowed(message, params={"source": row.source})
    hanging: list[Any] = [row.payments] if isinstance(row, Opportunity) else []
    hanging += [row.opportunities, row.payments] if isinstance(row, Account) else []
    if any(others.filter(deleted_at=None).exists() for others in hanging):
        raise Conflict(gettext_noop("Deals or payments hang on this record; move or delete them first."))
    record_delete(resource=resource, source=row.source, external_id=row.external_id, actor=actor, scope=scope)
    audit_record(actor=actor, action="crm.record.delete", subject=row, before=record_shape(row))
    return row


_STAMPS = ("recorded_at", "updated_at")


def _workable(resource: str, pk: int, scope: Scope) -> Any:
    """The record, locked, if it is in scope and its owner's records may be worked on."""
    rows: Any = RESOURCES[resource].model._default_manager.filter(pk=pk, deleted_at=None)
    row = scope.restrict(rows, "owner").select_for_update(of=("self",), no_key=True).first()
    if row is None:
        raise NotFound(gettext_noop("There is no such record."))
    if not policies.may_work(scope, row.owner_id):
        raise NotAllowed(gettext_noop("Records are their owners' and their managers' to change."))
    return row


def _whole(resource: str, pk: int) -> Any:
    rows: Any = RESOURCES[resource].model._default_manager
    return rows.get(pk=pk)


def _demand_links(changes: Mapping[str, Any], scope: Scope) -> None:
    """Refuse what would be referred to anew and is out of scope."""
    if "owner" in changes:
        raise Invalid(gettext_noop("Hand the record over instead of editing its owner."), field="owner")
    for name, kind in LINKS.items():
        key = changes.get(name)
        if key and pick_get((kind,), f"{kind}-{str(key).removeprefix('pk:')}", scope=scope) is None:
            raise Invalid(gettext_noop("There is no such record that you may see."), field=name)
