"""One message over the network: to a public address only, without redirects, within seconds.

The name is looked up once, every address it has is checked, and the connection goes to one of exactly these:
a name that answers differently the second time gains nothing.
"""

from __future__ import annotations

import contextlib
import http.client
import socket
import ssl
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from django.conf import settings

from org.calc.hooks import is_callable, is_within
from org.models import HookProblem

STEP_SECONDS = 5.0  # for the connection and for each byte of the answer
WHOLE_SECONDS = 15.0  # for all of it, however slowly the answer drips
MOST_BYTES = 2_000


class Refused(Exception):  # noqa: N818  (an outcome, as in common.errors)
    """This address is not called; ``problem`` says why."""

    def __init__(self, problem: HookProblem) -> None:
        super().__init__(problem.label)
        self.problem = problem


@dataclass(frozen=True)
class Target:
    """Where a message goes: the name for the certificate, the checked addresses for the connection."""

    host: str
    port: int
    path: str
    is_secure: bool
    addresses: tuple[str, ...]


@dataclass(frozen=True)
class Answer:
    """What came back, or why nothing did."""

    status_code: int | None = None
    problem: str = ""
    excerpt: str = ""
    duration_ms: int = 0

    @property
    def is_accepted(self) -> bool:
        return not self.problem


def target_of(url: str) -> Target:
    """Look up and check an address. Raises Refused when it may not be called.

    Plain http is for networks that the installation allows by name; everything else needs https.
    """
    host, port, is_secure, path = _parts(url)
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise Refused(HookProblem.NAME) from None
    addresses = tuple(dict.fromkeys(str(each[4][0]) for each in found))
    may_call = is_callable if is_secure else is_within
    if not all(may_call(address, settings.HOOK_NETWORKS) for address in addresses):
        raise Refused(HookProblem.ADDRESS)
    return Target(host, port, path, is_secure, addresses)


def message_post(url: str, body: str, headers: Mapping[str, str]) -> Answer:
    """POST a JSON text; every outcome is an answer, nothing is raised."""
    started = time.monotonic()
    status, excerpt, problem = None, "", ""
    try:
        status, excerpt = _post(target_of(url), body, headers)
        problem = _judged(status)
    except Refused as error:
        problem = error.problem
    except TimeoutError:
        problem = HookProblem.TIMEOUT
    except ssl.SSLCertVerificationError:
        problem = HookProblem.CERTIFICATE
    except (OSError, http.client.HTTPException, ValueError):
        problem = HookProblem.CONNECTION
    return Answer(status, str(problem), excerpt, round((time.monotonic() - started) * 1000))


def _parts(url: str) -> tuple[str, int, bool, str]:
    """Host, port, whether https, path with query; raises Refused for what is no such address."""
    try:
        split = urlsplit(url)
        host = (split.hostname or "").encode("idna").decode()
        port = split.port or (443 if split.scheme == "https" else 80)
    except ValueError:  # also a name that IDNA cannot say
        raise Refused(HookProblem.ADDRESS) from None
    is_plain = url.isascii() and url.isprintable() and " " not in url
    if not host or not is_plain or split.scheme not in ("http", "https") or "@" in split.netloc:
        raise Refused(HookProblem.ADDRESS)
    path = (split.path or "/") + (f"?{split.query}" if split.query else "")
    return host, port, split.scheme == "https", path


def _post(target: Target, body: str, headers: Mapping[str, str]) -> tuple[int, str]:
    connection = _Connection(target)
    alarm = threading.Timer(WHOLE_SECONDS, connection.cut)
    alarm.daemon = True
    alarm.start()
    sent = {
        "Content-Type": "application/json",
        "User-Agent": "SalesGoals-Webhooks/1",
        "Connection": "close",
        **headers,
    }
    try:
        connection.request("POST", target.path, body.encode(), sent)
        answer = connection.getresponse()
        excerpt = answer.read(MOST_BYTES).decode("utf-8", "replace").replace("\x00", "")
        if connection.is_cut:
            raise TimeoutError
        return answer.status, excerpt
    except (OSError, http.client.HTTPException) as error:
        raise TimeoutError if connection.is_cut else error from None
    finally:
        alarm.cancel()
        connection.close()


def _judged(status: int) -> str:
    if 200 <= status < 300:
        return ""
    if 300 <= status < 400:
        return HookProblem.REDIRECT
    return HookProblem.GONE if status == 410 else HookProblem.STATUS


class _Connection(http.client.HTTPConnection):
    """A connection to the checked addresses of a target, under its name."""

    def __init__(self, target: Target) -> None:
        super().__init__(target.host, target.port, timeout=STEP_SECONDS)
        self.default_port = 443 if target.is_secure else 80
        self._target = target
        # http.client lets go of its socket while the answer is still being read.
        self._open: socket.socket | None = None
        self.is_cut = False

    def connect(self) -> None:
        raw = self._connected()
        if self._target.is_secure:
            context = ssl.create_default_context()
            self.sock = context.wrap_socket(
                raw, server_hostname=self._target.host, do_handshake_on_connect=False
            )
            self._open = self.sock
            self.sock.do_handshake()
        else:
            self._open = self.sock = raw

    def cut(self) -> None:
        """End the connection from another thread: whoever reads from it finds its end."""
        self.is_cut = True
        if self._open is not None:
            with contextlib.suppress(OSError):
                socket.socket.shutdown(self._open, socket.SHUT_RDWR)

    def _connected(self) -> socket.socket:
        last: OSError = OSError("no address")
        for address in self._target.addresses[:3]:
            try:
                return socket.create_connection((address, self._target.port), STEP_SECONDS)
            except OSError as error:
                last = error
        raise last
