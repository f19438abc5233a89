"""What records were before an import changed them, and putting them back as they were."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils import timezone

from common.records import RecordResult
from crm.calc.ownership import Ownership, Stint
from crm.models import (
    Account,
    Activity,
    ImportRow,
    Lead,
    Opportunity,
    Payment,
    StageChange,
)
from crm.selectors.records import with_parts
from crm.services.changes import RESOURCES, Change, Resource
from crm.services.credits import parts_in_order
from crm.services.deletion import rows_delete
from crm.services.owners import ownerships_stored
from crm.services.references import References
from crm.services.rows import Built, Line
from crm.services.tables import among, insert_rows, update_rows
from crm.services.upsert import changes_write

Image = dict[str, Any]
_JSON = ("cells", "errors", "alike", "before")
_KEPT = ("job_id", "resource", "line", "external_id", "status", *_JSON, "record_id", "written_at")
# Which records hang on which: (the resource of the child, its table, its column).
_CHILDREN: dict[str, tuple[tuple[str, Any, str], ...]] = {
    "accounts": (
        ("opportunities", Opportunity, "account"),
        ("leads", Lead, "account"),
        ("activities", Activity, "account"),
        ("payments", Payment, "account"),
        ("accounts", Account, "parent"),
    ),
    "opportunities": (("activities", Activity, "opportunity"), ("payments", Payment, "opportunity")),
    "leads": (("activities", Activity, "lead"),),
    "products": (("opportunities", Opportunity, "lines__product"),),
}


class Journal:
    """The witness of an upsert: keeps each changed record's columns, lines and splits as they were."""

    def __init__(self) -> None:
        self.changes: Sequence[Change] = ()
        self.images: dict[str, Image] = {}
        self.written_at: dt.datetime | None = None

    def __call__(self, kind: Resource, changed: Sequence[Change], now: dt.datetime) -> None:
        """Note a batch before it is written; a batch tried again replaces what was noted."""
        stood = [change for change in changed if change.before is not None]
        recorded = dict(
            kind.model._default_manager.filter(among("pk", [change.id for change in stood])).values_list(
                "pk", "recorded_at"
            )
        )
        parts = (
            parts_in_order([change.id for change in stood if change.had_parts])
            if kind.model is Opportunity
            else {}
        )
        self.changes, self.written_at = changed, now
        self.images = {
            change.result.external_id: _image(change, recorded[change.id], *parts.get(change.id, ([], [])))
            for change in stood
        }

    def rows(self, job: int, resource: str, lines: Mapping[str, int]) -> list[ImportRow]:
        """A row for each record changed; ``lines`` are the lines of the file by external id."""
        return [
            ImportRow(
                job_id=job,
                resource=resource,
                line=lines.get(change.result.external_id, 0),
                external_id=change.result.external_id,
                status=change.result.status,
                record_id=change.id,
                before=self.images.get(change.result.external_id),
                written_at=self.written_at,
            )
            for change in self.changes
        ]


def rows_keep(rows: Sequence[ImportRow]) -> None:
    """Insert what is kept of a chunk by the database's fastest way."""
    insert_rows(ImportRow, _KEPT, [tuple(_kept(name, getattr(row, name)) for name in _KEPT) for row in rows])


def _kept(name: str, value: Any) -> Any:
    return json.dumps(value, ensure_ascii=False) if name in _JSON and value is not None else value


def rows_changed_since(resource: str, rows: Sequence[ImportRow], job: int) -> set[int]:
    """The ids of those records that are no longer as the import left them, or on which others hang now."""
    model = RESOURCES[resource].model
    ids = [row.record_id for row in rows if row.record_id is not None]
    stored = model._default_manager.filter(among("pk", ids), deleted_at=None).order_by("pk")
    stands: dict[int, dt.datetime] = dict(
        stored.select_for_update(of=("self",), no_key=True).values_list("pk", "updated_at")
    )
    changed = {row.record_id for row in rows if stands.get(row.record_id or 0) != row.written_at}
    made = [row.record_id for row in rows if row.before is None and row.record_id is not None]
    for child, table, column in _CHILDREN.get(resource, ()) if made else ():
        own = ImportRow.objects.filter(job=job, resource=child, record_id__isnull=False).values("record_id")
        hanging = table.objects.filter(among(column, made), deleted_at=None).exclude(pk__in=own)
        changed |= set(hanging.values_list(column, flat=True))
    return {each for each in changed if each is not None}


