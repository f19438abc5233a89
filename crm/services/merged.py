"""What arrives under the key of a record that was merged away: it goes to the record that it went into.

The deleted row keeps what its key last said. Only what the key says *anew* goes on to the survivor, so that
a CRM that knows nothing of the merge and sends both records every night changes nothing by repeating itself.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from common.errors import FieldError, gettext_noop
from common.records import RecordResult
from crm.services.changes import Change, Resource
from crm.services.references import MERGEABLE, References
from crm.services.rows import Built, contact_keys
from crm.services.tables import among, update_rows
from crm.services.tenures import ownerships_settle

Followers = list[tuple[RecordResult, Change]]


def merged_columns(kind: Resource) -> tuple[str, ...]:
    """The column that says where a record of this kind went, if it can go anywhere."""
    return ("merged_into_id",) if kind.model in MERGEABLE else ()


def survivor_key(kind: Resource, source: str, external_id: str) -> tuple[str, str] | None:
    """The source and external id of the record that the one of this key was merged into, if it was."""
    if kind.model not in MERGEABLE:
        return None
    merged = kind.model._default_manager.filter(source=source, external_id=external_id)
    found: tuple[str, str] | None = (
        merged.filter(merged_into__isnull=False)
        .values_list("merged_into__source", "merged_into__external_id")
        .first()
    )
    return found


def changes_redirect(
    kind: Resource, changes: list[Change], refs: References
) -> tuple[list[Change], Followers]:
    """The changes with those of merged records as changes of their survivors, each survivor once.

    What the others of a survivor become is told after it: the followers, each with the change it follows.
    """
    merged = [change for change in changes if change.before and change.before.get("merged_into_id")]
    if not merged:
        return changes, []
    stored = _survivors(kind, merged, refs)
    kept = [change for change in changes if not _target(change)]
    found = {change.id: change for change in kept if change.id}
    followers: Followers = []
    said_anew = []
    for change in merged:
        target = _target(change)
        if target not in stored:
            message = gettext_noop("There is no such record that is yours to change.")
            change.result.errors.append(FieldError("external_id", message, "not_found"))
            continue
        said = _said(change)
        if said:
            said_anew.append(change)
        if target not in found:
            row = stored[target]
            columns = {name: row[name] for name in change.after}
            found[target] = Change(change.result, Built(columns), None, row, target)
            kept.append(found[target])
        else:
            followers.append((change.result, found[target]))
        found[target].after.update(said)
        found[target].after.update(keys_of(found[target].after))
        found[target].recorded_at = found[target].recorded_at or (change.recorded_at if said else None)
        if "owner_id" in said:
            found[target].built.owner_from = change.built.owner_from
    ownerships_settle(kind, [found[_target(change)] for change in said_anew], refs)
    _note(kind, said_anew, refs)
    return kept, followers


def _target(change: Change) -> int:
    return (change.before or {}).get("merged_into_id") or 0


def _said(change: Change) -> dict[str, Any]:
    """What the key of a merged record says now and didn't say before; that it belongs to its survivor is
    no news."""
    assert change.before is not None
    before, target = change.before, _target(change)
    said = {
        name: value
        for name, value in change.after.items()
        if value != before[name] and not (name == "parent_id" and value == target)
    }
    if said.keys() & {"annual_revenue_minor", "currency"}:  # an amount means nothing without its currency
        said |= {name: change.after[name] for name in ("annual_revenue_minor", "currency")}
    return said


def keys_of(columns: Mapping[str, Any]) -> dict[str, str]:
    """The keys by which an account or a lead of these columns is known again."""
    name = columns.get("company_name") or columns["name"]
    return contact_keys(name, columns["phone"], columns["website"], columns.get("email", ""))


def _survivors(kind: Resource, merged: Sequence[Change], refs: References) -> dict[int, dict[str, Any]]:
    """The rows that the merged ones went into and that may be changed, locked, with the same columns."""
    names = ("id", "deleted_at", "owner_since", *merged[0].after, *kind.derived, *merged_columns(kind))
    rows: Any = kind.model._default_manager.filter(among("pk", {_target(change) for change in merged}))
    if refs.scope is not None:
        rows = refs.scope.restrict(rows, "owner")
    locked = rows.order_by("pk").select_for_update(of=("self",), no_key=True)
    return {row[0]: dict(zip(names, row, strict=True)) for row in locked.values_list(*names)}


def _note(kind: Resource, said_anew: Sequence[Change], refs: References) -> None:
    """Keep what the keys of merged records said last."""
    if said_anew:
        columns = (*said_anew[0].after, "updated_at")
        update_rows(kind.model, columns, [(*c.after.values(), refs.now, c.id) for c in said_anew])
