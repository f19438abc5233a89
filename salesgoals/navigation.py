"""The main menu: which room's page a role finds under which word."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise


@dataclass(frozen=True)
class Entry:
    """A place of the menu; ``roles`` empty means everyone who is signed in."""

    label: _StrPromise
    icon: str
    route: str
    roles: frozenset[str] = frozenset()


@dataclass(frozen=True)
class MenuItem:
    """An entry as one request sees it."""

    label: str
    icon: str
    url: str
    is_active: bool


ENTRIES: tuple[Entry, ...] = (Entry(_("Home"), "home", "dashboards:home"),)


def menu_for(request: HttpRequest) -> Iterator[MenuItem]:
    """Yield the menu of the request's user; the entry with the longest matching address is active."""
    if not request.user.is_authenticated:
        return
    scope = request.row_scope  # type: ignore[attr-defined]
    shown = [(entry, reverse(entry.route)) for entry in ENTRIES if not entry.roles or scope.has(*entry.roles)]
    matching = [
        url for _entry, url in shown if request.path == url or (url != "/" and request.path.startswith(url))
    ]
    active = max(matching, key=len, default="")
    for entry, url in shown:
        yield MenuItem(str(entry.label), entry.icon, url, is_active=url == active)
