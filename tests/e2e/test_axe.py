"""WCAG 2.2 AA: axe finds nothing on any page, and no page scrolls sideways, in either theme and language.

Two walks: through every row of the role × URL matrix (so a new route is audited because it has a row), and
through the demo company by its links (so tables, badges and charts are audited full).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.core import mail
from django.db import transaction
from django.http import HttpResponse
from django.test import Client, RequestFactory
from django.urls import get_resolver, reverse

from salesgoals import errors
from salesgoals.browse import TWO_LOOKS, Look, opened, walk
from salesgoals.context import THEME_COOKIE
from tests.cast import Cast
from tests.e2e.audit import faults_of, is_in
from tests.e2e.rendered import Screen, screen_in
from tests.matrix import MEMBERS, Row, rows_of_rooms
from tests.test_role_matrix import Asked

pytestmark = pytest.mark.e2e
EACH_LOOK = pytest.mark.parametrize("look", TWO_LOOKS, ids=str)
# Who sees most comes first: the others are then asked only for what is theirs.
ROLES = ("admin", "director", "manager", "rep", "finance")
PAGE = (200, 422)  # a form that was refused is a page too


@pytest.fixture
def screen(chromium, look: Look) -> Iterator[Screen]:
    with screen_in(chromium, look) as shown:
        yield shown


@pytest.fixture
def asker(screen: Screen, cast: Cast) -> Callable[[str | None], Client]:
    """Call with a name of the cast (None: a stranger) to get a client that wears the screen's look."""

    def client(name: str | None) -> Client:
        made = Client()
        if name:
            user = getattr(cast, name)
            made.force_login(user, "allauth.account.auth_backends.AuthenticationBackend")
        made.cookies[THEME_COOKIE] = screen.look.theme
        made.cookies["django_language"] = screen.look.language
        return made

    return client


BAD = """<!DOCTYPE html><html lang="en"><head><title>Bad</title></head><body><main><h1>Bad</h1>
<img src="/x"><p style="color: #aaa; width: 2000px">Faint and wide</p></main></body></html>"""


@pytest.mark.parametrize("look", TWO_LOOKS[:1], ids=str)
def test_the_audit_finds_what_is_wrong(screen):
    found = faults_of(screen.show("/bad/", HttpResponse(BAD)))
    assert [fault.split()[0] for fault in found[:-1]] == ["color-contrast", "image-alt"]
    assert "px are wanted, 1440 there" in found[-1]


@EACH_LOOK
def test_every_page_of_the_matrix_is_open_to_everybody(look, screen, cast, asker):
    clients = {name: asker(name) for name in MEMBERS}
    faults, shown = [], set()
    for route, row in _page_rows():
        with transaction.atomic():
            request = Asked(route, row, cast)
            client = clients[_who_gets_a_page(row)]
            answer = getattr(client, row.method.lower())(request.url, **request.send)
            if answer.get("Content-Type", "").startswith("text/html") and b"<html" in answer.content:
                page = screen.show(request.url, answer)
                faults += [f"{route} ({look}): {fault}" for fault in faults_of(page)]
                assert is_in(page, look), route
                shown.add(route)
            transaction.set_rollback(True)
    assert not faults, told(faults)
    assert len(shown) > 20


@EACH_LOOK
def test_the_demo_company_is_open_to_everybody(look, site, chromium):
    faults, shown = [], set()
    for role in ROLES:
        shown.discard("dashboards:home")  # each role has its own
        with opened(chromium, site, look, role) as page:
            for _route, path, answer in walk(page, shown):
                assert is_in(page, look), path
                found = faults_of(page) if answer.status == 200 else [f"answers {answer.status}"]
                faults += [f"{path} for {role} ({look}): {fault}" for fault in found]
    assert not faults, told(faults)
    assert {"dashboards:unit", "targets:plan", "crm:opportunity_detail", "mfa_index"} <= shown


@EACH_LOOK
def test_signing_in_and_errors_are_open_to_everybody(look, screen, asker):
    alice, stranger = asker("alice"), asker(None)
    faults = []
    for path, answer in [*_account_pages(alice, stranger), *_error_pages(alice)]:
        page = screen.show(path, answer)
        faults += [f"{path} {answer.status_code} ({look}): {fault}" for fault in faults_of(page)]
    assert not faults, told(faults)


@EACH_LOOK
def test_what_opens_over_a_page_is_open_to_everybody(look, site, chromium):
    faults = []
    with opened(chromium, site, look, "admin") as page:
        for toggle in page.locator(
            "header [data-bs-toggle=collapse], header [data-bs-toggle=dropdown]"
        ).all():
            if toggle.is_visible():
                toggle.click()
                faults += faults_of(page, within="header")
                toggle.click()
        page.locator("[data-bs-target='#palette']").click()
        page.locator("#palette [role=combobox]").press_sequentially("a")
        page.locator("#palette-results [role=option]").first.wait_for()
        faults += faults_of(page, within="#palette")
        page.goto("/")
        page.locator("a[data-figure]").first.click()
        page.locator("#side-panel-content table").last.wait_for()
        faults += faults_of(page, within="#side-panel")
    assert not faults, told(faults)


def told(faults: list[str]) -> str:
    """The faults one below the other, each once."""
    return "\n".join(dict.fromkeys(faults))


def _page_rows() -> Iterator[tuple[str, Row]]:
    """Of each of our own routes the first row, for each answer, that shows somebody of the cast a page."""
    for route, rows in sorted(rows_of_rooms().items()):
        pages = {}
        for row in rows:
            if "_api:" not in route and any(getattr(row, name) in PAGE for name in MEMBERS):
                pages.setdefault((row.method, row.query, getattr(row, _who_gets_a_page(row))), row)
        yield from ((route, row) for row in pages.values())


def _who_gets_a_page(row: Row) -> str:
    return next(name for name in reversed(MEMBERS) if getattr(row, name) in PAGE)


def _account_pages(alice: Client, stranger: Client) -> Iterator[tuple[str, Any]]:
    """What allauth shows a stranger and somebody signed in; its forms also as they come back refused."""
    for path in _account_paths():
        for client in (stranger, alice):
            answer = client.get(path)
            if answer.status_code == 200:
                yield path, answer
    wrong = {"login": "alice@cast.example", "password": "not hers", "email": "no address"}
    for name in ("account_login", "account_reset_password"):
        yield reverse(name), stranger.post(reverse(name), wrong)
    change = reverse("account_change_password")
    yield change, alice.post(change, {"oldpassword": "x", "password1": "y", "password2": "z"})
    stranger.post(reverse("account_reset_password"), {"email": "alice@cast.example"})
    link = re.search(r"http://testserver(\S+)", mail.outbox[-1].body)
    assert link is not None
    yield link[1], stranger.get(link[1], follow=True)


def _account_paths() -> list[str]:
    """Every address under accounts/ that takes no argument."""
    ours = (f"/{path[0][0][0]}" for _name, path in get_resolver().reverse_dict.lists() for path in path)
    return sorted({path for path in ours if path.startswith("/accounts/") and "%" not in path})


def _error_pages(alice: Client) -> Iterator[tuple[str, Any]]:
    """400, 403, 404 and 500, and a form that has expired."""
    yield "/nowhere/", alice.get("/nowhere/")
    yield "/org/audit/", alice.get("/org/audit/")
    request = RequestFactory().get("/")
    yield "/", errors.bad_request(request, ValueError())
    yield "/", errors.csrf_failure(request)
    yield "/", errors.server_error(request)
