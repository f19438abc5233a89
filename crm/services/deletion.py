"""Soft deletion: the row stays, its facts stop counting; sending the record again brings it back."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

from django.db import transaction
from django.utils import timezone

from common.errors import NotFound, gettext_noop
from crm.models import Opportunity, OpportunityCredit, Payment, PaymentCredit
from crm.services.changes import RESOURCES, PersonDay, Resource, outbox_add, paired
from crm.services.credits import payments_of, payments_settle
from crm.services.deals import first_won_refresh
from crm.services.owners import former_owners
from crm.services.tables import among
from org.models import User
from org.scope import Scope


@transaction.atomic
def record_delete(
    *,
    resource: str,
    source: str,
    external_id: str,
    actor: User | None = None,
    scope: Scope | None = None,
) -> bool:
    """Mark a record as deleted and recount its days; False if it was deleted before.

    Raises NotFound when there is no such record in scope.
    """
    kind = RESOURCES[resource]
    rows = kind.model._default_manager.filter(source=source, external_id=external_id)
    seen = scope.restrict(rows, "owner") if scope is not None and kind.has_owner else rows
    row: Any = seen.select_for_update(of=("self",), no_key=True).first()
    if row is None:
        raise NotFound(gettext_noop("There is no such record."))
    if row.deleted_at is not None:
        return False
    rows_delete(kind, [row], timezone.now())
    return True


def rows_delete(kind: Resource, gone: Sequence[Any], now: dt.datetime) -> None:
    """Mark rows of one kind that the caller has locked as deleted, and recount their days."""
    ids = [row.pk for row in gone]
    rows = kind.model._default_manager.filter(among("pk", ids))
    people: dict[int, set[int]] = {row.pk: {row.owner_id} if kind.dates else set() for row in gone}
    if kind.dates and kind.tenure_link:
        for pk, person in former_owners(kind.tenure_link, ids):
            people[pk].add(person)
    if kind.model is Opportunity:
        credited = OpportunityCredit.objects.filter(among("opportunity", ids))
        for deal, person in credited.values_list("opportunity", "person"):
            people[deal].add(person)
    elif kind.model is Payment:
        for payment, person in PaymentCredit.objects.filter(among("payment", ids)).values_list(
            "payment", "person"
        ):
            people[payment].add(person)
    rows.update(deleted_at=now, updated_at=now)
    pairs: set[PersonDay] = set()
    for row in gone:
        pairs |= paired(people[row.pk], [getattr(row, name) for name in kind.dates])
    if kind.model is Opportunity:
        rows.update(is_first_won=False)
        pairs |= first_won_refresh({row.account_id for row in gone} - {None})
        pairs |= payments_settle(payments_of([row.pk for row in gone if row.is_shared]), {})
    outbox_add(pairs, now)
