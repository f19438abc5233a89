"""Answers of Django's test client, shown in a real browser: no row is ever committed."""

from __future__ import annotations

import mimetypes
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.staticfiles import finders
from django.http import HttpResponse

from salesgoals.browse import Look, opened

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page


class Screen:
    """A page that gets the answers it is given, and static files from disk."""

    def __init__(self, server: _Server, page: Page, look: Look) -> None:
        self.look = look
        self._server = server
        self._page = page

    def show(self, path: str, answer: Any) -> Page:
        """Open ``path`` as if Django had just answered with ``answer``."""
        self._server.answer = answer
        self._page.goto(path)
        return self._page


@contextmanager
def screen_in(browser: Browser, look: Look) -> Iterator[Screen]:
    """A screen in one look, with its server."""
    server = _Server(("127.0.0.1", 0), _Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    with opened(browser, f"http://127.0.0.1:{server.server_port}", look) as page:
        yield Screen(server, page, look)
    server.shutdown()
    server.server_close()


class _Server(ThreadingHTTPServer):
    answer: Any = HttpResponse()


class _Handler(BaseHTTPRequestHandler):
    server: _Server

    def do_GET(self) -> None:
        path = urlsplit(self.path).path
        if "HX-Request" in self.headers:  # what the page asks for later is another answer than the page
            self._send(204, {}, b"")
        elif not path.startswith(settings.STATIC_URL):
            answer = self.server.answer
            headers = {name: value for name, value in answer.items() if name != "Set-Cookie"}
            self._send(answer.status_code, headers, answer.content)
        elif file := finders.find(path.removeprefix(settings.STATIC_URL)):
            kind = mimetypes.guess_type(path)[0] or "application/octet-stream"
            kept = {"Content-Type": kind, "Cache-Control": "max-age=3600"}
            self._send(200, kept, Path(str(file)).read_bytes())
        else:
            self._send(404, {}, b"")

    def _send(self, status: int, headers: dict[str, str], body: bytes) -> None:
        self.send_response(status)
        for name, value in (headers | {"Content-Length": str(len(body))}).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing."""
