"""A plan as a workbook: live formulas, keys that nobody types over, and a sheet that checks the sums.

Amounts are numbers in major units, texts are never formulas. Only months and years can be typed; the
protection has no password, since what comes back is checked anyway.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import xlsxwriter
from django.utils import formats, timezone
from django.utils.translation import gettext as _
from xlsxwriter.utility import xl_col_to_name, xl_rowcol_to_cell

from common.errors import Conflict
from common.money import currency_exponent
from common.periods import fiscal_months
from metrics.formats import plain_text
from metrics.models import Metric, MetricUnit
from org.scope import Scope
from targets.models import MONTH_FIELDS, Plan
from targets.selectors.trees import plan_metrics_of
from targets.services.sheets.layout import (
    BASE_FIELDS,
    COLUMNS,
    FIRST_ROW,
    HEAD_ROW,
    HIDDEN,
    MARK,
    MARK_ROW,
    MOST_EXACT,
    NAME_ROW,
    PLACE,
    SheetRow,
    sheet_rows,
)

_WIDTHS = {"owner": 30, "product_line": 16, "region": 14, "customer_type": 16, "year": 16}
_MONTH_WIDTH, _RECKONED_WIDTH = 13, 15
_OPTIONS = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}


@dataclass(frozen=True)
class _Paper:
    """A sheet being written, with the formats of the workbook and how its metric writes numbers."""

    sheet: Any
    styles: dict[str, Any]
    plan: Plan
    metric: Metric

    def number(self, stored: int) -> float:
        """A stored amount as the number a cell holds: exact, since it has at most fifteen digits."""
        if abs(stored) >= MOST_EXACT:
            raise Conflict(_("An amount of this plan is too large for a spreadsheet's numbers."))
        metric, currency = self.metric, self.plan.currency
        return float(plain_text(stored, unit=metric.unit, is_ratio=metric.is_ratio, currency=currency))


def sheet_write(plan: Plan, *, scope: Scope) -> bytes:
    """The visible targets of a plan as an XLSX workbook. Raises Conflict for amounts too large."""
    file = io.BytesIO()
    book = xlsxwriter.Workbook(file, _OPTIONS)
    metrics = [each.metric for each in plan_metrics_of(plan)]
    names = _sheet_names(metrics)
    written: list[tuple[Metric, str, list[SheetRow]]] = []
    for metric, name in zip(metrics, names, strict=True):
        paper = _Paper(book.add_worksheet(name), _styles(book, metric, plan.currency), plan, metric)
        rows = sheet_rows(plan, metric, scope=scope)
        _write_metric(paper, rows)
        written.append((metric, name, rows))
    _write_check(book, plan, written)
    book.close()
    return file.getvalue()


def _sheet_names(metrics: Sequence[Metric]) -> list[str]:
    """Names a workbook takes: no more than 31 characters, none twice, no signs it keeps for itself."""
    names: list[str] = []
    for at, metric in enumerate(metrics, start=1):
        name = "".join(" " if sign in "[]:*?/\\'" else sign for sign in metric.label).strip()[:26]
        names.append(name if name and name not in names else f"{name or metric.code[:20]} ({at})")
    return names


def _styles(book: Any, metric: Metric, currency: str) -> dict[str, Any]:
    digits = _number_format(metric, currency)
    return {
        "title": book.add_format({"bold": True, "font_size": 14}),
        "head": book.add_format(
            {"bold": True, "bottom": 1, "text_wrap": True, "valign": "top", "bg_color": "#EEF2F7"}
        ),
        "open": book.add_format({"num_format": digits, "locked": False}),
        "shut": book.add_format({"num_format": digits, "font_color": "#5A6478"}),
        "percent": book.add_format({"num_format": "0.00%", "font_color": "#5A6478"}),
        "names": [book.add_format({"indent": min(depth, 15)}) for depth in range(16)],
        "wrong": book.add_format({"font_color": "#B42318", "bold": True}),
        "typed": book.add_format({"bg_color": "#FFF3CD"}),
    }


def _number_format(metric: Metric, currency: str) -> str:
    if metric.is_ratio and metric.unit == MetricUnit.PERCENT:
        return "0.00%"
    decimals = currency_exponent(currency) if metric.unit == MetricUnit.CURRENCY else 0
    decimals = 2 if metric.is_ratio else decimals
    return "#,##0" + ("." + "0" * decimals if decimals else "")


def _write_metric(paper: _Paper, rows: Sequence[SheetRow]) -> None:
    sheet, plan, metric = paper.sheet, paper.plan, paper.metric
    sheet.protect("", {"format_columns": True, "format_rows": True, "sort": False, "autofilter": True})
    _set_columns(sheet)
    sheet.write_row(MARK_ROW, 0, [MARK, str(plan.pk), metric.code, timezone.now().isoformat()])
    title = f"{plan.name} · {metric.label}" + (f" ({plan.currency})" if metric.unit == "currency" else "")
    sheet.write_string(MARK_ROW, PLACE["owner"], title, paper.styles["title"])
    sheet.write_row(NAME_ROW, 0, COLUMNS)
    sheet.set_row(NAME_ROW, None, None, {"hidden": True})
    for at, label in enumerate(_heads(plan)):
        sheet.write_string(HEAD_ROW, at, label, paper.styles["head"])
    last = FIRST_ROW + max(0, len(rows) - 1)
    for at, row in enumerate(rows, start=FIRST_ROW):
        _write_row(paper, at, row, last)
    sheet.freeze_panes(FIRST_ROW, PLACE["owner"] + 1)
    _mark_changes(paper, last)


def _set_columns(sheet: Any) -> None:
    sheet.set_column(0, len(HIDDEN) - 1, None, None, {"hidden": True})
    for name, width in _WIDTHS.items():
        sheet.set_column(PLACE[name], PLACE[name], width)
    sheet.set_column(PLACE["m01"], PLACE["m12"], _MONTH_WIDTH)
    sheet.set_column(PLACE["children"], PLACE["change"], _RECKONED_WIDTH)


def _heads(plan: Plan) -> list[str]:
    months = [
        formats.date_format(month.start, "M Y")
        for month in fiscal_months(plan.fiscal_year, plan.starts_on.month)
    ]
    return [
        *HIDDEN, _("Owner"), _("Product line"), _("Region"), _("Customer type"), _("Year"), *months,
        _("Sum of the children"), _("Over-assigned"), _("Still missing (−: too much)"),
        _("Before"), _("Change"),
    ]  # fmt: skip


def _write_row(paper: _Paper, at: int, row: SheetRow, last: int) -> None:
    sheet, styles = paper.sheet, paper.styles
    year, months = paper.number(row.amount), [paper.number(month) for month in row.months]
    sheet.write_string(at, PLACE["key"], str(row.id))
    sheet.write_string(at, PLACE["parent"], str(row.parent_id or ""))
    for name, value in zip(("base_year", *BASE_FIELDS), (year, *months), strict=True):
        sheet.write_number(at, PLACE[name], value)
    sheet.write_string(at, PLACE["owner"], row.owner, styles["names"][min(row.depth, 15)])
    for at_name, name in enumerate(("product_line", "region", "customer_type")):
        sheet.write_string(at, PLACE[name], row.segments[at_name])
    if row.is_additive:
        span = f"{xl_rowcol_to_cell(at, PLACE['m01'])}:{xl_rowcol_to_cell(at, PLACE['m12'])}"
        sheet.write_formula(at, PLACE["year"], f"=SUM({span})", styles["open"], year)
    else:
        sheet.write_number(at, PLACE["year"], year, styles["open"])
    for name, month in zip(MONTH_FIELDS, months, strict=True):
        sheet.write_number(at, PLACE[name], month, styles["open"])
    if row.has_children and row.is_additive:
        _write_sums(paper, at, row, last)
    sheet.write_number(at, PLACE["before"], year, styles["shut"])
    cells = [xl_rowcol_to_cell(at, PLACE[name]) for name in ("year", "before")]
    sheet.write_formula(at, PLACE["change"], f"={cells[0]}-{cells[1]}", styles["shut"], 0)


def _write_sums(paper: _Paper, at: int, row: SheetRow, last: int) -> None:
    """What a parent's children have together, and what they lack of it; reckoned anew at every key."""
    sheet, styles = paper.sheet, paper.styles
    keys, years = (
        f"${xl_col_to_name(PLACE[name])}${FIRST_ROW + 1}:${xl_col_to_name(PLACE[name])}${last + 1}"
        for name in ("parent", "year")
    )
    cell = {name: xl_rowcol_to_cell(at, PLACE[name]) for name in ("key", "year", "children", "over")}
    sheet.write_formula(at, PLACE["children"], f"=SUMIF({keys},{cell['key']},{years})", styles["shut"])
    sheet.write_number(at, PLACE["over"], row.cushion_bp / 10_000, styles["percent"])
    decimals = 0 if paper.metric.unit != "currency" else currency_exponent(paper.plan.currency)
    missing = f"=ROUND({cell['year']}*(1+{cell['over']})-{cell['children']},{decimals})"
    sheet.write_formula(at, PLACE["missing"], missing, styles["shut"])


