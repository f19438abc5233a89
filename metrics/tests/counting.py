"""A slow, independent count in plain Python of what the shipped metrics say: the oracle of the SQL."""

from __future__ import annotations

from collections import defaultdict
from fractions import Fraction

from crm.models import Activity, Lead, Opportunity, Payment
from metrics.models import DailyActual, UnitDailyActual
from org.models import CreditInterval, Unit


def stored_actuals() -> dict[tuple, int]:
    """The daily actuals as {(metric code, person, unit, three segments, day): value}."""
    rows = DailyActual.objects.values_list(
        "metric__code", "person", "unit", "product_line", "region", "customer_type", "day", "value"
    )
    return {row[:-1]: row[-1] for row in rows}


def stored_unit_actuals() -> dict[tuple, int]:
    rows = UnitDailyActual.objects.values_list("metric__code", "unit", "day", "value")
    return {row[:-1]: row[-1] for row in rows}


def counted_actuals() -> dict[tuple, int]:
    """The same, counted fact by fact and cut by exact fractions."""
    sums: dict[tuple, int] = defaultdict(int)
    for code, person, segments, day, amount in _facts():
        sums[(code, person, segments, day)] += amount
    bands = defaultdict(list)
    for interval in CreditInterval.objects.all():
        bands[interval.person_id].append(interval)
    actuals: dict[tuple, int] = defaultdict(int)
    for (code, person, segments, day), amount in sums.items():
        for band in bands[person]:
            if band.starts_on <= day < band.ends_on:
                part = _first(amount, band.to_bp) - _first(amount, band.from_bp)
                actuals[(code, person, band.unit_id, *segments, day)] += part
    return {key: value for key, value in actuals.items() if value}


def counted_unit_actuals(actuals: dict[tuple, int]) -> dict[tuple, int]:
    """Daily actuals summed up the tree by walking from each unit to the root."""
    parents = dict(Unit.objects.values_list("pk", "parent"))
    sums: dict[tuple, int] = defaultdict(int)
    for (code, _person, unit, _line, _region, _type, day), value in actuals.items():
        while unit is not None:
            sums[(code, unit, day)] += value
            unit = parents[unit]
    return {key: value for key, value in sums.items() if value}


def _first(amount: int, bp: int) -> int:
    """The first ``bp`` basis points, rounded half away from zero."""
    exact = Fraction(abs(amount) * bp, 10_000)
    size = int(exact + Fraction(1, 2))
    return size if amount >= 0 else -size


def _facts():
    """(metric code, person, (line, region, customer type), day, amount or 1) of every fact that counts."""
    for deal in Opportunity.objects.filter(deleted_at=None):
        own = (deal.product_line_id, deal.region_id, deal.customer_type_id)
        closer = _owner_on(deal, deal.closed_on)
        if deal.outcome in ("won", "lost"):
            yield "deals_closed", closer, own, deal.closed_on, 1
        if deal.quote_sent_on:
            yield "quotes", _owner_on(deal, deal.quote_sent_on), own, deal.quote_sent_on, 1
        if deal.outcome != "won":
            continue
        yield "deals_won", closer, own, deal.closed_on, 1
        if _is_first(deal):
            yield "new_customers", closer, own, deal.closed_on, 1
        credits = [each for each in deal.credits.all() if each.starts_on <= deal.closed_on < each.ends_on]
        for person, segments, amount in _parts(deal, own, closer, credits):
            yield "sales", person, segments, deal.closed_on, amount
            kind = "new_customer_sales" if _is_first(deal) else "repeat_sales"
            yield kind, person, segments, deal.closed_on, amount
    for payment in Payment.objects.filter(deleted_at=None):
        own = (payment.product_line_id, payment.region_id, payment.customer_type_id)
        parts = _parts(payment, own, payment.owner_id, payment.credits.all())
        for person, segments, amount in parts:
            yield "collections", person, segments, payment.received_on, amount
    for lead in Lead.objects.filter(deleted_at=None):
        own = (lead.product_line_id, lead.region_id, lead.customer_type_id)
        closer = _owner_on(lead, lead.closed_on)
        yield "leads", _owner_on(lead, lead.created_on), own, lead.created_on, 1
        if lead.qualified_on:
            yield "qualified_leads", _owner_on(lead, lead.qualified_on), own, lead.qualified_on, 1
        if lead.closed_on and lead.status in ("converted", "disqualified"):
            yield "leads_closed", closer, own, lead.closed_on, 1
        if lead.closed_on and lead.status == "converted":
            yield "leads_converted", closer, own, lead.closed_on, 1
    for activity in Activity.objects.filter(deleted_at=None):
        own = (activity.product_line_id, activity.region_id, activity.customer_type_id)
        if activity.kind == "visit" and activity.is_effective:
            yield "effective_visits", activity.owner_id, own, activity.occurred_on, 1
        if activity.kind == "inquiry":
            yield "inquiries", activity.owner_id, own, activity.occurred_on, 1


def _is_first(deal: Opportunity) -> bool:
    """Whether the deal is the earliest won of its account, looked up afresh."""
    if deal.account_id is None:
        return False
    won = Opportunity.objects.filter(account=deal.account_id, outcome="won", deleted_at=None)
    return won.order_by("closed_on", "pk").first() == deal


def _owner_on(fact, day):
    """Who owned it on a day: the former owner whose days hold it, else the owner of today."""
    held = [each.person_id for each in fact.tenures.all() if day and each.starts_on <= day < each.ends_on]
    assert len(held) <= 1
    return held[0] if held else fact.owner_id


def _parts(fact, own, owner, credits):
    """The amount for the owner of its day, or of a shared fact for everybody credited."""
    if not fact.is_shared:
        yield owner, own, fact.plan_amount_minor
        return
    assert sum(credit.plan_amount_minor for credit in credits) == fact.plan_amount_minor
    for credit in credits:
        yield credit.person_id, (credit.product_line_id, *own[1:]), credit.plan_amount_minor
