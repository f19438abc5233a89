"""Role × URL: every route of every room, asked by everybody; nobody decided about a route = failure."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.apps import apps
from django.conf import settings
from django.db import transaction
from django.test import Client
from django.urls import reverse

from org.models import User
from org.services import token_create
from tests.cast import AUSTRALIS, BOREALIS, Cast
from tests.matrix import MEMBERS, Row, routes, rows_of_rooms

ROWS = rows_of_rooms()
# What the other team must never find in an answer.
HIDDEN_FROM = {"alice": AUSTRALIS, "bob": AUSTRALIS, "dave": BOREALIS}
WRITTEN = ("org.AuditEntry", "org.ChangedCredit", "crm.ChangedDay", "metrics.ChangedActual")


@pytest.fixture
def browsers(cast: Cast) -> dict[str, Client]:
    """Everybody's browser, signed in."""
    opened = {name: Client() for name in MEMBERS}
    for name, client in opened.items():
        client.force_login(getattr(cast, name), "allauth.account.auth_backends.AuthenticationBackend")
    return opened


def test_every_route_is_decided_about():
    assert sorted(routes() - ROWS.keys()) == []


def test_every_row_is_about_a_route():
    assert sorted(ROWS.keys() - routes()) == []


@pytest.mark.parametrize("room", settings.ROOMS)
def test_everybody_gets_what_the_matrix_says(room, cast, browsers, subtests):
    """One cast for all rows of a room: every row's objects and requests are rolled back."""
    for route, row in _rows_of(room):
        with transaction.atomic():
            with subtests.test(route, method=row.method):
                request = Asked(route, row, cast)
                assert _by_members(request, row, browsers) | _by_strangers(request, row, cast, route) == {}
            transaction.set_rollback(True)


def _rows_of(room: str) -> list[tuple[str, Row]]:
    # Messages that come in are the CRM's, under an address of their own.
    spaces = (room, f"{room}_api", *(["hooks_api"] if room == "crm" else []))
    return [
        (route, row)
        for route, rows in sorted(ROWS.items())
        if route.partition(":")[0] in spaces
        for row in rows
    ]


def _by_members(request: Asked, row: Row, browsers: dict[str, Client]) -> dict[str, str]:
    """What somebody of the cast got and should not have, or found in the answer and must not see."""
    wrong = {}
    for name, browser in browsers.items():
        status, body = request.by(browser)
        if status != getattr(row, name):
            wrong[name] = f"{status} {body[:300] if status in (400, 409) else ''}"
        word = HIDDEN_FROM.get(name)
        if word and word in body:
            wrong[name] = f"sees “{word}”: …{body[max(0, body.index(word) - 200) :][:400]}"
    return wrong


def _by_strangers(request: Asked, row: Row, cast: Cast, route: str) -> dict[str, str]:
    """What somebody not signed in, or a token without this room's scope, got and should not have."""
    wrong = {}
    status, body = request.by(Client())
    expected = row.alice if row.is_public else 401 if request.is_api else 302
    if status != expected or AUSTRALIS in body or BOREALIS in body:
        wrong["stranger"] = f"{status} {body[:300]}"
    if request.is_api and not row.is_public:
        status, body = request.by(Client(headers=_token_of_another_room(cast, route)))
        if status != 403:
            wrong["token of another room"] = f"{status} {body[:300]}"
    return wrong


@pytest.mark.parametrize("name", MEMBERS)
@pytest.mark.parametrize("path", ["/admin/", "/admin/org/user/"])
def test_admin_site_is_for_superusers_only(name, path, browsers):
    assert browsers[name].get(path).status_code == 302


def test_public_routes_show_nothing_of_the_company(cast, client):
    for name in ("healthz", "readyz", "schema", "api_docs", "account_login", "account_reset_password"):
        body = client.get(reverse(name)).content.decode()
        assert AUSTRALIS not in body
        assert BOREALIS not in body


def test_pages_of_the_account_ask_strangers_to_sign_in(cast, client):
    for name in ("account_change_password", "account_email", "mfa_index"):
        assert client.get(reverse(name)).status_code == 302


class Asked:
    """A row's request, built once and sent by one client after the other; each time all is rolled back."""

    def __init__(self, route: str, row: Row, cast: Cast) -> None:
        self.row = row
        self.is_api = route.partition(":")[0].endswith("_api")
        self.url = reverse(route, kwargs=row.args(cast) if row.args else None) + row.query
        data = row.data(cast) if callable(row.data) else row.data
        self.send: dict[str, Any] = {"headers": dict(row.headers)}
        if self.is_api and data is not None:
            self.send |= {"data": json.dumps(data), "content_type": "application/json"}
        elif data is not None:
            self.send["data"] = dict(data)

    def by(self, client: Client) -> tuple[int, str]:
        """Status and text of the answer; a refused request must have written nothing."""
        call: Callable[..., Any] = getattr(client, self.row.method.lower())
        with transaction.atomic():
            before = _written()
            answer = call(self.url, **self.send)
            body = answer.content.decode(errors="replace") if not answer.streaming else ""
            is_sent_away = "/accounts/login" in answer.get("Location", "") and not self.row.is_public
            if answer.status_code >= 400 or is_sent_away:
                assert _written() == before, f"{self.url} refused and wrote"
            transaction.set_rollback(True)
        return answer.status_code, body


def _written() -> list[int]:
    return [apps.get_model(name).objects.count() for name in WRITTEN]


def _token_of_another_room(cast: Cast, route: str) -> dict[str, str]:
    """The administrator's token, with every scope but this room's."""
    room = route.partition(":")[0].removesuffix("_api")
    others = [name for name in ("org", "crm", "metrics", "targets", "tracking") if name != room]
    assert len(others) < len(settings.ROOMS)
    user: User = cast.frank
    _token, plain = token_create(user=user, name="other rooms", scopes=others, actor=None)
    return {"Authorization": f"Bearer {plain}"}
