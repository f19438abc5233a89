"""Builders for tests, through the same service as every door: a deal made here has its history and credit."""

from __future__ import annotations

import datetime as dt
from itertools import count
from typing import Any

from crm.models import Account, Activity, IncomingEndpoint, Lead, Opportunity, Payment
from crm.services import RESOURCES, records_upsert
from org.models import Person

_ids = count(1)
SOURCE = "test"


def send(resource: str, external_id: str = "", **fields: Any) -> Any:
    """Upsert one record and return its row; a refused one fails the test with its errors."""
    key = external_id or f"{resource}-{next(_ids)}"
    record = {"external_id": key} | {name: _plain(value) for name, value in fields.items()}
    [result] = records_upsert(resource=resource, source=SOURCE, records=[record])
    assert not result.errors, [(e.field, e.text()) for e in result.errors]
    return RESOURCES[resource].model._default_manager.get(pk=result.id)


def _plain(value: Any) -> Any:
    if isinstance(value, Person):
        return value.employee_number
    if isinstance(value, (Account, Lead, Opportunity)):
        return value.external_id
    if isinstance(value, (dt.date, dt.datetime)):
        return value.isoformat()
    return value


def make_account(name: str = "Acme", **fields: Any) -> Account:
    return send("accounts", name=name, **fields)


def make_opportunity(
    owner: Person | None = None,
    amount: str = "100.00",
    *,
    won_on: dt.date | None = None,
    lost_on: dt.date | None = None,
    **fields: Any,
) -> Opportunity:
    """A deal, open unless won or lost on a day."""
    fields.setdefault("stage", "won" if won_on else "lost" if lost_on else "engaging")
    if won_on or lost_on:
        fields.setdefault("closed_on", won_on or lost_on)
    return send("opportunities", owner=owner, amount=amount, **fields)


def make_lead(owner: Person | None = None, created_on: dt.date = dt.date(2026, 1, 5), **fields: Any) -> Lead:
    fields.setdefault("name", "Somebody")
    return send("leads", owner=owner, created_on=created_on, **fields)


def make_activity(owner: Person | None = None, on: dt.date = dt.date(2026, 1, 5), **fields: Any) -> Activity:
    """An activity at noon UTC of a day: an effective visit unless told otherwise."""
    at = dt.datetime.combine(on, dt.time(4), tzinfo=dt.UTC)
    return send(
        "activities", owner=owner, **{"kind": "visit", "is_effective": True, "occurred_at": at} | fields
    )


def make_payment(
    owner: Person | None = None, amount: str = "100.00", on: dt.date = dt.date(2026, 1, 5), **fields: Any
) -> Payment:
    return send("payments", owner=owner, amount=amount, received_on=on, **fields)


def make_incoming(**fields: Any) -> IncomingEndpoint:
    """An endpoint for deals whose mapping is ready, unless told otherwise."""
    rules = {
        "external_id": {"paths": ["id"]},
        "name": {"paths": ["title"]},
        "stage": {"paths": ["stage.name"], "table": {"Closed Won": "won"}},
        "amount": {"paths": ["amount"]},
        "closed_on": {"paths": ["closed"]},
        "owner": {"paths": ["owner.email", "owner.number"]},
    }
    mapping = {"fields": rules, "deleted": {"path": "is_deleted"}}
    told = {"name": "Old CRM", "source": "old", "resource": "opportunities", "mapping": mapping} | fields
    return IncomingEndpoint.objects.create(**told)
