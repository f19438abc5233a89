"""What every page's frame needs: theme, density, languages, menu."""

from __future__ import annotations

from functools import partial
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils.translation import get_language_info

from org.models import Density
from salesgoals.navigation import menu_for

THEMES = ("light", "dark", "system")
THEME_COOKIE = "salesgoals_theme"


def page_frame(request: HttpRequest) -> dict[str, Any]:
    """Return the reader's looks, ``languages``, ``navigation`` and ``initials``.

    The last two cost only when drawn. ``theme`` is "light" or "dark"; with ``follows_device`` a script in
    the head corrects it before the first paint.
    """
    chosen = theme_of(request)
    user = getattr(request, "user", None)
    return {
        "theme": "light" if chosen == "system" else chosen,
        "follows_device": chosen == "system",
        "density": getattr(user, "density", Density.COMFORTABLE),
        "has_shortcuts": getattr(user, "has_shortcuts", False),
        "languages": [(code, get_language_info(code)["name_local"]) for code, _name in settings.LANGUAGES],
        "navigation": partial(menu_for, request),
        "initials": partial(_initials, request),
    }


def theme_of(request: HttpRequest) -> str:
    """Return "light", "dark" or "system": what this browser chose, else what the user's account says."""
    chosen = request.COOKIES.get(THEME_COOKIE, "")
    if chosen not in THEMES:
        chosen = getattr(getattr(request, "user", None), "theme", "")
    return chosen if chosen in THEMES else "light"


def _initials(request: HttpRequest) -> str:
    """The letters of the round sign: of first and last name, one of a Chinese name, or of the mail."""
    user = request.user
    names = [getattr(user, "first_name", ""), getattr(user, "last_name", "")]
    letters = "".join(name[0] for name in names if name) or str(user)[:1]
    return letters.upper() if letters.isascii() else letters[-1]
