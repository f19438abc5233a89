"""Cells as people write them: every notation reads exactly, whatever can be read two ways is asked."""

from __future__ import annotations

import contextlib
import datetime as dt
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.records import Refused
from crm.calc.cells import Order, Point, amount_read, day_read, flag_read, moment_read, order_of, point_of

MARCH = dt.date(2026, 3, 5)


@pytest.mark.parametrize(
    ("cell", "amount", "currency"),
    [
        ("1,234.50", "1234.50", ""),
        ("12000", "12000", ""),
        ("¥12,000", "12000", "CNY"),
        ("￥１２，０００．５０", "12000.50", "CNY"),
        ("1.2万", "12000", ""),
        ("1.2 万元", "12000", "CNY"),
        ("3千万", "30000000", ""),
        ("0.5亿", "50000000", ""),
        ("(300)", "-300", ""),
        ("（1,300.00）", "-1300.00", ""),
        ("-300", "-300", ""),
        ("−300", "-300", ""),
        ("300-", "-300", ""),
        ("$-5", "-5", "USD"),
        ("-$5", "-5", "USD"),
        ("USD 1,000", "1000", "USD"),
        ("1000 RMB", "1000", "CNY"),
        ("1 234 567.89", "1234567.89", ""),
        ("1'234.50 CHF", "1234.50", "CHF"),
        ("1.5k", "1500", ""),
        ("2.5M", "2500000", ""),
        (".5", "0.5", ""),
        ("100元整", "100", "CNY"),
        ("(0)", "0", ""),
    ],
)
def test_amount_is_read_whatever_its_notation(cell: str, amount: str, currency: str) -> None:
    assert amount_read(cell, home="CNY") == (amount, currency)


@pytest.mark.parametrize(
    ("cell", "amount"),
    [
        ("1.234,50", "1234.50"),
        ("1234,5", "1234.5"),
        ("€ 1.234", "1234"),
        ("12", "12"),
        ("-1 234,00", "-1234.00"),
    ],
)
def test_amount_with_a_comma_before_its_decimals_is_read_so_when_told(cell: str, amount: str) -> None:
    assert amount_read(cell, point=Point.COMMA)[0] == amount


@pytest.mark.parametrize(
    "cell",
    [
        *(
            "",
            "abc",
            "12abc",
            "1,2345",
            "1,23",
            "1.2.3",
            "--5",
            "(-5)",
            "(5",
            "5)",
            "1e5",
            "NaN",
            "∞",
            "=1+1",
        ),
        *("1.234,50", "1万2千", "¥5$", "5 5", "0x10", "1_000", "9" * 300, "½"),
    ],
)
def test_what_is_no_amount_is_refused(cell: str) -> None:
    with pytest.raises(Refused):
        amount_read(cell)


def test_sign_of_several_currencies_is_the_companys_own_if_it_can_be() -> None:
    assert amount_read("$5", home="CAD")[1] == "CAD"
    assert amount_read("$5", home="CNY")[1] == "USD"
    assert amount_read("¥5", home="JPY")[1] == "JPY"


@pytest.mark.parametrize(
    ("cells", "point"),
    [
        (["12,000", "300"], Point.DOT),
        (["1,234.50", "1.234"], Point.DOT),
        (["12", ""], Point.DOT),
        (["1.234,50"], None),
        (["1234,5"], None),
        (["1.234"], None),
        (["words"], Point.DOT),
    ],
)
def test_column_says_what_stands_before_its_decimals_or_is_asked(
    cells: list[str], point: Point | None
) -> None:
    assert point_of(cells) is point


@given(st.decimals(min_value=-(10**12), max_value=10**12, places=2))
def test_amount_survives_its_way_through_every_notation(value: Decimal) -> None:
    dotted = f"{value:,.2f}"
    commaed = dotted.translate(str.maketrans(",.", ".,"))
    full_width = dotted.translate(str.maketrans("0123456789,.-", "０１２３４５６７８９，．－"))
    in_brackets = f"({dotted[1:]})" if value < 0 else dotted
    for cell in (dotted, full_width, in_brackets, f"¥ {dotted}"):
        assert Decimal(amount_read(cell)[0]) == value
    assert Decimal(amount_read(commaed, point=Point.COMMA)[0]) == value


@given(st.text(max_size=40))
def test_any_text_is_read_or_refused_and_never_breaks(cell: str) -> None:
    for read in (amount_read, day_read, moment_read, flag_read):
        with contextlib.suppress(Refused):
            read(cell)
    order_of([cell])
    point_of([cell])


