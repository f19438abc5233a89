"""From read values to the columns of a row, a builder a resource; each adds what is wrong to ``errors``."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from common.errors import FieldError, gettext_noop
from common.money import CURRENCY_EXPONENTS
from crm.calc.fields import minor
from crm.calc.keys import contact_keys
from crm.services.references import Errors, References

_CONTACT = ("contact_name", "phone", "website")
Values = Mapping[str, Any]
Line = tuple[int | None, int, Decimal, int]


@dataclass
class Built:
    """A row's own columns, and what hangs on it (deals only).

    A line is (product, product line, quantity, minor units), a split (person, basis points). ``owner_from``
    is the day from which the owner has it, where that is told; not named, it was inherited or is nobody.
    """

    columns: dict[str, Any]
    lines: list[Line] = field(default_factory=list)
    splits: list[tuple[int, int]] = field(default_factory=list)
    owner_from: dt.date | None = None
    is_owner_named: bool = True


def product(values: Values, refs: References, errors: Errors) -> Built:
    """A product; its product line may be new."""
    currency = currency_of(values, refs, errors)
    line = refs.segment("product_line", values["product_line"], errors)
    price = values["list_price"]
    return Built(
        {
            "name": values["name"],
            "product_line_id": line or refs.unspecified["product_line"],
            "list_price_minor": None if price is None else minor(price, currency, "list_price", errors),
            "currency": currency,
        }
    )


def account(values: Values, refs: References, errors: Errors) -> Built:
    """An account; the parent must exist already."""
    currency = currency_of(values, refs, errors)
    owned = refs.owner_and_segments(values, errors)
    parent = refs.link("accounts", values["parent"], "parent", errors)
    revenue = values["annual_revenue"]
    plain = ("name", "industry", "employees", "country", "founded_year", "decision_chain_length", *_CONTACT)
    return Built(
        {name: values[name] for name in plain}
        | contact_keys(values["name"], values["phone"], values["website"])
        | {
            "annual_revenue_minor": None
            if revenue is None
            else minor(revenue, currency, "annual_revenue", errors),
            "currency": currency,
            "region_id": owned["region_id"],
            "customer_type_id": owned["customer_type_id"],
            "owner_id": owned["owner_id"],
            "parent_id": parent.id if parent else None,
        }
    )


def lead(values: Values, refs: References, errors: Errors) -> Built:
    """A lead; the dates must fit its status."""
    of_account = refs.link("accounts", values["account"], "account", errors)
    status = values["status"]
    if status in ("converted", "disqualified") and values["closed_on"] is None:
        message = gettext_noop("A lead that is %(status)s needs the day it was closed.")
        errors.append(FieldError("closed_on", message, "required", {"status": status}))
    if status == "qualified" and values["qualified_on"] is None:
        errors.append(FieldError("qualified_on", gettext_noop("A qualified lead needs its day."), "required"))
    for name in ("qualified_on", "closed_on"):
        if values[name] is not None and values[name] < values["created_on"]:
            message = gettext_noop("This day is before the lead was created.")
            errors.append(FieldError(name, message, "order"))
    plain = (
        "name", "company_name", "channel", "industry", "priority", "status", "created_on", "qualified_on",
        "closed_on", "email", *_CONTACT,
    )  # fmt: skip
    keys = contact_keys(
        values["company_name"] or values["name"], values["phone"], values["website"], values["email"]
    )
    return Built(
        {name: values[name] for name in plain}
        | keys
        | refs.owner_and_segments(values, errors, of_account)
        | {"account_id": of_account.id if of_account else None}
    )


def activity(values: Values, refs: References, errors: Errors) -> Built:
    """An activity, counted on its day in the company's time zone."""
    deal = refs.link("opportunities", values["opportunity"], "opportunity", errors)
    of_lead = refs.link("leads", values["lead"], "lead", errors)
    of_account = refs.link("accounts", values["account"], "account", errors)
    occurred_on = day_of(values["occurred_at"], refs)
    columns = refs.owner_and_segments(values, errors, deal, of_lead, of_account, on=occurred_on) | {
        name: values[name] for name in ("kind", "is_effective", "occurred_at", "subject", "note")
    }
    own_account = of_account.id if of_account else deal.account if deal else None
    return Built(
        columns
        | {
            "occurred_on": occurred_on,
            "account_id": own_account,
            "opportunity_id": deal.id if deal else None,
            "lead_id": of_lead.id if of_lead else None,
        }
    )


def payment(values: Values, refs: References, errors: Errors) -> Built:
    """A payment or, below zero, a refund; credited as its deal is."""
    deal = refs.link("opportunities", values["opportunity"], "opportunity", errors)
    of_account = refs.link("accounts", values["account"], "account", errors)
    currency = currency_of(values, refs, errors)
    amount = minor(values["amount"], currency, "amount", errors)
    owned = refs.owner_and_segments(values, errors, deal, of_account, on=values["received_on"])
    own = deal.ownership if deal else None
    if own is not None and owned["owner_id"] in own.repeated():
        # The source still names who had the deal before it was handed over here.
        owned["owner_id"] = own.owner_on(values["received_on"])
    columns = owned | {
        "opportunity_id": deal.id if deal else None,
        "account_id": of_account.id if of_account else deal.account if deal else None,
        "received_on": values["received_on"],
        "amount_minor": amount,
        "currency": currency,
        "plan_amount_minor": refs.plan_minor(amount, currency, values["received_on"], errors)
        if not errors
        else 0,
    }
    return Built(columns)


def currency_of(values: Values, refs: References, errors: Errors) -> str:
    """The record's currency, or the company's if it names none."""
    currency = values["currency"] or refs.company.currency
    if currency not in CURRENCY_EXPONENTS:
        message = gettext_noop("“%(currency)s” is not a currency code such as CNY.")
        errors.append(FieldError("currency", message, "currency", {"currency": currency}))
        return refs.company.currency
    return str(currency)


def day_of(moment: dt.datetime | None, refs: References) -> dt.date | None:
    """The day of a moment in the company's time zone."""
    return None if moment is None else moment.astimezone(refs.zone).date()
