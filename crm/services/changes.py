"""One record on its way into the database, the six kinds of records, and the outbox."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db import models

from common.records import RecordResult
from crm.calc.ownership import Ownership
from crm.models import Account, Activity, ChangedDay, Lead, Opportunity, Payment, Product
from crm.services.rows import Built
from crm.services.tables import insert_rows

PersonDay = tuple[int, dt.date]


@dataclass(frozen=True)
class Resource:
    """A kind of record: its table, and the dates on which its facts count for somebody."""

    name: str
    model: type[models.Model]
    dates: tuple[str, ...] = ()
    # Columns that follow from other rows: kept by their own rules, false in a new row.
    derived: tuple[str, ...] = ()
    # The column of ``Tenure`` that leads to it, of what may be handed over with a date.
    tenure_link: str = ""

    @property
    def has_owner(self) -> bool:
        return self.model is not Product


RESOURCES = {
    resource.name: resource
    for resource in (
        Resource("products", Product),
        Resource("accounts", Account, tenure_link="account"),
        Resource("leads", Lead, ("created_on", "qualified_on", "closed_on"), tenure_link="lead"),
        Resource(
            "opportunities",
            Opportunity,
            ("opened_on", "closed_on", "quote_sent_on"),
            ("is_first_won",),
            tenure_link="opportunity",
        ),
        Resource("activities", Activity, ("occurred_on",)),
        Resource("payments", Payment, ("received_on",), ("is_shared",)),
    )
}


@dataclass(slots=True)
class Change:
    """One record on its way: what was stored (None: nothing), what shall be.

    The ownerships are given only for what was handed over, or is about to be.
    """

    result: RecordResult
    built: Built
    recorded_at: dt.datetime | None
    before: dict[str, Any] | None = None
    id: int = 0
    ownership_before: Ownership | None = None
    ownership: Ownership | None = None

    @property
    def after(self) -> dict[str, Any]:
        return self.built.columns

    @property
    def was_shared(self) -> bool:
        """Whether credit rows of this record may be stored, even if it was deleted."""
        return self.before is not None and bool(self.before["is_shared"])

    @property
    def had_parts(self) -> bool:
        """Whether lines or splits of this deal are stored."""
        return self.before is not None and bool(self.before["has_parts"])

    def old(self, name: str) -> Any:
        """A column as it was; None for a new or deleted record."""
        if self.before is None or self.before["deleted_at"] is not None:
            return None
        return self.before[name]

    def counted(self, kind: Resource) -> set[PersonDay]:
        """(person, day) of who owned and who owns it, on each old and new day a metric may count on."""
        pairs: set[PersonDay] = set()
        for name in kind.dates:
            day, old = self.after[name], self.old(name)
            if day is not None:
                own = self.ownership
                pairs.add((self.after["owner_id"] if own is None else own.owner_on(day), day))
            if old is not None:
                own = self.ownership_before
                pairs.add((self.old("owner_id") if own is None else own.owner_on(old), old))
        return pairs

    def is_changed(self, *names: str) -> bool:
        return any(self.old(name) != self.after[name] for name in names)

    def derived(self, kind: Resource) -> tuple[bool, ...]:
        """The derived columns to write; a deal that may no longer be its account's first win gives it up."""
        if self.before is None:
            return (False,) * len(kind.derived)
        if kind.model is Opportunity and self.is_changed("account_id", "outcome", "closed_on"):
            return (False,)
        return tuple(bool(self.before[name]) for name in kind.derived)

    def days(self, kind: Resource) -> set[dt.date]:
        """The old and the new days on which this record counts."""
        days = {self.after[name] for name in kind.dates} | {self.old(name) for name in kind.dates}
        return days - {None}


def outbox_add(pairs: Iterable[PersonDay], now: dt.datetime) -> None:
    """Put person-days into the outbox, in the transaction that changed them."""
    rows = [(person, day, now) for person, day in sorted(pairs)]
    insert_rows(ChangedDay, ("person_id", "day", "created_at"), rows)


def paired(people: Iterable[int], days: Iterable[dt.date | None]) -> set[PersonDay]:
    """Every person with every day that is known."""
    known = [day for day in days if day is not None]
    return {(person, day) for person in people for day in known}
