"""What people write into the cells of a table, read exactly: amounts, days, moments, yes and no.

A cell that can be read in two ways is never guessed from itself: the whole column says which way is meant
(``point_of``, ``order_of``), and where it does not say, a person is asked. Refused cells raise ``Refused``.
"""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from collections.abc import Iterable
from decimal import Decimal
from enum import StrEnum

from common.errors import gettext_noop
from common.records import Refused


class Point(StrEnum):
    """What stands before the decimals."""

    DOT = "."
    COMMA = ","


class Order(StrEnum):
    """What comes first in 5/3/2026."""

    DAY = "dmy"
    MONTH = "mdy"


_LONGEST = 200
_DOTTED = re.compile(r"\d{1,3}(?:[, '’]\d{3})+(?:\.\d*)?|\d+(?:\.\d*)?|\.\d+")
_COMMAED = re.compile(r"\d{1,3}(?:[. '’]\d{3})+(?:,\d*)?|\d+(?:,\d*)?|,\d+")
_THREE_AFTER = re.compile(r"\d{1,3}\.\d{3}")
_TIMES = {
    "千": 3, "万": 4, "萬": 4, "十万": 5, "百万": 6, "千万": 7, "亿": 8, "億": 8,
    "k": 3, "w": 4, "m": 6, "mn": 6, "mio": 6, "bn": 9,
}  # fmt: skip
_CURRENCIES = {
    "cny": "CNY", "rmb": "CNY", "人民币": "CNY", "元": "CNY", "圆": "CNY", "usd": "USD", "us$": "USD",
    "美元": "USD", "eur": "EUR", "€": "EUR", "欧元": "EUR", "gbp": "GBP", "£": "GBP", "英镑": "GBP",
    "jpy": "JPY", "日元": "JPY", "円": "JPY", "hkd": "HKD", "hk$": "HKD", "港元": "HKD", "港币": "HKD",
    "krw": "KRW", "₩": "KRW", "inr": "INR", "₹": "INR", "sgd": "SGD", "s$": "SGD", "aud": "AUD",
    "a$": "AUD", "cad": "CAD", "c$": "CAD", "chf": "CHF", "twd": "TWD", "nt$": "TWD",
}  # fmt: skip
# Signs of several currencies: the company's own if it is one of them, else the commonest.
_SHARED_SIGNS = {
    "¥": ("CNY", "JPY"),
    "$": ("USD", "CAD", "AUD", "SGD", "HKD", "TWD", "NZD", "MXN"),
}
_WORDS = "|".join(re.escape(word) for word in sorted({*_CURRENCIES, *_SHARED_SIGNS}, key=len, reverse=True))
_UNITS = "|".join(sorted(_TIMES, key=len, reverse=True))
_AMOUNT = re.compile(
    rf"(?P<sign>[-+]?)\s*(?P<before>{_WORDS})?\s*(?P<sign2>[-+]?)\s*(?P<number>[\d.,'’ ]*\d[.,]?)\s*"
    rf"(?P<times>{_UNITS})?\s*(?P<after>{_WORDS})?(?:整)?\s*(?P<behind>-?)"
)
# Minus signs and dashes that word processors put for "-".
_MINUSES = str.maketrans("−–—﹣‐‑", "------")

_CHINESE_DIGITS = str.maketrans("〇零○一二三四五六七八九", "000123456789")
_CHINESE_DAY = re.compile(
    r"([〇零○一二三四五六七八九]{4})年([一二三四五六七八九十]{1,3})月([一二三四五六七八九十]{1,3})日?"
)
_YEAR_FIRST = re.compile(r"(\d{4})\s*(?:[-/.]|年)\s*(\d{1,2})\s*(?:[-/.]|月)\s*(\d{1,2})\s*(?:日|号)?")
_RUN_ON = re.compile(r"(\d{4})(\d{2})(\d{2})")
_YEAR_LAST = re.compile(r"(\d{1,2})\s*([-/.])\s*(\d{1,2})\s*\2\s*(\d{4}|\d{2})")
_DAY_NAMED = re.compile(r"(\d{1,2})(?:st|nd|rd|th)?[\s\-.]*([a-z]{3,9})\.?[\s\-,]*(\d{4}|\d{2})")
_MONTH_NAMED = re.compile(r"([a-z]{3,9})\.?\s*(\d{1,2})(?:st|nd|rd|th)?,?\s+(\d{4})")
_MONTHS = (
    *("january", "february", "march", "april", "may", "june", "july", "august", "september"),
    *("october", "november", "december"),
)
_TIME = re.compile(
    r"(?:[t ]|(?<=[日号]))\s*(?P<half>上午|下午|中午|晚上|凌晨|早上)?\s*"
    r"(?P<hour>\d{1,2})\s*[:时点]\s*(?P<minute>\d{1,2})"
    r"\s*(?:[:分]\s*(?P<second>\d{1,2})?(?:\.\d+)?秒?)?\s*(?P<half2>am|pm)?\s*(?P<zone>z|[+-]\d{2}:?\d{2})?$"
)
_WEEKDAY = re.compile(
    r"\s*[(（]?(?:星期|周)[一二三四五六日天][)）]?|^(?:mon|tues?|wed(?:nes)?|thu(?:rs)?|fri|sat(?:ur)?|sun)(?:day)?,?\s+"
)
_LATER_HALF = ("下午", "晚上", "pm")