def _mark_changes(paper: _Paper, last: int) -> None:
    """Yellow: typed since the export. Red: does not sum."""
    first, first_base = (xl_rowcol_to_cell(FIRST_ROW, PLACE[name]) for name in ("m01", "base_m01"))
    span = (FIRST_ROW, PLACE["m01"], last, PLACE["m12"])
    rule = {"type": "formula", "criteria": f"={first}<>{first_base}", "format": paper.styles["typed"]}
    paper.sheet.conditional_format(*span, rule)
    for name in ("missing", "change"):
        rule = {"type": "cell", "criteria": "!=", "value": 0, "format": paper.styles["wrong"]}
        paper.sheet.conditional_format(FIRST_ROW, PLACE[name], last, PLACE[name], rule)


def _write_check(book: Any, plan: Plan, written: Sequence[tuple[Metric, str, list[SheetRow]]]) -> None:
    """The sheet that says of every metric whether all children sum to their parents."""
    sheet = book.add_worksheet(_("Check"))
    sheet.protect()
    bold, wrap = book.add_format({"bold": True}), book.add_format({"text_wrap": True, "valign": "top"})
    head = book.add_format({"bold": True, "bottom": 1, "bg_color": "#EEF2F7"})
    sheet.set_column(0, 0, 34)
    sheet.set_column(1, 4, 18)
    sheet.write_string(0, 0, f"{plan.name} · {_('version')} {plan.number} · {plan.currency}", bold)
    sheet.merge_range(1, 0, 1, 4, _guide(), wrap)
    sheet.set_row(1, 80)
    labels = (_("Metric"), _("Targets"), _("Targets whose children don't sum"), _("Changed"), _("Verdict"))
    for at, label in enumerate(labels):
        sheet.write_string(3, at, label, head)
    for at, (metric, name, rows) in enumerate(written, start=4):
        last = FIRST_ROW + max(0, len(rows) - 1)
        missing, change = (
            f"'{name}'!{xl_rowcol_to_cell(FIRST_ROW, PLACE[column], True, True)}"
            f":{xl_rowcol_to_cell(last, PLACE[column], True, True)}"
            for column in ("missing", "change")
        )
        sheet.write_string(at, 0, metric.label)
        sheet.write_number(at, 1, len(rows))
        sheet.write_formula(at, 2, f'=COUNTIF({missing},">0")+COUNTIF({missing},"<0")')
        sheet.write_formula(at, 3, f'=COUNTIF({change},">0")+COUNTIF({change},"<0")')
        cell = xl_rowcol_to_cell(at, 2)
        sheet.write_formula(at, 4, f'=IF({cell}=0,"✓ {_("fits")}","✗ {_("does not sum")}")')


def _guide() -> str:
    return _(
        "Type months, or a year to spread it over its months in proportion. Yellow cells were changed since "
        "the export. Columns in grey are reckoned. Upload the file at the plan's page “Spreadsheet”: you see "
        "what would change before anything does. Rows you delete stay as they are in the plan."
    )
