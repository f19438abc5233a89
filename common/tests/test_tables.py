"""Files for a spreadsheet hold the numbers as numbers and no formula."""

import csv
import datetime as dt
import io
from decimal import Decimal
from functools import partial

import pytest
from openpyxl import load_workbook

from common.tables import rows_as_csv, rows_as_xlsx, safe_text

DAY = dt.date(2026, 6, 17)
HEADERS = ["Day", "What", "Amount", "Count"]


def read_csv(chunks):
    text = b"".join(chunks).decode("utf-8-sig")
    return list(csv.reader(io.StringIO(text, newline="")))


def read_xlsx(chunks):
    sheet = load_workbook(io.BytesIO(b"".join(chunks))).active
    return sheet, [[cell.value for cell in row] for row in sheet.iter_rows()]


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "\n", "  =", "＝"])
def test_a_text_that_would_be_a_formula_gets_an_apostrophe(start):
    text = f"{start}cmd|' /C calc'!A0"
    assert safe_text(text) == f"'{text}"
    assert read_csv(rows_as_csv(HEADERS, [[text]]))[1] == [f"'{text}"]
    sheet, rows = read_xlsx(rows_as_xlsx("Facts", HEADERS, [[text]]))
    assert rows[1][0].startswith("'")
    assert sheet["A2"].data_type == "s"


@pytest.mark.parametrize("text", ["", " ", "East", "a=b", "“2 + 2”", "张三"])
def test_a_plain_text_stays_as_it_is(text):
    assert safe_text(text) == text


def test_negative_numbers_and_cents_stay_numbers():
    row = [DAY, None, Decimal("-1234567890123.45"), -3]
    assert read_csv(rows_as_csv(HEADERS, [row]))[1] == ["2026-06-17", "", "-1234567890123.45", "-3"]
    sheet, rows = read_xlsx(rows_as_xlsx("Facts", HEADERS, [row]))
    assert rows[1][1:] == [None, pytest.approx(-1234567890123.45), -3]
    assert [sheet[name].data_type for name in ("A2", "C2", "D2")] == ["d", "n", "n"]


def test_notes_stand_above_the_headers():
    notes = [["As of", DAY], ["Definition", "=sum"]]
    assert read_csv(rows_as_csv(HEADERS, [], notes=notes)) == [
        ["As of", "2026-06-17"],
        ["Definition", "'=sum"],
        [],
        HEADERS,
    ]
    _, rows = read_xlsx(rows_as_xlsx("Facts", HEADERS, [], notes=notes))
    assert rows[3] == HEADERS


@pytest.mark.parametrize("write", [rows_as_csv, partial(rows_as_xlsx, "Numbers")])
def test_a_long_table_is_read_as_it_is_sent(write):
    read = []

    def rows():
        for number in range(60_000):
            read.append(number)
            yield [number, f"row {number}"]

    chunks = iter(write(["n", "text"], rows()))
    sent = [next(chunks), next(chunks)]
    assert 0 < len(read) < 40_000
    sent += chunks
    assert len(sent) > 3
    assert len(read) == 60_000


def test_a_workbook_keeps_every_kind_of_text():
    texts = ['<b> & "c"', "  spaces  ", "two\nlines", "张三 🎉", "x" * 40_000]
    _, rows = read_xlsx(rows_as_xlsx("T", texts[:1], [[text] for text in texts]))
    assert [row[0] for row in rows[1:]] == [*texts[:4], "x" * 32_767]


@pytest.mark.parametrize("title", ["Sales: A/B [x]?*", "x" * 60, ""])
def test_any_title_and_control_characters_make_a_workbook(title):
    sheet, rows = read_xlsx(rows_as_xlsx(title, ["a\x00b"], [["c\x0bd"]]))
    assert len(sheet.title) <= 31
    assert rows == [["ab"], ["cd"]]
