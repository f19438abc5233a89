"""``{{ value|figure:metric }}``: figures in templates, by their metric's unit and the page's language."""

from __future__ import annotations

from django import template
from django.utils.translation import get_language

from common.money import money_text
from metrics.formats import (
    PARTS_PER_MILLION,
    UNDEFINED,
    compact_count_text,
    compact_money_text,
    count_text,
    percent_text,
    rate_count_text,
)
from metrics.models import Metric, MetricUnit
from org.selectors import company_get

register = template.Library()
SMALL_RATE = 10


@register.filter
def figure(value: float | None, metric: Metric) -> str:
    """The value to the cent or the unit; ratios are the quotient (0.352), not parts per million."""
    return figure_text(value, metric)


@register.filter
def figure_short(value: float | None, metric: Metric) -> str:
    """The value in three significant digits: "¥1.23M", "123万"."""
    return figure_text(value, metric, short=True)


@register.filter
def rate_short(value: float | None, metric: Metric) -> str:
    """A figure a day in three significant digits; small counts keep a decimal."""
    return rate_text(value, metric)


@register.filter
def money_short(minor: int, currency: str) -> str:
    """An amount of minor units in three significant digits: "¥1.23M", "¥123万"."""
    return compact_money_text(minor, currency, get_language() or "en")


@register.filter
def parts_per_million(value: int | None) -> float | None:
    """A stored ratio target as the quotient."""
    return None if value is None else value / PARTS_PER_MILLION


@register.filter
def percent(ratio: float | None) -> str:
    """A ratio as whole percent."""
    return percent_text(ratio)


@register.filter
def percent_fine(ratio: float | None) -> str:
    """A ratio as percent with one decimal."""
    return percent_text(ratio, decimals=1)


def figure_text(value: float | None, metric: Metric, *, short: bool = False) -> str:
    """A figure of ``metric`` as text in the active language; None is a dash."""
    if value is None:
        return UNDEFINED
    language = get_language() or "en"
    if metric.unit == MetricUnit.PERCENT:
        return percent_text(value, decimals=1)
    if metric.unit == MetricUnit.CURRENCY:
        currency = _currency(metric)
        minor = round(value)
        return compact_money_text(minor, currency, language) if short else money_text(minor, currency)
    if metric.is_ratio:
        return f"{value:,.2f}"
    return compact_count_text(round(value), language) if short else count_text(round(value))


def rate_text(value: float | None, metric: Metric) -> str:
    """What is needed a day, as text: of counts below ten rounded up to a tenth, since 0.2 a day is not 0."""
    if value is None or metric.unit != MetricUnit.NUMBER or metric.is_ratio or not 0 < value < SMALL_RATE:
        return figure_text(value, metric, short=True)
    return rate_count_text(value)


def _currency(metric: Metric) -> str:
    """The plan currency, asked for once for all figures of a metric on a page, not once a figure."""
    remembered = vars(metric)
    if "plan_currency" not in remembered:
        remembered["plan_currency"] = company_get().currency
    return str(remembered["plan_currency"])
