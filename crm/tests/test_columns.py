"""Columns find their fields by header in both languages, by what was chosen before, and by content."""

from __future__ import annotations

import pytest

from crm.calc.columns import COLUMNS, SPLIT_PAIRS, columns_guess, header_plain
from crm.calc.fields import FIELDS

STAGES = {"won": "won", "赢单": "won", "lost": "lost", "输单": "lost"}


def guess(
    resource: str, *headers: str, rows: tuple[tuple[str, ...], ...] = (), **remembered: str
) -> list[str]:
    return columns_guess(resource, headers, rows, remembered=remembered, stages=STAGES)


@pytest.mark.parametrize(
    ("resource", "headers", "fields"),
    [
        (
            "opportunities",
            ("商机编号", "客户名称", "成交金额（元）", "阶段", "负责人", "成交日期", "附件"),
            ["external_id", "account", "amount", "stage", "owner", "closed_on", ""],
        ),
        (
            "opportunities",
            (
                "Deal ID",
                "Deal Name",
                "Amount (CNY)",
                "Stage",
                "Deal owner",
                "Close_Date",
                "Expected close date",
            ),
            ["external_id", "name", "amount", "stage", "owner", "closed_on", "expected_close_on"],
        ),
        (
            "accounts",
            ("客户编号", "客户", "行业", "年营收"),
            ["external_id", "name", "industry", "annual_revenue"],
        ),
        ("leads", ("Contact", "Company", "Lead source"), ["name", "company_name", "channel"]),
        (
            "activities",
            ("拜访日期", "类型", "客户", "是否有效"),
            ["occurred_at", "kind", "account", "is_effective"],
        ),
        ("products", ("SKU", "产品名称", "单价"), ["external_id", "name", "list_price"]),
        (
            "opportunities",
            ("编号", "产品明细", "业绩分成", "Split 1 person", "Split 1 share", "产品线"),
            ["external_id", "lines", "splits", "split_1", "split_1_share", "product_line"],
        ),
        ("payments", ("回款日期", "回款金额", "商机编号"), ["received_on", "amount", "opportunity"]),
    ],
)
def test_headers_are_known_in_both_languages(
    resource: str, headers: tuple[str, ...], fields: list[str]
) -> None:
    assert guess(resource, *headers) == fields


def test_what_was_chosen_before_comes_first() -> None:
    assert guess("payments", "Date", "X1", date="", x1="amount") == ["", "amount"]


def test_content_tells_what_headers_do_not() -> None:
    rows = (("D-1", "赢单", "¥1,200.00"), ("D-2", "输单", "300"))
    assert guess("opportunities", "A", "B", "C", rows=rows) == ["", "stage", "amount"]


def test_bare_numbers_are_not_taken_for_amounts() -> None:
    assert guess("opportunities", "A", rows=(("1001",), ("1002",))) == [""]


def test_no_field_is_taken_twice() -> None:
    assert guess("payments", "amount", "金额") == ["amount", ""]


def test_every_column_is_a_field_the_api_takes() -> None:
    for resource, columns in COLUMNS.items():
        names = [column.name for column in columns]
        assert len(set(names)) == len(names)
        pairs = {name for pair in SPLIT_PAIRS for name in pair} if resource == "opportunities" else set()
        assert set(names) <= {"external_id", *FIELDS[resource], *pairs}


def test_header_is_plain_without_brackets_and_signs() -> None:
    assert header_plain("（元）") != ""
    assert header_plain("Close-Date*") == header_plain("close date")
