"""Examples for each step of the first run, to look at before one's own: nothing of them is saved unasked."""

from __future__ import annotations

import csv
import datetime as dt
import io
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django.utils.translation import get_language

from metrics.formats import plain_text
from metrics.models import Metric, MetricKind, MetricUnit

# All of them are counted from deals alone, so that the examples fill every card.
METRICS = ("sales", "deals_won", "win_rate", "deals_closed")
SELLERS = ("N01", "N02", "N03", "N04", "N05", "N06")
_COMPANY = {
    "en": {"name": "Northwind Kitchens", "currency": "USD", "time_zone": "America/New_York", "country": "US"},
    "zh": {"name": "北辰电器", "currency": "CNY", "time_zone": "Asia/Shanghai", "country": "CN"},
}
_PEOPLE = {
    "en": (
        ("number", "name", "email", "unit", "role", "start date"),
        ("M01", "Maria Gomez", "maria@example.com", "North", "manager"),
        ("M02", "Henry Wells", "henry@example.com", "South", "manager"),
        ("N01", "Olivia Grant", "olivia@example.com", "North / Team 1", "seller"),
        ("N02", "Noah Price", "noah@example.com", "North / Team 1", "seller"),
        ("N03", "Emma Stone", "emma@example.com", "North / Team 2", "seller"),
        ("N04", "Liam Ford", "liam@example.com", "North / Team 2", "seller"),
        ("N05", "Ava Reed", "ava@example.com", "South / Team 3", "seller"),
        ("N06", "Jack Lane", "jack@example.com", "South / Team 3", "seller"),
    ),
    "zh": (
        ("工号", "姓名", "邮箱", "部门", "角色", "入职日期"),
        ("M01", "周敏", "zhoumin@example.com", "华东", "经理"),
        ("M02", "李强", "liqiang@example.com", "华南", "经理"),
        ("N01", "王芳", "wangfang@example.com", "华东 / 上海一组", "销售"),
        ("N02", "陈伟", "chenwei@example.com", "华东 / 上海一组", "销售"),
        ("N03", "刘洋", "liuyang@example.com", "华东 / 杭州组", "销售"),
        ("N04", "赵静", "zhaojing@example.com", "华东 / 杭州组", "销售"),
        ("N05", "黄磊", "huanglei@example.com", "华南 / 深圳组", "销售"),
        ("N06", "吴倩", "wuqian@example.com", "华南 / 深圳组", "销售"),
    ),
}
_DEALS = {
    "en": ("number", "customer", "owner", "stage", "amount", "closed on", "product line", "region"),
    "zh": ("编号", "客户", "负责人", "阶段", "金额", "成交日期", "产品线", "区域"),
}
_WORDS = {
    "en": {
        "customers": ("Harbour Hotels", "Baker & Sons", "City Homes", "Green Living", "Oak Street Market"),
        "lines": ("Kitchen", "Laundry"),
        "regions": ("North", "South"),
        "stages": ("won", "lost", "proposal"),
    },
    "zh": {
        "customers": ("海港酒店", "佳和百货", "城市家园", "绿居装饰", "橡树超市"),
        "lines": ("厨电", "洗衣机"),
        "regions": ("华东", "华南"),
        "stages": ("赢单", "输单", "方案"),
    },
}
_DEALS_A_YEAR, _FEWEST_DEALS = 24, 6
_COUNTS_A_SELLER = {"deals_won": 3, "deals_closed": 4, "leads": 120, "effective_visits": 240}
_AMOUNTS = (48_000, 126_500, 73_200, 210_000, 95_800, 154_000, 61_400)
_YEARLY_AMOUNT = 1_800_000  # a little more than those deals come to


def company_example() -> dict[str, Any]:
    """Values of the company's form."""
    return _COMPANY[_language()] | {"subdivision": "", "fiscal_year_start_month": 1}


def people_example(year_starts_on: dt.date) -> str:
    """A table of two regions, three teams and eight people."""
    head, *rows = _PEOPLE[_language()]
    return _table([head, *((*row, year_starts_on.isoformat()) for row in rows)])


def deals_example(owners: Sequence[str], first: dt.date, today: dt.date) -> str:
    """A table of two deals a month of these owners (employee numbers), from ``first`` until today.

    Two in three are won, one in six lost, one in six still open.
    """
    words = _WORDS[_language()]
    won, lost, waiting = words["stages"]
    rows: list[Sequence[str]] = [_DEALS[_language()]]
    owners = list(owners) or list(SELLERS)
    days = (today - first).days
    count = max(_FEWEST_DEALS, _DEALS_A_YEAR * days // 365)
    for at in range(count):
        stage = {4: lost, 5: waiting}.get(at % 6, won)
        day = first + dt.timedelta(days=days * (at + 1) // count)
        rows.append(
            (
                f"D{at + 1:03d}",
                words["customers"][at % len(words["customers"])],
                owners[at % len(owners)],
                stage,
                str(_AMOUNTS[at % len(_AMOUNTS)]),
                "" if stage == waiting else day.isoformat(),
                words["lines"][at // 2 % 2],
                words["regions"][0 if at % len(owners) < max(1, 2 * len(owners) // 3) else 1],
            )
        )
    return _table(rows)


def plan_example(metrics: Sequence[Metric], sellers: int, currency: str) -> dict[str, str]:
    """A year's target of each metric as one types it, for a company of so many sellers."""
    return {metric.code: _wanted(metric, max(1, sellers), currency) for metric in metrics}


def _wanted(metric: Metric, sellers: int, currency: str) -> str:
    if metric.unit == MetricUnit.PERCENT:
        return "75"
    if metric.unit == MetricUnit.CURRENCY:
        # An average is of one deal, everything else of the year.
        share = Decimal("0.94") if metric.code == "collections" else Decimal(1)
        amount = Decimal(100_000) if metric.kind == MetricKind.RATIO else _YEARLY_AMOUNT * share
        return f"{amount:f}".split(".")[0]
    a_seller = _COUNTS_A_SELLER.get(metric.code, 12)
    return plain_text(
        sellers * a_seller, unit=metric.unit, is_ratio=metric.is_ratio, currency=currency, percent=True
    )


def _table(rows: Sequence[Sequence[str]]) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue()


def _language() -> str:
    return "zh" if (get_language() or "").startswith("zh") else "en"
