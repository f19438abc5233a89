"""Connections: made, changed, tested, run now, paused, read anew, deleted."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from common.errors import Conflict, Invalid
from crm.models import Connection, ConnectionRowError, ConnectionRun, ConnectionState
from crm.services.connectors.kinds import KINDS
from crm.services.connectors.opening import connector_make
from crm.services.connectors.problems import ConnectorError
from crm.services.connectors.secrets import credentials_opened, credentials_sealed
from org.models import User
from org.services import audit_record

OPEN = (ConnectionRun.State.WAITING, ConnectionRun.State.RUNNING)
MOST_CONNECTIONS = 20
KEPT = dt.timedelta(days=30)
_SAID = ("name", "kind", "source", "settings", "schedule_minutes", "rate_per_minute")


@transaction.atomic
def connection_save(
    *,
    connection: Connection | None = None,
    values: Mapping[str, Any],
    credentials: Mapping[str, str] | None = None,
    actor: User | None,
) -> Connection:
    """Make or change a connection. ``credentials`` None or empty keeps those that are stored.

    ``values`` may have name, kind, source, settings, schedule_minutes and rate_per_minute; kind and source
    stay as they were made. A new one is off until it has been tested. Raises Invalid for a source that
    another connection has.
    """
    saved = connection or Connection()
    before = None if connection is None else _said(saved)
    for name in _SAID:
        if name in values and (connection is None or name not in ("kind", "source")):
            setattr(saved, name, values[name])
    _check(saved)
    if credentials and any(credentials.values()):
        stored = credentials_opened(saved.credentials) if _is_readable(saved) else {}
        given = {name: value for name, value in credentials.items() if value}
        saved.credentials = credentials_sealed(stored | given)
    saved.save()
    after = _said(saved) | {"has_new_credentials": bool(credentials and any(credentials.values()))}
    audit_record(actor=actor, action="crm.connection.save", subject=saved, before=before, after=after)
    return saved


def connection_check(*, values: Mapping[str, Any], credentials: Mapping[str, str]) -> str:
    """Try to sign in with settings that need not be stored; who we are connected as. Raises ConnectorError.

    Impatient: somebody waits for the answer.
    """
    connector = connector_make(
        values["kind"],
        values["settings"],
        credentials,
        source=values.get("source", "test"),
        rate_per_minute=values.get("rate_per_minute", 120),
        sleep=_no_patience,
    )
    return connector.check()


@transaction.atomic
def connection_tested(*, connection: Connection, connected_as: str) -> None:
    """Note that a sign-in with what is stored has worked."""
    Connection.objects.filter(pk=connection.pk).update(
        connected_as=connected_as[:300], tested_at=timezone.now()
    )


@transaction.atomic
def connection_switch(*, connection: Connection, is_active: bool, actor: User | None) -> None:
    """Turn a connection on, to run soon, or pause it; what is running stops after its page.

    Raises Conflict when it has not been tested.
    """
    current = Connection.objects.select_for_update().get(pk=connection.pk)
    if is_active and current.tested_at is None:
        raise Conflict(_("Test the connection first: it is turned on once it has worked."))
    if current.is_active == is_active:
        return
    current.is_active = is_active
    if is_active:
        current.next_run_at, current.failures, current.failing_since = timezone.now(), 0, None
    current.save()
    if not is_active:
        _stop(current)
    audit_record(actor=actor, action="crm.connection.switch", subject=current, after={"is_active": is_active})


@transaction.atomic
def connection_run_request(*, connection: Connection, actor: User | None) -> ConnectionRun:
    """Ask for a run now; one that is under way already is that run. Works while the connection is paused."""
    current = Connection.objects.select_for_update().get(pk=connection.pk)
    run = ConnectionRun.objects.filter(connection=current, state__in=OPEN).first()
    if run is None:
        run = ConnectionRun.objects.create(connection=current, started_by=actor)
        audit_record(actor=actor, action="crm.connection.run", subject=current)
    return run


@transaction.atomic
def connection_reset(*, connection: Connection, resource: str, actor: User | None) -> None:
    """Let the next run read a resource from the beginning; what is running stops. Nothing is deleted."""
    current = Connection.objects.select_for_update().get(pk=connection.pk)
    _stop(current)
    ConnectionState.objects.filter(connection=current, resource=resource).update(
        cursor="", caught_up_at=None, checked_at=None
    )
    audit_record(actor=actor, action="crm.connection.reset", subject=current, after={"resource": resource})


@transaction.atomic
def connection_missing_accept(*, connection: Connection, resource: str, actor: User | None) -> None:
    """Believe that so many records are gone at the source; the next run deletes them here."""
    state = ConnectionState.objects.select_for_update().get(connection=connection, resource=resource)
    if not state.missing:
        raise Conflict(_("Nothing is missing any more."))
    state.is_missing_accepted = True
    state.save(update_fields=["is_missing_accepted"])
    after = {"resource": resource, "missing": state.missing}
    audit_record(actor=actor, action="crm.connection.missing", subject=connection, after=after)


@transaction.atomic
def connection_delete(*, connection: Connection, actor: User | None) -> None:
    """Delete a connection with its runs and keys; the records that it has brought stay."""
    audit_record(actor=actor, action="crm.connection.delete", subject=connection, before=_said(connection))
    connection.delete()


def connections_forget() -> None:
    """Let go of old runs, but the last one of each connection, and of what was refused all the time."""
    old = timezone.now() - KEPT
    last = ConnectionRun.objects.order_by().values("connection").annotate(last=Max("pk"))
    kept = list(last.values_list("last", flat=True))
    ConnectionRun.objects.filter(finished_at__lt=old).exclude(pk__in=kept).delete()
    ConnectionRowError.objects.filter(first_at__lt=old).delete()


def _stop(connection: Connection) -> None:
    ConnectionRun.objects.filter(connection=connection, state__in=OPEN).update(
        state=ConnectionRun.State.STOPPED, finished_at=timezone.now(), claim="", claimed_until=None
    )


def _check(connection: Connection) -> None:
    if connection.kind not in KINDS:
        raise Invalid(_("There is no such kind of connection."), field="kind")
    if not connection.source.strip() or "\x00" in connection.source or connection.source == "local":
        raise Invalid(_("Give a source of 1 to 40 characters, other than “local”."), field="source")
    others = Connection.objects.exclude(pk=connection.pk)
    if others.filter(source=connection.source).exists():
        raise Invalid(_("Another connection has this source."), field="source")
    if connection.pk is None and others.count() >= MOST_CONNECTIONS:
        raise Invalid(_("There are %(most)s connections already."), params={"most": MOST_CONNECTIONS})


def _is_readable(connection: Connection) -> bool:
    """Whether the stored keys can be added to; what an old secret key has sealed is replaced."""
    try:
        credentials_opened(connection.credentials)
    except ConnectorError:
        return False
    return True


def _said(connection: Connection) -> dict[str, Any]:
    """What the audit log may say: everything but the keys."""
    return {name: getattr(connection, name) for name in _SAID}


def _no_patience(_seconds: float) -> None:
    return
