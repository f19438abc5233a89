"""Reading an uploaded CSV or XLSX file as rows of text, after making sure that it may be opened at all.

Nothing in a file is trusted: its size, what it unpacks to and how far its cells reach are bounded before a
reader touches it, and a formula is only ever the value that was saved with it.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
import re
import zipfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import chain, islice
from typing import Any

from python_calamine import CalamineError, CalamineWorkbook

from common.errors import Invalid, gettext_noop
from common.pasted import pasted_text

MOST_BYTES = 50_000_000
MOST_ROWS = 200_000
MOST_COLUMNS = 200
MOST_CELLS = 20_000_000
MOST_UNPACKED = 300_000_000
MOST_PARTS = 2_000
# A sheet of zeros packs about fifty to one; a thousand to one is made to harm.
MOST_RATIO = 200
_RATIO_FROM = 5_000_000
_CHUNK = 1 << 20
_HEAD_ROWS = 10
_SEPARATORS = "\t,;，|"
_CELL = re.compile(rb"<(?:\w+:)?c\s(?:[^>]{0,200}?\s)?r\s*=\s*[\"']([A-Z]{1,7})(\d{1,10})")
_RUBBISH = re.compile(r"[\x00-\x08\x0b\x0e-\x1f\ufffe\uffff]")
_MAGIC = {
    b"%PDF": gettext_noop("This is a PDF. Upload the table itself, as CSV or XLSX."),
    b"\xd0\xcf\x11\xe0": gettext_noop(
        "This is an old or a protected Excel file. Save it as XLSX without a password, or as CSV."
    ),
}
_NO_TABLE = gettext_noop("This file is neither a CSV table nor an XLSX workbook.")

Line = tuple[int, list[str]]


@dataclass(frozen=True)
class Sheet:
    """A table in a file: headers, and ``rows`` as (line in the file, cells), empty ones left out."""

    format: str
    headers: list[str]
    rows: Callable[[], Iterator[Line]] = field(repr=False)


def sheet_open(content: bytes) -> Sheet:
    """The table in a file. Raises Invalid for what is no table, or too large to be read."""
    if len(content) > MOST_BYTES:
        message = gettext_noop("A file may have %(max)s MB, this one has %(size)s MB. Split it in parts.")
        params = {"max": MOST_BYTES // 1_000_000, "size": -(-len(content) // 1_000_000)}
        raise Invalid(message, field="file", params=params)
    for magic, message in _MAGIC.items():
        if content.startswith(magic):
            raise Invalid(message, field="file")
    if content.startswith(b"PK\x03\x04"):
        unpacked_check(content)
        return _sheet("xlsx", lambda: _xlsx_lines(content))
    text = _text(content)
    separator = _separator(text)
    return _sheet("csv", lambda: _csv_lines(text, separator))


def _sheet(format: str, lines: Callable[[], Iterator[Line]]) -> Sheet:
    """Find the headers: the first line about as wide as the widest, so that a title above is passed over."""
    top = list(islice(lines(), _HEAD_ROWS))
    if not top:
        raise Invalid(gettext_noop("This file is empty."), field="file")
    widest = max(sum(map(bool, cells)) for _line, cells in top)
    at, cells = next((line, cells) for line, cells in top if sum(map(bool, cells)) * 5 >= widest * 3)
    while cells and not cells[-1]:
        cells.pop()
    if len(cells) > MOST_COLUMNS:
        message = gettext_noop("A table may have %(max)s columns, this one has %(count)s.")
        raise Invalid(message, field="file", params={"max": MOST_COLUMNS, "count": len(cells)})
    width = len(cells)

    def rows() -> Iterator[Line]:
        for number, (line, found) in enumerate((line for line in lines() if line[0] > at), start=1):
            if number > MOST_ROWS:
                message = gettext_noop("A table may have %(max)s rows, this one has more. Split it in parts.")
                raise Invalid(message, field="file", params={"max": f"{MOST_ROWS:,}"})
            yield line, [*found[:width], *[""] * (width - len(found))]

    return Sheet(format, [cell[:200] for cell in cells], rows)


def _text(content: bytes) -> str:
    """The text of a CSV file: UTF-8, UTF-16 with its mark, or GB 18030 (which holds GBK)."""
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        try:
            text = content.decode("utf-16")
        except UnicodeDecodeError:
            raise Invalid(_NO_TABLE, field="file") from None
    else:
        text = pasted_text(content)
    if _RUBBISH.search(text):
        raise Invalid(_NO_TABLE, field="file")
    return text


def _separator(text: str) -> str:
    head = "\n".join(islice((line for line in io.StringIO(text) if line.strip()), _HEAD_ROWS))
    return max(_SEPARATORS, key=head.count)


def _csv_lines(text: str, separator: str) -> Iterator[Line]:
    csv.field_size_limit(1_000_000)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator)
    begins = 1
    try:
        for cells in reader:
            trimmed = [cell.strip() for cell in cells]
            if any(trimmed):
                yield begins, trimmed
            begins = reader.line_num + 1
    except csv.Error as error:
        message = gettext_noop("Line %(line)s can't be read: %(error)s.")
        raise Invalid(message, field="file", params={"line": begins, "error": str(error)}) from error


def _xlsx_lines(content: bytes) -> Iterator[Line]:
    """The lines of the first sheet that holds anything."""
    try:
        book = CalamineWorkbook.from_filelike(io.BytesIO(content))
        sheets = (book.get_sheet_by_name(name) for name in book.sheet_names)
        sheet = next((each for each in sheets if each.end is not None), None)
        rows: Iterator[list[Any]] = iter(sheet.iter_rows()) if sheet is not None else iter(())
        first = next(rows, [])
    except (CalamineError, OSError, ValueError) as error:
        raise Invalid(_NO_TABLE, field="file") from error
    for line, row in enumerate(chain([first], rows), start=1):
        cells = [_cell_text(value) for value in row]
        if any(cells):
            yield line, cells


def _cell_text(value: Any) -> str:
    """A cell as its reader takes it: numbers at full precision, days in ISO."""
    if isinstance(value, str):
        return value.strip()
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        # A spreadsheet counts in 15 digits: 0.1 + 0.2 is 0.3 there.
        return f"{Decimal(f'{value:.15g}'):f}"
    if isinstance(value, dt.datetime):
        at_midnight = value.time() == dt.time()
        return value.date().isoformat() if at_midnight else value.isoformat(" ", "seconds")
    return value.isoformat() if isinstance(value, (dt.date, dt.time)) else str(value)


def unpacked_check(content: bytes) -> None:
    """Refuse a workbook that is broken, or that would unpack or reach further than a table may.

    Every part is unpacked once in small pieces, which also finds sizes that are lied about.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            parts = archive.infolist()
            sizes = [(part.file_size, part.compress_size) for part in parts]
            is_too_far = len(parts) > MOST_PARTS or sum(size for size, _packed in sizes) > MOST_UNPACKED
            packed_hard = any(size > _RATIO_FROM and size > MOST_RATIO * packed for size, packed in sizes)
            if is_too_far or packed_hard:
                raise Invalid(gettext_noop("This workbook unpacks to more than may be read."), field="file")
            if "[Content_Types].xml" not in archive.namelist():
                raise Invalid(_NO_TABLE, field="file")
            for part in parts:
                _reach_check(_pieces(archive, part))
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, OSError, ValueError) as error:
        if isinstance(error, Invalid):
            raise
        raise Invalid(_NO_TABLE, field="file") from error


def _pieces(archive: zipfile.ZipFile, part: zipfile.ZipInfo) -> Iterator[bytes]:
    """A part in pieces, each with the end of the one before, so that no cell is cut in two."""
    tail = b""
    with archive.open(part) as unpacked:
        while piece := unpacked.read(_CHUNK):
            yield tail + piece
            tail = piece[-400:]


def _reach_check(pieces: Iterator[bytes]) -> None:
    """Readers make room for the whole rectangle up to the farthest cell: bound it."""
    columns: set[bytes] = set()
    last = 0
    for piece in pieces:
        found: Sequence[tuple[bytes, bytes]] = _CELL.findall(piece)
        columns.update(column for column, _row in found)
        last = max(last, max((int(row) for _column, row in found), default=0))
    width = max((_column_number(column) for column in columns), default=0)
    if last * width > MOST_CELLS or width > 16_384:
        message = gettext_noop("Cells of this sheet stand too far out; copy the table to a new sheet.")
        raise Invalid(message, field="file")


def _column_number(letters: bytes) -> int:
    """A is 1, AA is 27."""
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number
