"""Soft deletion: the row stays, its facts stop counting."""

from __future__ import annotations

import datetime as dt

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from common.errors import NotFound
from crm.models import Opportunity, OpportunityCredit, Payment, PaymentCredit
from crm.services.deals import first_won_refresh, payments_settle
from crm.services.upsert import RESOURCES, outbox_add
from org.models import User


@transaction.atomic
def record_delete(*, resource: str, source: str, external_id: str, actor: User | None = None) -> None:
    """Mark a record as deleted and recount its days; deleting it again changes nothing.

    Raises NotFound when there is no such record.
    """
    kind = RESOURCES[resource]
    rows = kind.model._default_manager.filter(source=source, external_id=external_id)
    row = rows.select_for_update(of=("self",)).first()
    if row is None:
        raise NotFound(_("There is no such record."))
    if row.deleted_at is not None:
        return
    now = timezone.now()
    people = {row.owner_id} if kind.dates else set()
    if isinstance(row, Opportunity):
        people |= set(OpportunityCredit.objects.filter(opportunity=row).values_list("person_id", flat=True))
    if isinstance(row, Payment):
        people |= set(PaymentCredit.objects.filter(payment=row).values_list("person_id", flat=True))
    rows.update(deleted_at=now, updated_at=now)
    pairs: set[tuple[int, dt.date]] = {
        (person, day) for name in kind.dates if (day := getattr(row, name)) is not None for person in people
    }
    if isinstance(row, Opportunity):
        rows.update(is_first_won=False)
        if row.account_id is not None:
            pairs |= first_won_refresh([row.account_id])
        if row.is_shared:
            pairs |= payments_settle(list(row.payments.values_list("pk", flat=True)))
    outbox_add(pairs, now)
