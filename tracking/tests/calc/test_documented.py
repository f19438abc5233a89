"""The worked tables of docs/calculations.md, section Progress: the document says what the code does."""

from __future__ import annotations

import datetime as dt
import re
from pathlib import Path

import pytest

from common.periods import ONE_DAY
from tracking.calc import pace, tails, windows

DOCUMENT = Path(__file__).resolve().parents[3] / "docs" / "calculations.md"
ROW = re.compile(r"^\| (?P<case>[^`|]+) \| `(?P<call>[^`]+)` \| `(?P<result>[^`]+)` \|$")


def before(as_of: dt.date, grain: str) -> tuple[dt.date, dt.date]:
    def weekdays(start: dt.date, end: dt.date) -> list[bool]:
        return [(start + at * ONE_DAY).weekday() < 5 for at in range((end - start).days)]

    found = next(w for w in windows.windows_of(as_of, 1, weekdays) if w.period.grain == grain)
    return found.before_start, found.before_until


NAMES = {**vars(pace), **vars(tails), "date": dt.date, "before": before}
ROWS = [
    pytest.param(row["call"], row["result"], id=row["case"])
    for line in DOCUMENT.read_text(encoding="utf-8").partition("\n## Progress\n")[2].splitlines()
    if (row := ROW.match(line))
]


def test_section_has_worked_rows():
    assert len(ROWS) >= 17


@pytest.mark.parametrize(("call", "result"), ROWS)
def test_document_says_what_the_code_does(call, result):
    assert eval(call, dict(NAMES)) == eval(result, dict(NAMES))  # noqa: S307 our own document
