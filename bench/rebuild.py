"""The full rebuild of daily actuals, beside DuckDB and pandas grouping the same rows in the same run."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
from django.db import connection

from metrics.models import ChangedActual, DailyActual, UnitDailyActual
from metrics.selectors.facts import KEY_COLUMNS, definitions, streams
from metrics.services import recompute_actuals

KEYS = ["metric_id", *KEY_COLUMNS]


def measure_rebuild() -> dict[str, Any]:
    """Rebuild everything from nothing, rebuild it again, and let DuckDB and pandas group the same rows.

    Seconds and ratios. The peers get their rows beforehand, in memory, and keep their result there; the
    product reads the facts from the database, cuts credit, sums up the tree and writes both tables.
    """
    _empty()
    first, total = _timed(recompute_actuals)
    _again, verify = _timed(recompute_actuals)
    ChangedActual.objects.all().delete()
    rows = fact_frame()
    groups, duck = _timed(lambda: group_in_duckdb(rows))
    by_pandas, pandas = _timed(lambda: group_in_pandas(rows))
    assert groups == by_pandas, "the peers disagree"
    count = first.actuals.count_seconds
    return {
        "fact_rows": len(rows),
        "groups": groups,
        "daily_actuals": first.actuals.added,
        "unit_daily_actuals": first.unit_actuals.added,
        "rebuild_seconds": round(total, 2),
        "count_seconds": round(count, 2),
        "write_seconds": round(first.actuals.mend_seconds, 2),
        "units_count_seconds": round(first.unit_actuals.count_seconds, 2),
        "units_write_seconds": round(first.unit_actuals.mend_seconds, 2),
        "verify_seconds": round(verify, 2),
        "duckdb_seconds": round(duck, 2),
        "pandas_seconds": round(pandas, 2),
        "count_by_duckdb": round(count / duck, 2),
        "count_by_pandas": round(count / pandas, 2),
    }


def fact_frame() -> pd.DataFrame:
    """Every fact that counts as a row (metric, person, day, segments, value), read from the database."""
    texts, params = [], []
    names = ", ".join(f"f.k_{name} AS {name}" for name in KEY_COLUMNS)
    for stream in streams(definitions()):
        for metric in stream.definitions:
            for sql, own in stream.branches:
                texts.append(
                    f"SELECT {metric.id} AS metric_id, {names}, f.{metric.column} AS value"
                    f" FROM ({sql}) f WHERE f.{metric.column} <> 0"
                )
                params += own
    text = " UNION ALL ".join(texts)
    return _copied(text, params) if connection.vendor == "postgresql" else _fetched(text, params)


def group_in_duckdb(rows: pd.DataFrame) -> int:
    """Sum by metric, person, day and segments in DuckDB, with all cores; returns the number of groups."""
    keys = ", ".join(KEYS)
    database = duckdb.connect()
    database.register("rows", rows)
    database.execute(f"CREATE TABLE grouped AS SELECT {keys}, SUM(value) AS value FROM rows GROUP BY {keys}")
    [(count,)] = database.execute("SELECT COUNT(*) FROM grouped").fetchall()
    return int(count)


def group_in_pandas(rows: pd.DataFrame) -> int:
    """The same by pandas, unsorted, which is its faster way."""
    return len(rows.groupby(KEYS, sort=False, observed=True)["value"].sum())


def _copied(text: str, params: list[Any]) -> pd.DataFrame:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "rows.csv"
        copy_out = f"COPY ({text}) TO STDOUT (FORMAT csv)"
        with connection.cursor() as cursor, path.open("wb") as file, cursor.copy(copy_out, params) as copy:
            for block in copy:
                file.write(block)
        types = dict.fromkeys([*KEYS, "value"], "BIGINT") | {"day": "DATE"}
        return duckdb.read_csv(str(path), header=False, columns=types).df()


def _fetched(text: str, params: list[Any]) -> pd.DataFrame:
    with connection.cursor() as cursor:
        cursor.execute(text, params)
        rows = pd.DataFrame(cursor.fetchall(), columns=[*KEYS, "value"])
    return rows.assign(day=pd.to_datetime(rows["day"]))


def _empty() -> None:
    with connection.cursor() as cursor:
        for model in (DailyActual, UnitDailyActual):
            table = model._meta.db_table
            cursor.execute(
                f"TRUNCATE {table}" if connection.vendor == "postgresql" else f"DELETE FROM {table}"
            )


def _timed(work: Callable[[], Any]) -> tuple[Any, float]:
    began = time.perf_counter()
    result = work()
    return result, time.perf_counter() - began
