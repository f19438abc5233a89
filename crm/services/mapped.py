"""Foreign JSON records into ours: mapped, words and customers looked up, written, or only tried."""

from __future__ import annotations

from collections.abc import Mapping as Map
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import transaction

from common.errors import FieldError, Invalid, NotFound
from common.records import Refused
from crm.calc.columns import KEY
from crm.calc.json_paths import json_read, records_in
from crm.calc.mapping import ACCOUNT_NAME, MAPPED, Mapped, Mapping, mapping_read, record_map
from crm.models import Account
from crm.services.deletion import record_delete
from crm.services.imports.reader import LOOKED_UP, FileColumns, Reader, ReadRow, account_key
from crm.services.tables import among
from crm.services.upsert import records_upsert

Errors = list[dict[str, Any]]
MOST_TRIED = 20
WRITTEN = ("created", "updated", "unchanged", "deleted")


@dataclass
class Outcome:
    """What became of a foreign record, or would: its key, status, what is wrong with it, what it says of us.

    Statuses are those of ``records_upsert``, and "deleted". Errors are plain JSON: field, path, message (a
    template) and params.
    """

    key: str
    status: str
    errors: Errors = field(default_factory=list)
    values: dict[str, Any] = field(default_factory=dict)


class MappedReader(Reader):
    """Looks up what mapped records of one source name; a customer is a number, with a name beside it."""

    def __init__(self, mapping: Mapping, source: str) -> None:
        columns = tuple(c for c in MAPPED[mapping.resource] if c.name in mapping.rules)
        super().__init__(mapping.resource, source, FileColumns(tuple((-1, c, "") for c in columns)))
        self.known = {column.name for column in MAPPED[mapping.resource]} - {ACCOUNT_NAME}
        self.columns = {column.name: column for column in columns if column.kind in LOOKED_UP}

    def words(self, row: ReadRow) -> None:
        """Put codes for the words of people."""
        for name, column in self.columns.items():
            told = row.record.get(name)
            if told is not None:
                self.look_up(row, column, told)

    def accounts(self, rows: Sequence[ReadRow]) -> list[dict[str, Any]]:
        """Find customers by number, else by name; those not there yet that have a name are to be made."""
        told = [(row, row.record.pop(ACCOUNT_NAME, None)) for row in rows]
        numbers = {row.record["account"] for row, _name in told if row.record.get("account")}
        names = {name for row, name in told if name and not row.record.get("account")}
        mine = Account.objects.filter(source=self.source, deleted_at=None).order_by("-pk")
        keys = numbers | {account_key(name) for name in names}
        there = set(mine.filter(among(KEY, keys)).values_list(KEY, flat=True))
        by_name = dict(mine.filter(among("name", names)).values_list("name", KEY))
        fresh: dict[str, str] = {}
        for row, name in told:
            key = row.record.get("account")
            if not key and not name:
                continue
            if not key:
                key = row.record["account"] = by_name.get(name) or account_key(name)
            if key not in there and name and key not in by_name.values() and not row.errors:
                fresh[key] = name[:200]
        return [{KEY: key, "name": name} for key, name in fresh.items()]


@transaction.atomic
def records_apply(
    *, mapping: Mapping, source: str, records: Sequence[Any], is_trial: bool = False
) -> list[Outcome]:
    """Write foreign records by a mapping, or with ``is_trial`` only say what would come of them; in order.

    Fields that a record doesn't tell stay as they are stored. The same records twice change nothing.
    """
    reader = MappedReader(mapping, source)
    read = [record_map(mapping, record, zone=reader.zone, home=reader.home) for record in records]
    with transaction.atomic():
        outcomes = _written(reader, mapping, read)
        if is_trial:
            transaction.set_rollback(True)
    return outcomes


def sample_try(*, resource: str, source: str, mapping: object, records_path: str, text: str) -> list[Outcome]:
    """What would come of a body under a mapping, of its first records, without writing. Raises Invalid."""
    read = mapping_read(resource, mapping)
    try:
        records = records_in(json_read(text), records_path)
    except Refused as refused:
        raise Invalid(refused.message, field="sample", code=refused.code, params=refused.params) from None
    return records_apply(mapping=read, source=source, records=records[:MOST_TRIED], is_trial=True)


def _written(reader: MappedReader, mapping: Mapping, read: Sequence[Mapped]) -> list[Outcome]:
    gone = [each.is_deleted and bool(each.key) for each in read]
    rows = [
        ReadRow(line=at, key=each.key, cells=[], record=dict(each.values), errors=list(each.errors))
        for at, each in enumerate(read)
        if not gone[at]
    ]
    for row in rows:
        row.record.pop(KEY, None)
        reader.words(row)
    fresh = reader.settle(rows)
    if fresh:
        records_upsert(resource="accounts", source=reader.source, records=fresh)
    sent = [row for row in rows if not row.errors]
    results = records_upsert(
        resource=mapping.resource,
        source=reader.source,
        records=[row.record for row in sent],
        with_deleted=True,
    )
    for row, result in zip(sent, results, strict=True):
        row.errors, row.status = result.errors, "error" if result.errors else result.status
    by_line = {row.line: row for row in rows}
    outcomes = []
    for at, each in enumerate(read):
        if gone[at]:
            outcomes.append(Outcome(each.key, _deleted(mapping.resource, reader.source, each.key)))
            continue
        row = by_line[at]
        errors = [_told(error, mapping) for error in row.errors]
        outcomes.append(Outcome(each.key[:120], row.status, errors, plain(each.values)))
    return outcomes


def _deleted(resource: str, source: str, key: str) -> str:
    """Delete a record softly; one that was never here, or is deleted already, stays so."""
    try:
        is_new = record_delete(resource=resource, source=source, external_id=key)
    except NotFound:
        return "unchanged"
    return "deleted" if is_new else "unchanged"


def _told(error: FieldError, mapping: Mapping) -> dict[str, Any]:
    """An error as JSON, with the path of what was refused, or the paths at which nothing was found."""
    rule = mapping.rules.get(error.field)
    path = error.params.get("path") or (" ; ".join(rule.paths) if rule else "")
    params = {name: value for name, value in error.params.items() if name != "path"}
    return {
        "field": error.field,
        "path": path,
        "message": str(error.message),
        "params": plain(params),
    }


def plain(values: Map[str, Any]) -> dict[str, Any]:
    """Values as any database keeps them in JSON: texts that it can't hold lose what it can't."""
    return {name: value if value is None or isinstance(value, (int, bool)) else _clean(str(value))
            for name, value in values.items()}  # fmt: skip


def _clean(text: str) -> str:
    return text.replace("\x00", "").encode("utf-8", "replace").decode()[:500]
