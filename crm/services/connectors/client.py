"""JSON over HTTP for connectors: checked addresses, so many calls a minute, patience with busy sources.

All calls only read, so one that fails for a moment is simply made again.
"""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urlencode

import orjson
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from crm.services.connectors.problems import ConnectorError, Problem, redacted
from org.models import HookProblem
from org.services.outbound import CALL_ERRORS, Limits, Reply, call, problem_of, target_of

LIMITS = Limits(step_seconds=30.0, whole_seconds=60.0, most_bytes=32_000_000)
WAITS = (1.0, 4.0, 15.0)  # seconds before the 2nd, 3rd, 4th try
MOST_WAIT = 60.0  # a source that says to wait longer is asked again by another run
_BUSY = (429, 503)
_PASSING = (*_BUSY, 500, 502, 504)
_EXCERPT = 300


class Bucket:
    """At most ``per_minute`` calls a minute, after a first handful at once."""

    def __init__(
        self,
        per_minute: int,
        *,
        sleep: Callable[[float], None] = time.sleep,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._each = 60.0 / max(per_minute, 1)
        self._most = max(1.0, min(per_minute / 6, 20.0))
        self._left, self._at = self._most, clock()
        self._sleep, self._clock = sleep, clock

    def take(self) -> None:
        """Wait until a call may be made."""
        self._fill()
        if self._left < 1:
            self._sleep((1 - self._left) * self._each)
            self._fill()
        self._left -= 1

    def _fill(self) -> None:
        now = self._clock()
        self._left = min(self._most, self._left + (now - self._at) / self._each)
        self._at = now


@dataclass(frozen=True)
class JsonReply:
    """A successful answer: its value, its headers (lower case), and when the source's own clock said it."""

    value: Any
    headers: Mapping[str, str]

    @property
    def said_at(self) -> dt.datetime | None:
        """The moment by the source's clock; None when it doesn't tell."""
        return _moment(self.headers.get("date", ""))


class JsonClient:
    """Calls a source. ``secrets`` never come back in an error's text."""

    def __init__(
        self,
        *,
        rate_per_minute: int = 120,
        secrets: tuple[str, ...] = (),
        sleep: Callable[[float], None] = time.sleep,
        limits: Limits = LIMITS,
    ) -> None:
        self._bucket = Bucket(rate_per_minute, sleep=sleep)
        self._secrets, self._sleep, self._limits = secrets, sleep, limits

    def get(self, url: str, headers: Mapping[str, str] | None = None) -> JsonReply:
        """GET; ``url`` with its query, percent-encoded. Raises ConnectorError."""
        return self._request("GET", url, None, headers or {})

    def post(self, url: str, payload: Any, headers: Mapping[str, str] | None = None) -> JsonReply:
        """POST a JSON value. Raises ConnectorError."""
        return self._request("POST", url, orjson.dumps(payload), headers or {})

    def post_form(self, url: str, fields: Mapping[str, str], headers: Mapping[str, str]) -> JsonReply:
        """POST a form, as OAuth 2 asks for tokens; the answer is JSON. Raises ConnectorError."""
        kind = {"Content-Type": "application/x-www-form-urlencoded"}
        return self._request("POST", url, urlencode(fields).encode(), {**headers, **kind})

    def hide(self, secret: str) -> None:
        """Another secret that may never come back in an error's text."""
        self._secrets = (*self._secrets, secret)

    def shown(self, text: object) -> str:
        """The beginning of a text of the source, for an error, without our keys."""
        return redacted(str(text), self._secrets)[:_EXCERPT]

    def _request(self, method: str, url: str, body: bytes | None, headers: Mapping[str, str]) -> JsonReply:
        sent = {"Accept": "application/json", "User-Agent": "SalesGoals-Connector/1", **headers}
        if body is not None:
            sent.setdefault("Content-Type", "application/json")
        for tried in range(len(WAITS) + 1):
            self._bucket.take()
            try:
                reply = call(
                    target_of(url, settings.CONNECTOR_NETWORKS), body, sent, self._limits, method=method
                )
            except CALL_ERRORS as error:
                problem = problem_of(error)
                if problem in (HookProblem.CONNECTION, HookProblem.TIMEOUT) and tried < len(WAITS):
                    self._sleep(WAITS[tried])
                    continue
                raise _unreached(problem) from None
            if reply.status in _PASSING and tried < len(WAITS):
                wait = _retry_seconds(reply)
                if wait is None or wait <= MOST_WAIT:
                    self._sleep(WAITS[tried] if wait is None else wait)
                    continue
            return self._read(reply)
        raise AssertionError("unreachable")

    def _read(self, reply: Reply) -> JsonReply:
        if not 200 <= reply.status < 300:
            raise self._refused(reply)
        if not reply.is_whole:
            message = _("The answer is longer than %(most)s MB; ask for smaller pages.")
            params = {"most": self._limits.most_bytes // 1_000_000}
            raise ConnectorError(Problem.ANSWER, message, params)
        try:
            return JsonReply(orjson.loads(reply.body), reply.headers)
        except orjson.JSONDecodeError:
            message = _("The answer is not JSON; is this the right address? It begins: %(excerpt)s")
            raise ConnectorError(Problem.ANSWER, message, {"excerpt": self._excerpt(reply)}) from None

    def _refused(self, reply: Reply) -> ConnectorError:
        kind, message = _STATUS.get(
            reply.status, (Problem.ANSWER, _("It answered with %(status)s: %(excerpt)s"))
        )
        if 300 <= reply.status < 400:
            kind, message = (
                Problem.ADDRESS,
                _("It redirects elsewhere (%(status)s); give the address itself."),
            )
        params = {"status": reply.status, "excerpt": self._excerpt(reply)}
        wait = _retry_seconds(reply) if reply.status in _BUSY else None
        return ConnectorError(kind, message, params, retry_seconds=wait)

    def _excerpt(self, reply: Reply) -> str:
        return self.shown(" ".join(reply.body[:2_000].decode("utf-8", "replace").split()).replace("\x00", ""))


_STATUS = {
    401: (Problem.CREDENTIALS, _("It refuses the user or the key (401): %(excerpt)s")),
    403: (Problem.PERMISSION, _("The user may not read this (403): %(excerpt)s")),
    404: (Problem.ADDRESS, _("There is nothing at this address (404): %(excerpt)s")),
    429: (Problem.LIMIT, _("It asks for fewer calls (429); lower the calls per minute.")),
    503: (Problem.LIMIT, _("It is busy or being maintained (503).")),
}


def _unreached(problem: HookProblem) -> ConnectorError:
    is_address = problem in (HookProblem.ADDRESS, HookProblem.NAME)
    kind = Problem.ADDRESS if is_address else Problem.CONNECTION
    return ConnectorError(kind, problem.label)


def _retry_seconds(reply: Reply) -> float | None:
    """What Retry-After says, in seconds; it is a number of seconds or a moment."""
    raw = reply.headers.get("retry-after", "").strip()
    if raw.isdigit():
        return float(min(int(raw), 86_400))
    at = _moment(raw)
    if at is None:
        return None
    return min(max((at - dt.datetime.now(dt.UTC)).total_seconds(), 0.0), 86_400.0)


def _moment(raw: str) -> dt.datetime | None:
    try:
        at = parsedate_to_datetime(raw)
    except ValueError:
        return None
    return at if at.tzinfo else at.replace(tzinfo=dt.UTC)
