"""Connections, how they do, what they refused, our totals and records of a source; administrators see all."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, F, OuterRef, Q, QuerySet, Subquery, Sum
from django.db.models.functions import TruncMonth

from crm.models import (
    Activity,
    Connection,
    ConnectionRowError,
    ConnectionRun,
    ConnectionState,
    ConnectionTotal,
    Lead,
    Opportunity,
    Payment,
)
from org.models import Unit

# What is compared: the table, the day by which it counts for a month, the rows that count, whether money.
_COUNTED: dict[str, tuple[Any, str, Q, bool]] = {
    "opportunities": (Opportunity, "closed_on", Q(outcome="won"), True),
    "payments": (Payment, "received_on", Q(), True),
    "leads": (Lead, "created_on", Q(), False),
    "activities": (Activity, "occurred_on", Q(), False),
}
_STREAMED = 500


@dataclass(frozen=True)
class OwnTotal:
    """Our count and sum (minor units; None: nothing to sum) of a month of a source."""

    month: dt.date
    currency: str
    count: int
    minor: int | None


def connection_list() -> QuerySet[Connection]:
    """All connections with their last run's state and rows, when they last caught up, and what is refused."""
    runs = ConnectionRun.objects.filter(connection=OuterRef("pk")).order_by("-pk")
    states = ConnectionState.objects.filter(connection=OuterRef("pk"), caught_up_at__isnull=False)
    refused = ConnectionRowError.objects.filter(connection=OuterRef("pk")).order_by()
    count = refused.values("connection").annotate(n=Count("pk")).values("n")
    return Connection.objects.annotate(
        last_state=Subquery(runs.values("state")[:1]),
        last_at=Subquery(runs.values("requested_at")[:1]),
        last_counts=Subquery(runs.values("counts")[:1]),
        caught_up_at=Subquery(states.order_by("caught_up_at").values("caught_up_at")[:1]),
        refused=Subquery(count),
    )


def connection_get(pk: int) -> Connection | None:
    """A connection."""
    return Connection.objects.filter(pk=pk).first()


def connection_runs(connection: Connection) -> QuerySet[ConnectionRun]:
    """The runs of a connection, the newest first."""
    return connection.runs.select_related("started_by").order_by("-pk")


def connection_states(connection: Connection) -> dict[str, ConnectionState]:
    """How far each resource is."""
    return {state.resource: state for state in connection.states.all()}


def connection_refused_counts(connection: Connection) -> dict[str, int]:
    """How many records of each resource are refused."""
    rows = connection.row_errors.order_by().values_list("resource").annotate(Count("pk"))
    return dict(rows)


def connection_refused(connection: Connection) -> QuerySet[ConnectionRowError]:
    """What is refused at present."""
    return connection.row_errors.order_by("resource", "external_id", "pk")


def connection_refused_all(connection: Connection) -> Iterator[ConnectionRowError]:
    """All of it, to be streamed."""
    return connection_refused(connection).iterator(_STREAMED)


def connection_totals(connection: Connection) -> list[ConnectionTotal]:
    """The last comparison, a resource after the other, the newest month first."""
    return list(connection.totals.order_by("resource", "-month", "currency"))


def connections_in_trouble() -> list[Connection]:
    """Those that are on and have failed more than once in a row: administrators are to hear of them."""
    return list(Connection.objects.filter(is_active=True, failures__gte=2).order_by("failing_since", "pk"))


def units_choosable(source: str = "") -> list[tuple[str, str]]:
    """The open units that people of a source may be put into, as key and name, the top one first.

    Its own ones are left out: they are made for its teams.
    """
    units = Unit.objects.filter(is_placeholder=False, closed_on=None).exclude(source=source, parent__gt=0)
    ordered = units.order_by(F("parent").asc(nulls_first=True), "position", "name", "pk")
    return [("company" if unit.parent_id is None else f"pk:{unit.pk}", unit.name) for unit in ordered]


def own_totals(source: str, resource: str, months: Sequence[dt.date]) -> list[OwnTotal]:
    """Our count and sum of each month of a source: won deals by close, payments, leads, activities by day."""
    model, day, counted, has_money = _COUNTED[resource]
    after = (months[-1].replace(day=28) + dt.timedelta(days=4)).replace(day=1)
    rows = model.objects.filter(
        counted, source=source, deleted_at=None, **{f"{day}__gte": months[0], f"{day}__lt": after}
    )
    rows = rows.annotate(month=TruncMonth(day)).order_by()
    if not has_money:
        by_month = rows.values_list("month").annotate(Count("pk"))
        return [OwnTotal(month, "", count, None) for month, count in by_month]
    sums = rows.values_list("month", "currency").annotate(Count("pk"), Sum("amount_minor"))
    return [OwnTotal(month, currency, count, minor) for month, currency, count, minor in sums]


def source_records(source: str, resource: str, month: dt.date, currency: str) -> QuerySet[Any] | None:
    """The records of a source behind one of our totals; None when that is not compared."""
    if resource not in _COUNTED:
        return None
    model, day, counted, has_money = _COUNTED[resource]
    after = (month.replace(day=28) + dt.timedelta(days=4)).replace(day=1)
    rows: QuerySet[Any] = model.objects.filter(
        counted, source=source, deleted_at=None, **{f"{day}__gte": month, f"{day}__lt": after}
    )
    if has_money:
        rows = rows.filter(currency=currency)
    return rows.select_related("owner", "account").order_by(day, "pk")
