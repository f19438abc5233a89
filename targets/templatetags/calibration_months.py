"""``{{ calibration|calibration_months }}``: the months that a calibration changes, by name."""

from __future__ import annotations

from django import template

from targets.models import Calibration
from targets.services import month_name

register = template.Library()


@register.filter
def calibration_months(row: Calibration) -> str:
    """ "June 2026 – July 2026", or the one month."""
    first, last = month_name(row.plan, row.first_month), month_name(row.plan, row.last_month)
    return first if row.first_month == row.last_month else f"{first} – {last}"
