"""What the pages of deals and accounts show, in a number of queries that doesn't grow with the rows."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Count, F, OrderBy, Prefetch, Q, QuerySet, Sum
from django.db.models.functions import Coalesce

from crm.models import (
    Account,
    Activity,
    Opportunity,
    OpportunityCredit,
    OpportunityLine,
    OpportunitySplit,
    Payment,
    StageChange,
)
from org.scope import Scope

_NEWEST_ACTIVITIES = 20
# Amounts in several currencies compare at the plan rate.
DEAL_ORDERS: dict[str, F | Coalesce] = {
    "changed": F("updated_at"),
    "amount": F("plan_amount_minor"),
    "day": Coalesce("closed_on", "expected_close_on"),
}


def opportunity_list(*, scope: Scope, order: str = "-changed") -> QuerySet[Opportunity]:
    """The visible deals with what the list shows; the last changed first (an index serves that order).

    ``order`` is one of ``DEAL_ORDERS``, with a minus from the top down; who has no such day comes last.
    """
    deals = Opportunity.objects.filter(deleted_at=None).select_related(
        "owner", "account", "stage", "product_line", "region"
    )
    by, is_down = DEAL_ORDERS[order.removeprefix("-")], order.startswith("-")
    last = True if order.endswith("day") else None
    return scope.restrict(deals, "owner").order_by(
        OrderBy(by, descending=is_down, nulls_last=last), "-pk" if is_down else "pk"
    )


def opportunity_get(pk: int, *, scope: Scope) -> Opportunity | None:
    """A deal in scope with its history, lines, splits, credits, payments and newest activities; or None.

    Who has a part in a deal sees it as its owner does.
    """
    deals = Opportunity.objects.filter(deleted_at=None).select_related(
        "owner", "account", "stage", "product_line", "region", "customer_type"
    )
    credited = scope.restrict(OpportunitySplit.objects.filter(opportunity=pk), "person")
    mine = scope.restrict(deals, "owner")
    seen = deals.filter(pk__in=mine.values("pk")) | deals.filter(pk__in=credited.values("opportunity"))
    payments = Payment.objects.filter(deleted_at=None).order_by("received_on", "pk")
    activities = Activity.objects.filter(deleted_at=None).order_by("-occurred_at", "-pk")
    return (
        seen.prefetch_related(
            Prefetch(
                "stage_changes", StageChange.objects.select_related("from_stage", "to_stage").order_by("pk")
            ),
            Prefetch("lines", OpportunityLine.objects.select_related("product", "product_line")),
            Prefetch("splits", OpportunitySplit.objects.select_related("person")),
            Prefetch(
                "credits",
                OpportunityCredit.objects.select_related("person", "product_line").order_by("pk"),
            ),
            Prefetch("payments", payments),
            Prefetch("activities", activities[:_NEWEST_ACTIVITIES], to_attr="newest_activities"),
        )
        .filter(pk=pk)
        .first()
    )


@dataclass(frozen=True)
class AccountPage:
    """An account with the visible deals of it; amounts are in minor units of the plan currency."""

    account: Account
    won_minor: int
    won_count: int
    open_minor: int
    open_count: int


def account_list(*, scope: Scope) -> QuerySet[Account]:
    """The visible accounts by name."""
    accounts = Account.objects.filter(deleted_at=None).select_related("owner", "region", "customer_type")
    return scope.restrict(accounts, "owner").order_by("name", "pk")


def account_get(pk: int, *, scope: Scope) -> AccountPage | None:
    """An account in scope with the sums of its visible deals, or None."""
    accounts = Account.objects.filter(deleted_at=None).select_related(
        "owner", "region", "customer_type", "parent"
    )
    account = scope.restrict(accounts, "owner").filter(pk=pk).first()
    if account is None:
        return None
    won, open_ = Q(outcome="won"), Q(outcome="open")
    sums = scope.restrict(account.opportunities.filter(deleted_at=None), "owner").aggregate(
        won_minor=Sum("plan_amount_minor", filter=won, default=0),
        won_count=Count("pk", filter=won),
        open_minor=Sum("plan_amount_minor", filter=open_, default=0),
        open_count=Count("pk", filter=open_),
    )
    return AccountPage(account, **sums)
