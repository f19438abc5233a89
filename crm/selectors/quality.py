"""What the checks of data quality find in a scope, and what stands on it: one query a kind of record.

A check is a condition (``quality_rules``). The page counts all checks of a kind in one pass over its rows;
the list of a check is the same condition as a filter, so that the two can't disagree.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import astuple, dataclass, replace
from typing import Any

from django.db.models import BooleanField, Case, Count, F, Q, QuerySet, Sum, Value, When

from common.periods import Grain, period_containing
from crm.models import Account, Lead, Opportunity, Outcome, Payment
from crm.selectors.lookalikes import accounts_alike
from crm.selectors.pages import account_list, opportunity_list
from crm.selectors.quality_rules import (
    QualityBasis,
    deal_faults,
    payment_faults,
    stage_steps,
    untouched,
    with_rate_year,
)
from crm.selectors.work import lead_list
from org.scope import Scope
from org.selectors import company_get, company_zone

DEAL_CHECKS = (
    *("no-owner", "owner-left", "overdue", "stale", "negative-age"),
    *("closed-ahead", "stage-jump", "reopened", "no-rate"),
)
PAYMENT_CHECKS = ("payment-without-deal", "payment-no-rate")
ACCOUNT_CHECKS = ("duplicate-account",)
LEAD_CHECKS = ("untouched-lead",)
# Nobody's records are in no subtree: only who sees everything can find them.
COMPANY_CHECKS = frozenset({"no-owner"})
_DEAL_DAYS = ("closed_on", "expected_close_on", "opened_on")


@dataclass(frozen=True)
class Tally:
    """What a check found: records, and what stands on them in minor units of the plan currency.

    ``won_minor`` and ``received_minor`` are of the fiscal year, ``open_minor`` is the pipeline; ``extra``
    are the accounts beyond the first of those that look alike.
    """

    count: int = 0
    won_minor: int = 0
    open_minor: int = 0
    received_minor: int = 0
    extra: int = 0

    def __add__(self, other: Tally) -> Tally:
        pairs = zip(astuple(self), astuple(other), strict=True)
        return Tally(*(mine + theirs for mine, theirs in pairs))


@dataclass(frozen=True)
class Quality:
    """What each check found in a scope; all its deals and payments; the deals with any finding, each once."""

    tallies: Mapping[str, Tally]
    whole: Tally
    doubtful: Tally


def quality_basis(*, scope: Scope, stale_days: int = 30, untouched_days: int = 7) -> QualityBasis:
    """The basis of the scope's day, by the company's fiscal year and plan currency."""
    company = company_get()
    first_month = company.fiscal_year_start_month
    year = period_containing(scope.on, Grain.YEAR, first_month)
    return QualityBasis(
        on=scope.on,
        year=year,
        first_month=first_month,
        currency=company.currency,
        zone=company_zone(company),
        stale_days=stale_days,
        untouched_days=untouched_days,
    )


def quality_checks(*, scope: Scope) -> list[str]:
    """The checks that the scope can make."""
    every = (*DEAL_CHECKS, *PAYMENT_CHECKS, *ACCOUNT_CHECKS, *LEAD_CHECKS)
    return [check for check in every if scope.sees_everything or check not in COMPANY_CHECKS]


def quality_get(basis: QualityBasis, *, scope: Scope) -> Quality:
    """What all checks find in a scope; five queries."""
    deals = _deal_tallies(basis, scope)
    payments = _payment_tallies(basis, scope)
    whole = replace(deals["whole"], received_minor=payments["whole"].received_minor)
    found = deals | payments | _account_tallies(scope) | _lead_tallies(basis, scope)
    tallies = {check: found[check] for check in quality_checks(scope=scope)}
    return Quality(tallies, whole, deals["doubtful"])


def quality_rows(check: str, basis: QualityBasis, *, scope: Scope, order: str = "") -> QuerySet[Any]:
    """The records that a check finds, ready to be listed.

    ``order`` is one of the deals' or the leads' list; payments stand from the newest, accounts beside those
    that they look like.
    """
    if check in DEAL_CHECKS:
        deals = with_rate_year(opportunity_list(scope=scope, order=order or "-amount"), basis, *_DEAL_DAYS)
        return deals.filter(deal_faults(basis, stage_steps())[check])
    if check in LEAD_CHECKS:
        return lead_list(scope=scope, order=order or "created").filter(untouched(basis))
    if check in ACCOUNT_CHECKS:
        return accounts_alike(account_list(scope=scope))
    rows = scope.restrict(Payment.objects.filter(deleted_at=None), "owner")
    rows = with_rate_year(rows, basis, "received_on").filter(payment_faults(basis)[check])
    return rows.select_related("owner", "account").order_by("-received_on", "-pk")


def _deal_tallies(basis: QualityBasis, scope: Scope) -> dict[str, Tally]:
    """Each check of deals, the ``whole`` and the ``doubtful``: one pass, after a query for the stages.

    The deals are grouped by what is wrong with them, so that each condition is asked once a deal.
    """
    faults = deal_faults(basis, stage_steps())
    checks = [check for check in quality_checks(scope=scope) if check in faults]
    won = Q(outcome=Outcome.WON, closed_on__gte=basis.year.start, closed_on__lt=basis.year.end)
    flags = {f"is_{at}": _truth(faults[check]) for at, check in enumerate(checks)}
    flags |= {"is_won": _truth(won), "is_open": _truth(Q(outcome=Outcome.OPEN))}
    rows = scope.restrict(Opportunity.objects.filter(deleted_at=None), "owner")
    groups = with_rate_year(rows, basis, *_DEAL_DAYS).order_by().values(**flags)
    found: dict[str, Tally] = dict.fromkeys((*checks, "whole", "doubtful"), Tally())
    for *wrong, is_won, is_open, count, minor in groups.values_list(
        *flags, Count("pk"), Sum("plan_amount_minor")
    ):
        these = Tally(count, won_minor=minor if is_won else 0, open_minor=minor if is_open else 0)
        hit = [check for check, is_wrong in zip(checks, wrong, strict=True) if is_wrong]
        for name in (*hit, "whole", *(["doubtful"] if hit else [])):
            found[name] += these
    return found


def _payment_tallies(basis: QualityBasis, scope: Scope) -> dict[str, Tally]:
    """Each check of payments and the ``whole``: one pass."""
    rows = scope.restrict(Payment.objects.filter(deleted_at=None), "owner")
    rows = with_rate_year(rows, basis, "received_on")
    faults = payment_faults(basis)
    rows = rows.annotate(
        is_lost=_truth(faults["payment-without-deal"]), is_odd=_truth(faults["payment-no-rate"])
    )
    year = Q(received_on__gte=basis.year.start, received_on__lt=basis.year.end)
    lost, odd = Q(is_lost=True), Q(is_odd=True)
    found = rows.aggregate(
        lost=Count("pk", filter=lost),
        lost_minor=Sum("plan_amount_minor", filter=lost & year, default=0),
        odd=Count("pk", filter=odd),
        odd_minor=Sum("plan_amount_minor", filter=odd & year, default=0),
        minor=Sum("plan_amount_minor", filter=year, default=0),
    )
    return {
        "payment-without-deal": Tally(found["lost"], received_minor=found["lost_minor"]),
        "payment-no-rate": Tally(found["odd"], received_minor=found["odd_minor"]),
        "whole": Tally(received_minor=found["minor"]),
    }


def _account_tallies(scope: Scope) -> dict[str, Tally]:
    """The accounts that look like another one, and how many of them are too many: one query."""
    rows = accounts_alike(scope.restrict(Account.objects.filter(deleted_at=None), "owner")).order_by()
    found = rows.aggregate(count=Count("pk"), extra=Count("pk", filter=Q(first_alike__lt=F("pk"))))
    return {"duplicate-account": Tally(found["count"], extra=found["extra"])}


def _lead_tallies(basis: QualityBasis, scope: Scope) -> dict[str, Tally]:
    """The leads nobody has touched: one query."""
    leads = scope.restrict(Lead.objects.filter(deleted_at=None), "owner")
    return {"untouched-lead": Tally(leads.filter(untouched(basis)).count())}


def _truth(fault: Q) -> Case:
    """A condition as a column: only true or false, whatever NULL says."""
    return Case(When(fault, then=Value(True)), default=Value(False), output_field=BooleanField())