_YES = frozenset(("true", "1", "yes", "y", "t", "是", "有", "有效", "对", "真", "√", "✓", "✔", "☑"))
_NO = frozenset(("false", "0", "no", "n", "f", "否", "无", "无效", "不", "假", "×", "✗", "✘", "☐", "x"))


def amount_read(cell: str, *, point: Point = Point.DOT, home: str = "") -> tuple[str, str]:
    """An amount as (plain decimal text, currency or ""): exact, whatever the notation.

    ``home`` is the currency that a sign shared by several stands for, if it is one of them.

    >>> amount_read("¥1.2万"), amount_read("(300)"), amount_read("1.234,50 €", point=Point.COMMA)
    (('12000', 'CNY'), ('-300', ''), ('1234.50', 'EUR'))
    """
    text = _plain(cell).translate(_MINUSES)
    in_brackets = text.startswith("(") and text.endswith(")")
    inner = text[1:-1].strip() if in_brackets else text
    found = _AMOUNT.fullmatch(inner) if len(text) <= _LONGEST else None
    number = found["number"].strip() if found else ""
    shape = _DOTTED if point is Point.DOT else _COMMAED
    signs = [bool(found[name]) for name in ("sign", "sign2", "behind")] if found else []
    has_one_sign = sum(signs) + in_brackets <= 1
    if found is None or not shape.fullmatch(number) or not has_one_sign:
        message = gettext_noop("“%(value)s” is not an amount.")
        raise Refused(message, "amount", value=cell.strip()[:60])
    named = {found["before"], found["after"]} - {None}
    currencies = {_currency(word, home) for word in named}
    if len(currencies) > 1:
        raise Refused(gettext_noop("“%(value)s” names two currencies."), "amount", value=cell.strip()[:60])
    plain = re.sub(
        r"[^\d.]", "", number.replace(".", "").replace(",", ".") if point is Point.COMMA else number
    )
    value = Decimal(plain).scaleb(_TIMES[found["times"]] if found["times"] else 0)
    is_negative = in_brackets or "-" in (found["sign"], found["sign2"], found["behind"])
    told = f"{value:f}"
    return (f"-{told}" if is_negative and value else told), (currencies.pop() if currencies else "")


def point_of(cells: Iterable[str]) -> Point | None:
    """What stands before the decimals of a column; None where the column leaves it open.

    Thousands in commas ("12,000") are so common that they need no asking; a comma for decimals, or a single
    dot before three digits ("1.234"), does.

    >>> point_of(["1,234.50", "12,000"]), point_of(["1.234,50"]), point_of(["1.234"])
    (<Point.DOT: '.'>, None, None)
    """
    is_open = False
    for cell in cells:
        in_dots, in_commas = _readable(cell, Point.DOT), _readable(cell, Point.COMMA)
        if in_dots and not in_commas and "." in in_dots:
            return Point.DOT
        if in_commas and (not in_dots or _is_thousands_or_decimals(cell)):
            is_open = True
    return None if is_open else Point.DOT


def day_read(cell: str, *, order: Order | None = None) -> dt.date:
    """A day in the usual Chinese and Western forms; one such as 5/3/2026 needs the column's ``order``.

    >>> day_read("2026年3月5日"), day_read("5/3/2026", order=Order.DAY), day_read("5 Mar 2026")
    (datetime.date(2026, 3, 5), datetime.date(2026, 3, 5), datetime.date(2026, 3, 5))
    """
    text = _TIME.sub("", _day_text(cell)).strip()
    parts = _parts(text)
    if parts is None:
        raise _no_day(cell)
    year, month, day, is_open = parts
    if is_open and order is Order.DAY:
        month, day = day, month
    elif is_open and order is None and month != day:
        message = gettext_noop("“%(value)s” can be two days; say what comes first, the day or the month.")
        raise Refused(message, "ambiguous", value=cell.strip()[:60])
    try:
        value = dt.date(year, month, day)
    except ValueError:
        raise _no_day(cell) from None
    if not 1900 <= value.year <= 2200:
        raise _no_day(cell)
    return value


def order_of(cells: Iterable[str]) -> Order | None:
    """What comes first in a column's days; None where they leave it open, or contradict each other.

    >>> order_of(["5/3/2026", "25/3/2026"]), order_of(["5/3/2026"]), order_of(["2026-03-05"])
    (<Order.DAY: 'dmy'>, None, <Order.MONTH: 'mdy'>)
    """
    seen: set[Order] = set()
    is_open = False
    for cell in cells:
        parts = _parts(_TIME.sub("", _day_text(cell)).strip())
        if parts is None or not parts[3]:
            continue
        _year, first, second, _ = parts
        if first > 12:
            seen.add(Order.DAY)
        elif second > 12:
            seen.add(Order.MONTH)
        elif first != second:
            is_open = True
    if len(seen) == 1:
        return seen.pop()
    return None if is_open or seen else Order.MONTH


