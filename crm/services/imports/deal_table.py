"""A pasted table of deals with their customers: tried first, then loaded all of it or nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import transaction
from django.db.models import Count, Sum
from django.utils import timezone
from django.utils.translation import gettext

from common.errors import FieldError, gettext_noop
from common.pasted import Column, PastedRow, RowProblem, amount_written, day_written, pasted_rows
from common.records import RecordResult
from crm.models import ImportJob, Opportunity, Stage
from crm.services.imports.report import Report
from crm.services.imports.runs import won_by_region
from crm.services.tables import among
from crm.services.upsert import records_upsert
from org.models import Person, User

SOURCE = "table"
COLUMNS: dict[str, Column] = {
    "number": Column(("number", "deal", "id", "编号", "商机编号"), is_required=True),
    "customer": Column(("customer", "account", "客户", "客户名称")),
    "owner": Column(("owner", "seller", "负责人", "销售", "工号"), is_required=True),
    "stage": Column(("stage", "status", "阶段", "状态"), is_required=True),
    "amount": Column(("amount", "金额"), is_required=True),
    "closed_on": Column(("closed on", "close date", "date", "成交日期", "关闭日期")),
    "product_line": Column(("product line", "line", "产品线")),
    "region": Column(("region", "区域", "地区")),
}
# What Chinese tables write for the stages every installation begins with.
_STAGE_WORDS = {
    **dict.fromkeys(("初步接触", "线索"), "prospecting"),
    **dict.fromkeys(("跟进", "跟进中", "接洽"), "engaging"),
    **dict.fromkeys(("需求确认", "已确认"), "qualified"),
    **dict.fromkeys(("方案", "报价", "方案报价"), "proposal"),
    **dict.fromkeys(("谈判", "商务谈判"), "negotiation"),
    **dict.fromkeys(("赢单", "成交", "已成交"), "won"),
    **dict.fromkeys(("输单", "丢单"), "lost"),
}
_AS_IT_STANDS = ("amount", "closed_on", "product_line", "region")
_COLUMN_OF = {"external_id": "number", "account": "customer", "name": "customer", "currency": "amount"}


@dataclass(frozen=True)
class DealLine:
    """A row as it was understood; ``status`` is created, updated, unchanged or error."""

    line: int
    cells: Mapping[str, str]
    status: str


@dataclass(frozen=True)
class DealImport:
    """What a table does, or did: its rows, the won deals in it (minor units), what is wrong in which row."""

    lines: list[DealLine] = field(default_factory=list)
    won_count: int = 0
    won_minor: int = 0
    problems: list[RowProblem] = field(default_factory=list)

    def count(self, status: str) -> int:
        return sum(line.status == status for line in self.lines)


@transaction.atomic
def deal_table_import(*, text: str, actor: User | None, apply: bool) -> DealImport:
    """Read a table of deals (``COLUMNS``) and upsert customers and deals by their number.

    Owners are named by employee number or e-mail address, stages by code or name. Without ``apply``, or when
    any row has a problem, nothing stays: the trial is the import itself, rolled back. What stays is kept as
    an ``ImportJob``. Raises Invalid for what is no table.
    """
    started_at = timezone.now()
    rows = pasted_rows(text, COLUMNS)
    owners, stages = _owners(rows), stage_codes()
    report = Report()
    report.add("accounts", _customers_upsert(rows))
    records = [_record(row, owners, stages) for row in rows]
    results = records_upsert(resource="opportunities", source=SOURCE, records=records, actor=actor)
    report.add("opportunities", results)
    problems = _problems(rows, results)
    won = _won([result.id for result in results if not result.errors])
    if problems or not apply:
        transaction.set_rollback(True)
    else:
        report.won = won_by_region(SOURCE)
        ImportJob.objects.create(
            source=SOURCE,
            format="table",
            state=ImportJob.State.DONE,
            started_by=actor,
            started_at=started_at,
            finished_at=timezone.now(),
            report=report.as_json(),
        )
    lines = [
        DealLine(row.line, row.cells, "error" if result.errors else result.status)
        for row, result in zip(rows, results, strict=True)
    ]
    return DealImport(lines, *won, problems)


def _owners(rows: Sequence[PastedRow]) -> dict[str, str]:
    """The employee number behind each e-mail address used; of an address of two people none."""
    mails = {row.cells["owner"].casefold() for row in rows if "@" in row.cells["owner"]}
    if not mails:
        return {}
    people = Person.objects.filter(is_placeholder=False).exclude(email="").order_by()
    found: dict[str, set[str]] = {}
    for mail, number in people.values_list("email", "employee_number"):
        if mail.casefold() in mails:
            found.setdefault(mail.casefold(), set()).add(number)
    return {mail: numbers.pop() for mail, numbers in found.items() if len(numbers) == 1}


def stage_codes() -> dict[str, str]:
    """Stage codes by what people write for them: code, name, name in their language."""
    stages = list(Stage.objects.all())
    codes = {stage.code for stage in stages}
    words = {word: code for word, code in _STAGE_WORDS.items() if code in codes}
    for stage in stages:
        for word in (gettext(stage.name), stage.name, stage.code):
            words[word.casefold()] = stage.code
    return words


def _customers_upsert(rows: Sequence[PastedRow]) -> list[RecordResult]:
    names = {_customer_key(row): row.cells["customer"][:200] for row in rows if row.cells["customer"]}
    records = [{"external_id": key, "name": name} for key, name in names.items()]
    return records_upsert(resource="accounts", source=SOURCE, records=records) if records else []


def _customer_key(row: PastedRow) -> str:
    """Customers of a table are known by their name, whatever its case."""
    return row.cells["customer"].casefold()[:120].strip()


def _record(row: PastedRow, owners: Mapping[str, str], stages: Mapping[str, str]) -> dict[str, Any]:
    """A row as ``records_upsert`` takes it: empty cells are left out."""
    cells = row.cells
    values = {name: cells[name] for name in _AS_IT_STANDS} | {
        "external_id": cells["number"],
        "name": cells["customer"][:200] or cells["number"],
        "account": _customer_key(row),
        "owner": owners.get(cells["owner"].casefold(), cells["owner"]),
        "stage": stages.get(cells["stage"].casefold(), cells["stage"]),
        "amount": amount_written(cells["amount"]),
        "closed_on": day_written(cells["closed_on"]),
    }
    # A table of the past: another owner in it mends a mistake from the beginning.
    values["owner_from"] = values["closed_on"]
    return {name: value for name, value in values.items() if value}


def _problems(rows: Sequence[PastedRow], results: Sequence[RecordResult]) -> list[RowProblem]:
    """What is wrong, by row; a deal without owner or amount would count for nobody, so it is wrong too."""
    problems = []
    for row, result in zip(rows, results, strict=True):
        for error in result.errors:
            problems.append(RowProblem(row.line, _COLUMN_OF.get(error.field, error.field), error))
        for name in ("owner", "amount"):
            if not row.cells[name]:
                missing = FieldError(name, gettext_noop("This field may not be empty."), "required")
                problems.append(RowProblem(row.line, name, missing))
                result.errors.append(missing)
    return problems


def _won(ids: Sequence[int | None]) -> tuple[int, int]:
    """How many of these deals are won, and their sum in minor units of the plan currency."""
    found = among("pk", [each for each in ids if each is not None])
    deals = Opportunity.objects.filter(found, outcome="won")
    sums = deals.aggregate(count=Count("pk"), minor=Sum("plan_amount_minor"))
    return sums["count"], sums["minor"] or 0
