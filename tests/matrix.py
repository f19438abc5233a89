"""The rows of the role × URL matrix: who gets which answer from a route. Each room writes its own.

``<room>/tests/routes.py`` holds ``ROUTES``, a dict from the full name of a route to a ``Row`` or a list of
them (one for each method, and for an object in each team). `tests/test_role_matrix.py` checks them all.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from importlib import import_module
from importlib.util import find_spec
from typing import Any

from django.conf import settings
from django.urls import URLPattern, URLResolver, get_resolver

from tests.cast import Cast

MEMBERS = ("alice", "bob", "carol", "dave", "erin", "frank")
# Not ours, or open to everybody on purpose: probes, sign-in, the API's description.
PUBLIC = {"healthz", "readyz", "set_language", "schema", "api_docs"}
FOREIGN_PATHS = ("admin/", "accounts/")

Build = Callable[[Cast], dict[str, Any]]


@dataclass(frozen=True)
class Row:
    """The statuses that alice, bob, carol, dave, erin and frank get.

    ``args`` and ``data`` build, from the cast, the address's arguments and what is sent (JSON to the API, a
    form to a page). Strangers and tokens without the room's scope are checked for every row without being
    named; ``is_public`` lets strangers get what alice gets (the link of an invitation).
    """

    alice: int
    bob: int
    carol: int
    dave: int
    erin: int
    frank: int
    method: str = "GET"
    args: Build | None = None
    data: Build | Mapping[str, Any] | None = None
    query: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    is_public: bool = False


def rows_of_rooms() -> dict[str, list[Row]]:
    """Every room's rows by route."""
    rows: dict[str, list[Row]] = {}
    for room in settings.ROOMS:
        module = f"{room}.tests.routes"
        if find_spec(f"{room}.tests") is None or find_spec(module) is None:
            continue
        for route, told in import_module(module).ROUTES.items():
            rows.setdefault(route, []).extend(told if isinstance(told, list) else [told])
    return rows


def routes() -> set[str]:
    """The full name of every route, other people's packages aside; an unnamed one by its pattern."""
    return _names(get_resolver(), "", "") - PUBLIC


def _names(resolver: URLResolver, space: str, path: str) -> set[str]:
    found: set[str] = set()
    for pattern in resolver.url_patterns:
        here = path + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            inner = f"{space}{pattern.namespace}:" if pattern.namespace else space
            if here not in FOREIGN_PATHS:
                found |= _names(pattern, inner, here)
        else:
            assert isinstance(pattern, URLPattern)
            found.add(f"{space}{pattern.name}" if pattern.name else f"unnamed {here}")
    return found
