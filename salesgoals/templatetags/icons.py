"""``{% icon "home" %}``: a Tabler icon drawn inline, so that no page fetches any."""

from __future__ import annotations

import re
from functools import lru_cache

from django import template
from django.conf import settings
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

register = template.Library()

_NAME = re.compile(r"[a-z0-9-]+")
_DRAWING = re.compile(r"<svg[^>]*>(.*)</svg>", re.DOTALL)
# The invisible square that every drawing begins with, and the spaces that say nothing.
_EMPTY = re.compile(r'<path stroke="none" d="M0 0h24v24H0z" fill="none"\s*/>|(?<=>)\s+|\s+(?=/>)')


@register.simple_tag
def icon(name: str, css_class: str = "") -> SafeString:
    """Return the outline icon ``name`` as SVG, hidden from screen readers (the label beside it speaks).

    How lines look is said once, in app.css: a page has hundreds of them.
    Without the npm package (tests on a machine without node) the drawing is empty; the place stays.
    """
    classes = f"icon {css_class}".rstrip()
    return format_html(
        '<svg class="{}" viewBox="0 0 24 24" aria-hidden="true">{}</svg>', classes, _drawing(name)
    )


@lru_cache(maxsize=512)
def _drawing(name: str) -> SafeString:
    if not _NAME.fullmatch(name):
        raise ValueError(f"no icon is called {name!r}")
    file = settings.NODE_MODULES / "@tabler/icons/icons/outline" / f"{name}.svg"
    if not file.is_file():
        return mark_safe("")
    found = _DRAWING.search(file.read_text())
    return mark_safe(_EMPTY.sub("", found[1]) if found else "")  # noqa: S308  (the package's own drawing)
