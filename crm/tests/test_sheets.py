"""Files as people have them: each encoding and format reads the same; what could harm is refused unopened."""

from __future__ import annotations

import datetime as dt
import io
import random
import zipfile
from typing import Any

import openpyxl
import pytest

from common.errors import Invalid
from crm.services.imports import sheets
from crm.services.imports.sheets import sheet_open

TABLE = "编号,客户,金额\nD-1,海尔,1200\n\nD-2,美的,300\n"
ROWS = [(2, ["D-1", "海尔", "1200"]), (4, ["D-2", "美的", "300"])]


def workbook(*rows: list[Any]) -> bytes:
    book = openpyxl.Workbook()
    for row in rows:
        book.worksheets[0].append(row)
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def repacked(content: bytes, name: str, part: bytes) -> bytes:
    """The workbook with one part exchanged."""
    file = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as new:
        for each in old.namelist():
            if each != name:
                new.writestr(each, old.read(each))
        new.writestr(name, part)
    return file.getvalue()


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gbk", "gb18030", "utf-16"])
def test_table_reads_the_same_in_every_encoding(encoding: str) -> None:
    sheet = sheet_open(TABLE.encode(encoding))
    assert sheet.headers == ["编号", "客户", "金额"]
    assert list(sheet.rows()) == ROWS


@pytest.mark.parametrize("separator", ["\t", ";", ",", "，", "|"])
def test_separator_is_found_out(separator: str) -> None:
    assert sheet_open(TABLE.replace(",", separator).encode()).headers == ["编号", "客户", "金额"]


def test_title_above_the_headers_is_passed_over() -> None:
    sheet = sheet_open(("2026年商机\n\n" + TABLE).encode())
    assert sheet.headers == ["编号", "客户", "金额"]
    assert [line for line, _cells in sheet.rows()] == [4, 6]


def test_quoted_cell_may_hold_separators_and_line_breaks() -> None:
    sheet = sheet_open(b'id,note\n1,"a, b\nc"\n2,d\n')
    assert list(sheet.rows()) == [(2, ["1", "a, b\nc"]), (4, ["2", "d"])]


def test_short_rows_are_filled_and_long_ones_cut() -> None:
    sheet = sheet_open(b"a,b,c\n1\n1,2,3\n1,2,3,4\n" + b"1,2,3\n" * 20)
    assert [cells for _line, cells in sheet.rows()][:3] == [["1", "", ""], ["1", "2", "3"], ["1", "2", "3"]]


def test_workbook_reads_values_and_runs_no_formula() -> None:
    sheet = sheet_open(
        workbook(
            ["Id", "Amount", "On", "At", "Ok", "Formula"],
            [
                "D-1",
                0.1 + 0.2,
                dt.date(2026, 3, 5),
                dt.datetime.combine(dt.date(2026, 3, 5), dt.time(14, 30)),
                True,
                "=1+1",
            ],
            ["D-2", 12000, None, None, False, None],
        )
    )
    assert sheet.format == "xlsx"
    assert list(sheet.rows()) == [
        (2, ["D-1", "0.3", "2026-03-05", "2026-03-05 14:30:00", "true", ""]),
        (3, ["D-2", "12000", "", "", "false", ""]),
    ]


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\n\n",
        b"PK\x03\x04rubbish",
        b"%PDF-1.7",
        b"\xd0\xcf\x11\xe0" + b"\0" * 100,
        b"\x89PNG\r\n\x1a\n" + bytes(range(256)),
        b"\xff\xfe\x00",
        b"a,b\x01\n1,2",
        random.Random(1).randbytes(10_000),
        workbook(["a"])[:-200],
        workbook(["a"])[:500],
    ],
    ids=[
        "empty",
        "blank",
        "false zip",
        "pdf",
        "old excel",
        "png",
        "half utf-16",
        "control",
        "noise",
        "cut",
        "stub",
    ],
)
def test_what_is_no_table_is_refused(content: bytes) -> None:
    with pytest.raises(Invalid):
        sheet_open(content)


def test_zip_that_is_no_workbook_is_refused() -> None:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("readme.txt", "hello")
    with pytest.raises(Invalid, match="neither"):
        sheet_open(file.getvalue())


def test_zip_bomb_is_refused_before_it_is_opened() -> None:
    bomb = repacked(workbook(["a"]), "xl/worksheets/sheet1.xml", b" " * 20_000_000)
    assert len(bomb) < 100_000
    with pytest.raises(Invalid, match="unpacks"):
        sheet_open(bomb)


def test_size_that_a_zip_lies_about_is_refused() -> None:
    book = bytearray(repacked(workbook(["a"]), "xl/worksheets/sheet1.xml", b"<x/>" + b" " * 900_000))
    entry = book.rindex(b"xl/worksheets/sheet1.xml") - 46
    assert book[entry : entry + 4] == b"PK\x01\x02"
    book[entry + 24 : entry + 28] = (10).to_bytes(4, "little")
    with pytest.raises(Invalid):
        sheet_open(bytes(book))


def test_sheet_with_a_cell_at_the_far_end_is_refused() -> None:
    cells = b'<row r="1"><c r="A1"/></row><row><c t="n" r="XFD1048576"/></row>'
    xml = b"<worksheet><sheetData>" + cells + b"</sheetData></worksheet>"
    with pytest.raises(Invalid, match="too far"):
        sheet_open(repacked(workbook(["a"]), "xl/worksheets/sheet1.xml", xml))


def test_file_too_large_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sheets, "MOST_BYTES", 5)
    with pytest.raises(Invalid, match="Split"):
        sheet_open(b"a,b,c,d")


def test_rows_and_columns_beyond_the_bounds_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sheets, "MOST_ROWS", 2)
    assert len(list(sheet_open(b"a,b\n1,2\n1,2\n").rows())) == 2
    with pytest.raises(Invalid, match="rows"):
        list(sheet_open(b"a,b\n1,2\n1,2\n1,2\n").rows())
    with pytest.raises(Invalid, match="columns"):
        sheet_open(",".join("x" * 201).encode())
