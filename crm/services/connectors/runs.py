"""The background work of connections: page by page, each one transaction with its cursor.

A worker claims a run for some minutes. If it dies, another claims the run and goes on from the cursors that
were committed: a page is written with its cursor or not at all, so none is lost and none counted twice.
"""

from __future__ import annotations

import datetime as dt
import time
import uuid
from collections import Counter

import structlog
from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone

from common.errors import DomainError, gettext_noop
from crm.models import Connection, ConnectionRun, ConnectionState
from crm.services.changes import RESOURCES as RECORDS
from crm.services.connectors import writing
from crm.services.connectors.base import Connector, ConnectorError, Page, Problem
from crm.services.connectors.opening import connector_of

log = structlog.get_logger(__name__)
State = ConnectionRun.State
OPEN = (State.WAITING, State.RUNNING)
LEASE = dt.timedelta(minutes=5)
# So long one task works; a first load of hours is a row of tasks, so that others get their turn.
TURN_SECONDS = 120.0
MOST_ATTEMPTS = 5
CHECK_EVERY = dt.timedelta(days=1)
MISSING_FEW, MISSING_SHARE = 20, 0.2
_ASKED = 1_000
# Minutes until the next run after the 1st, 2nd, 3rd … failure in a row, at least the schedule.
BACKOFF = (5, 15, 60, 240, 720)
BROKEN = gettext_noop("The run broke off several times and was given up; the log of the server says why.")


class _LostError(Exception):
    """Another worker has the run, or it is no longer wanted."""


def runs_due() -> list[int]:
    """The runs that wait for a worker: new ones, those to go on with, and those whose worker has died."""
    free = Q(claimed_until=None) | Q(claimed_until__lt=timezone.now())
    rows = ConnectionRun.objects.filter(free, state__in=OPEN)
    return list(rows.order_by("pk").values_list("pk", flat=True)[:100])


def runs_schedule() -> int:
    """Make the runs whose time has come; returns how many."""
    now = timezone.now()
    due = Connection.objects.filter(is_active=True, next_run_at__lte=now)
    due = due.exclude(runs__state__in=OPEN)
    made = ConnectionRun.objects.bulk_create(
        [ConnectionRun(connection=connection, requested_at=now) for connection in due], ignore_conflicts=True
    )
    return len(made)


def run_work(run_id: int, *, seconds: float = TURN_SECONDS, connector: Connector | None = None) -> bool:
    """Work on a run for about ``seconds``; False when it is another's or done. Twice changes nothing."""
    token = uuid.uuid4().hex
    now = timezone.now()
    free = Q(claimed_until=None) | Q(claimed_until__lt=now)
    claimed = ConnectionRun.objects.filter(free, pk=run_id, state__in=OPEN).update(
        state=State.RUNNING, claim=token, claimed_until=now + LEASE, attempts=F("attempts") + 1
    )
    if not claimed:
        return False
    run = ConnectionRun.objects.select_related("connection").get(pk=run_id)
    try:
        if run.started_at is None:
            run.started_at = now
            run.save(update_fields=["started_at"])
        if run.attempts > MOST_ATTEMPTS:
            raise ConnectorError(Problem.BROKEN, BROKEN)
        _work(run, token, connector or connector_of(run.connection), time.monotonic() + seconds)
    except _LostError:
        return False
    except ConnectorError as error:
        _failed(run, token, error)
    except DomainError as error:
        _failed(run, token, ConnectorError(Problem.ANSWER, error.message, error.params))
    except Exception:
        # A fault of a connector must not stop the sweep of the others; the log has the whole of it.
        log.exception("crm.connection_broke", connection=run.connection_id, run=run.pk)
        _failed(run, token, ConnectorError(Problem.BROKEN, BROKEN))
    return True


def _work(run: ConnectionRun, token: str, connector: Connector, until: float) -> None:
    """Read what is left of a run; let go of it when the turn is over."""
    for resource in connector.resources():
        if resource in run.done:
            continue
        cursor = _cursor_of(run.connection, resource)
        for page in connector.changed(resource, cursor):
            page_write(run, token, page)
            if page.is_last:
                break
            if time.monotonic() > until:
                _let_go(run, token)
                return
        _refused_again(run, token, resource)
        _missing_end(run, token, connector, resource)
        run = _resource_done(run, token, resource)
    _finished(run, token)


@transaction.atomic
def page_write(run: ConnectionRun, token: str, page: Page) -> None:
    """Write a page and move the cursor after it, both or neither. Raises when the run is no longer ours."""
    run = _mine(run, token)
    state, _created = ConnectionState.objects.select_for_update().get_or_create(
        connection=run.connection, resource=page.resource
    )
    _counted(run, page.resource, writing.page_records_write(run, page))
    if state.cursor != page.cursor:
        state.cursor = page.cursor
        state.save(update_fields=["cursor"])
    run.resource, run.attempts = page.resource, 1
    run.claimed_until = timezone.now() + LEASE
    run.save(update_fields=["counts", "resource", "attempts", "claimed_until"])


