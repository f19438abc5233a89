"""Soft deletion: the row stays, its facts stop counting; sending the record again brings it back."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.utils import timezone

from common.errors import NotFound, gettext_noop
from crm.models import Opportunity, OpportunityCredit, Payment, PaymentCredit
from crm.services.changes import RESOURCES, outbox_add, paired
from crm.services.credits import payments_of, payments_settle
from crm.services.deals import first_won_refresh
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
    now = timezone.now()
    people = {row.owner_id} if kind.dates else set()
    if isinstance(row, Opportunity):
        people |= set(OpportunityCredit.objects.filter(opportunity=row).values_list("person_id", flat=True))
    if isinstance(row, Payment):
        people |= set(PaymentCredit.objects.filter(payment=row).values_list("person_id", flat=True))
    rows.update(deleted_at=now, updated_at=now)
    pairs = paired(people, [getattr(row, name) for name in kind.dates])
    if isinstance(row, Opportunity):
        rows.update(is_first_won=False)
        if row.account_id is not None:
            pairs |= first_won_refresh([row.account_id])
        if row.is_shared:
            pairs |= payments_settle(payments_of([row.pk]), {})
    outbox_add(pairs, now)
    return True
