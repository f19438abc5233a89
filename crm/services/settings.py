"""Dimensions and plan rates."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from common.errors import Invalid
from common.money import CURRENCY_EXPONENTS, convert_minor
from common.periods import fiscal_year_of
from crm.models import Opportunity, Payment, PlanRate, Segment
from crm.services.changes import RESOURCES, outbox_add, paired
from crm.services.credits import credits_settle, payments_settle
from crm.services.owners import former_owners
from org.models import User
from org.selectors import company_get, company_today
from org.services import audit_record


def segment_ensure(kind: str, code: str, name: str = "", position: int = 0) -> Segment:
    """The segment of a code, made or renamed as told; an empty name leaves it."""
    segment, created = Segment.objects.get_or_create(
        kind=kind, code=code, defaults={"name": name or code, "position": position}
    )
    if not created and name and (segment.name, segment.position) != (name, position):
        segment.name, segment.position = name, position
        segment.save(update_fields=["name", "position"])
    return segment


@transaction.atomic
def plan_rate_set(*, fiscal_year: int, currency: str, rate: Decimal, actor: User | None) -> PlanRate:
    """Set what one unit of a currency counts in a fiscal year; facts of that year are counted anew."""
    if currency not in CURRENCY_EXPONENTS:
        raise Invalid(_("There is no such currency."), field="currency")
    if currency == company_get().currency:
        raise Invalid(_("This is the plan currency itself."), field="currency")
    if rate <= 0:
        raise Invalid(_("A rate is above zero."), field="rate")
    old = PlanRate.objects.filter(fiscal_year=fiscal_year, currency=currency).first()
    row, _created = PlanRate.objects.update_or_create(
        fiscal_year=fiscal_year, currency=currency, defaults={"rate": rate}
    )
    audit_record(
        actor=actor,
        action="crm.plan_rate.set",
        subject=row,
        before={"rate": str(old.rate)} if old else None,
        after={"rate": str(rate)},
    )
    _recount(fiscal_year, currency, rate)
    return row


def _recount(fiscal_year: int, currency: str, rate: Decimal) -> None:
    """Put the plan amounts of this year's facts in this currency at the new rate."""
    company, today = company_get(), company_today()
    first_month = company.fiscal_year_start_month

    own = [
        payment
        for payment in Payment.objects.filter(currency=currency).select_for_update()
        if fiscal_year_of(payment.received_on, first_month) == fiscal_year
    ]
    deals = [
        deal
        for deal in Opportunity.objects.filter(currency=currency).select_for_update(of=("self",))
        if fiscal_year_of(counted_on(deal, today), first_month) == fiscal_year
    ]
    for payment in own:
        payment.plan_amount_minor = convert_minor(payment.amount_minor, currency, rate, company.currency)
    for deal in deals:
        deal.plan_amount_minor = convert_minor(deal.amount_minor, currency, rate, company.currency)
    Opportunity.objects.bulk_update(deals, ["plan_amount_minor"], batch_size=500)
    Payment.objects.bulk_update(own, ["plan_amount_minor"], batch_size=500)
    pairs = {(payment.owner_id, payment.received_on) for payment in own}
    credited = credits_settle([deal.pk for deal in deals if deal.is_shared])
    for pk, person in former_owners("opportunity", [deal.pk for deal in deals]):
        credited.setdefault(pk, set()).add(person)
    for deal in deals:
        people = {deal.owner_id} | credited.get(deal.pk, set())
        pairs |= paired(people, [getattr(deal, name) for name in RESOURCES["opportunities"].dates])
    outbox_add(pairs | payments_settle([payment.pk for payment in own], {}), timezone.now())


def counted_on(deal: Opportunity, today: dt.date) -> dt.date:
    """The day whose fiscal year's plan rate a deal's amount counts at."""
    return deal.closed_on or deal.expected_close_on or deal.opened_on or today
