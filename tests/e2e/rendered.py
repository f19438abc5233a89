"""Answers of Django's test client, shown in a real browser: no server, and no row is ever committed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.staticfiles import finders
from django.http import HttpResponse

from salesgoals.browse import Look

if TYPE_CHECKING:
    from playwright.sync_api import Page, Route

ORIGIN = "http://testserver"


class Screen:
    """A page whose every request is answered here: itself with what it is given, files from disk."""

    def __init__(self, page: Page, look: Look) -> None:
        self.look = look
        self._answer: Any = HttpResponse()
        self._page = page
        self._page.route("**/*", self._serve)

    def show(self, path: str, answer: Any) -> Page:
        """Open ``path`` as if a server had answered with ``answer``."""
        self._answer = answer
        self._page.goto(path)
        return self._page

    def _serve(self, route: Route) -> None:
        path = urlsplit(route.request.url).path
        if route.request.is_navigation_request():
            answer = self._answer
            headers = {name: value for name, value in answer.items() if name != "Set-Cookie"}
            route.fulfill(status=answer.status_code, headers=headers, body=answer.content)
        elif path.startswith(settings.STATIC_URL) and (
            file := finders.find(path[len(settings.STATIC_URL) :])
        ):
            route.fulfill(path=str(file))
        else:
            route.fulfill(status=404, body="")
