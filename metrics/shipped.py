"""The metrics every company starts with, as data; names and definitions are in the catalogue.

Made once by migration 0003; an admin may change them later. Every amount and count metric is counted,
whether active or not: ``is_active`` says that it is offered on screen.
"""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_noop as _

WON = {"field": "outcome", "op": "exact", "value": "won"}
FIRST = {"field": "is_first_won", "op": "exact", "value": True}
REPEAT = {"field": "is_first_won", "op": "exact", "value": False}
DEALS = {"source": "opportunities", "date_field": "closed_on"}
AMOUNT = {"kind": "amount", "unit": "currency"}
COUNT = {"kind": "count", "unit": "number"}

# In the order of the screen. Ratios name their parts by code and follow them.
SHIPPED: tuple[dict[str, Any], ...] = (
    {
        "code": "sales",
        "name": _("Sales"),
        "description": _("Amount of the deals won, on the day they were closed, at the plan rate."),
        "nature": "result",
        **AMOUNT,
        **DEALS,
        "filters": [WON],
    },
    {
        "code": "new_customer_sales",
        "name": _("New-customer sales"),
        "description": _("Amount of each customer's first won deal."),
        "nature": "result",
        **AMOUNT,
        **DEALS,
        "filters": [WON, FIRST],
    },
    {
        "code": "repeat_sales",
        "name": _("Repeat sales"),
        "description": _("Amount of the deals won with customers who had bought before."),
        "nature": "result",
        **AMOUNT,
        **DEALS,
        "filters": [WON, REPEAT],
    },
    {
        "code": "collections",
        "name": _("Collections"),
        "description": _("Payments received less refunds, on the day of the payment, at the plan rate."),
        "nature": "result",
        **AMOUNT,
        "source": "payments",
        "date_field": "received_on",
        "filters": [],
    },
    {
        "code": "deals_won",
        "name": _("Deals won"),
        "description": _("Number of deals won, counted for their owner on the day they were closed."),
        "nature": "result",
        **COUNT,
        **DEALS,
        "filters": [WON],
    },
    {
        "code": "deals_closed",
        "name": _("Deals closed"),
        "description": _("Number of deals won or lost, counted on the day they were closed."),
        "nature": "process",
        **COUNT,
        **DEALS,
        "filters": [{"field": "outcome", "op": "in", "value": ["won", "lost"]}],
        "is_active": False,
    },
    {
        "code": "new_customers",
        "name": _("New customers"),
        "description": _("Number of customers whose first deal was won on that day."),
        "nature": "result",
        **COUNT,
        **DEALS,
        "filters": [WON, FIRST],
    },
    {
        "code": "leads",
        "name": _("Leads"),
        "description": _("Number of leads created."),
        "nature": "process",
        **COUNT,
        "source": "leads",
        "date_field": "created_on",
        "filters": [],
    },
    {
        "code": "qualified_leads",
        "name": _("Qualified leads"),
        "description": _("Number of leads qualified, on the day they were."),
        "nature": "process",
        **COUNT,
        "source": "leads",
        "date_field": "qualified_on",
        "filters": [],
    },
    {
        "code": "leads_closed",
        "name": _("Leads closed"),
        "description": _("Number of leads converted or disqualified, on the day they were."),
        "nature": "process",
        **COUNT,
        "source": "leads",
        "date_field": "closed_on",
        "filters": [{"field": "status", "op": "in", "value": ["converted", "disqualified"]}],
        "is_active": False,
    },
    {
        "code": "leads_converted",
        "name": _("Leads converted"),
        "description": _("Number of leads that became a deal, on the day they did."),
        "nature": "process",
        **COUNT,
        "source": "leads",
        "date_field": "closed_on",
        "filters": [{"field": "status", "op": "exact", "value": "converted"}],
        "is_active": False,
    },
    {
        "code": "quotes",
        "name": _("Quotes"),
        "description": _("Number of quotes sent."),
        "nature": "process",
        **COUNT,
        "source": "opportunities",
        "date_field": "quote_sent_on",
        "filters": [],
    },
    {
        "code": "effective_visits",
        "name": _("Effective visits"),
        "description": _("Number of visits marked as effective."),
        "nature": "process",
        **COUNT,
        "source": "activities",
        "date_field": "occurred_on",
        "filters": [
            {"field": "kind", "op": "exact", "value": "visit"},
            {"field": "is_effective", "op": "exact", "value": True},
        ],
    },
    {
        "code": "inquiries",
        "name": _("Inquiries"),
        "description": _("Number of inquiries by customers."),
        "nature": "process",
        **COUNT,
        "source": "activities",
        "date_field": "occurred_on",
        "filters": [{"field": "kind", "op": "exact", "value": "inquiry"}],
    },
    {
        "code": "collection_rate",
        "name": _("Collection rate"),
        "description": _("Collections as a share of sales, both of the same days."),
        "nature": "result",
        "kind": "ratio",
        "unit": "percent",
        "numerator": "collections",
        "denominator": "sales",
    },
    {
        "code": "average_order_value",
        "name": _("Average order value"),
        "description": _("Sales per deal won."),
        "nature": "result",
        "kind": "ratio",
        "unit": "currency",
        "numerator": "sales",
        "denominator": "deals_won",
    },
    {
        "code": "win_rate",
        "name": _("Win rate"),
        "description": _("Deals won as a share of the deals won or lost."),
        "nature": "result",
        "kind": "ratio",
        "unit": "percent",
        "numerator": "deals_won",
        "denominator": "deals_closed",
    },
    {
        "code": "lead_conversion_rate",
        "name": _("Lead conversion rate"),
        "description": _("Leads converted as a share of the leads converted or disqualified."),
        "nature": "result",
        "kind": "ratio",
        "unit": "percent",
        "numerator": "leads_converted",
        "denominator": "leads_closed",
    },
)