def _refused_again(run: ConnectionRun, token: str, resource: str) -> None:
    after = 0
    while True:
        with transaction.atomic():
            mine = _mine(run, token)
            counts, after = writing.refused_retry(mine, resource, after)
            # What was refused in this run and is accepted now was counted as an error.
            was = mine.counts.get(resource, {}).get("error", 0)
            accepted = sum(counts[name] for name in ("created", "updated", "unchanged"))
            counts["error"] = -min(accepted, was)
            _counted(mine, resource, counts)
            mine.claimed_until = timezone.now() + LEASE
            mine.save(update_fields=["counts", "claimed_until"])
        if not after:
            return


def _missing_end(run: ConnectionRun, token: str, connector: Connector, resource: str) -> None:
    """Once a day, look for records that are gone at the source; too many at once are not believed."""
    state = ConnectionState.objects.filter(connection=run.connection, resource=resource).first()
    now = timezone.now()
    if resource not in RECORDS or state is None:
        return
    if state.checked_at and state.checked_at > now - CHECK_EVERY and not state.is_missing_accepted:
        return
    missing: list[str] = []
    after = asked = 0
    while True:
        keys, after = writing.external_ids_live(run.connection, resource, limit=_ASKED, after=after)
        if not keys:
            break
        gone = connector.missing(resource, keys)
        if gone is None:
            return
        missing += sorted(gone)
        asked += len(keys)
    is_too_many = len(missing) > max(MISSING_FEW, MISSING_SHARE * asked) and not state.is_missing_accepted
    with transaction.atomic():
        mine = _mine(run, token)
        if missing and not is_too_many:
            deleted = writing.records_gone_delete(mine, resource, missing)
            _counted(mine, resource, Counter(deleted=deleted))
        mine.claimed_until = timezone.now() + LEASE
        mine.save(update_fields=["counts", "claimed_until"])
        ConnectionState.objects.filter(pk=state.pk).update(
            checked_at=now, missing=len(missing) if is_too_many else 0, is_missing_accepted=False
        )


def _counted(run: ConnectionRun, resource: str, counts: Counter[str]) -> None:
    total = Counter(run.counts.get(resource, {}))
    for name, count in counts.items():
        total[name] += count
    run.counts = run.counts | {resource: dict(+total)}


@transaction.atomic
def _resource_done(run: ConnectionRun, token: str, resource: str) -> ConnectionRun:
    mine = _mine(run, token)
    mine.done = [*mine.done, resource]
    mine.save(update_fields=["done"])
    ConnectionState.objects.update_or_create(
        connection=mine.connection, resource=resource, defaults={"caught_up_at": mine.started_at}
    )
    return mine


@transaction.atomic
def _let_go(run: ConnectionRun, token: str) -> None:
    """Leave the rest to the next task, which may begin at once."""
    mine = _mine(run, token)
    mine.claim, mine.claimed_until, mine.attempts = "", None, 0
    mine.save(update_fields=["claim", "claimed_until", "attempts"])


@transaction.atomic
def _finished(run: ConnectionRun, token: str) -> None:
    mine = _mine(run, token)
    now = timezone.now()
    mine.state, mine.finished_at, mine.claim, mine.claimed_until = State.DONE, now, "", None
    mine.save(update_fields=["state", "finished_at", "claim", "claimed_until"])
    started = mine.started_at or now
    Connection.objects.filter(pk=mine.connection_id).update(
        failing_since=None,
        failures=0,
        next_run_at=max(now, started + dt.timedelta(minutes=mine.connection.schedule_minutes)),
    )


@transaction.atomic
def _failed(run: ConnectionRun, token: str, error: ConnectorError) -> None:
    """Note why it failed and when to try next: later each time, and not before the source wants it."""
    try:
        mine = _mine(run, token)
    except _LostError:
        return
    now = timezone.now()
    connection = mine.connection
    log.warning("crm.connection_failed", connection=connection.pk, run=mine.pk, problem=str(error.kind))
    mine.state, mine.finished_at, mine.claim, mine.claimed_until = State.FAILED, now, "", None
    mine.problem, mine.error = str(error.kind), str(error.message)
    mine.error_params = {
        name: value if isinstance(value, int) else str(value) for name, value in error.params.items()
    }
    mine.save()
    minutes = max(BACKOFF[min(connection.failures, len(BACKOFF) - 1)], connection.schedule_minutes)
    wait = max(dt.timedelta(minutes=minutes), dt.timedelta(seconds=error.retry_seconds or 0))
    Connection.objects.filter(pk=connection.pk).update(
        failures=connection.failures + 1,
        failing_since=connection.failing_since or now,
        next_run_at=now + wait,
    )


def _cursor_of(connection: Connection, resource: str) -> str:
    state = ConnectionState.objects.filter(connection=connection, resource=resource).first()
    return state.cursor if state else ""


def _mine(run: ConnectionRun, token: str) -> ConnectionRun:
    """The run, locked; raises ``_LostError`` when somebody else has it now or it was stopped."""
    rows = ConnectionRun.objects.select_related("connection").select_for_update(of=("self",))
    found = rows.filter(pk=run.pk, claim=token, state=State.RUNNING).first()
    if found is None:
        raise _LostError
    return found
