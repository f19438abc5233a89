"""Create or replace records of one resource, up to ten thousand at a time, in one transaction.

Read all → look up what they refer to → build rows → compare with what is stored → write in bulk → history,
credit and first-won flags of deals → the outbox. Refused records change nothing; the others stand.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from django.db import IntegrityError, OperationalError, transaction

from common.errors import FieldError, Invalid, gettext_noop
from common.records import MAX_RECORDS, RecordResult, duplicates, read_record
from crm.calc.fields import FIELDS
from crm.models import Opportunity
from crm.selectors import READ_ONLY
from crm.selectors.records import with_parts
from crm.services import deal_rows, rows
from crm.services.changes import RESOURCES, Change, PersonDay, Resource, outbox_add
from crm.services.credits import parts_stored, payments_settle
from crm.services.deals import deals_settle
from crm.services.merged import changes_redirect, merged_columns
from crm.services.references import References
from crm.services.tables import among, insert_rows, update_rows
from crm.services.tenures import ownerships_settle, tenures_write
from org.models import User
from org.scope import Scope

Records = Sequence[Mapping[str, Any]]
# Told of the changes of a batch before they are written, in the same transaction; anew at each attempt.
Witness = Callable[[Resource, Sequence[Change], dt.datetime], None]
_NOT_READ = frozenset(("external_id", *READ_ONLY))
BUILDERS = {
    "products": rows.product,
    "accounts": rows.account,
    "leads": rows.lead,
    "opportunities": deal_rows.opportunity,
    "activities": rows.activity,
    "payments": rows.payment,
}


def records_upsert(
    *,
    resource: str,
    source: str,
    records: Records,
    actor: User | None = None,
    scope: Scope | None = None,
    with_deleted: bool = False,
    witness: Witness | None = None,
) -> list[RecordResult]:
    """Create or replace records by (source, external_id); one result a record, in their order.

    Statuses: created, updated (also when it was deleted), unchanged, error. With a ``scope``, records out of
    it are refused and references out of it not found. ``with_deleted`` lets references point to deleted
    records; ``witness`` sees what is about to change. Raises Invalid for an unknown resource, an unusable
    source, or more than 10,000 records.
    ``actor`` is who sends them (for symmetry with other services: facts are audited by their own history).
    """
    kind = RESOURCES.get(resource)
    if kind is None:
        raise Invalid(gettext_noop("There is no such resource."), field="resource")
    if not source or len(source) > 40 or "\x00" in source:
        raise Invalid(gettext_noop("Give a source of 1 to 40 characters."), field="source")
    if len(records) > MAX_RECORDS:
        message = gettext_noop("At most %(max)s records at a time, these are %(count)s.")
        raise Invalid(message, field="records", params={"max": MAX_RECORDS, "count": len(records)})
    for attempt in (1, 2, 3):
        try:
            with transaction.atomic():
                return _upsert(kind, records, References(source, scope, with_deleted), witness)
        except (IntegrityError, OperationalError):
            # Somebody else created one of them between our look and our write, or each of us waited for the
            # other: look again.
            if attempt == 3:
                raise
    raise AssertionError("unreachable")


def _upsert(
    kind: Resource, records: Records, refs: References, witness: Witness | None
) -> list[RecordResult]:
    results, values = _read(kind, records)
    refs.find([each for each in values if each is not None])
    changes = _build(kind, results, values, refs)
    changes = _with_stored(kind, changes, refs)
    if kind.tenure_link:
        ownerships_settle(kind, changes, refs)
    changes, followers = changes_redirect(kind, changes, refs)
    changed = [change for change in changes if not _is_same(change)]
    if kind.model is Opportunity:
        changed += _with_other_parts(changes)
    if witness is not None:
        witness(kind, changed, refs.now)
    changes_write(kind, changed, refs)
    for change in changes:
        change.result.id = change.id
    for result, change in followers:
        result.status, result.id = change.result.status, change.id
    return results


def changes_write(kind: Resource, changed: Sequence[Change], refs: References) -> None:
    """Write changed rows and what follows from them, and put the days they touch into the outbox."""
    _write(kind, changed, refs)
    pairs = _person_days(kind, changed) | tenures_write(kind, changed, refs.now)
    if kind.model is Opportunity:
        pairs |= deals_settle(kind, changed, refs)
    elif kind.name == "payments":
        pairs |= _payments_settle(kind, changed)
    outbox_add(pairs, refs.now)


def _read(kind: Resource, records: Records) -> tuple[list[RecordResult], list[dict[str, Any] | None]]:
    """Results with the errors of reading, and the values of the records that can be read."""
    fields = FIELDS[kind.name]
    keys = [str(r.get("external_id") or "").strip() if isinstance(r, Mapping) else "" for r in records]
    again = duplicates(keys)
    results: list[RecordResult] = []
    values: list[dict[str, Any] | None] = []
    for at, (key, record) in enumerate(zip(keys, records, strict=True)):
        result = RecordResult(key)
        results.append(result)
        values.append(None)
        if not key or len(key) > 120 or "\x00" in key:
            message = gettext_noop("Give an external id of 1 to 120 characters.")
            result.errors.append(FieldError("external_id", message, "required"))
        elif at in again:
            message = gettext_noop(
                "This external id comes again later in the batch; only the last one counts."
            )
            result.errors.append(FieldError("external_id", message, "duplicate"))
        else:
            body = {name: value for name, value in record.items() if name not in _NOT_READ}
            read, result.errors = read_record(fields, body)
            if not result.errors:
                values[at] = read
    return results, values


def _build(
    kind: Resource, results: Sequence[RecordResult], values: Sequence[dict[str, Any] | None], refs: References
) -> list[Change]:
    builder = BUILDERS[kind.name]
    changes = []
    for result, read in zip(results, values, strict=True):
        if read is None:
            continue
        errors: list[FieldError] = []
        built = builder(read, refs, errors)
        if errors:
            result.errors = errors
        else:
            if kind.tenure_link:
                built.owner_from, built.is_owner_named = read["owner_from"], read["owner"] is not None
            changes.append(Change(result, built, read["recorded_at"]))
    return changes


def _with_stored(kind: Resource, changes: list[Change], refs: References) -> list[Change]:
    """Read and lock the rows stored under these external ids; refuse those out of scope."""
    if not changes:
        return []
    if kind.name == "payments":
        _lock_deals(changes)
    names = ("external_id", "id", "deleted_at", *changes[0].after, *kind.derived, *merged_columns(kind))
    mine = kind.model._default_manager.filter(
        among("external_id", (change.result.external_id for change in changes)), source=refs.source
    ).order_by("pk")
    locked: Any = mine.select_for_update(of=("self",), no_key=True)
    if kind.model is Opportunity:
        locked = with_parts(locked)
        names += ("has_parts",)
    if kind.tenure_link:
        names += ("owner_since",)
    stored = {row[0]: dict(zip(names, row, strict=True)) for row in locked.values_list(*names)}
    for change in changes:
        change.before = stored.get(change.result.external_id)
        if change.before is not None:
            change.id = change.before["id"]
    if refs.scope is None or refs.scope.sees_everything or not kind.has_owner or not stored:
        return changes
    visible = set(refs.scope.restrict(mine, "owner").values_list("pk", flat=True))
    message = gettext_noop("There is no such record that is yours to change.")
    for change in changes:
        if change.before is not None and change.id not in visible:
            change.result.errors.append(FieldError("external_id", message, "not_found"))
    return [change for change in changes if not change.result.errors]


def _lock_deals(changes: Sequence[Change]) -> None:
    """Lock the deals that payments hang on, so that their splits can't change meanwhile."""
    deals = {change.after["opportunity_id"] for change in changes} - {None}
    if deals:
        rows = Opportunity.objects.filter(among("pk", deals)).order_by("pk")
        list(rows.select_for_update(of=("self",), no_key=True).values_list("pk"))


