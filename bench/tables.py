"""Write frames straight into tables: COPY on PostgreSQL, executemany on SQLite."""

from __future__ import annotations

import tempfile
from pathlib import Path

import duckdb
import pandas as pd
from django.db import connection, models, transaction

BATCH = 1_000_000


def write(model: type[models.Model], frame: pd.DataFrame) -> None:
    """Insert a frame whose columns are column names of the model's table; NaN and NaT become NULL.

    Texts that the frame doesn't have are empty.
    """
    texts = [field.column for field in model._meta.concrete_fields if isinstance(field, models.CharField)]
    frame = frame.assign(**{name: "" for name in texts if name not in frame.columns})
    for at in range(0, len(frame), BATCH):
        part = frame.iloc[at : at + BATCH]
        if connection.vendor == "postgresql":
            _copy(model._meta.db_table, part)
        else:
            _insert(model._meta.db_table, part)


def finish(*written: type[models.Model]) -> None:
    """Set the sequences behind the ids that were written, and let the planner know the sizes."""
    with connection.cursor() as cursor:
        for model in written:
            table = model._meta.db_table
            if connection.vendor == "postgresql":
                cursor.execute(
                    f"SELECT setval(pg_get_serial_sequence('{table}', 'id'),"
                    f" (SELECT COALESCE(MAX(id), 1) FROM {table}))"
                )
                cursor.execute(f"{'ANALYZE' if connection.in_atomic_block else 'VACUUM ANALYZE'} {table}")
            else:
                cursor.execute(f"ANALYZE {table}")


def _copy(table: str, frame: pd.DataFrame) -> None:
    columns = ", ".join(f'"{name}"' for name in frame.columns)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "rows.csv"
        duckdb.execute(f"COPY (SELECT * FROM frame) TO '{path}' (FORMAT csv, HEADER false)")
        copy_in = f"COPY {table} ({columns}) FROM STDIN (FORMAT csv)"
        with connection.cursor() as cursor, path.open("rb") as file, cursor.copy(copy_in) as copy:
            while block := file.read(1 << 20):
                copy.write(block)


def _insert(table: str, frame: pd.DataFrame) -> None:
    columns = ", ".join(f'"{name}"' for name in frame.columns)
    marks = ", ".join(["%s"] * len(frame.columns))
    plain = frame.astype(object).where(frame.notna(), None)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.executemany(
            f"INSERT INTO {table} ({columns}) VALUES ({marks})", plain.itertuples(index=False, name=None)
        )
