"""The worked tables of docs/calculations.md, row by row: what the document says is what the code does."""

from __future__ import annotations

import datetime as dt
import re
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import pytest

from common import money, periods
from targets.calc import (
    allocation,
    balance,
    calendar,
    calibration,
    capability,
    driver_tree,
    drivers,
    formula,
    people,
    rhythm,
    seasonality,
    slices,
    smart,
    splits,
    weights,
)

DOCUMENT = Path(__file__).resolve().parents[3] / "docs" / "calculations.md"
SECTIONS = ("Money", "Periods", "Allocation", "Time", "Drivers", "SMART", "Calibration", "Capability")
ROW = re.compile(r"^\| (?P<case>[^`|]+) \| `(?P<call>[^`]+)` \| `(?P<result>[^`]+)` \|$")

WINTER = periods.fiscal_months(2026, 1)[:2]
MODULES = (
    *(money, periods, weights, allocation, calendar, calibration, rhythm, seasonality, slices),
    *(balance, formula, splits),
    *(drivers, driver_tree, smart, capability, people),
)
REVENUE = [
    driver_tree.Node("revenue", driver_tree.Operation.PRODUCT, ("customers", "orders", "value")),
    *(driver_tree.Node(key) for key in ("customers", "orders", "value")),
]
NAMES = {
    name: value for module in MODULES for name, value in vars(module).items() if not name.startswith("_")
} | {
    "Decimal": Decimal,
    "Fraction": Fraction,
    "REVENUE": REVENUE,
    "date": dt.date,
    "WINTER": WINTER,
    "WEEKDAYS": [rhythm.day_weights(calendar.workdays(month.start, month.end)) for month in WINTER],
}


def documented_rows():
    section = ""
    for line in DOCUMENT.read_text(encoding="utf-8").splitlines():
        if line.startswith("## "):
            section = line[3:].strip()
        if section in SECTIONS and (row := ROW.match(line)):
            yield pytest.param(row["call"], row["result"], id=f"{section}: {row['case']}")


ROWS = list(documented_rows())


def test_every_section_has_worked_rows():
    assert {row.id.split(":")[0] for row in ROWS} == set(SECTIONS)
    assert len(ROWS) >= 45


@pytest.mark.parametrize(("call", "result"), ROWS)
def test_document_says_what_the_code_does(call, result):
    assert eval(call, dict(NAMES)) == eval(result, dict(NAMES))  # noqa: S307 our own document