def _is_same(change: Change) -> bool:
    """Whether the stored row already says all this; sets the result's status."""
    before = change.before
    if before is None:
        change.result.status = "created"
        return False
    same = before["deleted_at"] is None and all(before[name] == value for name, value in change.after.items())
    same = same and change.ownership == change.ownership_before
    change.result.status = "unchanged" if same else "updated"
    return same


def _with_other_parts(changes: Sequence[Change]) -> list[Change]:
    """Those deals whose own columns stay while their lines or splits change."""
    same = [change for change in changes if change.result.status == "unchanged"]
    stored = parts_stored([change.id for change in same if change.had_parts])
    found = []
    for change in same:
        parts = (sorted(change.built.lines, key=str), sorted(change.built.splits))
        if stored.get(change.id, ([], [])) != parts:
            change.result.status = "updated"
            found.append(change)
    return found


def _write(kind: Resource, changed: Sequence[Change], refs: References) -> None:
    """Insert the new rows and update the others; every change gets its id."""
    fresh = [change for change in changed if change.before is None]
    stale = [change for change in changed if change.before is not None]
    now = refs.now
    if fresh:
        head = ("source", "external_id", "recorded_at", "created_at", "updated_at", *kind.derived)
        insert_rows(
            kind.model,
            (*head, *fresh[0].after),
            [
                (
                    *(refs.source, c.result.external_id, c.recorded_at or now, now, now),
                    *c.derived(kind),
                    *c.after.values(),
                )
                for c in fresh
            ],
        )
        written = kind.model._default_manager.filter(
            among("external_id", (change.result.external_id for change in fresh)), source=refs.source
        )
        ids = dict(written.values_list("external_id", "pk"))
        for change in fresh:
            change.id = ids[change.result.external_id]
    if stale:
        update_rows(
            kind.model,
            (*stale[0].after, *kind.derived, "recorded_at", "updated_at", "deleted_at"),
            [(*c.after.values(), *c.derived(kind), c.recorded_at or now, now, None, c.id) for c in stale],
        )


def _person_days(kind: Resource, changed: Iterable[Change]) -> set[PersonDay]:
    """(person, day) for the old and the new owner on each old and new day a metric may count on."""
    pairs: set[PersonDay] = set()
    for change in changed:
        pairs |= change.counted(kind)
    return pairs


def _payments_settle(kind: Resource, changed: Sequence[Change]) -> set[PersonDay]:
    """Credit payments as their deals are, where a deal is shared or was."""
    days = {
        change.id: change.days(kind)
        for change in changed
        if change.after["opportunity_id"] is not None or change.was_shared
    }
    return payments_settle(list(days), days)
