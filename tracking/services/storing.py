"""Write snapshots from columns: on PostgreSQL as COPY's binary rows, made without a Python loop over rows."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from django.db import connection
from numpy.typing import NDArray

from crm.services.tables import insert_rows
from tracking.models import Snapshot

COLUMNS = (
    "as_of", "grain", "period_start", "period_end", "workdays_elapsed", "workdays_remaining", "metric_id",
    "unit_id", "person_id", "product_line_id", "region_id", "customer_type_id", "target_id", "target_value",
    "plan_to_date", "actual", "numerator", "denominator", "previous_actual", "completion_ratio", "pace_ratio",
    "lag_ratio",
)  # fmt: skip
_CONSTANTS = 6
_EPOCH = dt.date(2000, 1, 1)
# From some thousand rows on the binary way wins; below, its fixed work.
_BULK = 2_000


@dataclass(frozen=True)
class Column:
    """Values of one column; ``present`` False means NULL there, None that nothing is."""

    values: NDArray[Any]
    present: NDArray[np.bool_] | None = None

    def listed(self) -> list[Any]:
        """As Python values."""
        values: list[Any] = self.values.tolist()
        if self.present is None or self.present.all():
            return values
        return [value if there else None for value, there in zip(values, self.present.tolist(), strict=True)]


@dataclass(frozen=True)
class Block:
    """Rows of one period: what they have in common (the first columns), then their own columns."""

    constants: tuple[dt.date, str, dt.date, dt.date, int, int]
    columns: tuple[Column, ...]

    @property
    def count(self) -> int:
        return len(self.columns[0].values)


def store(blocks: Sequence[Block]) -> int:
    """Insert the rows inside the caller's transaction; returns how many."""
    count = sum(block.count for block in blocks)
    if connection.vendor == "postgresql" and count >= _BULK:
        names = ", ".join(COLUMNS)
        with (
            connection.cursor() as cursor,
            cursor.copy(f"COPY {Snapshot._meta.db_table} ({names}) FROM STDIN (FORMAT binary)") as copy,
        ):
            copy.write(b"PGCOPY\n\xff\r\n\0" + bytes(8))
            for block in blocks:
                for part in _binary(block):
                    copy.write(part)
            copy.write(b"\xff\xff")
        with connection.cursor() as cursor:
            # A table that has just been filled looks empty to the planner, and queries on it take seconds.
            cursor.execute(f"ANALYZE {Snapshot._meta.db_table}")
    else:
        insert_rows(Snapshot, COLUMNS, [row for block in blocks for row in _rows(block)])
    return count


def _rows(block: Block) -> Iterator[tuple[Any, ...]]:
    for row in zip(*(column.listed() for column in block.columns), strict=True):
        yield (*block.constants, *row)


def _binary(block: Block) -> Iterator[bytes]:
    """The rows in COPY's format, those with the same empty columns together: they have the same layout."""
    if not block.count:
        return
    pattern = np.zeros(block.count, np.int64)
    for at, column in enumerate(block.columns):
        if column.present is not None:
            pattern |= np.where(column.present, 0, 1 << at)
    for mask in np.unique(pattern).tolist():
        rows = np.flatnonzero(pattern == mask)
        yield _laid_out(block, rows, mask)


def _laid_out(block: Block, rows: NDArray[np.intp], mask: int) -> bytes:
    """Each field is its length and its value, all big-endian; NULL is the length −1 alone."""
    as_of, grain, start, end, elapsed, remaining = block.constants
    text = grain.encode()
    fixed: list[tuple[str, Any]] = [
        (">i4", _days(as_of)), (f"S{len(text)}", text), (">i4", _days(start)), (">i4", _days(end)),
        (">i2", elapsed), (">i2", remaining),
    ]  # fmt: skip
    own = [
        (None, None) if mask >> at & 1 else (column.values.dtype.newbyteorder(">"), column.values[rows])
        for at, column in enumerate(block.columns)
    ]
    fields = [*fixed, *own]
    layout: list[tuple[str, Any]] = [("fields", ">i2")]
    for at, (kind, _values) in enumerate(fields):
        layout += [(f"l{at}", ">i4")] + ([(f"v{at}", kind)] if kind is not None else [])
    table = np.empty(len(rows), np.dtype(layout))
    table["fields"] = len(fields)
    for at, (kind, values) in enumerate(fields):
        table[f"l{at}"] = -1 if kind is None else np.dtype(kind).itemsize
        if kind is not None:
            table[f"v{at}"] = values
    return table.tobytes()


def _days(day: dt.date) -> int:
    return (day - _EPOCH).days
