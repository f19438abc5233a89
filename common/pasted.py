"""Tables that people paste from a spreadsheet or upload as CSV: read row by row, each with its line number.

The separator (comma, semicolon, tab) is found out, a column is known by any of its headers whatever their
case, and days and amounts may stand as a spreadsheet writes them.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from common.errors import FieldError, Invalid, gettext_noop

LONGEST_CELL = 131_072
MOST_ROWS = 10_000
_SEPARATORS = "\t,;，"
# Excel writes UTF-8 with a mark, or the code page of the machine: in China GB 18030.
_ENCODINGS = ("utf-8-sig", "gb18030")
_DAY = re.compile(r"(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*日?")
_GROUPED = re.compile(r"-?\d{1,3}(,\d{3})+(\.\d+)?")


@dataclass(frozen=True)
class Column:
    """A column of a table: the headers it is known by, the first one shown, and whether it must be there."""

    headers: Sequence[str]
    is_required: bool = False


@dataclass(frozen=True)
class PastedRow:
    """A row with its cells by column name, trimmed; ``line`` is the line of the text it begins on."""

    line: int
    cells: Mapping[str, str]


@dataclass(frozen=True)
class RowProblem:
    """What is wrong in a row, and in which column."""

    line: int
    column: str
    error: FieldError


def pasted_text(raw: bytes) -> str:
    """The text of an uploaded file; raises Invalid for one that is no text.

    >>> pasted_text("姓名".encode("gb18030"))
    '姓名'
    """
    for encoding in _ENCODINGS:
        try:
            text = raw.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\x00" not in text:
            return text
    raise Invalid(gettext_noop("This file is no text. Save the sheet as CSV (UTF-8)."), field="file")


def pasted_rows(text: str, columns: Mapping[str, Column]) -> list[PastedRow]:
    """The rows of a table whose first line holds the headers; empty lines and unknown columns are left out.

    Raises Invalid without rows, with more than ``MOST_ROWS``, or when a required column is missing.
    """
    lines = _cells(text)
    head = next(lines, None)
    if head is None:
        raise Invalid(gettext_noop("Paste a table with its headers in the first line."), field="table")
    places = _places(head[1], columns)
    rows = []
    for line, cells in lines:
        row = {name: cells[at].strip() if at < len(cells) else "" for name, at in places.items()}
        rows.append(PastedRow(line, {name: row.get(name, "") for name in columns}))
    if not rows:
        raise Invalid(gettext_noop("There are headers, but no rows below them."), field="table")
    if len(rows) > MOST_ROWS:
        message = gettext_noop("At most %(max)s rows at a time, these are %(count)s.")
        raise Invalid(message, field="table", params={"max": MOST_ROWS, "count": len(rows)})
    return rows


def day_written(cell: str) -> str:
    """A day as a spreadsheet may write it in ISO; anything else as it is, for its reader to refuse.

    >>> day_written("2026/1/5"), day_written("2026年1月5日"), day_written("soon")
    ('2026-01-05', '2026-01-05', 'soon')
    """
    found = _DAY.fullmatch(cell.strip())
    if found is None:
        return cell
    year, month, day = (int(part) for part in found.groups())
    return f"{year:04d}-{month:02d}-{day:02d}"


def amount_written(cell: str) -> str:
    """An amount without the commas between thousands; a comma for decimals is left to be refused.

    >>> amount_written("12,500.00"), amount_written("12,5")
    ('12500.00', '12,5')
    """
    return cell.replace(",", "") if _GROUPED.fullmatch(cell) else cell


def _cells(text: str) -> Iterator[tuple[int, list[str]]]:
    """Yield (line, cells) of every line that is not empty."""
    first = next((line for line in text.splitlines() if line.strip()), "")
    separator = max(_SEPARATORS, key=first.count)
    csv.field_size_limit(LONGEST_CELL)  # the module's own limit is everybody's: each reader sets its own
    reader = csv.reader(io.StringIO(text.lstrip("\ufeff"), newline=""), delimiter=separator)
    begins = 1
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                yield begins, cells
            begins = reader.line_num + 1
    except csv.Error as error:
        message = gettext_noop("Line %(line)s can't be read: %(error)s.")
        raise Invalid(message, field="table", params={"line": begins, "error": str(error)}) from error


def _places(head: Sequence[str], columns: Mapping[str, Column]) -> dict[str, int]:
    """Where each column stands."""
    there = {_plain(cell): at for at, cell in reversed(list(enumerate(head)))}
    places = {}
    for name, column in columns.items():
        at = next((there[_plain(header)] for header in column.headers if _plain(header) in there), None)
        if at is not None:
            places[name] = at
    missing = [
        column.headers[0] for name, column in columns.items() if column.is_required and name not in places
    ]
    if missing:
        message = gettext_noop("The first line lacks the headers: %(headers)s.")
        raise Invalid(message, field="table", params={"headers": ", ".join(missing)})
    return places


def _plain(header: str) -> str:
    return re.sub(r"[\s_\-*]+", "", header).casefold()
