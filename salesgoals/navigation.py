"""The main menu: which room's page a role finds under which word."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from org.models import Role

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

EVERYBODY: frozenset[str] = frozenset()
TEAM = frozenset({Role.REP, Role.MANAGER})  # who has a place on a team's board
LEADERS = frozenset({Role.MANAGER, Role.EXECUTIVE, Role.FINANCE, Role.ADMIN})
ADMIN = frozenset({Role.ADMIN})


@dataclass(frozen=True)
class Entry:
    """A place of the menu, or with ``below`` a group of places; ``roles`` empty means everybody signed in.

    ``key`` is the letter that, typed after "g", leads there.
    """

    label: _StrPromise
    icon: str
    route: str = ""
    roles: frozenset[str] = EVERYBODY
    below: tuple[Entry, ...] = ()
    key: str = ""


@dataclass(frozen=True)
class MenuItem:
    """An entry as one request sees it; a group has no address of its own."""

    label: str
    icon: str
    url: str
    is_active: bool
    below: tuple[MenuItem, ...] = ()
    key: str = ""


ENTRIES: tuple[Entry, ...] = (
    Entry(_("Home"), "home", "dashboards:home", key="h"),
    Entry(_("Company map"), "layout-board-split", "dashboards:company", LEADERS, key="c"),
    Entry(_("Board"), "trophy", "dashboards:board", TEAM, key="b"),
    Entry(_("Targets"), "target-arrow", "targets:plan_list", key="t"),
    Entry(_("Deals"), "businessplan", "crm:opportunity_list", key="d"),
    Entry(_("Alerts"), "bell", "tracking:alert_list", key="a"),
    Entry(_("People"), "users", "org:person_list", LEADERS, key="p"),
    Entry(
        _("Administration"),
        "settings",
        roles=ADMIN,
        below=(
            Entry(_("Set-up"), "checklist", "dashboards:setup"),
            Entry(_("Company"), "building", "org:company_edit"),
            Entry(_("Units"), "sitemap", "org:unit_list"),
            Entry(_("Accounts and roles"), "user-shield", "org:account_list"),
            Entry(_("Metrics"), "ruler-measure", "metrics:metric_list"),
            Entry(_("Imports"), "file-import", "crm:import_list"),
            Entry(_("Connections"), "plug-connected", "crm:connection_list"),
            Entry(_("Alert rules"), "bell-cog", "tracking:rule_list"),
            Entry(_("Data quality"), "checkup-list", "crm:quality"),
            Entry(_("Webhooks"), "webhook", "org:hook_list"),
            Entry(_("Incoming webhooks"), "webhook", "crm:incoming_list"),
            Entry(_("Audit log"), "history", "org:audit_list"),
            Entry(_("Style page"), "palette", "dashboards:styleguide"),
        ),
    ),
)


def menu_for(request: HttpRequest) -> Iterator[MenuItem]:
    """Yield the menu of the request's user; the entry with the longest matching address is active."""
    if not request.user.is_authenticated:
        return
    roles = request.row_scope.roles  # type: ignore[attr-defined]
    urls = {entry.route: reverse(entry.route) for entry in _flat(ENTRIES) if entry.route}
    here = [
        url for url in urls.values() if request.path == url or (url != "/" and request.path.startswith(url))
    ]
    active = max(here, key=len, default="")
    yield from _items(ENTRIES, roles, urls, active)


def _items(
    entries: tuple[Entry, ...], roles: frozenset[str], urls: dict[str, str], active: str
) -> Iterator[MenuItem]:
    for entry in entries:
        if entry.roles and not entry.roles & roles:
            continue
        below = tuple(_items(entry.below, roles, urls, active))
        url = urls.get(entry.route, "")
        if url or below:
            is_active = url == active if url else any(item.is_active for item in below)
            yield MenuItem(str(entry.label), entry.icon, url, is_active, below, entry.key)


def _flat(entries: tuple[Entry, ...]) -> Iterator[Entry]:
    for entry in entries:
        yield entry
        yield from _flat(entry.below)
