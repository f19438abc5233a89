"""Our totals beside the source's, by month: what does not agree is found before somebody else finds it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

import structlog
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from common.errors import DomainError
from common.money import to_minor
from crm.models import Connection, ConnectionTotal
from crm.selectors.connections import OwnTotal, own_totals
from crm.services.connectors.base import Connector, ConnectorError, Total
from crm.services.connectors.opening import connector_of
from crm.services.connectors.problems import Problem
from crm.services.connectors.runs import BROKEN
from org.models import User
from org.selectors import company_today
from org.services import audit_record

log = structlog.get_logger(__name__)
COMPARED = ("opportunities", "payments", "leads", "activities")
MONTHS = 13
LEASE = dt.timedelta(minutes=15)
Key = tuple[dt.date, str]


@transaction.atomic
def comparison_request(*, connection: Connection, actor: User | None) -> None:
    """Ask for a comparison; one that is wanted already is that one."""
    Connection.objects.filter(pk=connection.pk).update(compare_requested_at=timezone.now())
    audit_record(actor=actor, action="crm.connection.compare", subject=connection)


def comparisons_request() -> None:
    """Ask for a comparison of every connection that is on."""
    Connection.objects.filter(is_active=True).update(compare_requested_at=timezone.now())


def comparisons_due() -> list[int]:
    """The connections that wait to be compared."""
    return list(_free().values_list("pk", flat=True))


def comparison_work(pk: int, *, connector: Connector | None = None) -> bool:
    """Compare a connection that waits for it; False when none is wanted or another worker has it."""
    now = timezone.now()
    if not _free().filter(pk=pk).update(compare_claimed_until=now + LEASE):
        return False
    connection = Connection.objects.get(pk=pk)
    error: DomainError | None = None
    rows: list[ConnectionTotal] = []
    try:
        source = connector or connector_of(connection)
        for resource in source.resources():
            if resource in COMPARED:
                rows += _compared(connection, resource, source, now)
    except DomainError as refused:
        error = refused
    except Exception:
        log.exception("crm.comparison_broke", connection=pk)
        error = ConnectorError(Problem.BROKEN, BROKEN)
    with transaction.atomic():
        if error is None:
            ConnectionTotal.objects.filter(connection=connection).delete()
            ConnectionTotal.objects.bulk_create(rows, batch_size=500)
        Connection.objects.filter(pk=pk).update(
            compare_requested_at=None,
            compare_claimed_until=None,
            compared_at=connection.compared_at if error else now,
            compare_error=str(error.message) if error else "",
            compare_error_params={k: str(v) for k, v in error.params.items()} if error else {},
        )
    return True


def months_back(today: dt.date, count: int = MONTHS) -> list[dt.date]:
    """The first days of this month and those before it, the oldest first.

    >>> months_back(dt.date(2026, 2, 9), 3)
    [datetime.date(2025, 12, 1), datetime.date(2026, 1, 1), datetime.date(2026, 2, 1)]
    """
    found = [today.replace(day=1)]
    while len(found) < count:
        found.insert(0, (found[0] - dt.timedelta(days=1)).replace(day=1))
    return found


def _free() -> QuerySet[Connection]:
    free = Q(compare_claimed_until=None) | Q(compare_claimed_until__lt=timezone.now())
    return Connection.objects.filter(free, compare_requested_at__isnull=False)


def _compared(
    connection: Connection, resource: str, source: Connector, now: dt.datetime
) -> list[ConnectionTotal]:
    """A row for each month and currency that either side knows of."""
    months = months_back(company_today())
    theirs = source.totals(resource, months)
    ours = {(own.month, own.currency): own for own in own_totals(connection.source, resource, months)}
    told = _by_key(theirs or ())
    return [
        ConnectionTotal(
            connection=connection,
            resource=resource,
            month=key[0],
            currency=key[1],
            source_count=None if theirs is None else told.get(key, (0, None))[0],
            source_minor=None if theirs is None else _sum_of(told, key, ours),
            own_count=ours[key].count if key in ours else 0,
            own_minor=_own_sum(ours, key, told),
            compared_at=now,
        )
        for key in sorted(set(told) | set(ours))
        if told.get(key, (0, None))[0] or key in ours
    ]


def _by_key(totals: Sequence[Total]) -> dict[Key, tuple[int, int | None]]:
    """Count and minor units by month and currency."""
    return {
        (total.month, total.currency): (
            total.count,
            None if total.amount is None else to_minor(total.amount, total.currency),
        )
        for total in totals
    }


def _sum_of(told: dict[Key, tuple[int, int | None]], key: Key, ours: dict[Key, OwnTotal]) -> int | None:
    """What the source sums; nothing told of a month in which we have money is a sum of nothing."""
    if key in told:
        return told[key][1]
    return None if ours[key].minor is None else 0


def _own_sum(ours: dict[Key, OwnTotal], key: Key, told: dict[Key, tuple[int, int | None]]) -> int | None:
    if key in ours:
        return ours[key].minor
    return None if told[key][1] is None else 0
