"""Targets in any number, inserted with ids known beforehand, so that children can name their parents."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.db import connection
from django.utils import timezone

from crm.services.tables import insert_rows
from targets.models import Target

_TABLE = Target._meta.db_table


def ids_taken(count: int) -> list[int]:
    """So many ids of targets that nobody else gets; inside the transaction that inserts them."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            next_id = f"nextval(pg_get_serial_sequence('{_TABLE}', 'id'))"
            sql = f"SELECT {next_id} FROM generate_series(1, %s)"  # noqa: S608  (a name of our own)
            cursor.execute(sql, [count])
            return [row[0] for row in cursor.fetchall()]
        # SQLite lets one transaction write at a time, and goes on from the highest id ever given.
        cursor.execute("SELECT seq FROM sqlite_sequence WHERE name = %s", [_TABLE])
        last = (cursor.fetchone() or [0])[0]
    return list(range(last + 1, last + 1 + count))


def targets_insert(rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert targets given by column, id included; columns not named get the model's defaults."""
    now = timezone.now()
    fields = Target._meta.concrete_fields
    defaults: dict[str, Any] = {str(field.column): field.get_default() for field in fields}
    defaults |= {"created_at": now, "updated_at": now}
    insert_rows(Target, list(defaults), [list((defaults | row).values()) for row in map(dict, rows)])
