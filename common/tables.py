"""Tables as files for a spreadsheet, CSV and XLSX, written row by row so that a long table fits in memory.

A text that a spreadsheet would run as a formula gets an apostrophe before it, in both formats: an XLSX is
often saved as CSV later. Numbers stay numbers, dates are ISO dates.
"""

from __future__ import annotations

import csv
import datetime as dt
import re
from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from itertools import chain

from common.workbook import Value, workbook

Cell = Value
Row = Sequence[Cell]

# How many rows of data an export holds; the caller says so where a table has more.
MOST_ROWS = 200_000
# What starts a formula, also in the full width of Chinese and Japanese input.
FORMULA_STARTS = frozenset("=+-@\t\r\n＝＋－＠")
UNPRINTABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")
_ROWS_A_CHUNK = 500


def safe_text(text: str) -> str:
    """A text that no spreadsheet takes for a formula.

    >>> safe_text("=1+1"), safe_text("East"), safe_text(" @SUM(A1)")
    ("'=1+1", 'East', "' @SUM(A1)")
    """
    stripped = text.lstrip(" ")
    return f"'{text}" if stripped[:1] in FORMULA_STARTS and stripped else text


def rows_as_csv(headers: Row, rows: Iterable[Row], *, notes: Iterable[Row] = ()) -> Iterator[bytes]:
    """The table as UTF-8 CSV in chunks, ``notes`` above the headers; the mark at its head is for Excel."""
    lines = _Lines()
    writer = csv.writer(lines)
    yield b"\xef\xbb\xbf"
    for at, row in enumerate(_table(headers, rows, notes), start=1):
        writer.writerow([_csv_cell(cell) for cell in row])
        if at % _ROWS_A_CHUNK == 0:
            yield lines.taken()
    yield lines.taken()


def rows_as_xlsx(
    sheet_title: str, headers: Row, rows: Iterable[Row], *, notes: Iterable[Row] = ()
) -> Iterator[bytes]:
    """The table as an XLSX workbook of one sheet in chunks, ``notes`` above the headers."""
    safe = (
        [safe_text(cell) if isinstance(cell, str) else cell for cell in row]
        for row in _table(headers, rows, notes)
    )
    return workbook(sheet_title, safe)


def _table(headers: Row, rows: Iterable[Row], notes: Iterable[Row]) -> Iterator[Row]:
    """Notes, an empty line if there are any, headers, rows."""
    above = list(notes)
    return chain(above, [()] if above else [], [headers], rows)


def _csv_cell(cell: Cell) -> str:
    if cell is None:
        return ""
    if isinstance(cell, str):
        return safe_text(UNPRINTABLE.sub("", cell))
    if isinstance(cell, Decimal):
        return f"{cell:f}"
    return cell.isoformat() if isinstance(cell, dt.date) else str(cell)


class _Lines:
    """A file for ``csv.writer`` that hands out what was written since it was last asked."""

    def __init__(self) -> None:
        self._lines: list[str] = []

    def write(self, line: str) -> None:
        self._lines.append(line)

    def taken(self) -> bytes:
        text = "".join(self._lines)
        self._lines.clear()
        return text.encode()
