"""What the pages of imports call the fields of records, and how they say what is wrong with a row."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from crm.models import ImportRow

RESOURCES: dict[str, Any] = {
    "opportunities": _("Deals"),
    "accounts": _("Accounts"),
    "leads": _("Leads"),
    "activities": _("Activities"),
    "payments": _("Payments"),
    "products": _("Products"),
}
FIELDS: dict[str, Any] = {
    "external_id": pgettext_lazy("of a record", "Number"),
    "name": _("Name"),
    "account": _("Customer (number or name)"),
    "account_name": _("Customer's name"),
    "list_price": _("List price"),
    "owner": _("Owner (number, e-mail or name)"),
    "owner_from": _("Owner since"),
    "stage": _("Stage"),
    "amount": _("Amount"),
    "currency": _("Currency"),
    "opened_on": _("Opened on"),
    "expected_close_on": _("Expected close"),
    "closed_on": _("Closed on"),
    "loss_reason": _("Loss reason"),
    "product_line": _("Product line"),
    "region": _("Region"),
    "customer_type": _("Customer type"),
    "industry": _("Industry"),
    "employees": _("Employees"),
    "annual_revenue": _("Annual revenue"),
    "country": _("Country"),
    "company_name": _("Company"),
    "contact_name": _("Contact person"),
    "phone": _("Phone"),
    "email": _("E-mail"),
    "website": _("Website"),
    "channel": _("Source channel"),
    "priority": _("Priority"),
    "status": _("Status"),
    "created_on": _("Created on"),
    "qualified_on": _("Qualified on"),
    "kind": _("Kind"),
    "occurred_at": _("Day or time"),
    "is_effective": _("Effective"),
    "subject": _("Subject"),
    "note": _("Note"),
    "opportunity": _("Deal (number)"),
    "lead": _("Lead (number)"),
    "received_on": _("Received on"),
    "product": _("Product (number or name)"),
    "lines": _("Products with amounts (“Fridge × 2: 6,000; Washer: 3,000”)"),
    "splits": _("Shared by (“E1 60 %; E2 40 %”)"),
    "split_1": _("Shared by: first person"),
    "split_1_share": _("Share of the first person"),
    "split_2": _("Shared by: second person"),
    "split_2_share": _("Share of the second person"),
    "split_3": _("Shared by: third person"),
    "split_3_share": _("Share of the third person"),
}


def field_label(name: str) -> str:
    """What a field is called; a part of a field, such as a line's amount, by the field it is in."""
    return str(FIELDS.get(name.partition("[")[0], name))


def told(message: str, params: Mapping[str, Any]) -> str:
    """A stored message in the reader's language."""
    text = gettext(message) if message else ""
    return text % params if params else text


def row_problems(row: ImportRow) -> list[str]:
    """What is wrong with a row: "Amount: “1x” is not an amount."."""
    return [
        f"{field_label(error['field'])}: {told(error['message'], error['params'])}"
        for error in row.errors or ()
    ]
