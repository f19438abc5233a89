"""Calls to other systems: to checked addresses only, without redirects, within seconds and bytes.

The name is looked up once, every address it has is checked, and the connection goes to one of exactly these:
a name that answers differently the second time gains nothing.
"""

from __future__ import annotations

import contextlib
import http.client
import socket
import ssl
import threading
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from org.calc.hooks import is_callable, is_within
from org.models import HookProblem


class Refused(Exception):  # noqa: N818  (an outcome, as in common.errors)
    """This address is not called; ``problem`` says why."""

    def __init__(self, problem: HookProblem) -> None:
        super().__init__(problem.label)
        self.problem = problem


@dataclass(frozen=True)
class Target:
    """Where a call goes: the name for the certificate, the checked addresses for the connection."""

    host: str
    port: int
    path: str
    is_secure: bool
    addresses: tuple[str, ...]


@dataclass(frozen=True)
class Limits:
    """Seconds for the connection and each part of the answer, seconds for all of it, bytes that are read."""

    step_seconds: float
    whole_seconds: float
    most_bytes: int


@dataclass(frozen=True)
class Reply:
    """What came back; not ``is_whole`` when there was more than the limit. Header names are lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    is_whole: bool


def target_of(url: str, networks: Iterable[str]) -> Target:
    """Look up and check an address. Raises Refused when it may not be called.

    Plain http is for ``networks`` that the installation allows by name; everything else needs https.
    """
    host, port, is_secure, path = _parts(url)
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise Refused(HookProblem.NAME) from None
    addresses = tuple(dict.fromkeys(str(each[4][0]) for each in found))
    may_call = is_callable if is_secure else is_within
    allowed = tuple(networks)
    if not all(may_call(address, allowed) for address in addresses):
        raise Refused(HookProblem.ADDRESS)
    return Target(host, port, path, is_secure, addresses)


def call(
    target: Target, body: bytes | None, headers: Mapping[str, str], limits: Limits, *, method: str = "POST"
) -> Reply:
    """Send a request and read the answer. Raises what ``problem_of`` has a word for."""
    connection = _Connection(target, limits.step_seconds)
    alarm = threading.Timer(limits.whole_seconds, connection.cut)
    alarm.daemon = True
    alarm.start()
    try:
        connection.request(method, target.path, body, {"Connection": "close", **headers})
        answer = connection.getresponse()
        read = answer.read(limits.most_bytes + 1)
        if connection.is_cut:
            raise TimeoutError
        told = {name.lower(): value for name, value in answer.getheaders()}
        is_whole = len(read) <= limits.most_bytes
        return Reply(answer.status, told, read[: limits.most_bytes], is_whole)
    except (OSError, http.client.HTTPException) as error:
        raise TimeoutError if connection.is_cut else error from None
    finally:
        alarm.cancel()
        connection.close()


CALL_ERRORS = (Refused, OSError, http.client.HTTPException, ValueError)


def problem_of(error: Exception) -> HookProblem:
    """Why a call failed, for one of ``CALL_ERRORS``."""
    if isinstance(error, Refused):
        return error.problem
    if isinstance(error, TimeoutError):
        return HookProblem.TIMEOUT
    if isinstance(error, ssl.SSLCertVerificationError):
        return HookProblem.CERTIFICATE
    return HookProblem.CONNECTION


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


class _Connection(http.client.HTTPConnection):
    """A connection to the checked addresses of a target, under its name."""

    def __init__(self, target: Target, step_seconds: float) -> None:
        super().__init__(target.host, target.port, timeout=step_seconds)
        self.default_port = 443 if target.is_secure else 80
        self._target = target
        self._step_seconds = step_seconds
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
                return socket.create_connection((address, self._target.port), self._step_seconds)
            except OSError as error:
                last = error
        raise last
