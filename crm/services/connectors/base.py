"""What a connector is: it says who it is connected as, and gives what has changed, page by page.

A connector only reads its source. Records are what the REST API takes (``crm.calc.fields``, and
``org.services`` for units and people) with their ``external_id``; writing, going on after a crash, trying
again and reporting are the framework's (``runs``, ``writing``).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Protocol
from zoneinfo import ZoneInfo

from crm.services.connectors.client import JsonClient
from crm.services.connectors.problems import ConnectorError, Problem

Record = dict[str, Any]
# What people and units of the source are called as resources, and in which order everything is read: nothing
# refers to what comes later.
RESOURCES = (
    *("units", "people", "products", "accounts", "leads", "opportunities", "activities", "payments"),
)


@dataclass(frozen=True)
class Page:
    """A part of what has changed; ``cursor`` goes on after it.

    ``gone`` are external ids that the source has archived; they are deleted softly here (people leave, units
    close), also when the same page brings them once more as records. At most 10,000 records.

    People: ``starts_on`` counts for those who are nowhere yet; others move today when the ``unit`` changes.
    An ``employee_number`` counts for new people. An ``owner`` that is an e-mail address is found by it,
    whoever made the person.
    """

    resource: str
    records: list[Record]
    cursor: str
    is_last: bool
    gone: Sequence[str] = ()


@dataclass(frozen=True)
class Total:
    """Count and sum of a month (its first day) and currency in the source; no ``amount``: nothing to sum."""

    month: dt.date
    count: int
    amount: Decimal | None = None
    currency: str = ""


@dataclass(frozen=True)
class Context:
    """What a connector may know of us: the source's name, the company's day and money, our stages."""

    source: str
    client: JsonClient
    zone: ZoneInfo
    today: dt.date
    currency: str
    stages: Mapping[str, str] = field(default_factory=dict)  # code -> outcome


def month_after(month: dt.date) -> dt.date:
    """The first day of the next month.

    >>> month_after(dt.date(2026, 12, 1))
    datetime.date(2027, 1, 1)
    """
    return (month.replace(day=28) + dt.timedelta(days=4)).replace(day=1)


class Connector(Protocol):
    """Reads one source. Every method may raise ConnectorError."""

    def check(self) -> str:
        """Sign in; who we are connected as, and to which version, in one line."""

    def resources(self) -> tuple[str, ...]:
        """Those of ``RESOURCES`` that it gives, in their order."""

    def changed(self, resource: str, cursor: str) -> Iterator[Page]:
        """Pages of what has changed since the cursor; "" is everything.

        The cursor of the last page is where the next run begins. It should lie a little before the moment
        at which the reading began, so that what was being written just then is not missed; what is sent
        twice changes nothing.
        """

    def missing(self, resource: str, external_ids: Sequence[str]) -> set[str] | None:
        """Those of our external ids that are no longer there; None: the source cannot tell."""

    def totals(self, resource: str, months: Sequence[dt.date]) -> list[Total] | None:
        """Count and sum of each month: won deals by close, payments by day, leads and activities by number.

        None: the source cannot tell.
        """


__all__ = [
    "RESOURCES",
    "Connector",
    "ConnectorError",
    "Context",
    "Page",
    "Problem",
    "Record",
    "Total",
    "month_after",
]
