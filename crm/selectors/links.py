"""Which deals and accounts of a list somebody may open, so that only those are links."""

from __future__ import annotations

from collections.abc import Collection

from crm.models import Account, Opportunity, OpportunitySplit, Payment
from org.scope import Scope


def opportunities_visible(ids: Collection[int], *, scope: Scope) -> set[int]:
    """Those of the deals that ``opportunity_get`` finds in the scope; two queries, none for no ids."""
    if not ids:
        return set()
    deals = Opportunity.objects.filter(deleted_at=None, pk__in=ids)
    seen = set(scope.restrict(deals, "owner").values_list("pk", flat=True))
    splits = OpportunitySplit.objects.filter(opportunity__in=deals)
    return seen | set(scope.restrict(splits, "person").values_list("opportunity_id", flat=True))


def accounts_visible(ids: Collection[int], *, scope: Scope) -> set[int]:
    """Those of the accounts that ``account_get`` finds in the scope; one query, none for no ids."""
    if not ids:
        return set()
    accounts = Account.objects.filter(deleted_at=None, pk__in=ids)
    return set(scope.restrict(accounts, "owner").values_list("pk", flat=True))


def payments_visible(ids: Collection[int], *, scope: Scope) -> set[int]:
    """Those of the payments that ``payment_get`` finds in the scope; one query, none for no ids."""
    if not ids:
        return set()
    payments = Payment.objects.filter(deleted_at=None, pk__in=ids)
    return set(scope.restrict(payments, "owner").values_list("pk", flat=True))
