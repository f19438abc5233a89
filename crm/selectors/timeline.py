"""What happened with an account, the newest first: stages, activities, payments, notes; a query a kind."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

from django.db.models import QuerySet

from crm.models import Account, Activity, FollowUp, Payment, StageChange
from org.scope import Scope
from org.selectors import company_zone

EACH, MOST_PAGES = 20, 25
Kind = Literal["stage", "activity", "payment", "note"]


@dataclass(frozen=True)
class Moment:
    """Something that happened on a day; ``row`` is the stage change, activity, payment or note."""

    on: dt.date
    kind: Kind
    row: Any


def account_timeline(account: Account, *, scope: Scope, page: int = 1) -> tuple[list[Moment], bool]:
    """A page of an account's moments that the scope sees, and whether earlier ones follow; five queries.

    Each kind is read as far as the page may reach, so that pages are few: ``MOST_PAGES``.
    """
    reach = page * EACH + 1
    moments = [moment for rows in _kinds(account, scope, reach) for moment in rows]
    moments.sort(key=lambda moment: moment.on, reverse=True)
    start = (page - 1) * EACH
    return moments[start : start + EACH], len(moments) > start + EACH and page < MOST_PAGES


def _kinds(account: Account, scope: Scope, reach: int) -> Iterator[list[Moment]]:
    zone = company_zone()
    changes = StageChange.objects.filter(opportunity__account=account, opportunity__deleted_at=None)
    changes = scope.restrict(changes, "opportunity__owner").order_by("-changed_on", "-pk")
    joined = changes.select_related("opportunity", "from_stage", "to_stage")
    yield [Moment(row.changed_on, "stage", row) for row in joined[:reach]]
    activities = scope.restrict(Activity.objects.filter(account=account, deleted_at=None), "owner")
    held = activities.select_related("owner").order_by("-occurred_at", "-pk")
    yield [Moment(row.occurred_on, "activity", row) for row in held[:reach]]
    payments = scope.restrict(Payment.objects.filter(account=account, deleted_at=None), "owner")
    yield [
        Moment(row.received_on, "payment", row) for row in payments.order_by("-received_on", "-pk")[:reach]
    ]
    notes = _notes(account, scope).select_related("person", "written_by", "opportunity")
    written = notes.order_by("-created_at", "-pk")[:reach]
    yield [Moment(row.created_at.astimezone(zone).date(), "note", row) for row in written]


def _notes(account: Account, scope: Scope) -> QuerySet[FollowUp]:
    """Notes on the account, which is in scope, and on its deals in scope."""
    of_deals = FollowUp.objects.filter(opportunity__account=account, opportunity__deleted_at=None)
    return FollowUp.objects.filter(account=account) | scope.restrict(of_deals, "opportunity__owner")
