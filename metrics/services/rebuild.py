"""Count everything anew with the SQL of the refresh, over whole spans of days, and mend what differs."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from django.db import connection, transaction

from metrics.models import ChangedActual
from metrics.selectors.dialect import Statement
from metrics.selectors.facts import definitions, streams
from metrics.services.locks import REBUILD_WAIT_SECONDS, hold_refresh_lock
from metrics.services.mending import Mended, mend, size_for_bulk
from metrics.services.rollup import mend_unit_actuals
from metrics.services.statements import DAILY, DAILY_KEY, UNIT_DAILY, count_window
from org.models.structure import BEGINNING, FOREVER


@dataclass(frozen=True)
class RebuildResult:
    """What a rebuild had to mend: nothing, unless it is the first or a definition has changed."""

    actuals: Mended
    unit_actuals: Mended

    @property
    def changed(self) -> int:
        return self.actuals.changed + self.unit_actuals.changed


def recompute_actuals(
    start: dt.date | None = None,
    end: dt.date | None = None,
    *,
    metric_ids: Collection[int] | None = None,
) -> RebuildResult:
    """Count the days [start, end) anew (default: all) for all metrics or those given; same rows as a refresh.

    Counted beside the tables and compared: readers see the old figures until the transaction ends. The
    outbox is left alone, recounting its days once more changes nothing. Raises ``Conflict`` when the
    refresh lock is not free.
    """
    start, end = start or BEGINNING, end or FOREVER
    with transaction.atomic():
        hold_refresh_lock(REBUILD_WAIT_SECONDS)
        size_for_bulk()
        where, params = _window(start, end, metric_ids)
        actuals = mend(DAILY, DAILY_KEY, lambda: _count(start, end, metric_ids), where, params)
        result = RebuildResult(actuals, mend_unit_actuals(where, params))
        if result.changed:
            whose: Collection[int | None] = metric_ids or [None]
            ChangedActual.objects.bulk_create(ChangedActual(metric_id=metric_id) for metric_id in whose)
    if result.changed and not connection.in_atomic_block:
        _refresh_statistics()
    return result


def _count(start: dt.date, end: dt.date, metric_ids: Collection[int] | None) -> None:
    """Fill the temporary table ``counted`` with the actuals of the window."""
    counted = streams(definitions(metric_ids))
    if counted:
        text, params = count_window(counted, start, end)
        names = ", ".join([*DAILY_KEY, "value"])
        with connection.cursor() as cursor:
            cursor.execute(f"INSERT INTO counted ({names}) SELECT {names} FROM ({text}) rows", params)  # noqa: S608


def _window(start: dt.date, end: dt.date, metric_ids: Collection[int] | None) -> Statement:
    """The condition on a table of actuals, alias ``a``, that the rebuild is about."""
    where = "1 = 1"
    params: list[Any] = []
    if (start, end) != (BEGINNING, FOREVER):
        where, params = "a.day >= %s AND a.day < %s", [start, end]
    if metric_ids is not None:
        where += f" AND a.metric_id IN ({', '.join(['%s'] * len(metric_ids))})"
        params = [*params, *metric_ids]
    return where, params


def _refresh_statistics() -> None:
    """Tell the planner about the new sizes at once; a plan for an empty table costs seconds a query."""
    with connection.cursor() as cursor:
        for table in (DAILY, UNIT_DAILY):
            cursor.execute(f"ANALYZE {table}")
