"""Figures as people read them: whole and compact, per language, with the unit of their metric.

A figure is an int in the metric's own unit (minor units of the plan currency, a count) or, for ratios, the
quotient. Undefined is "–": the caller says why beside it.
"""

from __future__ import annotations

import math
from decimal import Decimal, InvalidOperation

from common.errors import Invalid, gettext_noop
from common.money import currency_exponent, currency_sign, decimal_string, to_minor

UNDEFINED = "–"
PARTS_PER_MILLION = 1_000_000
# Chinese counts in ten thousands and hundred millions, English in thousands and millions.
_STEPS = {
    "zh": ((10**8, "亿"), (10**4, "万")),
    "en": ((10**9, "B"), (10**6, "M"), (10**3, "K")),
}


def compact_money_text(minor: int, currency: str, language: str) -> str:
    """An amount in three significant digits or so: "$1.23M", "¥123万"."""
    major = Decimal(decimal_string(abs(minor), currency))
    return f"{_minus(minor)}{currency_sign(currency)}{_compact(major, language)}"


def count_text(count: int) -> str:
    """A count with separators.

    >>> count_text(1234567)
    '1,234,567'
    """
    return f"{_minus(count)}{abs(count):,}"


def compact_count_text(count: int, language: str) -> str:
    """A count in three significant digits or so; small ones stay whole."""
    return f"{_minus(count)}{_compact(Decimal(abs(count)), language)}"


def rate_count_text(rate: float) -> str:
    """A small positive rate of things a day, rounded up to a tenth: what is needed is never said too low.

    >>> rate_count_text(0.21), rate_count_text(2.0)
    ('0.3', '2')
    """
    return f"{math.ceil(round(rate * 10, 6)) / 10:g}"


def percent_text(ratio: float | None, *, decimals: int = 0) -> str:
    """A ratio as percent, not capped: 1.042 is "104 %"; undefined is a dash."""
    if ratio is None:
        return UNDEFINED
    return f"{_minus(round(ratio * 100, decimals))}{abs(ratio) * 100:,.{decimals}f} %"


def _compact(value: Decimal, language: str) -> str:
    steps = _STEPS["zh" if language.lower().startswith("zh") else "en"]
    for size, suffix in steps:
        if value >= size:
            return f"{_three_digits(value / size)}{suffix}"
    return f"{value:,.0f}"


def _three_digits(value: Decimal) -> str:
    places = 0 if value >= 100 else 1 if value >= 10 else 2
    text = f"{value:,.{places}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _minus(value: float) -> str:
    return "−" if value < 0 else ""


def plain_text(value: int, *, unit: str, is_ratio: bool, currency: str, percent: bool = False) -> str:
    """A stored target amount as the plain number APIs and inputs use, without separators.

    Amounts are major units ("1234.50"), counts whole numbers, ratios (stored in parts per million) the
    quotient ("0.35"), or with ``percent`` and a percent unit the percentage ("35").
    """
    if not is_ratio:
        return decimal_string(value, currency) if unit == "currency" else str(value)
    quotient = Decimal(value) / PARTS_PER_MILLION
    if unit == "currency":
        quotient /= 10 ** currency_exponent(currency)
    elif unit == "percent" and percent:
        quotient *= 100
    return f"{quotient.normalize():f}"


def plain_value(text: str, *, unit: str, is_ratio: bool, currency: str, percent: bool = False) -> int:
    """The inverse of ``plain_text``; separators and a percent sign are understood.

    Raises Invalid for what is no such number.
    """
    cleaned = text.strip().replace(",", "").replace(" ", "").rstrip("%")
    if not is_ratio and unit == "currency":
        return to_minor(cleaned, currency)
    try:
        number = Decimal(cleaned)
    except InvalidOperation:
        number = Decimal("NaN")
    if not number.is_finite() or abs(number) > 10**15:
        raise Invalid(gettext_noop("“%(text)s” is not a number."), code="number", params={"text": text[:40]})
    if is_ratio:
        if unit == "currency":
            number *= 10 ** currency_exponent(currency)
        elif percent:
            number /= 100
        number *= PARTS_PER_MILLION
    if number != number.to_integral_value():
        raise Invalid(
            gettext_noop("“%(text)s” has too many decimals."), code="decimals", params={"text": text[:40]}
        )
    return int(number)
