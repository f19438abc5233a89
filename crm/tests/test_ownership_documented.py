"""The worked table of docs/calculations.md, section Ownership: the document says what the code does."""

from __future__ import annotations

import datetime as dt
import re
from pathlib import Path

import pytest

from crm.calc.ownership import Handing, Ownership, Stint, passed
from org.calc.credit import BEGINNING

DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "calculations.md"
ROW = re.compile(r"^\| (?P<case>[^`|]+) \| `(?P<call>[^`]+)` \| `(?P<result>[^`]+)` \|$", re.MULTILINE)
APRIL, MAY, JUNE = (
    Handing(dt.date(2026, month, 1), dt.datetime(2026, month, 1, tzinfo=dt.UTC)) for month in (4, 5, 6)
)
NAMES = {
    "APRIL": APRIL,
    "MAY": MAY,
    "JUNE": JUNE,
    "DEAL": Ownership(2, (Stint(1, BEGINNING, MAY.on),)),
    "date": dt.date,
    "passed": passed,
}
SECTION = DOCUMENT.read_text(encoding="utf-8").split("## Ownership")[1].split("\n## ")[0]
ROWS = [pytest.param(row["call"], row["result"], id=row["case"]) for row in ROW.finditer(SECTION)]


def test_the_section_has_its_rows():
    assert len(ROWS) >= 7


@pytest.mark.parametrize(("call", "result"), ROWS)
def test_document_says_what_the_code_does(call, result):
    assert eval(call, dict(NAMES)) == eval(result, dict(NAMES))  # noqa: S307 our own document
