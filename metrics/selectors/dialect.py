# ruff: noqa: S608 (names are constants of this code; values are always parameters)
"""The one place where the SQL of SQLite and of PostgreSQL differ: literal rows, and dates read back."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable, Sequence
from typing import Any

from django.db import connection

Statement = tuple[str, list[Any]]
PersonDay = tuple[int, dt.date]


def rows_of(columns: Sequence[tuple[str, str]], rows: Iterable[Sequence[Any]]) -> Statement:
    """A derived table of literal rows, sent as one parameter a column (PostgreSQL) or one in all (SQLite).

    ``columns`` are (name, SQL type) of int and date columns; dates come as ``date``.
    """
    rows = list(rows)
    if connection.vendor == "postgresql":
        names = ", ".join(name for name, _ in columns)
        arrays = ", ".join(f"%s::{kind}[]" for _, kind in columns)
        values = [list(column) for column in zip(*rows, strict=True)] or [[] for _ in columns]
        return f"SELECT * FROM unnest({arrays}) AS literal({names})", values
    picks = ", ".join(f"json_extract(value, '$[{at}]') AS {name}" for at, (name, _) in enumerate(columns))
    return f"SELECT {picks} FROM json_each(%s)", [json.dumps([list(row) for row in rows], default=str)]


def person_days(pairs: Iterable[PersonDay]) -> Statement:
    """Literal rows ``person_id``, ``day``."""
    return rows_of([("person_id", "bigint"), ("day", "date")], pairs)


def with_pairs(pairs: Iterable[PersonDay]) -> Statement:
    """The beginning of a statement that speaks of these person-days as ``pairs``.

    SQLite would keep a shared ``pairs`` for larger than any table and scan the facts to filter it (half a
    second at a million facts): there it is written out in each branch.
    """
    literal, params = person_days(pairs)
    hint = "NOT MATERIALIZED " if connection.vendor == "sqlite" else ""
    return f"WITH pairs AS {hint}({literal})", params


def run(statement: Statement) -> list[tuple[Any, ...]]:
    """All rows of a statement."""
    with connection.cursor() as cursor:
        cursor.execute(*statement)
        return list(cursor.fetchall())


def as_date(value: dt.date | str) -> dt.date:
    """A date read back: SQLite returns computed dates as text."""
    return value if isinstance(value, dt.date) else dt.date.fromisoformat(value)
