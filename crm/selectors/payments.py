"""What the pages of payments show, in a number of queries that doesn't grow with the rows."""

from __future__ import annotations

from django.db.models import F, OrderBy, Prefetch, QuerySet

from crm.models import Payment, PaymentCredit
from org.scope import Scope

# Amounts in several currencies compare at the plan rate.
PAYMENT_ORDERS = {"day": "received_on", "amount": "plan_amount_minor", "changed": "updated_at"}


def payment_list(*, scope: Scope, order: str = "-day") -> QuerySet[Payment]:
    """The visible payments with what the list shows; ``order`` as in ``PAYMENT_ORDERS``, a minus turns it."""
    payments = Payment.objects.filter(deleted_at=None).select_related("owner", "account", "opportunity")
    is_down = order.startswith("-")
    by = OrderBy(F(PAYMENT_ORDERS[order.removeprefix("-")]), descending=is_down)
    return scope.restrict(payments, "owner").order_by(by, "-pk" if is_down else "pk")


def payment_get(pk: int, *, scope: Scope) -> Payment | None:
    """A payment in scope with who is credited for it, or None."""
    credits = PaymentCredit.objects.select_related("person", "product_line").order_by("pk")
    payments = payment_list(scope=scope).select_related("product_line", "region", "customer_type")
    return payments.prefetch_related(Prefetch("credits", credits)).filter(pk=pk).first()
