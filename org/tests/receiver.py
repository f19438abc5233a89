"""Somebody else's server for the tests of webhooks: it remembers what came and answers as it is told."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass
class Receiver:
    """``calls`` are (path, headers, body); ``status`` and ``text`` what it answers, ``drip`` how slowly."""

    url: str = ""
    status: int = 200
    text: str = "thanks"
    headers: dict[str, str] = field(default_factory=dict)
    drip_seconds: float = 0.0
    calls: list[tuple[str, dict[str, str], str]] = field(default_factory=list)


@contextmanager
def receiving() -> Iterator[Receiver]:
    """A server on a free port of this machine, gone afterwards."""
    told = Receiver()

    class Door(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
            told.calls.append((self.path, dict(self.headers), body))
            self.send_response(told.status)
            for name, value in told.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(told.text)))
            self.end_headers()
            try:
                for letter in told.text if told.drip_seconds else ():
                    self.wfile.write(letter.encode())
                    time.sleep(told.drip_seconds)
                if not told.drip_seconds:
                    self.wfile.write(told.text.encode())
            except OSError:
                self.close_connection = True  # whoever called had enough

        def log_message(self, *_args: object) -> None:
            """Says nothing in the tests' output."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Door)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    told.url = f"http://127.0.0.1:{server.server_address[1]}/hooks"
    try:
        yield told
    finally:
        server.shutdown()
        server.server_close()