@pytest.mark.parametrize(
    "cell",
    [
        *(
            "2026-03-05",
            "2026/3/5",
            "2026.3.5",
            "2026年3月5日",
            "2026年03月05日",
            "20260305",
            "２０２６年３月５日",
        ),
        *("二〇二六年三月五日", "5 Mar 2026", "5-Mar-26", "March 5, 2026", "Mar 5th, 2026", "5. March 2026"),
        *("5.3.2026", "05.03.26", "2026-03-05 14:30", "2026-03-05T14:30:00Z", "2026年3月5日 下午2:30"),
        *("2026-03-05 星期四", "Thu, 5 Mar 2026", "2026年3月5日14时30分"),
    ],
)
def test_day_is_read_in_every_usual_form(cell: str) -> None:
    assert day_read(cell) == MARCH


@pytest.mark.parametrize(
    "cell",
    ["", "soon", "2026-02-30", "31/31/2026", "2026-13-01", "5 Foo 2026", "46086", "0001-01-01", "3月5日"],
)
def test_what_is_no_day_is_refused(cell: str) -> None:
    with pytest.raises(Refused):
        day_read(cell, order=Order.DAY)


def test_day_that_can_be_two_needs_the_order_of_its_column() -> None:
    with pytest.raises(Refused):
        day_read("5/3/2026")
    assert day_read("5/3/2026", order=Order.DAY) == MARCH
    assert day_read("3/5/2026", order=Order.MONTH) == MARCH
    assert day_read("5/5/2026") == dt.date(2026, 5, 5)


def test_day_that_contradicts_its_columns_order_is_refused() -> None:
    with pytest.raises(Refused):
        day_read("3/25/2026", order=Order.DAY)


@pytest.mark.parametrize(
    ("cells", "order"),
    [
        (["5/3/2026", "25/3/2026"], Order.DAY),
        (["5/3/2026", "3/25/2026"], Order.MONTH),
        (["5/3/2026"], None),
        (["25/3/2026", "3/25/2026"], None),
        (["2026-03-05", "5.3.2026"], Order.MONTH),
        (["5/5/2026"], Order.MONTH),
    ],
)
def test_column_says_what_comes_first_or_is_asked(cells: list[str], order: Order | None) -> None:
    assert order_of(cells) is order


@given(st.dates(dt.date(1900, 1, 1), dt.date(2200, 12, 31)))
def test_day_survives_its_way_through_every_form(day: dt.date) -> None:
    year, month, date = day.year, day.month, day.day
    assert day_read(day.isoformat()) == day
    assert day_read(f"{year}年{month}月{date}日") == day
    assert day_read(f"{date}.{month}.{year}") == day
    assert day_read(f"{date}/{month}/{year}", order=Order.DAY) == day
    assert day_read(f"{month}/{date}/{year}", order=Order.MONTH) == day
    assert day_read(f"{day:%d %b %Y}") == day


@pytest.mark.parametrize(
    ("cell", "at"),
    [
        ("2026-03-05", "2026-03-05T00:00:00"),
        ("2026-03-05 14:30", "2026-03-05T14:30:00"),
        ("2026/3/5 2:30:15 PM", "2026-03-05T14:30:15"),
        ("2026年3月5日 下午2:30", "2026-03-05T14:30:00"),
        ("2026年3月5日14时30分", "2026-03-05T14:30:00"),
        ("2026-03-05 12:15 am", "2026-03-05T00:15:00"),
        ("2026-03-05T06:30:00Z", "2026-03-05T06:30:00+00:00"),
        ("2026-03-05T14:30:00+0800", "2026-03-05T14:30:00+08:00"),
    ],
)
def test_moment_is_read_with_its_time_and_zone(cell: str, at: str) -> None:
    assert moment_read(cell).isoformat() == at


def test_time_that_no_clock_shows_is_refused() -> None:
    with pytest.raises(Refused):
        moment_read("2026-03-05 25:61")


@pytest.mark.parametrize(
    ("cell", "value"), [("是", True), ("Yes", True), ("√", True), ("１", True), ("否", False)]
)
def test_ticks_are_read_as_yes_and_no(cell: str, value: bool) -> None:
    assert flag_read(cell) is value
    with pytest.raises(Refused):
        flag_read("perhaps")
