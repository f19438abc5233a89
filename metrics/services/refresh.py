"""Recount the person-days whose facts or credit changed: exactly those, in one transaction, drift-free."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from django.db import transaction

from crm.models import ChangedDay
from metrics.models import ChangedActual, DailyActual, UnitDailyActual
from metrics.selectors.dialect import PersonDay, Statement, as_date, run
from metrics.selectors.facts import definitions, streams
from metrics.services.locks import hold_refresh_lock
from metrics.services.statements import add_to_units, delete_person_days, insert_person_days
from org.models import ChangedCredit

# One change of assignment touches up to every day of a person's history, so few are taken at a time.
CREDIT_ROWS = 20


class RowKey(NamedTuple):
    """Which daily actual, in the order of the columns that statements return."""

    metric: int
    person: int
    unit: int
    product_line: int
    region: int
    customer_type: int
    day: dt.date


@dataclass(frozen=True)
class RefreshResult:
    """What a refresh did: outbox rows taken, person-days recounted, (unit, person) whose figures changed.

    ``first_day`` and ``last_day`` span the changed figures, both inside; None when nothing changed.
    """

    taken: int = 0
    pairs: int = 0
    touched: frozenset[tuple[int, int]] = frozenset()
    first_day: dt.date | None = None
    last_day: dt.date | None = None


def refresh_changed_days(limit: int = 2000) -> RefreshResult:
    """Recount up to ``limit`` outbox rows of changed days, and some of changed credit; oldest first.

    Rows are taken, recounted and deleted in one transaction by one refresher at a time; a change that is
    committed meanwhile keeps its own outbox row. Raises ``Conflict`` when another holds the lock for long.
    """
    with transaction.atomic():
        hold_refresh_lock()
        day_rows = list(
            ChangedDay.objects.select_for_update(skip_locked=True)
            .order_by("pk")
            .values_list("pk", "person_id", "day")[:limit]
        )
        credit_rows = list(
            ChangedCredit.objects.select_for_update(skip_locked=True)
            .order_by("pk")
            .values_list("pk", "person_id", "starts_on", "ends_on")[:CREDIT_ROWS]
        )
        if not day_rows and not credit_rows:
            return RefreshResult()
        pairs = {(person, day) for _, person, day in day_rows} | _days_with_actuals(credit_rows)
        changes = recount(pairs)
        _delete_taken(ChangedDay, [row[0] for row in day_rows])
        _delete_taken(ChangedCredit, [row[0] for row in credit_rows])
    days = [key.day for key in changes]
    return RefreshResult(
        taken=len(day_rows) + len(credit_rows),
        pairs=len(pairs),
        touched=frozenset((key.unit, key.person) for key in changes),
        first_day=min(days, default=None),
        last_day=max(days, default=None),
    )


def recount(pairs: Iterable[PersonDay]) -> dict[RowKey, int]:
    """Recount these person-days and all that hangs on them; returns each changed actual and by how much.

    Runs inside the caller's transaction, which holds the refresh lock.
    """
    pairs = sorted(set(pairs))
    if not pairs:
        return {}
    before = _rows(delete_person_days(pairs))
    counted = streams(definitions())
    after = _rows(insert_person_days(counted, pairs)) if counted else {}
    changes = {
        key: change
        for key in before.keys() | after.keys()
        if (change := after.get(key, 0) - before.get(key, 0))
    }
    if changes:
        _carry_up(changes)
        touched = {(key.metric, key.person, key.unit, key.day) for key in changes}
        ChangedActual.objects.bulk_create(
            (
                ChangedActual(metric_id=metric, person_id=person, unit_id=unit, day=day)
                for metric, person, unit, day in sorted(touched)
            ),
            batch_size=5000,
        )
    return changes


def _carry_up(changes: dict[RowKey, int]) -> None:
    """Add the changes to the units' figures and drop figures that became zero, as a rebuild has none."""
    by_unit: dict[tuple[int, int, dt.date], int] = {}
    for key, change in changes.items():
        unit_key = (key.metric, key.unit, key.day)
        by_unit[unit_key] = by_unit.get(unit_key, 0) + change
    statement = add_to_units((*key, change) for key, change in sorted(by_unit.items()) if change)
    if any(value == 0 for _, _, _, value in run(statement)):
        metrics, _units, days = zip(*by_unit, strict=True)
        UnitDailyActual.objects.filter(metric__in=set(metrics), day__in=set(days), value=0).delete()


def _days_with_actuals(credit_rows: Sequence[tuple[int, int, dt.date, dt.date]]) -> set[PersonDay]:
    """The person-days inside the changed ranges that have a figure at all: only those can be cut anew."""
    pairs: set[PersonDay] = set()
    for _, person, start, end in credit_rows:
        days = DailyActual.objects.filter(person=person, day__gte=start, day__lt=end)
        pairs |= {(person, day) for day in days.values_list("day", flat=True).distinct()}
    return pairs


def _delete_taken(model: type[ChangedDay] | type[ChangedCredit], ids: list[int]) -> None:
    for at in range(0, len(ids), 5000):
        model._default_manager.filter(pk__in=ids[at : at + 5000]).delete()


def _rows(statement: Statement) -> dict[RowKey, int]:
    return {RowKey._make((*row[:-2], as_date(row[-2]))): row[-1] for row in run(statement)}
