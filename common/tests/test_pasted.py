"""Tables from spreadsheets: separators, headers, lines, encodings."""

from __future__ import annotations

import pytest

from common.errors import Invalid
from common.pasted import Column, PastedRow, amount_written, day_written, pasted_rows, pasted_text

COLUMNS = {
    "name": Column(("name", "姓名"), is_required=True),
    "starts_on": Column(("start date", "入职日期")),
}


@pytest.mark.parametrize(
    ("case", "text"),
    [
        ("commas", "name,start date\nAnn,2026-01-05\n"),
        ("semicolons", "Name;Start_Date\nAnn;2026-01-05"),
        ("tabs as a spreadsheet pastes them", "name\tstart date\r\nAnn\t2026-01-05\r\n"),
        ("a mark at the head and quotes", '\ufeff"name","start date"\n"Ann","2026-01-05"'),
        ("Chinese headers in another order", "入职日期,姓名\n2026-01-05,Ann"),
        ("a column nobody knows", "name,shoe size,start date\nAnn,38,2026-01-05"),
    ],
)
def test_a_table_is_read_however_it_is_written(case, text):
    assert pasted_rows(text, COLUMNS) == [PastedRow(2, {"name": "Ann", "starts_on": "2026-01-05"})], case


def test_rows_keep_the_number_of_their_line_past_empty_lines_and_line_breaks():
    rows = pasted_rows('name,start date\n\n"Ann\nLee",x\n\nBen,y\n', COLUMNS)
    assert [(row.line, row.cells["starts_on"]) for row in rows] == [(3, "x"), (6, "y")]


def test_a_short_row_and_an_absent_column_are_empty():
    assert pasted_rows("name,start date\nAnn", COLUMNS)[0].cells["starts_on"] == ""
    assert pasted_rows("name\nAnn", COLUMNS)[0].cells == {"name": "Ann", "starts_on": ""}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "headers in the first line"),
        ("name,start date\n \n", "no rows"),
        ("start date\n2026-01-05", "lacks the headers: name"),
        ('name\n"Ann' + "x" * 200_000, "Line 2 can't be read"),
        ("name\n" + "Ann\n" * 10_001, "At most 10000 rows"),
    ],
)
def test_what_is_no_table_is_refused_with_the_reason(text, said):
    with pytest.raises(Invalid, match=said):
        pasted_rows(text, COLUMNS)


@pytest.mark.parametrize(
    ("cell", "day"),
    [
        ("2026-01-05", "2026-01-05"),
        ("2026/1/5", "2026-01-05"),
        ("2026.01.5", "2026-01-05"),
        ("2026年1月5日", "2026-01-05"),
        ("5/1/2026", "5/1/2026"),
        ("", ""),
    ],
)
def test_days_are_taken_as_spreadsheets_write_them(cell, day):
    assert day_written(cell) == day


def test_only_commas_between_thousands_leave_an_amount():
    assert [amount_written(cell) for cell in ("1,234,567.89", "-1,000", "12,5", "1,23", "7")] == [
        "1234567.89",
        "-1000",
        "12,5",
        "1,23",
        "7",
    ]


def test_files_are_read_in_the_encodings_spreadsheets_save():
    assert pasted_text("姓名".encode()) == "姓名"
    assert pasted_text("姓名".encode("utf-8-sig")) == "姓名"
    assert pasted_text("姓名".encode("gb18030")) == "姓名"
    with pytest.raises(Invalid, match="no text"):
        pasted_text(b"PK\x03\x04\x00\x00\x00\x00")
