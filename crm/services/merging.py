"""Two or more accounts or leads turn out to be one: merged in one transaction, parted again for 30 days.

What hangs on the losers moves to the survivor; facts keep their owners, segments and days, so no figure by
owner moves, except that a merged lead counts once instead of twice. Of several first won deals one stays.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.db.models import Model
from django.utils import timezone
from django.utils.translation import gettext

from common.errors import Conflict, Invalid, NotAllowed, NotFound, gettext_noop
from common.records import RecordResult
from crm import policies
from crm.calc.merging import MERGE_FIELDS, choices
from crm.calc.ownership import Handing, Ownership
from crm.models import Account, Opportunity, RecordMerge
from crm.selectors.merging import HANGING, Placeholders, columns_of, placeholders_get
from crm.services.changes import RESOURCES, Change, PersonDay, Resource, outbox_add
from crm.services.deals import first_won_refresh, person_days_of
from crm.services.deletion import rows_delete
from crm.services.imports.journal import Image, json_value, ownership_told, records_restore
from crm.services.merged import keys_of
from crm.services.owners import ownerships_stored
from crm.services.references import References
from crm.services.rows import Built
from crm.services.tables import among
from crm.services.upsert import changes_write
from org.models import User
from org.scope import Scope
from org.services import audit_record

KEPT = dt.timedelta(days=30)
MOST = 50
Moved = dict[str, dict[str, list[int]]]


@dataclass(frozen=True)
class Asked:
    """What shall become one: ``others`` go into ``into``.

    ``chosen`` says by field (``MERGE_FIELDS``) whose value stays; left out, the survivor's, else the first of
    the others that says anything. ``seen_at`` is when the asker looked at the records.
    """

    into: int
    others: tuple[int, ...]
    chosen: Mapping[str, int]
    seen_at: dt.datetime | None = None

    @property
    def ids(self) -> tuple[int, ...]:
        return (self.into, *self.others)


@transaction.atomic
def records_merge(*, resource: str, asked: Asked, actor: User, scope: Scope) -> RecordMerge:
    """Merge accounts or leads in scope; returns what it takes to part them again.

    Raises NotFound for what is out of scope or deleted, NotAllowed where somebody else's record would be
    merged, Invalid for nonsense and for accounts that would belong to themselves, Conflict if one of them
    changed since the asker looked.
    """
    if resource not in HANGING:
        raise Invalid(gettext_noop("Only accounts and leads can be merged."), field="resource")
    kind = RESOURCES[resource]
    rows = _locked(kind, asked, scope)
    survivor, losers = rows[asked.into], [rows[pk] for pk in asked.others]
    refs = References(survivor.source, with_deleted=True)
    columns = {pk: columns_of(resource, row) for pk, row in rows.items()}
    after = _after(resource, asked, columns, placeholders_get())
    if resource == "accounts":
        after["parent_id"] = _parent(asked, columns, after["parent_id"])
    owned = ownerships_stored(kind.tenure_link, {pk: row.owner_id for pk, row in rows.items()})
    images = {pk: _image(row, columns[pk], owned[pk]) for pk, row in rows.items()}
    first_won = _first_won(asked.ids) if resource == "accounts" else set()
    moved = _move(resource, asked, refs.now)
    rows_delete(kind, losers, refs.now)
    merged = kind.model._default_manager.filter(among("pk", asked.others))
    merged.update(merged_into=survivor)
    change = _change(survivor, columns[asked.into], after)
    change.ownership_before = own = owned[asked.into]
    change.ownership = _handed(own, after["owner_id"], actor, refs)
    changes_write(kind, [change], refs)
    _first_won_settle(first_won, {asked.into}, refs.now)
    made = RecordMerge.objects.create(
        resource=resource,
        survivor=asked.into,
        losers=list(asked.others),
        images=images,
        moved=moved,
        made_by=actor,
        made_at=refs.now,
    )
    _audit(made, actor, survivor, losers, columns[asked.into], after)
    return made


def _locked(kind: Resource, asked: Asked, scope: Scope) -> dict[int, Any]:
    """The records, locked, if all of them may be merged by the asker."""
    if asked.into in asked.others or len(set(asked.others)) < len(asked.others):
        raise Invalid(gettext_noop("A record can't be merged with itself."), field="from")
    if not 1 <= len(asked.others) < MOST:
        message = gettext_noop("Choose 2 to %(max)s records.")
        raise Invalid(message, field="from", params={"max": MOST})
    rows = scope.restrict(kind.model._default_manager.filter(deleted_at=None, pk__in=asked.ids), "owner")
    # Locked as a whole: a fact that is written meanwhile and names a loser waits until this is done.
    found: dict[int, Any] = {row.pk: row for row in rows.order_by("pk").select_for_update(of=("self",))}
    if len(found) < len(asked.ids):
        raise NotFound(gettext_noop("One of the records is not there any more, or is not yours to see."))
    owners = {row.owner_id for row in found.values()}
    if policies.workable(scope, owners) < owners:
        raise NotAllowed(gettext_noop("Records are their owners' and their managers' to merge."))
    if asked.seen_at is not None and any(row.updated_at > asked.seen_at for row in found.values()):
        raise Conflict(gettext_noop("One of the records has changed since you looked; look again."))
    return found


def _after(
    resource: str, asked: Asked, columns: Mapping[int, dict[str, Any]], placeholders: Placeholders
) -> dict[str, Any]:
    """The survivor's columns as they shall be."""
    whose = choices(columns, resource, asked.ids, placeholders)
    after = dict(columns[asked.into])
    for field in MERGE_FIELDS[resource]:
        pk = asked.chosen.get(field.name, whose[field.name])
        if pk not in columns:
            raise Invalid(gettext_noop("Choose one of the records."), field=field.name)
        after |= {column: columns[pk][column] for column in field.columns}
    return after | keys_of(after)


