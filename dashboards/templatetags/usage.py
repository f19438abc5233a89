"""``{{ used.p95_ms|duration }}``: how long a request took, in the reader's numbers."""

from __future__ import annotations

from django import template
from django.utils import formats
from django.utils.translation import gettext as _

register = template.Library()


@register.filter
def duration(milliseconds: float | None) -> str:
    """Milliseconds in the unit that reads best: "0.4 ms", "85 ms", "1.2 s"; "–" for None."""
    if milliseconds is None:
        return "–"
    if milliseconds >= 1000:
        return _("%(number)s s") % {"number": _number(milliseconds / 1000, 1)}
    return _("%(number)s ms") % {"number": _number(milliseconds, 0 if milliseconds >= 10 else 1)}


@register.filter
def microseconds(duration_us: int) -> str:
    """The same of whole microseconds; nothing took no time, so 0 is "–"."""
    return duration(duration_us / 1000 if duration_us else None)


def _number(value: float, places: int) -> str:
    return formats.number_format(round(value, places), decimal_pos=places, use_l10n=True)
