"""What webhooks tell of deals: that one was won."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from typing import Any

from common.money import decimal_string
from crm.models import Account
from crm.services.changes import Change
from crm.services.references import References
from crm.services.tables import among
from org.models import Person
from org.selectors import hook_kinds_wanted
from org.services import Event, events_record

WON = "deal.won"
# A history that is loaded is no news: deals that closed longer ago are told to nobody.
FRESH = dt.timedelta(days=31)


def deals_announce(changed: Sequence[Change], refs: References) -> None:
    """Tell of deals that were just won, in the transaction that writes them."""
    won = [
        change
        for change in changed
        if change.after["outcome"] == "won"
        and change.old("outcome") != "won"
        and change.after["closed_on"] >= refs.today - FRESH
    ]
    if not won or not hook_kinds_wanted(WON):
        return
    owners = {
        pk: {"employee_number": number, "name": name}
        for pk, number, name in _of(Person, won, "owner_id", "employee_number", "name")
    }
    accounts = {
        pk: {"source": source, "external_id": key, "name": name}
        for pk, source, key, name in _of(Account, won, "account_id", "source", "external_id", "name")
    }
    told = [Event(WON, _told(change, refs.source, owners, accounts)) for change in won]
    events_record(told, occurred_at=refs.now)


def _of(model: Any, changes: Sequence[Change], key: str, *names: str) -> Iterable[tuple[Any, ...]]:
    keys = {change.after[key] for change in changes} - {None}
    rows: Iterable[tuple[Any, ...]] = model.objects.filter(among("pk", keys)).values_list("pk", *names)
    return rows


def _told(change: Change, source: str, owners: dict[int, Any], accounts: dict[int, Any]) -> dict[str, Any]:
    row = change.after
    return {
        "id": change.id,
        "source": source,
        "external_id": change.result.external_id,
        "name": row["name"],
        "amount": decimal_string(row["amount_minor"], row["currency"]),
        "currency": row["currency"],
        "closed_on": row["closed_on"].isoformat(),
        "owner": owners.get(row["owner_id"]),
        "account": accounts.get(row["account_id"]),
    }