def _parent(asked: Asked, columns: Mapping[int, dict[str, Any]], chosen: int | None) -> int | None:
    """The account that the merged one belongs to: not one of its own parts, nor one that belongs to it."""
    parent, steps = chosen, 0
    while parent is not None and parent in columns and steps <= len(columns):
        parent, steps = columns[parent]["parent_id"], steps + 1
    if parent in columns:
        return None  # they belonged to each other in a circle
    above, seen = parent, set()
    while above is not None and above not in seen:
        seen.add(above)
        over = Account.objects.filter(pk=above).values_list("parent", "name").first()
        above, name = over if over else (None, "")
        if above in asked.ids:
            message = gettext_noop("“%(name)s” belongs to one of these accounts; choose another parent.")
            raise Invalid(message, field="parent", params={"name": name})
    return parent


def _image(row: Any, columns: Mapping[str, Any], own: Ownership) -> Image:
    """A record as it is, as the journal of imports keeps one."""
    told_columns = {name: json_value(value) for name, value in columns.items()}
    moments = {"recorded_at": json_value(row.recorded_at), "deleted_at": None}
    return {"columns": told_columns, **moments, "lines": [], "splits": [], "former": ownership_told(own)}


def _move(resource: str, asked: Asked, now: dt.datetime) -> Moved:
    """Hang everything on the survivor, deleted rows too; returns what was moved, by kind and loser."""
    moved: Moved = {}
    for name, (model, column) in HANGING[resource].items():
        rows = model._default_manager.filter(**{f"{column}__in": asked.others})
        if column == "parent":  # the parts themselves: who they belonged to stays in them, to be parted again
            rows = rows.exclude(pk__in=asked.ids)
        ids: dict[str, list[int]] = {}
        for pk, loser in rows.order_by("pk").values_list("pk", column):
            ids.setdefault(str(loser), []).append(pk)
        if ids:
            moved[name] = ids
            _hang(model, column, [pk for each in ids.values() for pk in each], asked.into, now)
    return moved


def _hang(model: type[Model], column: str, rows: Collection[int], on: int, now: dt.datetime) -> None:
    told_by = {"updated_at": now} if hasattr(model, "updated_at") and column != "merged_into" else {}
    model._default_manager.filter(among("pk", rows)).update(**{f"{column}_id": on}, **told_by)


def _first_won(accounts: Collection[int]) -> set[int]:
    """The deals that are the first won ones of the accounts; none is while they move."""
    flagged = Opportunity.objects.filter(among("account", accounts), is_first_won=True)
    deals = set(flagged.values_list("pk", flat=True))
    Opportunity.objects.filter(among("pk", deals)).update(is_first_won=False)
    return deals


def _first_won_settle(were: Collection[int], accounts: Collection[int], now: dt.datetime) -> None:
    """Flag anew, and recount the days of all deals that were or are first."""
    if were:
        pairs: set[PersonDay] = first_won_refresh(accounts) | person_days_of(were)
        outbox_add(pairs, now)


