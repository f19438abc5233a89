"""No export hands out a formula: tables leave by ``common.tables`` alone, in the browser by the same rule."""

from __future__ import annotations

import ast
import csv
import io
import re
from pathlib import Path

import pytest
from django.conf import settings

from common.tables import FORMULA_STARTS, rows_as_csv

ROOT = Path(settings.BASE_DIR)
# Examples of files to be sent to us, which hold our own words only; the workbook of a plan, whose formulas
# are ours and whose texts are written as texts (targets/tests/test_sheets.py).
OURS = {"dashboards/setup_examples.py", "targets/services/sheets/writing.py"}
WRITERS = {"writer", "DictWriter", "Workbook", "workbook", "to_csv", "to_excel", "writerow", "writerows"}


def product_files() -> list[Path]:
    """Every Python file that runs in the product."""
    rooms = [*settings.ROOMS, "common", "salesgoals"]
    return [
        path for room in rooms for path in sorted((ROOT / room).rglob("*.py")) if "tests" not in path.parts
    ]


def writes_tables(path: Path) -> bool:
    """Whether a file calls something that writes a table by itself."""
    called = (node.func for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Call))
    return any(getattr(each, "attr", getattr(each, "id", "")) in WRITERS for each in called)


def test_only_the_one_module_writes_tables():
    found = {str(path.relative_to(ROOT)) for path in product_files() if writes_tables(path)}
    assert found - OURS == {"common/tables.py"}


def test_every_table_sent_as_csv_comes_from_it():
    for path in product_files():
        text = path.read_text()
        if "text/csv" in text and "content_type" in text:
            assert "rows_as_csv" in text, path


@pytest.mark.parametrize("start", sorted(FORMULA_STARTS))
def test_the_browsers_export_knows_the_same_beginnings(start):
    script = (ROOT / "static/js/chart_files.js").read_text()
    pattern = re.search(r"const FORMULA = /(.+)/;", script)[1]
    assert re.match(pattern, f"{start}1+1")
    assert re.match(pattern, f"  {start}1+1")


@pytest.mark.parametrize("start", sorted(FORMULA_STARTS))
def test_a_text_that_would_be_a_formula_leaves_with_an_apostrophe(start):
    sent = b"".join(rows_as_csv(["Name"], [[f"{start}cmd|' /C calc'!A0"]])).decode("utf-8-sig")
    [[cell]] = list(csv.reader(io.StringIO(sent)))[1:]
    assert cell.startswith("'")
