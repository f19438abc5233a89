"""Counting what API tokens do: in memory while requests are answered, written twice a minute at most.

A request costs a few dictionary look-ups and no query. Each web process adds its counts to the rows of the
day; a process that is killed loses half a minute of counts, one that ends in order none.
"""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

import structlog
from django.conf import settings
from django.db import DatabaseError, connection, transaction

from org.calc.durations import bucket_of, counts_sum
from org.models import ApiToken, ApiUsage
from org.selectors import company_today

log = structlog.get_logger(__name__)
KEPT = dt.timedelta(days=90)
# More endpoints × tokens than this within half a minute and one process are not counted apart.
MOST_KEPT = 20_000
_COUNTED = ("requests", "client_errors", "server_errors", "rows_written")
_LATEST = ("last_at", "last_network", "last_program", "deprecated_on", "sunset_on")
_FIELDS = (*_COUNTED, "durations", "longest_us", *_LATEST)


class UsageKey(NamedTuple):
    """Whose, when and what: the key of a row."""

    token_id: int
    day: dt.date
    endpoint: str


@dataclass(frozen=True)
class ApiCall:
    """One answered request of a token; ``seconds`` from its arrival to its answer, ``day`` the company's."""

    token_id: int
    endpoint: str
    day: dt.date
    status: int
    seconds: float
    at: dt.datetime
    rows_written: int = 0
    network: str = ""
    program: str = ""
    deprecated_on: dt.date | None = None
    sunset_on: dt.date | None = None


@dataclass
class Tally:
    """The counts of one row that are still to be written; the fields of ``ApiUsage``."""

    requests: int = 0
    client_errors: int = 0
    server_errors: int = 0
    rows_written: int = 0
    durations: dict[str, int] = field(default_factory=dict)
    longest_us: int = 0
    last_at: dt.datetime | None = None
    last_network: str = ""
    last_program: str = ""
    deprecated_on: dt.date | None = None
    sunset_on: dt.date | None = None

    def add(self, call: ApiCall) -> None:
        """Count a request."""
        microseconds = round(call.seconds * 1_000_000)
        bucket = bucket_of(microseconds)
        self.requests += 1
        self.client_errors += 400 <= call.status < 500
        self.server_errors += call.status >= 500
        self.rows_written += call.rows_written
        self.durations[bucket] = self.durations.get(bucket, 0) + 1
        self.longest_us = max(self.longest_us, microseconds)
        self.last_at, self.last_network, self.last_program = call.at, call.network, call.program
        self.deprecated_on, self.sunset_on = call.deprecated_on, call.sunset_on


class UsageBuffer:
    """What this process has counted since it last wrote; safe for its threads and after a fork."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._tallies: dict[UsageKey, Tally] = {}
        self._timer: threading.Timer | None = None

    def note(self, call: ApiCall) -> None:
        """Count a request; the first one after writing sets the clock for the next writing."""
        key = UsageKey(call.token_id, call.day, call.endpoint)
        with self._lock:
            if key not in self._tallies and len(self._tallies) >= MOST_KEPT:
                return
            self._tallies.setdefault(key, Tally()).add(call)
            if self._timer is None and settings.API_USAGE_SECONDS:
                self._timer = threading.Timer(settings.API_USAGE_SECONDS, self._timed)
                self._timer.daemon = True
                self._timer.start()

    def take(self) -> dict[UsageKey, Tally]:
        """All that was counted, which the buffer forgets."""
        with self._lock:
            taken, self._tallies, self._timer = self._tallies, {}, None
        return taken

    def _timed(self) -> None:
        """Write from the timer's own thread, whose connection nobody else would close."""
        try:
            usage_write(self.take())
        except DatabaseError:
            log.exception("org.usage_lost")
        finally:
            connection.close()


buffer = UsageBuffer()


def usage_note(call: ApiCall) -> None:
    """Count a request of a token, for the page of its usage."""
    buffer.note(call)


def usage_flush() -> None:
    """Write what this process has counted: when it ends, and before it shows usage."""
    usage_write(buffer.take())


@transaction.atomic
def usage_write(taken: Mapping[UsageKey, Tally]) -> None:
    """Add counts to the rows of their day; what several processes write at once adds up.

    Counts of a token that is gone go with it.
    """
    if not taken:
        return
    tokens = {key.token_id for key in taken}
    there = set(ApiToken.objects.filter(pk__in=tokens).values_list("pk", flat=True))
    wanted = {key: tally for key, tally in taken.items() if key.token_id in there}
    ApiUsage.objects.bulk_create(
        [ApiUsage(**key._asdict()) for key in sorted(wanted)], ignore_conflicts=True, batch_size=500
    )
    rows = ApiUsage.objects.select_for_update().order_by("pk")
    found = rows.filter(token__in=there, day__in={key.day for key in wanted})
    changed = []
    for row in found.filter(endpoint__in={key.endpoint for key in wanted}):
        tally = wanted.get(UsageKey(row.token_id, row.day, row.endpoint))
        if tally is not None:
            _add(row, tally)
            changed.append(row)
    ApiUsage.objects.bulk_update(changed, _FIELDS, batch_size=100)


def _add(row: ApiUsage, tally: Tally) -> None:
    for name in _COUNTED:
        setattr(row, name, getattr(row, name) + getattr(tally, name))
    row.durations = counts_sum([row.durations, tally.durations])
    row.longest_us = max(row.longest_us, tally.longest_us)
    if row.last_at is None or (tally.last_at is not None and tally.last_at >= row.last_at):
        for name in _LATEST:
            setattr(row, name, getattr(tally, name))


def usage_forget() -> int:
    """Delete the counts of days longer ago than ``KEPT``; returns how many rows."""
    count, _by_model = ApiUsage.objects.filter(day__lt=company_today() - KEPT).delete()
    return count
