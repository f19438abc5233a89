"""``{{ endpoint.kinds|kind_words }}``: events in words, which each room keeps in its ``events.py``."""

from __future__ import annotations

from collections.abc import Iterable

from django import template

from org.services import kind_names

register = template.Library()


@register.filter
def kind_words(kinds: Iterable[str]) -> str:
    """The words of kinds of events; a kind's own name where nobody has named it."""
    return ", ".join(str(kind_names().get(kind, kind)) for kind in kinds)
