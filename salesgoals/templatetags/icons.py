"""``{% icon "home" %}``: a Tabler icon drawn inline, so that no page fetches any."""

from __future__ import annotations

import re
from functools import lru_cache

from django import template
from django.conf import settings
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe

register = template.Library()

_NAME = re.compile(r"[a-z0-9-]+")
_DRAWING = re.compile(r"<svg[^>]*>(.*)</svg>", re.DOTALL)
# The invisible square that every drawing begins with, and the spaces that say nothing.
_EMPTY = re.compile(r'<path stroke="none" d="M0 0h24v24H0z" fill="none"\s*/>|(?<=>)\s+|\s+(?=/>)')


# Drawn in nearly every row of a page's tables: once on the page's sheet, then only named.
OFTEN = (
    *("alert-octagon", "alert-triangle", "circle-check", "eye"),
    *("arrow-down-right", "arrow-up-right", "minus"),
)


@register.simple_tag
def icon(name: str, css_class: str = "") -> SafeString:
    """Return the outline icon ``name`` as SVG, hidden from screen readers (the label beside it speaks).

    How lines look is said once, in app.css: a page has hundreds of them.
    Without the npm package (tests on a machine without node) the drawing is empty; the place stays.
    """
    classes = f"icon {css_class}".rstrip()
    inside = format_html('<use href="#icon-{}"/>', name) if name in OFTEN else _drawing(name)
    return format_html('<svg class="{}" viewBox="0 0 24 24" aria-hidden="true">{}</svg>', classes, inside)


@register.simple_tag
def icon_sheet() -> SafeString:
    """The drawings of the icons that are only named where they stand; once on every page."""
    symbols = format_html_join(
        "",
        '<symbol id="icon-{}" viewBox="0 0 24 24">{}</symbol>',
        ((name, _drawing(name)) for name in OFTEN),
    )
    return format_html('<svg class="d-none" aria-hidden="true">{}</svg>', symbols)


@lru_cache(maxsize=512)
def _drawing(name: str) -> SafeString:
    if not _NAME.fullmatch(name):
        raise ValueError(f"no icon is called {name!r}")
    file = settings.NODE_MODULES / "@tabler/icons/icons/outline" / f"{name}.svg"
    if not file.is_file():
        return mark_safe("")
    found = _DRAWING.search(file.read_text())
    return mark_safe(_EMPTY.sub("", found[1]) if found else "")  # noqa: S308  (the package's own drawing)
