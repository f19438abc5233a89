"""The spreadsheet round trip: a plan out as a workbook, an edited workbook back in."""

from targets.services.sheets.applying import sheet_apply, sheet_discard, sheet_try
from targets.services.sheets.reading import SheetChange, SheetProblem, SheetReading, sheet_read
from targets.services.sheets.writing import sheet_write

__all__ = [
    "SheetChange",
    "SheetProblem",
    "SheetReading",
    "sheet_apply",
    "sheet_discard",
    "sheet_read",
    "sheet_try",
    "sheet_write",
]
