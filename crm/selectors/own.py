"""What one salesperson has on the table: open deals, leads and next steps that wait; one query each."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from django.db.models import BigIntegerField, CharField, F, QuerySet, Value
from django.db.models.functions import Coalesce, NullIf

from crm.models import FollowUp, Lead, LeadStatus, Opportunity, Outcome
from org.models import Assignment, AssignmentKind, Person, UnitClosure
from org.scope import Scope

MOST = 500


@dataclass(frozen=True)
class DueStep:
    """A next step that is due, and the deal or account it is about."""

    name: str
    on: dt.date
    step: str
    opportunity_id: int | None
    account_id: int | None


@dataclass(frozen=True)
class WaitingLead:
    """A lead that nobody has touched yet."""

    name: str
    on: dt.date


def open_deals(person: Person, *, scope: Scope) -> list[Opportunity]:
    """The visible open deals of a person, the soonest expected first, at most 500; one query.

    Those expected on no day come last, whatever the database thinks of NULL.
    """
    deals = Opportunity.objects.filter(deleted_at=None, owner=person, outcome=Outcome.OPEN)
    deals = scope.restrict(deals, "owner").select_related("account", "stage")
    return list(
        deals.order_by(F("expected_close_on").asc(nulls_last=True), "-plan_amount_minor", "pk")[:MOST]
    )


def waiting(
    person: Person, *, scope: Scope, leads_before: dt.date
) -> tuple[list[DueStep], list[WaitingLead]]:
    """A person's next steps due by the scope's day, and their leads untouched since before ``leads_before``.

    Of what is visible, the oldest first, at most 500 together; one query for both.
    """
    leads = Lead.objects.filter(
        deleted_at=None, owner=person, status=LeadStatus.NEW, created_on__lt=leads_before
    )
    company = Coalesce(NullIf("company_name", Value("")), "name")
    none = Value(None, output_field=BigIntegerField())
    rows = _rows(scope.restrict(leads, "owner"), company, "created_on", Value(""), none, none)
    steps = _rows(
        _steps(person, scope),
        Coalesce("opportunity__account__name", "account__name", "opportunity__name"),
        "next_step_on",
        F("next_step"),
        F("opportunity"),
        F("account"),
    )
    found = list(steps.union(rows, all=True).order_by("on", "row")[:MOST])
    return (
        [DueStep(*row[1:]) for row in found if row[3]],
        [WaitingLead(*row[1:3]) for row in found if not row[3]],
    )


def _steps(person: Person, scope: Scope) -> QuerySet[FollowUp]:
    """What the person shall do by the scope's day about deals and accounts that are there and visible."""
    due = FollowUp.objects.filter(person=person, done_at=None, next_step_on__lte=scope.on)
    of_deals = scope.restrict(
        due.filter(opportunity__isnull=False, opportunity__deleted_at=None), "opportunity__owner"
    )
    of_accounts = scope.restrict(
        due.filter(account__isnull=False, account__deleted_at=None), "account__owner"
    )
    return of_deals | of_accounts


def _rows(rows: QuerySet[Any], name: Any, on: str, step: Any, deal: Any, account: Any) -> QuerySet[Any, Any]:
    """What waits as (row, name, on, step, deal, account): the same shape of whatever it is."""
    text = CharField()
    named: QuerySet[Any, Any] = rows.order_by().annotate(
        row=F("pk"), shown=Coalesce(name, Value(""), output_field=text), on=F(on), step=step
    )
    shape = ("row", "shown", "on", "step", "of_deal", "of_account")
    shaped: QuerySet[Any, Any] = named.annotate(of_deal=deal, of_account=account).values_list(*shape)
    return shaped


def led_among(scope: Scope, people: Collection[int]) -> set[int]:
    """Those of the people who are now in a unit that the scope's person manages, or below one; one query."""
    return set(led_people(scope).filter(person__in=people))


def led_people(scope: Scope) -> QuerySet[Assignment, int]:
    """The ids of everybody now in a unit that the scope's person manages, or below one."""
    now = {"starts_on__lte": scope.on, "ends_on__gt": scope.on}
    managed = Assignment.objects.filter(person=scope.person_id, kind=AssignmentKind.MANAGER, **now)
    below = UnitClosure.objects.filter(ancestor__in=managed.values("unit")).values("descendant")
    return Assignment.objects.filter(unit__in=below, **now).values_list("person", flat=True)
