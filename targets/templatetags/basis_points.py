"""``{{ 550|basis_points }}``: basis points as a percentage."""

from __future__ import annotations

from decimal import Decimal

from django import template

register = template.Library()


@register.filter
def basis_points(points: int) -> str:
    """Basis points as percent with as many decimals as needed: 550 is "5.5 %"."""
    text = f"{Decimal(abs(points)) / 100:.2f}".rstrip("0").rstrip(".")
    return f"{'−' if points < 0 else ''}{text} %"
