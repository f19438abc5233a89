"""A system with a REST interface, on loopback: pages in every way there is, sign-in, a log of what came."""

from __future__ import annotations

import base64
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

KEY = "k3y-of-the-rest-source"
TOKEN = "t0ken-of-an-hour"


class Rest(ThreadingHTTPServer):
    """Deals in ``rows``, two a page; ``asked`` are the queries that came, ``elsewhere`` a lying next link."""

    rows: list[dict[str, Any]]
    asked: list[dict[str, str]]
    elsewhere: str = ""
    repeats: bool = False
    body: bytes = b""
    fails: list[int]

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"


class _Handler(BaseHTTPRequestHandler):
    server: Rest

    def do_POST(self) -> None:
        length = int(self.headers["Content-Length"])
        form = {name: values[0] for name, values in parse_qs(self.rfile.read(length).decode()).items()}
        pair = base64.b64encode(f"client:{KEY}".encode()).decode()
        is_right = self.headers["Authorization"] == f"Basic {pair}"
        is_form = self.headers["Content-Type"] == "application/x-www-form-urlencoded"
        if not (is_right and is_form and form["grant_type"] == "client_credentials"):
            return self.answer({"error": "invalid_client"}, 401)
        return self.answer({"access_token": TOKEN, "token_type": "bearer", "expires_in": 3600})

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        asked = {name: values[0] for name, values in parse_qs(parts.query).items()}
        self.server.asked.append(asked)
        if self.server.fails:
            return self.answer({"error": "busy"}, self.server.fails.pop(0))
        if not self.is_known(parts.path):
            return self.answer({"error": f"bad key {self.headers.get('Authorization')}"}, 401)
        rows = [row for row in self.server.rows if row["changed"] >= asked.get("since", "")]
        if self.server.body:
            return self.answer(self.server.body)
        return getattr(self, f"by_{parts.path.rpartition('/')[2]}")(rows, asked)

    def is_known(self, path: str) -> bool:
        """Whether the key fits the way of signing in that the path begins with."""
        pair = base64.b64encode(f"user:{KEY}".encode()).decode()
        header = self.headers.get("Authorization", "")
        return {
            "bearer": header == f"Bearer {KEY}",
            "basic": header == f"Basic {pair}",
            "header": self.headers.get("X-Key") == KEY,
            "oauth2": header == f"Bearer {TOKEN}",
        }.get(path.split("/")[1], True)

    def by_none(self, rows: list[Any], _asked: dict[str, str]) -> None:
        self.answer(rows)

    def by_page(self, rows: list[Any], asked: dict[str, str]) -> None:
        at = 0 if self.server.repeats else 2 * (int(asked.get("page", 1)) - 1)
        self.answer({"data": {"deals": rows[at : at + 2]}})

    def by_offset(self, rows: list[Any], asked: dict[str, str]) -> None:
        at = int(asked["skip"])
        self.answer(rows[at : at + 2])

    def by_cursor(self, rows: list[Any], asked: dict[str, str]) -> None:
        at = int(asked.get("after", "0"))
        more = {"after": at + 2} if at + 2 < len(rows) else {}
        self.answer({"results": rows[at : at + 2], "paging": {"next": more}})

    def by_next(self, rows: list[Any], asked: dict[str, str]) -> None:
        at = int(asked.get("at", "0"))
        url = self.server.elsewhere or f"{self.server.url}/next?at={at + 2}"
        self.answer({"results": rows[at : at + 2], "next": url if at + 2 < len(rows) else None})

    def by_link(self, rows: list[Any], asked: dict[str, str]) -> None:
        at = int(asked.get("at", "0"))
        link = f'<{self.server.url}/link?at=0>; rel="first"'
        if at + 2 < len(rows):
            link = f'</link?at={at + 2}>; rel="next", {link}'
        self.answer(rows[at : at + 2], link=link)

    def answer(self, value: Any, status: int = 200, link: str = "") -> None:
        body = value if isinstance(value, bytes) else json.dumps(value).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        if link:
            self.send_header("Link", link)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_args: Any) -> None:
        """Tests are quiet."""


@contextmanager
def rest_server() -> Iterator[Rest]:
    """The system, running."""
    server = Rest(("127.0.0.1", 0), _Handler)
    server.rows, server.asked, server.fails = [], [], []
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
