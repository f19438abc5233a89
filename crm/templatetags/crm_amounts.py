"""``{{ minor|amount:currency }}``: amounts in templates."""

from __future__ import annotations

from django import template

from common.money import money_text

register = template.Library()


@register.filter
def amount(minor: int, currency: str) -> str:
    """Minor units with separators and the currency's sign: ``amount(123456, "USD")`` is "$1,234.56"."""
    return money_text(minor, currency)


@register.filter
def share(basis_points: int) -> str:
    """Basis points as percent: ``share(3333)`` is "33.33 %"."""
    return f"{basis_points / 100:g} %"
