"""A browser on a running site, for pictures, measurements and tests: looks, sign-in, a walk by links.

Needs Playwright (requirements-dev.txt) and an installed Chromium.
"""

from __future__ import annotations

import re
import shutil
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import product
from typing import TYPE_CHECKING

from django.conf import settings
from django.urls import Resolver404, resolve

from salesgoals.context import THEME_COOKIE

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page, Response

# Pages of other people's packages, in their own dress; and what is a file to keep.
_FOREIGN = ("admin:", "api_docs", "schema")
_FILE = re.compile(r"\.(csv|xlsx)\b")
_HEIGHT = 900
_LINKS = "all => all.map(link => link.getAttribute('href'))"


@dataclass(frozen=True)
class Look:
    """One way to see a page."""

    width: int
    theme: str
    language: str

    def __str__(self) -> str:
        return f"{self.width}-{self.theme}-{self.language}"


# All widths, themes and languages there are to look at, and two looks that meet each of them once.
EVERY_LOOK = tuple(Look(*parts) for parts in product((1440, 390), ("light", "dark"), ("en", "zh-hans")))
TWO_LOOKS = (Look(1440, "light", "en"), Look(390, "dark", "zh-hans"))


def chromium_path() -> str | None:
    """Where Chromium is installed, if it is."""
    return shutil.which("chromium") or shutil.which("chromium-browser")


@contextmanager
def opened(browser: Browser, url: str, look: Look, account: str = "") -> Iterator[Page]:
    """A page in a fresh browser, in one look, without motion; signed in if a demo account is named."""
    size = {"width": look.width, "height": _HEIGHT}
    context = browser.new_context(base_url=url, viewport=size, reduced_motion="reduce")  # type: ignore[arg-type]
    page = context.new_page()
    if account:
        sign_in(page, account)
    _put_on(context, url, look)
    yield page
    context.close()


def _put_on(context: BrowserContext, url: str, look: Look) -> None:
    """Choose a look by cookie; after the sign-in, which brings the account's own."""
    cookies = {THEME_COOKIE: look.theme, settings.LANGUAGE_COOKIE_NAME: look.language}
    context.add_cookies([{"name": name, "value": value, "url": url} for name, value in cookies.items()])


def sign_in(page: Page, account: str) -> None:
    """Sign in as one of the demo company's accounts: rep, manager, director, finance, admin."""
    from salesgoals.demo.load import PASSWORD

    page.goto("/accounts/login/")
    page.locator("input[name=login]").fill(f"{account}@demo.example")
    page.locator("input[name=password]").fill(PASSWORD)
    page.locator("main form button[type=submit]").click()
    page.wait_for_url(lambda url: "/accounts/login" not in url)


def walk(page: Page, shown: set[str]) -> Iterator[tuple[str, str, Response]]:
    """Follow the links from the start page; open each route not yet in ``shown`` once.

    Yields the route, its address and the answer while the page is open; adds to ``shown``.
    """
    paths = deque(["/"])
    while paths:
        path = paths.popleft()
        route = route_of(path)
        if not route or route in shown:
            continue
        shown.add(route)
        answer = page.goto(path)
        if answer is None or "text/html" not in answer.headers.get("content-type", ""):
            continue
        yield route, path, answer
        paths.extend(page.eval_on_selector_all("a[href^='/']", _LINKS))


def route_of(path: str) -> str:
    """The route behind an address, empty unless it is a page of ours."""
    try:
        name = resolve(re.split("[?#]", path)[0]).view_name
    except Resolver404:
        return ""
    return "" if name.startswith(_FOREIGN) or "_api:" in name or _FILE.search(path) else name
