"""On the pages of records and people: the way to hand over, and who had it when."""

from __future__ import annotations

from typing import Any

from django import template
from django.urls import reverse

from crm import policies
from crm.models import Account, Lead, Opportunity
from crm.selectors.handover import Record, leavers, tenures_of
from crm.selectors.quality import quality_basis, quality_rows
from org.models import Person

register = template.Library()
_ROUTES = {
    Opportunity: "crm:hand_over_deal",
    Lead: "crm:hand_over_lead",
    Account: "crm:hand_over_account",
    Person: "crm:hand_over_book",
}


@register.inclusion_tag("crm/_hand_over_link.html", takes_context=True)
def hand_over_link(context: Any, subject: Record | Person) -> dict[str, Any]:
    """A button to hand this over, for who may: ``{% hand_over_link deal %}``."""
    scope = context["request"].row_scope
    giver = subject.pk if isinstance(subject, Person) else subject.owner_id
    may = policies.may_hand_over(scope, {giver})
    return {"url": reverse(_ROUTES[type(subject)], args=[subject.pk]) if may else ""}


@register.inclusion_tag("crm/_tenures.html")
def ownership_history(record: Record) -> dict[str, Any]:
    """A card of who owned this record until when, where it was ever handed over."""
    return {"record": record, "tenures": tenures_of(record)}


@register.inclusion_tag("crm/_leavers.html", takes_context=True)
def leavers_books(context: Any, check: str) -> dict[str, Any]:
    """Whose books wait to be handed over, on the list of open deals of people who left."""
    if check != "owner-left":
        return {"people": []}
    scope = context["request"].row_scope
    basis = quality_basis(scope=scope)
    deals = quality_rows(check, basis, scope=scope)
    return {"people": leavers(deals, scope=scope), "currency": basis.currency}
