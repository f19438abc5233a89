# ruff: noqa: S608 (every name in these texts comes from the models; values are always parameters)
"""Make a table equal to a fresh count by writing only what differs.

Right rows are not written again: no dead rows, no swollen indexes, and the difference is known.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection


@dataclass(frozen=True)
class Mended:
    """How many rows of a table differed from a fresh count, and the seconds of counting and of mending."""

    removed: int
    added: int
    count_seconds: float
    mend_seconds: float

    @property
    def changed(self) -> int:
        return self.removed + self.added


def mend(
    table: str, key: Sequence[str], count: Callable[[], None], where: str, params: Sequence[Any]
) -> Mended:
    """Make the rows of ``table`` under ``where`` (alias ``a``) those that ``count`` puts into ``counted``.

    ``counted`` is a temporary table with the columns of ``key`` and ``value``. Runs inside the caller's
    transaction, which holds the refresh lock.
    """
    names = ", ".join([*key, "value"])
    same_key = " AND ".join(f"c.{name} = a.{name}" for name in key)
    began = time.perf_counter()
    with connection.cursor() as cursor:
        _make_counted(cursor, table, key)
        count()
        if connection.vendor == "postgresql":
            cursor.execute("ANALYZE counted")
        ready = time.perf_counter()
        cursor.execute(f"SELECT EXISTS (SELECT 1 FROM {table} a WHERE {where})", params)
        removed, missing = 0, ""
        if cursor.fetchone()[0]:
            cursor.execute(
                f"DELETE FROM {table} AS a WHERE {where} AND NOT EXISTS"
                f" (SELECT 1 FROM counted c WHERE {same_key} AND c.value = a.value)",
                params,
            )
            removed = cursor.rowcount
            missing = f" WHERE NOT EXISTS (SELECT 1 FROM {table} a WHERE {same_key})"
        # In the order of the key, so that the index grows at its end instead of all over.
        ordered = f" ORDER BY {', '.join(key)}"
        cursor.execute(f"INSERT INTO {table} ({names}) SELECT {names} FROM counted c{missing}{ordered}")
        added = cursor.rowcount
        cursor.execute("DROP TABLE counted")
    return Mended(removed, added, ready - began, time.perf_counter() - ready)


def size_for_bulk() -> None:
    """Let PostgreSQL sort in memory; it takes the number of groups for small and would spill its hashes."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute(
                "SET LOCAL work_mem = '256MB'; SET LOCAL enable_hashagg = off; SET LOCAL jit = off"
            )


def _make_counted(cursor: Any, table: str, key: Sequence[str]) -> None:
    names = ", ".join([*key, "value"])
    if connection.vendor == "postgresql":
        cursor.execute(f"CREATE TEMPORARY TABLE counted AS SELECT {names} FROM {table} LIMIT 0")
    else:
        # SQLite joins by index only, and uses one only between columns of the same type.
        columns = ", ".join(f"{name} {'date' if name == 'day' else 'bigint'}" for name in [*key, "value"])
        cursor.execute(
            f"CREATE TEMPORARY TABLE counted ({columns}, PRIMARY KEY ({', '.join(key)})) WITHOUT ROWID"
        )
