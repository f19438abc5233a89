"""What the lists of leads and activities show, in a number of queries that doesn't grow with the rows."""

from __future__ import annotations

from typing import TypeVar

from django.db.models import F, Model, OrderBy, Prefetch, QuerySet

from crm.models import Activity, Lead
from org.scope import Scope

M = TypeVar("M", bound=Model)
NEWEST = 20
LEAD_ORDERS = {"changed": "updated_at", "created": "created_on", "name": "name"}
ACTIVITY_ORDERS = {"day": "occurred_at", "changed": "updated_at"}


def lead_list(*, scope: Scope, order: str = "-changed") -> QuerySet[Lead]:
    """The visible leads with what the list shows; ``order`` is one of ``LEAD_ORDERS``, a minus turns it."""
    leads = Lead.objects.filter(deleted_at=None).select_related("owner", "account", "product_line", "region")
    return _ordered(scope.restrict(leads, "owner"), LEAD_ORDERS, order)


def lead_get(pk: int, *, scope: Scope) -> Lead | None:
    """A lead in scope with its newest visible activities; or None."""
    leads = Lead.objects.filter(deleted_at=None).select_related(
        "owner", "account", "product_line", "region", "customer_type"
    )
    activities = scope.restrict(Activity.objects.filter(deleted_at=None), "owner")
    newest = Prefetch(
        "activities", activities.order_by("-occurred_at", "-pk")[:NEWEST], to_attr="newest_activities"
    )
    return scope.restrict(leads, "owner").prefetch_related(newest).filter(pk=pk).first()


def activity_list(*, scope: Scope, order: str = "-day") -> QuerySet[Activity]:
    """The visible activities with what the list shows; ``order`` is one of ``ACTIVITY_ORDERS``."""
    activities = Activity.objects.filter(deleted_at=None).select_related(
        "owner", "account", "opportunity", "lead"
    )
    return _ordered(scope.restrict(activities, "owner"), ACTIVITY_ORDERS, order)


def _ordered(rows: QuerySet[M], orders: dict[str, str], order: str) -> QuerySet[M]:
    is_down = order.startswith("-")
    by = OrderBy(F(orders[order.removeprefix("-")]), descending=is_down)
    return rows.order_by(by, "-pk" if is_down else "pk")