def _change(row: Any, before: Mapping[str, Any], after: dict[str, Any]) -> Change:
    """The survivor on its way; it has changed even if no column did."""
    stored = {**before, "id": row.pk, "deleted_at": None}
    result = RecordResult(row.external_id, "updated", id=row.pk)
    return Change(result, Built(after), row.recorded_at, stored, row.pk)


def _handed(own: Ownership, owner: int, actor: User, refs: References) -> Ownership:
    """Whose the survivor is: who is chosen has it from today on, as if it had been handed over here."""
    if owner == own.owner:
        return own
    how = Handing(refs.today, refs.now, is_local=True, reason=gettext("Merged"), by=actor.pk)
    return own.handed(owner, how)


def _audit(
    made: RecordMerge,
    actor: User,
    survivor: Any,
    losers: list[Any],
    before: Mapping[str, Any],
    after: Mapping[str, Any],
) -> None:
    changed = {name for name, value in after.items() if value != before[name] and not name.endswith("_key")}
    audit_record(
        actor=actor,
        action=f"crm.{made.resource[:-1]}.merge",
        subject=survivor,
        before={name: json_value(before[name]) for name in sorted(changed)}
        | {"records": [f"{row} ({row.source}/{row.external_id})" for row in (survivor, *losers)]},
        after={name: json_value(after[name]) for name in sorted(changed)}
        | {"moved": {name: sum(map(len, ids.values())) for name, ids in made.moved.items()}},
    )


@transaction.atomic
def merge_undo(*, pk: int, actor: User, scope: Scope) -> RecordMerge:
    """Part merged records again: each as it was, with what hung on it and still hangs on the survivor.

    What came to the survivor since then stays with it. Raises NotFound, NotAllowed, and Conflict after 30
    days or when one of the records has changed since.
    """
    made = RecordMerge.objects.select_for_update(of=("self",), no_key=True).filter(pk=pk).first()
    if made is None:
        raise NotFound(gettext_noop("There is no such record."))
    kind = RESOURCES[made.resource]
    survivor = _parted(kind, made, scope)
    now = timezone.now()
    accounts = {made.survivor, *made.losers} if made.resource == "accounts" else set()
    first_won = _first_won(accounts) if accounts else set()
    kind.model._default_manager.filter(among("pk", made.losers)).update(merged_into=None)
    images = {int(key): image for key, image in made.images.items()}
    records_restore(kind, survivor.source, images)
    for name, by_loser in made.moved.items():
        model, column = HANGING[made.resource][name]
        for loser, ids in by_loser.items():
            still = model._default_manager.filter(among("pk", ids), **{column: made.survivor})
            _hang(model, column, list(still.values_list("pk", flat=True)), int(loser), now)
    _first_won_settle(first_won, accounts, now)
    made.undone_at, made.undone_by = now, actor
    made.save(update_fields=["undone_at", "undone_by"])
    audit_record(
        actor=actor,
        action=f"crm.{made.resource[:-1]}.unmerge",
        subject=survivor,
        after={"parted": [images[loser]["columns"]["name"] for loser in made.losers]},
    )
    return made


def _parted(kind: Resource, made: RecordMerge, scope: Scope) -> Any:
    """The survivor, if the merge can be undone by the asker; all records are locked."""
    ids = (made.survivor, *made.losers)
    rows = scope.restrict(kind.model._default_manager.filter(pk__in=ids), "owner")
    found: dict[int, Any] = {row.pk: row for row in rows.order_by("pk").select_for_update(of=("self",))}
    if len(found) < len(ids):
        raise NotFound(gettext_noop("There is no such record."))
    owners = {row.owner_id for row in found.values()}
    if policies.workable(scope, owners) < owners:
        raise NotAllowed(gettext_noop("Records are their owners' and their managers' to merge."))
    if made.undone_at is not None:
        raise Conflict(gettext_noop("This merge is undone already."))
    if made.made_at < timezone.now() - KEPT:
        raise Conflict(gettext_noop("A merge can be undone for 30 days."))
    if changed := [row for row in found.values() if not _is_as_left(row, made)]:
        message = gettext_noop("“%(name)s” has changed since the merge, so it can't be undone any more.")
        raise Conflict(message, params={"name": str(changed[0])})
    return found[made.survivor]


def _is_as_left(row: Any, made: RecordMerge) -> bool:
    into = None if row.pk == made.survivor else made.survivor
    is_gone = row.deleted_at is not None
    return bool(
        row.updated_at == made.made_at and row.merged_into_id == into and is_gone == (into is not None)
    )
