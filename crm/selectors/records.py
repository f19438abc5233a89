"""Lists and single records of the six kinds, in scope."""

from __future__ import annotations

from typing import Any

from django.db.models import Prefetch, QuerySet

from crm.models import (
    Account,
    Activity,
    CrmRecord,
    Lead,
    Opportunity,
    OpportunityLine,
    OpportunitySplit,
    Payment,
    Product,
)
from org.scope import Scope

_OWNED = ("owner", "product_line", "region", "customer_type")
_MODELS: dict[str, tuple[type[CrmRecord], tuple[str, ...]]] = {
    "products": (Product, ("product_line",)),
    "accounts": (Account, ("owner", "region", "customer_type", "parent", "merged_into")),
    "leads": (Lead, (*_OWNED, "account", "merged_into")),
    "opportunities": (Opportunity, (*_OWNED, "account", "stage")),
    "activities": (Activity, (*_OWNED, "account", "opportunity", "lead")),
    "payments": (Payment, (*_OWNED, "account", "opportunity")),
}


def records_list(resource: str, *, scope: Scope, include_deleted: bool = False) -> QuerySet[Any]:
    """The records of a resource that the scope sees, with all that their shape shows, in a few queries."""
    model, joined = _MODELS[resource]
    rows: QuerySet[Any] = model._default_manager.select_related(*joined)
    if model is Opportunity:
        lines = OpportunityLine.objects.select_related("product", "product_line")
        splits = OpportunitySplit.objects.select_related("person")
        rows = rows.prefetch_related(Prefetch("lines", lines), Prefetch("splits", splits))
    if not include_deleted:
        rows = rows.filter(deleted_at=None)
    return rows if model is Product else scope.restrict(rows, "owner")


def record_get(
    resource: str, *, source: str, external_id: str, scope: Scope, include_deleted: bool = False
) -> Any | None:
    """A record in scope by its key in the source, or None."""
    rows = records_list(resource, scope=scope, include_deleted=include_deleted)
    return rows.filter(source=source, external_id=external_id).first()
