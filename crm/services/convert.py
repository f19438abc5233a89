"""A lead becomes an account with a deal, in one transaction."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db import transaction

from common.errors import Conflict, Invalid, NotAllowed, NotFound, gettext_noop
from crm import policies
from crm.models import LOCAL, Account, Lead, LeadStatus, Opportunity, Segment
from crm.services.entry import deal_enter, record_edit
from crm.services.references import own_key
from org.models import User
from org.scope import Scope
from org.services import audit_record


@dataclass(frozen=True)
class Conversion:
    """What a lead becomes: a deal with an account that is there, else with a new one.

    ``key`` is made with the form, so that sent twice counts once; both maps hold fields of the API.
    """

    key: str
    deal: Mapping[str, Any]
    account: Account | None
    new_account: Mapping[str, Any]


@transaction.atomic
def lead_convert(*, pk: int, conversion: Conversion, actor: User, scope: Scope) -> Opportunity:
    """Convert a lead in scope on the scope's day; the new records are its owner's and take its segments.

    A lead that nobody had qualified yet was qualified on that day too. Raises NotFound, NotAllowed, Invalid,
    and Conflict for a lead that is converted already; the same conversion sent again changes nothing.
    """
    leads = Lead.objects.filter(pk=pk, deleted_at=None)
    lead = scope.restrict(leads, "owner").select_for_update(of=("self",), no_key=True).first()
    if lead is None:
        raise NotFound(gettext_noop("There is no such record."))
    if not policies.may_work(scope, lead.owner_id):
        raise NotAllowed(gettext_noop("Records are their owners' and their managers' to change."))
    asker: dict[str, Any] = {"owner": lead.owner, "actor": actor, "scope": scope}
    if lead.status == LeadStatus.CONVERTED:
        done = Opportunity.objects.filter(source=LOCAL, external_id=conversion.key).first()
        if done is None:
            raise Conflict(gettext_noop("This lead is converted already."))
        return done
    if not conversion.account and not conversion.new_account.get("name"):
        raise Invalid(gettext_noop("Choose an account, or name a new one."), field="account")
    known = {"account": own_key(conversion.account.pk)} if conversion.account else {}
    deal = deal_enter(
        key=conversion.key,
        fields={**_segments(lead), **conversion.deal, **known},
        new_account={} if conversion.account else _account(lead, conversion.new_account),
        **asker,
    )
    changes = {
        "status": LeadStatus.CONVERTED.value,
        "closed_on": scope.on.isoformat(),
        "qualified_on": (lead.qualified_on or scope.on).isoformat(),
        "account": own_key(deal.account_id or 0),
    }
    record_edit(resource="leads", pk=lead.pk, changes=changes, seen=lead.updated_at, actor=actor, scope=scope)
    audit_record(
        actor=actor,
        action="crm.lead.convert",
        subject=lead,
        after={"account": str(deal.account), "deal": str(deal)},
    )
    return deal


def _account(lead: Lead, told: Mapping[str, Any]) -> dict[str, Any]:
    """The new account: what the lead knows of it, and over that what was typed."""
    kept = {name: getattr(lead, name) for name in ("phone", "website", "industry")}
    segments = {name: code for name, code in _segments(lead).items() if name != "product_line"}
    return {**kept, **segments, "contact_name": lead.contact_name or lead.name, **told}


def _segments(lead: Lead) -> dict[str, str | None]:
    """The codes of the lead's segments; a placeholder is nothing to hand on."""
    segments: dict[str, Segment] = {
        "product_line": lead.product_line,
        "region": lead.region,
        "customer_type": lead.customer_type,
    }
    return {name: None if each.is_placeholder else each.code for name, each in segments.items()}
