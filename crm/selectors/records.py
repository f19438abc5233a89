"""Lists and single records of the six kinds, in scope."""

from __future__ import annotations

from typing import Any

from django.db.models import Exists, OuterRef, Prefetch, QuerySet, prefetch_related_objects

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
        rows = rows.prefetch_related(*_parts())
    if not include_deleted:
        rows = rows.filter(deleted_at=None)
    return rows if model is Product else scope.restrict(rows, "owner")


def records_whole(rows: QuerySet[Any]) -> list[Any]:
    """Many rows of a ``records_list`` at once: lines and splits are only fetched for deals that have any.

    Most have none, and an empty prefetch costs as much as the deal itself. They carry ``has_parts``.
    """
    if rows.model is not Opportunity:
        return list(rows)
    deals: list[Any] = list(with_parts(rows.prefetch_related(None)))
    prefetch_related_objects([deal for deal in deals if deal.has_parts], *_parts())
    return deals


def with_parts(deals: QuerySet[Opportunity]) -> QuerySet[Opportunity]:
    """The deals with ``has_parts``: whether lines or splits of them are stored."""
    lines = OpportunityLine.objects.filter(opportunity=OuterRef("pk"))
    splits = OpportunitySplit.objects.filter(opportunity=OuterRef("pk"))
    return deals.annotate(has_parts=Exists(lines) | Exists(splits))


def _parts() -> tuple[Prefetch[Any], Prefetch[Any]]:
    """How a deal's lines and splits are fetched with all that its shape shows of them."""
    lines = OpportunityLine.objects.select_related("product", "product_line")
    return Prefetch("lines", lines), Prefetch("splits", OpportunitySplit.objects.select_related("person"))


def record_get(
    resource: str, *, source: str, external_id: str, scope: Scope, include_deleted: bool = False
) -> Any | None:
    """A record in scope by its key in the source, or None."""
    rows = records_list(resource, scope=scope, include_deleted=include_deleted)
    return rows.filter(source=source, external_id=external_id).first()
