"""Writing and finding many rows at once, the fastest way each database has, whatever their number.

PostgreSQL: COPY, arrays and unnest. SQLite: executemany and json_each. Neither needs chunks, so that a batch
takes the same number of statements for three records as for ten thousand.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable, Sequence
from typing import Any

from django.db import connection, models
from django.db.models import Func

Row = Sequence[Any]


class _Among(Func):
    """``column`` is one of a list given as one parameter."""

    output_field = models.BooleanField()
    conditional = True

    def __init__(self, column: Any, values: Any) -> None:
        super().__init__(column)
        self.values = values

    def as_postgresql(self, compiler: Any, connection: Any, **_context: Any) -> tuple[str, list[Any]]:
        # Not IN (SELECT unnest(…)): while statistics are old, that becomes a nested loop over all pairs.
        sql, params = compiler.compile(self.source_expressions[0])
        kind = "bigint" if isinstance(self.values[0], int) else "text"
        return f"{sql} = ANY(%s::{kind}[])", [*params, self.values]

    def as_sqlite(self, compiler: Any, connection: Any, **_context: Any) -> tuple[str, Any]:
        sql, params = compiler.compile(self.source_expressions[0])
        return f"{sql} IN (SELECT value FROM json_each(%s))", [*params, json.dumps(self.values)]  # noqa: S608


def among(column: str, values: Iterable[int] | Iterable[str]) -> models.Q:
    """The rows whose column is one of the values, however many they are; none finds nothing."""
    listed = list(values)
    return models.Q(_Among(models.F(column), listed)) if listed else models.Q(pk__in=())


def insert_rows(model: type[models.Model], columns: Sequence[str], rows: Sequence[Row]) -> None:
    """Insert rows inside the caller's transaction; a taken unique key raises IntegrityError."""
    if not rows:
        return
    table = model._meta.db_table
    names = ", ".join(f'"{column}"' for column in columns)
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            # Errors surface when the copy ends, which is outside of what Django translates by itself.
            with connection.wrap_database_errors, cursor.copy(f'COPY "{table}" ({names}) FROM STDIN') as copy:
                for row in rows:
                    copy.write_row(row)
            return
        marks = ", ".join(["%s"] * len(columns))
        statement = f'INSERT INTO "{table}" ({names}) VALUES ({marks})'  # noqa: S608  (names are our own)
        cursor.executemany(statement, _adapted(model, columns, rows))


def update_rows(model: type[models.Model], columns: Sequence[str], rows: Sequence[Row]) -> None:
    """Update rows by id, which is the last value of each row."""
    if not rows:
        return
    table = model._meta.db_table
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            sets = ", ".join(f'"{column}" = new."{column}"' for column in columns)
            names = ", ".join(f'"{column}"' for column in (*columns, "id"))
            arrays = ", ".join(f"%s::{_type_of(model, column)}[]" for column in (*columns, "id"))
            statement = (
                f'UPDATE "{table}" SET {sets} FROM unnest({arrays}) AS new ({names})'  # noqa: S608
                f' WHERE "{table}".id = new.id'
            )
            cursor.execute(statement, [list(values) for values in zip(*rows, strict=True)])
            return
        sets = ", ".join(f'"{column}" = %s' for column in columns)
        statement = f'UPDATE "{table}" SET {sets} WHERE id = %s'  # noqa: S608
        cursor.executemany(statement, _adapted(model, columns, rows))


def _type_of(model: type[models.Model], column: str) -> str:
    field = next(field for field in model._meta.concrete_fields if field.column == column)
    return str(field.rel_db_type(connection) if field.primary_key else field.db_type(connection))


class _Texts(dict[dt.date, str]):
    """Days and moments as Django stores them in SQLite, each written once."""

    def __missing__(self, value: dt.date) -> str:
        if isinstance(value, dt.datetime):
            text = str(value.astimezone(dt.UTC).replace(tzinfo=None))
        else:
            text = value.isoformat()
        self[value] = text
        return text


def _adapted(model: type[models.Model], columns: Sequence[str], rows: Sequence[Row]) -> Any:
    """The rows, one by one, with days and moments as texts."""
    kinds = {field.column: field for field in model._meta.concrete_fields}
    dated = [at for at, name in enumerate(columns) if isinstance(kinds[name], models.DateField)]
    texts = _Texts()
    for row in rows:
        values = list(row)
        for at in dated:
            if values[at] is not None:
                values[at] = texts[values[at]]
        yield values
