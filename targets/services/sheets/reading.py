"""An edited workbook read back: what it would change row by row, and what of it can't be read."""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _
from python_calamine import CalamineError, CalamineWorkbook
from xlsxwriter.utility import xl_col_to_name

from common.errors import DomainError, Invalid
from common.records import Refused
from crm.calc.cells import amount_read
from crm.services.imports.sheets import MOST_BYTES, unpacked_check
from metrics.formats import plain_value
from metrics.models import Metric
from org.scope import Scope
from targets import policies
from targets.calc.merging import merged, year_over_months
from targets.models import MONTH_FIELDS, Plan, Target
from targets.selectors.trees import plan_metrics_of, target_name, targets_visible
from targets.services.sheets.layout import BASE_FIELDS, FIRST_ROW, MARK, MARK_ROW, NAME_ROW

_NEEDED = ("key", "base_year", *BASE_FIELDS, "year", *MONTH_FIELDS)
_MOST_PROBLEMS = 500


@dataclass(frozen=True)
class SheetChange:
    """A target whose amounts the sheet changes; all in stored units, the year first, then twelve months."""

    target: int
    name: str
    metric: str
    line: int
    base: list[int]
    mine: list[int]
    theirs: list[int]
    is_conflict: bool


@dataclass(frozen=True)
class SheetProblem:
    """A cell or row that can't be taken: where, and what to do about it."""

    sheet: str
    line: int
    column: str
    text: str


@dataclass
class SheetReading:
    """What a workbook says."""

    rows: int = 0
    missing: int = 0
    changes: list[SheetChange] = field(default_factory=list)
    problems: list[SheetProblem] = field(default_factory=list)

    def as_json(self) -> dict[str, Any]:
        """The values that a ``PlanSheet`` keeps."""
        return {
            "rows_read": self.rows,
            "rows_missing": self.missing,
            "changes": [asdict(change) for change in self.changes],
            "problems": [asdict(problem) for problem in self.problems],
        }


@dataclass(frozen=True)
class _Lines:
    """A metric's sheet: its name, where each column stands, and the rows with their numbers."""

    name: str
    metric: Metric
    place: Mapping[str, int]
    rows: Sequence[Sequence[Any]]


def sheet_read(plan: Plan, content: bytes, *, scope: Scope) -> SheetReading:
    """What the workbook would change of the plan, as the scope may. Raises Invalid for another file."""
    reading = SheetReading()
    metrics = {each.metric.code: each.metric for each in plan_metrics_of(plan)}
    found = list(_metric_sheets(plan, content, metrics))
    if not found:
        raise Invalid(_("This is no workbook of a plan. Export the plan first, then edit that file."), "file")
    visible = targets_visible(scope=scope).filter(plan=plan).select_related("parent__plan")
    for lines in found:
        targets = {str(target.pk): target for target in visible.filter(metric=lines.metric)}
        _Reader(reading, lines, targets, scope).read()
    return reading


