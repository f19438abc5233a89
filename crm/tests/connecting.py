"""A source in memory for the tests of connectors, and connections to it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.utils import timezone

from crm.models import Connection, ConnectionRun
from crm.services.connectors import (
    KINDS,
    RESOURCES,
    Context,
    Kind,
    Page,
    Total,
    connection_run_request,
    connection_save,
    connection_tested,
    kind_register,
    run_work,
)

SECRET = "s3cr3t-of-the-source"


class Killed(BaseException):
    """The worker dies: nothing of ours gets to hear of it."""


class _DeadlyPage(Page):
    """A page at whose cursor the worker dies: its records are written, its transaction is not committed."""

    def __getattribute__(self, name: str) -> Any:
        if name == "cursor":
            raise Killed
        return super().__getattribute__(name)


@dataclass
class Memory:
    """A source that numbers its changes; a cursor is the number up to which everything is known.

    ``dies_at`` are pages, counted over all runs, at which the worker dies: before the page ("fetch") or with
    its records written and nothing committed ("write"); ``fails_with`` is raised instead of the first page.
    """

    per_page: int = 2
    rows: dict[str, dict[str, tuple[int, dict[str, Any] | None]]] = field(default_factory=dict)
    last: int = 0
    pages: int = 0
    dies_at: dict[int, str] = field(default_factory=dict)
    fails_with: Exception | None = None
    unseen: set[str] = field(default_factory=set)
    sums: list[Total] | None = None

    def put(self, resource: str, external_id: str, **record: Any) -> None:
        """Make or change a record."""
        self.last += 1
        self.rows.setdefault(resource, {})[external_id] = (self.last, {"external_id": external_id} | record)

    def archive(self, resource: str, external_id: str) -> None:
        self.last += 1
        self.rows[resource][external_id] = (self.last, None)

    def check(self) -> str:
        if self.fails_with is not None:
            raise self.fails_with
        return "memory as tester"

    def resources(self) -> tuple[str, ...]:
        return tuple(each for each in RESOURCES if each in self.rows)

    def changed(self, resource: str, cursor: str) -> Iterator[Page]:
        if self.fails_with is not None:
            raise self.fails_with
        since = int(cursor or 0)
        fresh = sorted(
            (number, key, record) for key, (number, record) in self.rows[resource].items() if number > since
        )
        while True:
            part, fresh = fresh[: self.per_page], fresh[self.per_page :]
            since = part[-1][0] if part else since
            how = self.dies_at.get(self.pages, "")
            self.pages += 1
            if how == "fetch":
                raise Killed
            page = _DeadlyPage if how == "write" else Page
            yield page(
                resource,
                [dict(record) for _number, _key, record in part if record is not None],
                str(since),
                not fresh,
                [key for _number, key, record in part if record is None],
            )
            if not fresh:
                return

    def missing(self, resource: str, external_ids: Sequence[str]) -> set[str] | None:
        return set(external_ids) & self.unseen

    def totals(self, resource: str, months: Sequence[dt.date]) -> list[Total] | None:
        return self.sums


def memory_connection(memory: Memory, *, is_active: bool = True, source: str = "memory") -> Connection:
    """A tested connection to a source in memory, registered as a kind of its own name."""
    kind_register(Kind("memory", "Memory", "A source in memory.", lambda _settings, _keys, _context: memory))
    values = {"name": "Test source", "kind": "memory", "source": source, "settings": {}}
    connection = connection_save(values=values, credentials={"key": SECRET}, actor=None)
    connection_tested(connection=connection, connected_as="memory as tester")
    Connection.objects.filter(pk=connection.pk).update(is_active=is_active)
    connection.refresh_from_db()
    return connection


def pull(connection: Connection, *, seconds: float = 60.0) -> ConnectionRun:
    """One run to its end, as a worker does it."""
    run = connection_run_request(connection=connection, actor=None)
    assert run_work(run.pk, seconds=seconds)
    run.refresh_from_db()
    return run


def pull_until_done(connection: Connection) -> ConnectionRun:
    """A run whose workers may die: each time another takes over once the claim has run out."""
    run = connection_run_request(connection=connection, actor=None)
    for _worker in range(100):
        try:
            run_work(run.pk)
        except Killed:
            ago = timezone.now() - dt.timedelta(seconds=1)
            ConnectionRun.objects.filter(pk=run.pk).update(claimed_until=ago)
        run.refresh_from_db()
        if run.state not in ("waiting", "running"):
            return run
    raise AssertionError("the run never ends")


def forget_kind(code: str) -> None:
    KINDS.pop(code, None)


__all__ = [
    "SECRET",
    "Context",
    "Killed",
    "Memory",
    "forget_kind",
    "memory_connection",
    "pull",
    "pull_until_done",
]