@transaction.atomic
def rows_put_back(resource: str, source: str, rows: Sequence[ImportRow]) -> None:
    """Delete the records that an import made, and make the others as they were, deals with their history."""
    kind = RESOURCES[resource]
    made = [row.record_id for row in rows if row.before is None and row.record_id is not None]
    gone = list(kind.model._default_manager.filter(among("pk", made)))
    if gone:
        rows_delete(kind, gone, timezone.now())
    old = {row.record_id: row.before for row in rows if row.before is not None and row.record_id is not None}
    if old:
        records_restore(kind, source, old)


def records_restore(kind: Resource, source: str, old: Mapping[int, Image]) -> None:
    """Make records as their images say, by id; inside the caller's transaction."""
    refs = References(source, with_deleted=True)
    changes = _changes(kind, old)
    changes_write(kind, changes, refs)
    if kind.model is Opportunity:
        _history_forget([c.id for c in changes if c.before and c.before["stage_id"] != c.after["stage_id"]])
    revived = [change.id for change in changes if old[change.id]["deleted_at"] is not None]
    if revived:
        rows_delete(kind, list(kind.model._default_manager.filter(among("pk", revived))), refs.now)
        stamps = [(_moment(old[pk]["deleted_at"]), pk) for pk in revived]
        update_rows(kind.model, ("deleted_at",), stamps)


def _changes(kind: Resource, old: Mapping[int, Image]) -> list[Change]:
    """The way back as changes: from what is stored now to what was."""
    fields = {field.attname: field for field in kind.model._meta.concrete_fields}
    columns = list(next(iter(old.values()))["columns"])
    names = ["external_id", "id", "deleted_at", *columns, *kind.derived]
    stored: Any = kind.model._default_manager.filter(among("pk", old)).order_by("pk")
    if kind.model is Opportunity:
        stored = with_parts(stored)
        names.append("has_parts")
    owners = dict(stored.values_list("pk", "owner_id")) if kind.tenure_link else {}
    owned = ownerships_stored(kind.tenure_link, owners)
    changes = []
    for values in stored.values_list(*names):
        now = dict(zip(names, values, strict=True))
        image = old[now["id"]]
        own = owned.get(now["id"])
        after = {name: fields[name].to_python(value) for name, value in image["columns"].items()}
        lines = [_line(*line) for line in image["lines"]]
        built = Built(after, lines, [(person, share) for person, share in image["splits"]])
        result = RecordResult(now["external_id"], "updated")
        change = Change(result, built, _moment(image["recorded_at"]), now, now["id"])
        if own is not None:
            change.ownership_before, change.ownership = own, _ownership(after["owner_id"], image)
        changes.append(change)
    return changes


def _history_forget(deals: Sequence[int]) -> None:
    """Take out of the history the stage that the import noted and the way back from it."""
    seen: dict[int, int] = {}
    last = []
    history = StageChange.objects.filter(among("opportunity", deals)).order_by("-pk")
    for pk, deal in history.values_list("pk", "opportunity"):
        seen[deal] = seen.get(deal, 0) + 1
        if seen[deal] <= 2:
            last.append(pk)
    StageChange.objects.filter(among("pk", last)).delete()


def _image(change: Change, recorded_at: dt.datetime, lines: Iterable[Any], splits: Iterable[Any]) -> Image:
    """A record as it was, as JSON."""
    assert change.before is not None
    before = change.before
    return {
        "columns": {name: json_value(before[name]) for name in change.after},
        "recorded_at": json_value(recorded_at),
        "deleted_at": json_value(before["deleted_at"]),
        "lines": [[json_value(value) for value in line] for line in lines],
        "splits": [list(split) for split in splits],
        "former": ownership_told(change.ownership_before),
    }


def ownership_told(own: Ownership | None) -> list[dict[str, Any]]:
    """The former owners of a record as an image holds them."""
    former = own.former if own else ()
    return [{name: json_value(value) for name, value in asdict(stint).items()} for stint in former]


def _ownership(owner: int, image: Image) -> Ownership:
    """Whose a record was on which day; images from before records could be handed over name the owner."""
    former = []
    for told in image.get("former", ()):
        days = {name: dt.date.fromisoformat(told[name]) for name in ("starts_on", "ends_on")}
        shares = tuple((person, bp) for person, bp in told["shares"])
        former.append(Stint(**told | days | {"shares": shares, "handed_at": _moment(told["handed_at"])}))
    return Ownership(owner, tuple(former))


def json_value(value: Any) -> Any:
    """A column's value as JSON holds it."""
    if isinstance(value, dt.date):
        return value.isoformat()
    return str(value) if isinstance(value, Decimal) else value


def _line(product: int | None, product_line: int, quantity: str, cents: int) -> Line:
    return product, product_line, Decimal(quantity), cents


def _moment(text: str | None) -> dt.datetime | None:
    return None if text is None else dt.datetime.fromisoformat(text)
