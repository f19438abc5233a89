"""The least that any upsert must do: the same rows copied into a bare table and merged, ready-made.

PostgreSQL: COPY into a temporary table, then INSERT … SELECT … ON CONFLICT DO UPDATE. SQLite: the same with
``executemany``. No validation, no references to look up, no history, no credits, no outbox.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

from django.db import connection, transaction
from django.db.models.expressions import DatabaseDefault
from django.utils import timezone

from crm.models import Opportunity

_TABLE = Opportunity._meta.db_table
FIELDS = [field for field in Opportunity._meta.concrete_fields if not field.primary_key]
NAMES = [field.column for field in FIELDS]
Row = tuple[Any, ...]


def rows_of(plain: Sequence[dict[str, Any]]) -> list[Row]:
    """Deals of ``bench.bulk_upsert`` with every column of the table, as the driver takes them."""
    now = timezone.now()
    rows = []
    for values in plain:
        deal = Opportunity(**values, recorded_at=now, created_at=now, updated_at=now)
        rows.append(tuple(_stored(field, getattr(deal, field.attname)) for field in FIELDS))
    return rows


def measure_bare(plain: Sequence[dict[str, Any]]) -> dict[str, float]:
    """Rows a second for new rows, then for the same again with another amount; rolled back.

    Keys: ``bare_insert_per_s``, ``bare_update_per_s``.
    """
    fresh = rows_of(plain)
    changed = rows_of([values | {"amount_minor": 7_700} for values in plain])
    with transaction.atomic():
        try:
            return {
                "bare_insert_per_s": len(fresh) / _timed(fresh),
                "bare_update_per_s": len(changed) / _timed(changed),
            }
        finally:
            transaction.set_rollback(True)


def _timed(rows: Sequence[Row]) -> float:
    start = time.perf_counter()
    merge(rows)
    return time.perf_counter() - start


def merge(rows: Sequence[Row]) -> None:
    """Copy rows beside the table and merge them into it."""
    names = ", ".join(f'"{name}"' for name in NAMES)
    updated = ", ".join(
        f'"{name}" = excluded."{name}"' for name in NAMES if name not in ("source", "external_id")
    )
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS bench_bare")
        cursor.execute(f"CREATE TEMP TABLE bench_bare AS SELECT {names} FROM {_TABLE} WHERE 1 = 0")
        if connection.vendor == "postgresql":
            with cursor.copy(f"COPY bench_bare ({names}) FROM STDIN") as copy:
                for row in rows:
                    copy.write_row(row)
        else:
            marks = ", ".join(["%s"] * len(NAMES))
            cursor.executemany(f"INSERT INTO bench_bare ({names}) VALUES ({marks})", rows)
        # "WHERE true" tells SQLite that ON belongs to the insert and is no join.
        cursor.execute(
            f"INSERT INTO {_TABLE} ({names}) SELECT {names} FROM bench_bare WHERE true"
            f" ON CONFLICT (source, external_id) DO UPDATE SET {updated}"
        )
        cursor.execute("DROP TABLE bench_bare")


def _stored(field: Any, value: Any) -> Any:
    if isinstance(value, DatabaseDefault):
        value = value.expression.value
    return field.get_db_prep_save(field.to_python(value), connection)
