# ruff: noqa: S608 (every name in these texts comes from the models; values are always parameters)
"""The SQL that counts facts into daily actuals: one text for SQLite and PostgreSQL, set-based throughout.

Statements are pairs of text and parameters. Facts come from ``metrics.selectors.facts.streams``, which takes
every name from the ORM; nothing a user typed is ever part of a text.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from typing import Any

from metrics.calc.credit import FULL_BP
from metrics.models import DailyActual, UnitDailyActual
from metrics.selectors.dialect import PersonDay, Statement, person_days, rows_of, with_pairs
from metrics.selectors.facts import KEY_COLUMNS, Stream
from org.models import CreditInterval, UnitClosure

DAILY = DailyActual._meta.db_table
UNIT_DAILY = UnitDailyActual._meta.db_table
INTERVALS = CreditInterval._meta.db_table
CLOSURE = UnitClosure._meta.db_table
SEGMENT_COLUMNS = ", ".join(KEY_COLUMNS[2:])
ROW_COLUMNS = f"metric_id, person_id, unit_id, {SEGMENT_COLUMNS}, day, value"
DAILY_KEY = tuple(field.attname for field in DailyActual._meta.pk_fields)
UNIT_KEY = tuple(field.attname for field in UnitDailyActual._meta.pk_fields)


def delete_person_days(pairs: Iterable[PersonDay]) -> Statement:
    """Delete the actuals of these person-days and return the rows that were there."""
    literal, params = person_days(pairs)
    return (f"DELETE FROM {DAILY} WHERE (person_id, day) IN ({literal}) RETURNING {ROW_COLUMNS}"), params


def insert_person_days(streams: Sequence[Stream], pairs: Iterable[PersonDay]) -> Statement:
    """Count the facts of these person-days anew, insert the actuals and return them."""
    beginning, params = with_pairs(pairs)
    text, more = _actuals(
        streams, "pairs p CROSS JOIN", "f.k_person_id = p.person_id AND f.k_day = p.day", []
    )
    return (
        f"{beginning} INSERT INTO {DAILY} ({ROW_COLUMNS}) {text} RETURNING {ROW_COLUMNS}",
        [*params, *more],
    )


def count_window(streams: Sequence[Stream], start: dt.date, end: dt.date) -> Statement:
    """Select the actuals of all facts of the days [start, end)."""
    return _actuals(streams, "", "f.k_day >= %s AND f.k_day < %s", [start, end])


def _actuals(streams: Sequence[Stream], joined: str, where: str, params: Sequence[Any]) -> Statement:
    """Select the actuals of the facts that ``where`` leaves: grouped, unpivoted, cut by credit bands.

    The bands are joined once, behind all streams: PostgreSQL plans this for every refresh anew.
    """
    texts, values = [], []
    for stream in streams:
        text, more = _grouped(stream, joined, where, params)
        texts.append(_unpivoted(stream, text))
        values += more
    columns = ", ".join(f"f.k_{name} AS {name}" for name in KEY_COLUMNS)
    return (
        f"SELECT {ROW_COLUMNS} FROM ("
        f"SELECT f.metric_id, i.unit_id, {columns}, {_part_sql()} AS value"
        f" FROM ({' UNION ALL '.join(texts)}) f"
        f" JOIN {INTERVALS} i ON i.person_id = f.k_person_id"
        f" AND i.starts_on <= f.k_day AND i.ends_on > f.k_day"
        f") parts WHERE value <> 0"
    ), values


def _grouped(stream: Stream, joined: str, where: str, params: Sequence[Any]) -> Statement:
    """One row a person, day and segments with the exact sum of each metric."""
    keys = ", ".join(f"k_{name}" for name in KEY_COLUMNS)
    sums = ", ".join(
        f"CAST(SUM({metric.column}) AS bigint) AS {metric.column}" for metric in stream.definitions
    )
    branches, values = [], []
    for sql, own in stream.branches:
        branches.append(f"SELECT f.* FROM {joined} ({sql}) f WHERE {where}")
        values += [*own, *params]
    return f"SELECT {keys}, {sums} FROM ({' UNION ALL '.join(branches)}) facts GROUP BY {keys}", values


def _unpivoted(stream: Stream, grouped: str) -> str:
    """The grouped sums as one row a metric: its id, the keys, and ``figure``."""
    keys = ", ".join(f"g.k_{name}" for name in KEY_COLUMNS)
    if len(stream.definitions) == 1:
        [metric] = stream.definitions
        return (
            f"SELECT {metric.id} AS metric_id, {keys}, g.{metric.column} AS figure"
            f" FROM ({grouped}) g WHERE g.{metric.column} <> 0"
        )
    metrics = " UNION ALL ".join(f"SELECT {metric.id} AS metric_id" for metric in stream.definitions)
    cases = " ".join(f"WHEN {metric.id} THEN g.{metric.column}" for metric in stream.definitions)
    return (
        f"SELECT k.metric_id, {keys}, CASE k.metric_id {cases} END AS figure"
        f" FROM ({grouped}) g CROSS JOIN ({metrics}) k WHERE CASE k.metric_id {cases} END <> 0"
    )


def _part_sql() -> str:
    """``metrics.calc.credit.part`` in SQL, split at whole multiples of 10 000 so that nothing overflows."""

    def size(bp: str) -> str:
        whole = f"ABS(figure) / {FULL_BP}"
        rest = f"(ABS(figure) - {whole} * {FULL_BP})"
        return f"({whole} * {bp} + (2 * {rest} * {bp} + {FULL_BP}) / {2 * FULL_BP})"

    return (
        f"CASE WHEN from_bp = 0 AND to_bp = {FULL_BP} THEN figure"
        f" WHEN figure > 0 THEN {size('to_bp')} - {size('from_bp')}"
        f" ELSE {size('from_bp')} - {size('to_bp')} END"
    )


def add_to_units(changes: Iterable[tuple[int, int, dt.date, int]]) -> Statement:
    """Add changes (metric, unit, day, value) to the unit and every unit above it; returns the new figures."""
    columns = [("metric_id", "bigint"), ("unit_id", "bigint"), ("day", "date"), ("value", "bigint")]
    literal, params = rows_of(columns, changes)
    return (
        f"WITH changes AS ({literal})"
        f" INSERT INTO {UNIT_DAILY} (metric_id, unit_id, day, value)"
        f" SELECT c.metric_id, u.ancestor_id, c.day, CAST(SUM(c.value) AS bigint)"
        f" FROM changes c JOIN {CLOSURE} u ON u.descendant_id = c.unit_id"
        f" GROUP BY c.metric_id, u.ancestor_id, c.day HAVING SUM(c.value) <> 0"
        f" ON CONFLICT (unit_id, metric_id, day) DO UPDATE SET value = {UNIT_DAILY}.value + excluded.value"
        f" RETURNING metric_id, unit_id, day, value"
    ), params
