"""Create or replace records of one resource, up to ten thousand at a time, in one transaction.

Read all → look up what they refer to → build rows → compare with what is stored → write in bulk → history,
credit and first-won flags of deals → the outbox. Refused records change nothing; the others stand.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import IntegrityError, models, transaction

from common.errors import FieldError, Invalid, gettext_noop
from common.records import MAX_RECORDS, RecordResult, duplicates, read_record
from crm.calc.fields import FIELDS
from crm.models import Account, Activity, ChangedDay, Lead, Opportunity, Payment, Product
from crm.services.deals import deals_settle, parts_stored, payments_settle
from crm.services.references import References
from crm.services.rows import BUILDERS, Built
from crm.services.tables import chunks, insert_rows, update_rows
from org.models import User

PersonDay = tuple[int, dt.date]


@dataclass(frozen=True)
class Resource:
    """A kind of record: its table, and the dates on which its facts count for somebody."""

    name: str
    model: type[models.Model]
    dates: tuple[str, ...] = ()

    @property
    def table(self) -> str:
        return self.model._meta.db_table


RESOURCES = {
    resource.name: resource
    for resource in (
        Resource("products", Product),
        Resource("accounts", Account),
        Resource("leads", Lead, ("created_on", "qualified_on", "closed_on")),
        Resource("opportunities", Opportunity, ("opened_on", "closed_on", "quote_sent_on")),
        Resource("activities", Activity, ("occurred_on",)),
        Resource("payments", Payment, ("received_on",)),
    )
}


@dataclass
class Change:
    """One record on its way: what was stored (None: nothing), what shall be."""

    result: RecordResult
    built: Built
    recorded_at: dt.datetime | None
    before: dict[str, Any] | None = None
    id: int = 0
    people: set[int] = field(default_factory=set)

    @property
    def after(self) -> dict[str, Any]:
        return self.built.columns

    def old(self, name: str) -> Any:
        """A column as it was; None for a new or deleted record."""
        if self.before is None or self.before["deleted_at"] is not None:
            return None
        return self.before[name]

    def is_changed(self, *names: str) -> bool:
        return any(self.old(name) != self.after[name] for name in names)


def records_upsert(
    *, resource: str, source: str, records: Sequence[Mapping[str, Any]], actor: User | None = None
) -> list[RecordResult]:
    """Create or replace records by (source, external_id); one result a record, in their order.

    Statuses: created, updated (also when it was deleted), unchanged, error. Raises Invalid for an unknown
    resource, an unusable source, or more than 10,000 records. ``actor`` is who sends them (for symmetry with
    other services: facts are audited by their own history).
    """
    kind = RESOURCES.get(resource)
    if kind is None:
        raise Invalid(gettext_noop("There is no such resource."), field="resource")
    if not source or len(source) > 40 or "\x00" in source:
        raise Invalid(gettext_noop("Give a source of 1 to 40 characters."), field="source")
    if len(records) > MAX_RECORDS:
        message = gettext_noop("At most %(max)s records at a time, these are %(count)s.")
        raise Invalid(message, field="records", params={"max": MAX_RECORDS, "count": len(records)})
    for attempt in (1, 2):
        try:
            with transaction.atomic():
                return _upsert(kind, source, records)
        except IntegrityError:
            # Somebody else created one of them between our look and our write: look again, once.
            if attempt == 2:
                raise
    raise AssertionError("unreachable")


def _upsert(kind: Resource, source: str, records: Sequence[Mapping[str, Any]]) -> list[RecordResult]:
    results, values = _read(kind, records)
    refs = References.of(source, [each for each in values if each is not None])
    changes = _build(kind, results, values, refs)
    _find_stored(kind, source, changes)
    changed = [change for change in changes if not _is_same(kind, change)]
    if kind.name == "opportunities":
        changed = _with_changed_parts(changes, changed)
    _write(kind, source, changed, refs)
    pairs = _person_days(kind, changed)
    if kind.name == "opportunities":
        pairs |= deals_settle(changed, refs)
    elif kind.name == "payments":
        pairs |= payments_settle([change.id for change in changed])
    outbox_add(pairs, refs.now)
    for change in changes:
        change.result.id = change.id
    return results


def _read(
    kind: Resource, records: Sequence[Mapping[str, Any]]
) -> tuple[list[RecordResult], list[dict[str, Any] | None]]:
    """Results with the errors of reading, and the values of the records that can be read."""
    fields = FIELDS[kind.name]
    keys = [str(r.get("external_id") or "").strip() if isinstance(r, Mapping) else "" for r in records]
    again = duplicates(keys)
    results, values = [], []
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
            body = {name: value for name, value in record.items() if name != "external_id"}
            values[at], result.errors = read_record(fields, body)
            if result.errors:
                values[at] = None
    return results, values


def _build(
    kind: Resource,
    results: Sequence[RecordResult],
    values: Sequence[dict[str, Any] | None],
    refs: References,
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
            changes.append(Change(result, built, read["recorded_at"]))
    return changes


def _find_stored(kind: Resource, source: str, changes: Sequence[Change]) -> None:
    """Read and lock the rows stored under these external ids, in the order of their ids."""
    if not changes:
        return
    extra = ("is_first_won",) if kind.name == "opportunities" else ()
    extra += ("is_shared",) if kind.name == "payments" else ()
    columns = ("external_id", "id", "deleted_at", *changes[0].after, *extra)
    stored: dict[str, dict[str, Any]] = {}
    for chunk in chunks(change.result.external_id for change in changes):
        rows = kind.model._default_manager.filter(source=source, external_id__in=chunk).order_by("pk")
        for row in rows.select_for_update(of=("self",)).values_list(*columns):
            stored[row[0]] = dict(zip(columns, row, strict=True))
    for change in changes:
        change.before = stored.get(change.result.external_id)
        if change.before is not None:
            change.id = change.before["id"]


def _is_same(kind: Resource, change: Change) -> bool:
    """Whether the stored row already says all this; sets the result's status."""
    if change.before is None:
        change.result.status = "created"
        return False
    before = change.before
    same = before["deleted_at"] is None and all(before[name] == value for name, value in change.after.items())
    change.result.status = "unchanged" if same else "updated"
    return same


