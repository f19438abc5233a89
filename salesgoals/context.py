"""What every page's frame needs: theme and languages."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils.translation import get_language_info

THEMES = ("light", "dark")
THEME_COOKIE = "salesgoals_theme"


def page_frame(request: HttpRequest) -> dict[str, Any]:
    """Return ``theme`` ("light" or "dark", from the cookie, else the user's own) and ``languages``."""
    chosen = request.COOKIES.get(THEME_COOKIE, "")
    if chosen not in THEMES:
        chosen = getattr(getattr(request, "user", None), "theme", "")
    return {
        "theme": chosen if chosen in THEMES else "light",
        "languages": [(code, get_language_info(code)["name_local"]) for code, _name in settings.LANGUAGES],
    }