def moment_read(cell: str, *, order: Order | None = None) -> dt.datetime:
    """A day with its time, in the cell's own zone or without one; a day alone begins at midnight.

    >>> moment_read("2026年3月5日 下午2:30"), moment_read("2026-03-05T14:30:00+08:00").isoformat()
    (datetime.datetime(2026, 3, 5, 14, 30), '2026-03-05T14:30:00+08:00')
    """
    day = day_read(cell, order=order)
    found = _TIME.search(_day_text(cell))
    if found is None:
        return dt.datetime.combine(day, dt.time())  # without a zone: the company's, which calc does not know
    hour, minute, second = int(found["hour"]), int(found["minute"]), int(found["second"] or 0)
    half = found["half"] or found["half2"] or ""
    if half in _LATER_HALF and hour < 12:
        hour += 12
    elif half in ("am", "凌晨", "上午", "早上") and hour == 12:
        hour = 0
    try:
        at = dt.time(hour, minute, second)
    except ValueError:
        raise _no_day(cell) from None
    value = dt.datetime.combine(day, at)
    return value if found["zone"] is None else value.replace(tzinfo=_zone(found["zone"]))


def flag_read(cell: str) -> bool:
    """Yes or no as people tick it.

    >>> flag_read("是"), flag_read("×"), flag_read("Y")
    (True, False, True)
    """
    word = _plain(cell)
    if word in _YES or word in _NO:
        return word in _YES
    raise Refused(gettext_noop("“%(value)s” is neither yes nor no."), "flag", value=cell.strip()[:60])


def _plain(cell: str) -> str:
    """Full width made narrow, case folded, no-break spaces made plain."""
    return " ".join(unicodedata.normalize("NFKC", cell[: _LONGEST + 1]).casefold().split())


def _currency(word: str, home: str) -> str:
    shared = _SHARED_SIGNS.get(word)
    if shared is None:
        return _CURRENCIES[word]
    return home if home in shared else shared[0]


def _readable(cell: str, point: Point) -> str:
    """The plain amount of a cell read with this point, "" where it can't be; a sole grouping keeps no dot."""
    try:
        return amount_read(cell, point=point)[0]
    except Refused:
        return ""


def _is_thousands_or_decimals(cell: str) -> bool:
    found = re.search(r"[\d.,]+", _plain(cell))
    return found is not None and _THREE_AFTER.fullmatch(found[0]) is not None


def _day_text(cell: str) -> str:
    return _WEEKDAY.sub("", _plain(cell)) if len(cell) <= _LONGEST else ""


def _parts(text: str) -> tuple[int, int, int, bool] | None:
    """(year, month, day, False), or (year, first, second, True) where the order is open."""
    found = _CHINESE_DAY.fullmatch(text)
    if found:
        return int(found[1].translate(_CHINESE_DIGITS)), _tens(found[2]), _tens(found[3]), False
    found = _YEAR_FIRST.fullmatch(text) or _RUN_ON.fullmatch(text)
    if found:
        return int(found[1]), int(found[2]), int(found[3]), False
    found = _YEAR_LAST.fullmatch(text)
    if found:
        first, second = int(found[1]), int(found[3])
        if found[2] == ".":  # with dots the day always comes first
            return _year(found[4]), second, first, False
        return _year(found[4]), first, second, True
    found = _DAY_NAMED.fullmatch(text)
    if found and (month := _month(found[2])):
        return _year(found[3]), month, int(found[1]), False
    found = _MONTH_NAMED.fullmatch(text)
    if found and (month := _month(found[1])):
        return int(found[3]), month, int(found[2]), False
    return None


def _tens(text: str) -> int:
    """十一 is 11, 二十五 is 25, 五 is 5."""
    before, ten, after = text.partition("十")
    ones = {digit: at for at, digit in enumerate("一二三四五六七八九", start=1)}
    if not ten:
        return ones.get(before, 0)
    return 10 * (ones.get(before, 0) if before else 1) + (ones.get(after, 99) if after else 0)


def _month(name: str) -> int:
    found = [at for at, month in enumerate(_MONTHS, start=1) if month.startswith(name) or name == "sept"]
    return 9 if name == "sept" else (found[0] if found else 0)


def _year(text: str) -> int:
    return int(text) if len(text) == 4 else 2000 + int(text)


def _zone(text: str) -> dt.timezone:
    if text == "z":
        return dt.UTC
    digits = text[1:].replace(":", "")
    offset = dt.timedelta(hours=int(digits[:2]), minutes=int(digits[2:]))
    if offset >= dt.timedelta(hours=24):
        raise Refused(gettext_noop("“%(value)s” is not a time zone."), "time_zone", value=text)
    return dt.timezone(-offset if text[0] == "-" else offset)


def _no_day(cell: str) -> Refused:
    message = gettext_noop("“%(value)s” is not a day; write it as 2026-03-05.")
    return Refused(message, "day", value=cell.strip()[:60])