def _with_changed_parts(changes: Sequence[Change], changed: list[Change]) -> list[Change]:
    """Also those deals whose own columns stay while their lines or splits change."""
    same = [change for change in changes if change.result.status == "unchanged"]
    stored = parts_stored([change.id for change in same])
    for change in same:
        if stored.get(change.id, ([], [])) != (
            sorted(change.built.lines, key=str),
            sorted(change.built.splits),
        ):
            change.result.status = "updated"
            changed.append(change)
    return changed


def _write(kind: Resource, source: str, changed: Sequence[Change], refs: References) -> None:
    """Insert the new rows and update the others; every change gets its id."""
    fresh = [change for change in changed if change.before is None]
    stale = [change for change in changed if change.before is not None]
    if fresh:
        names = tuple(fresh[0].after)
        extra: dict[str, Any] = {"is_first_won": False} if kind.name == "opportunities" else {}
        extra |= {"is_shared": False} if kind.name == "payments" else {}
        columns = ("source", "external_id", "recorded_at", "created_at", "updated_at", *extra, *names)
        now, tail = refs.now, tuple(extra.values())
        rows = [
            (source, c.result.external_id, c.recorded_at or now, now, now, *tail, *c.after.values())
            for c in fresh
        ]
        insert_rows(kind.table, columns, rows)
        ids: dict[str, int] = {}
        for chunk in chunks(change.result.external_id for change in fresh):
            found = kind.model._default_manager.filter(source=source, external_id__in=chunk)
            ids.update(found.values_list("external_id", "pk"))
        for change in fresh:
            change.id = ids[change.result.external_id]
    if stale:
        columns = (*stale[0].after, "recorded_at", "updated_at", "deleted_at")
        update_rows(
            kind.table,
            columns,
            [(*c.after.values(), c.recorded_at or refs.now, refs.now, None, c.id) for c in stale],
        )


def _person_days(kind: Resource, changed: Iterable[Change]) -> set[PersonDay]:
    """(person, day) for the old and the new owner on each old and new day a metric may count on."""
    pairs: set[PersonDay] = set()
    for change in changed:
        for name in kind.dates:
            old, new = change.old(name), change.after[name]
            if old is not None:
                pairs.add((change.old("owner_id"), old))
            if new is not None:
                pairs.add((change.after["owner_id"], new))
    return pairs


def outbox_add(pairs: Iterable[PersonDay], now: dt.datetime) -> None:
    """Put person-days into the outbox, in the transaction that changed them."""
    table = ChangedDay._meta.db_table
    insert_rows(table, ("person_id", "day", "created_at"), [(*pair, now) for pair in sorted(pairs)])