def _metric_sheets(plan: Plan, content: bytes, metrics: Mapping[str, Metric]) -> Iterator[_Lines]:
    if len(content) > MOST_BYTES:
        message = _("A file may have %(max)s MB, this one has %(size)s MB. Split it in parts.")
        params = {"max": MOST_BYTES // 1_000_000, "size": -(-len(content) // 1_000_000)}
        raise Invalid(message, field="file", params=params)
    if not content.startswith(b"PK\x03\x04"):
        raise Invalid(_("This is no XLSX workbook."), field="file")
    unpacked_check(content)
    try:
        book = CalamineWorkbook.from_filelike(io.BytesIO(content))
        sheets = [
            (name, book.get_sheet_by_name(name).to_python(skip_empty_area=False)) for name in book.sheet_names
        ]
    except (CalamineError, ValueError, OSError) as error:
        raise Invalid(_("This workbook can't be opened: save it as XLSX again."), field="file") from error
    for name, rows in sheets:
        head = [str(cell) for cell in (rows[MARK_ROW] if rows else [])][:3]
        if head[:1] != [MARK]:
            continue
        if head[1:2] != [str(plan.pk)]:
            raise Invalid(_("This workbook belongs to another plan or version."), field="file")
        metric = metrics.get(head[2]) if len(head) > 2 else None
        if metric is None:
            raise Invalid(
                _("The plan no longer has the metric of sheet “%(name)s”."), "file", None, {"name": name}
            )
        names = {str(cell): at for at, cell in enumerate(rows[NAME_ROW])} if len(rows) > NAME_ROW else {}
        lost = [each for each in _NEEDED if each not in names]
        if lost:
            message = _(
                "Sheet “%(name)s” has lost its hidden columns. Export again and copy your figures over."
            )
            raise Invalid(message, field="file", params={"name": name})
        yield _Lines(name, metric, names, rows[FIRST_ROW:])


class _Reader:
    """Reads the rows of one sheet into a reading."""

    def __init__(
        self, reading: SheetReading, lines: _Lines, targets: Mapping[str, Target], scope: Scope
    ) -> None:
        self.reading, self.lines, self.targets, self.scope = reading, lines, targets, scope
        self.line = 0

    def read(self) -> None:
        seen: set[str] = set()
        for line, row in enumerate(self.lines.rows, start=FIRST_ROW + 1):
            self.line = line
            if not any(str(cell).strip() for cell in row):
                continue
            self.reading.rows += 1
            key = str(self._cell(row, "key")).removesuffix(".0").strip()
            target = self.targets.get(key)
            if target is None:
                self._problem(
                    "", _("This row is no target of the plan. Add the owner in the plan, then export again.")
                )
            elif key in seen:
                self._problem("", _("This target stands here twice. Delete one of the rows."))
            elif self._is_touched(row):
                self._read_target(target, row)
            seen.add(key)
        self.reading.missing += len(self.targets.keys() - seen)

    def _is_touched(self, row: Sequence[Any]) -> bool:
        """Whether any amount differs from what was exported: of most rows none does."""
        year = self._cell(row, "year")
        names = zip(MONTH_FIELDS, BASE_FIELDS, strict=True)
        return year not in ("", None, self._cell(row, "base_year")) or any(
            self._cell(row, name) != self._cell(row, base) for name, base in names
        )

    def _read_target(self, target: Target, row: Sequence[Any]) -> None:
        base = self._amounts(row, ("base_year", *BASE_FIELDS))
        # A formula saved by a program that reckons nothing has no value: the year is then its months.
        follows = target.is_additive and self._cell(row, "year") in ("", None)
        typed = self._amounts(row, MONTH_FIELDS if follows else ("year", *MONTH_FIELDS))
        if base is None or typed is None:
            return
        if follows:
            typed.insert(0, sum(typed))
        mine = self._settled(target, base, typed)
        if mine is None:
            return
        theirs = [target.amount, *target.months]
        found = merged(base, mine, theirs)
        if not found.is_changed:
            return
        if not policies.may_set_amount(self.scope, target):
            self._problem("", _("“%(name)s” is not yours to set.") % {"name": target_name(target)})
            return
        self.reading.changes.append(
            SheetChange(
                target.pk,
                target_name(target),
                self.lines.metric.code,
                self.line,
                base,
                list(found.amounts),
                theirs,
                found.is_conflict,
            )
        )

    def _settled(self, target: Target, base: list[int], typed: list[int]) -> list[int] | None:
        """The year and its months, one following from the other where only one was typed."""
        (year, *months), (old_year, *old_months) = typed, base
        if not target.is_additive or year == sum(months):
            return typed
        if months == old_months and year != old_year:
            return [year, *year_over_months(year, months)]
        if year == old_year:
            return [sum(months), *months]
        message = _("The year was typed and so were months that don't sum to it. Keep one of the two.")
        self._problem("year", message)
        return None

    def _amounts(self, row: Sequence[Any], names: Sequence[str]) -> list[int] | None:
        """The amounts of these columns; None after telling which can't be read."""
        found = []
        for name in names:
            try:
                found.append(self._amount(self._cell(row, name)))
            except DomainError as error:
                self._problem(name, error.text(_))
            except Refused as refused:
                self._problem(name, _(refused.message) % refused.params)
        return found if len(found) == len(names) else None

    def _amount(self, cell: Any) -> int:
        metric = self.lines.metric
        kind: dict[str, Any] = {"unit": metric.unit, "is_ratio": metric.is_ratio}
        kind["currency"] = self._currency
        if isinstance(cell, bool) or cell in ("", None):
            raise Invalid(_("The cell is empty: type 0 if nothing is wanted."))
        if isinstance(cell, str):
            text, _currency = amount_read(cell)
        else:
            # Fifteen digits are what a spreadsheet's numbers hold; beyond them is noise of its reckoning.
            text = f"{Decimal(f'{cell:.15g}'):f}"
        if metric.is_ratio:
            text = f"{round(Decimal(text), 6):f}"
        return plain_value(text, **kind)

    @property
    def _currency(self) -> str:
        return next(iter(self.targets.values())).plan.currency if self.targets else ""

    def _cell(self, row: Sequence[Any], name: str) -> Any:
        at = self.lines.place[name]
        return row[at] if at < len(row) else ""

    def _problem(self, name: str, text: str) -> None:
        if len(self.reading.problems) < _MOST_PROBLEMS:
            column = xl_col_to_name(self.lines.place[name]) if name else ""
            self.reading.problems.append(SheetProblem(self.lines.name, self.line, column, text))
