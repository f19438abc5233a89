"""What one salesperson has on the table: open deals, new leads; read in one query each."""

from __future__ import annotations

import datetime as dt

from django.db.models import F

from crm.models import Lead, LeadStatus, Opportunity, Outcome
from org.models import Person
from org.scope import Scope

MOST = 500


def open_deals(person: Person, *, scope: Scope) -> list[Opportunity]:
    """The visible open deals of a person, the soonest expected first, at most 500; one query.

    Those expected on no day come last, whatever the database thinks of NULL.
    """
    deals = Opportunity.objects.filter(deleted_at=None, owner=person, outcome=Outcome.OPEN)
    deals = scope.restrict(deals, "owner").select_related("account", "stage")
    return list(
        deals.order_by(F("expected_close_on").asc(nulls_last=True), "-plan_amount_minor", "pk")[:MOST]
    )


def new_leads(person: Person, *, scope: Scope, before: dt.date) -> list[Lead]:
    """The visible leads of a person that nobody has touched since ``before``, the oldest first; one query."""
    leads = Lead.objects.filter(deleted_at=None, owner=person, status=LeadStatus.NEW, created_on__lt=before)
    return list(scope.restrict(leads, "owner").order_by("created_on", "pk")[:MOST])
