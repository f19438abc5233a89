"""From read values to the columns of a row, a builder a resource; each adds what is wrong to ``errors``."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import Any

from common.errors import FieldError, gettext_noop
from common.money import CURRENCY_EXPONENTS
from crm.calc.fields import LINE, SPLIT, minor, read_parts
from crm.models import LeadStatus, Outcome
from crm.services.references import Errors, References

Values = Mapping[str, Any]


@dataclass
class Built:
    """A row's own columns, and what hangs on it (deals only)."""

    columns: dict[str, Any]
    lines: list[tuple[int | None, int, Decimal, int]] = field(default_factory=list)
    splits: list[tuple[int, int]] = field(default_factory=list)
    account: int | None = None


def product(values: Values, refs: References, errors: Errors) -> Built:
    """A product; its product line may be new."""
    currency = _currency(values, refs, errors)
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
    currency = _currency(values, refs, errors)
    owned = refs.owner_and_segments(values, errors)
    parent = refs.link("accounts", values["parent"], "parent", errors)
    revenue = values["annual_revenue"]
    plain = ("name", "industry", "employees", "country", "founded_year", "decision_chain_length")
    return Built(
        {name: values[name] for name in plain}
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
    if status in (LeadStatus.CONVERTED, LeadStatus.DISQUALIFIED) and values["closed_on"] is None:
        message = gettext_noop("A lead that is %(status)s needs the day it was closed.")
        errors.append(FieldError("closed_on", message, "required", {"status": status}))
    if status == LeadStatus.QUALIFIED and values["qualified_on"] is None:
        errors.append(FieldError("qualified_on", gettext_noop("A qualified lead needs its day."), "required"))
    for name in ("qualified_on", "closed_on"):
        if values[name] is not None and values[name] < values["created_on"]:
            message = gettext_noop("This day is before the lead was created.")
            errors.append(FieldError(name, message, "order"))
    plain = (
        "name", "company_name", "channel", "industry", "priority", "status", "created_on", "qualified_on",
        "closed_on",
    )  # fmt: skip
    return Built(
        {name: values[name] for name in plain}
        | refs.owner_and_segments(values, errors, of_account)
        | {"account_id": of_account.id if of_account else None}
    )


def opportunity(values: Values, refs: References, errors: Errors) -> Built:
    """A deal with its lines and splits; a closed stage needs the day, an open one may not have it."""
    of_account = refs.link("accounts", values["account"], "account", errors)
    of_product = refs.link("products", values["product"], "product", errors)
    stage = refs.stages.get(values["stage"].lower())
    if stage is None:
        message = gettext_noop("“%(code)s” is not one of: %(known)s.")
        params = {"code": values["stage"], "known": ", ".join(refs.stages)}
        errors.append(FieldError("stage", message, "choice", params))
    outcome = stage.outcome if stage else Outcome.OPEN
    closed_on = values["closed_on"]
    if outcome != Outcome.OPEN and closed_on is None:
        errors.append(
            FieldError("closed_on", gettext_noop("A closed deal needs the day it closed."), "required")
        )
    if outcome == Outcome.OPEN and closed_on is not None and stage:
        message = gettext_noop("An open deal has no closing day; choose a closed stage or leave it out.")
        errors.append(FieldError("closed_on", message, "open"))
    currency = _currency(values, refs, errors)
    amount = minor(values["amount"], currency, "amount", errors)
    lines = _lines(values, refs, errors, currency, amount, of_product)
    owned = refs.owner_and_segments(values, errors, _as_link(lines), of_product, of_account)
    splits = _splits(values, refs, errors)
    counted_on = closed_on or values["expected_close_on"] or values["opened_on"] or refs.today
    quote_sent_at = values["quote_sent_at"]
    columns = owned | {
        "name": values["name"],
        "account_id": of_account.id if of_account else None,
        "stage_id": stage.pk if stage else 0,
        "outcome": outcome,
        "amount_minor": amount,
        "currency": currency,
        "plan_amount_minor": refs.plan_minor(amount, currency, counted_on, errors) if not errors else 0,
        "opened_on": values["opened_on"],
        "expected_close_on": values["expected_close_on"],
        "closed_on": closed_on,
        "quote_sent_at": quote_sent_at,
        "quote_sent_on": _day_of(quote_sent_at, refs),
        "quote_viewed_at": values["quote_viewed_at"],
        "loss_reason": values["loss_reason"],
        "is_shared": len({line[1] for line in lines}) > 1
        or bool(splits and splits != [(owned["owner_id"], 10_000)])
        or (bool(lines) and lines[0][1] != owned["product_line_id"]),
    }
    return Built(columns, lines, splits)


def activity(values: Values, refs: References, errors: Errors) -> Built:
    """An activity, counted on its day in the company's time zone."""
    deal = refs.link("opportunities", values["opportunity"], "opportunity", errors)
    of_lead = refs.link("leads", values["lead"], "lead", errors)
    of_account = refs.link("accounts", values["account"], "account", errors)
    columns = refs.owner_and_segments(values, errors, deal, of_lead, of_account) | {
        name: values[name] for name in ("kind", "is_effective", "occurred_at", "subject", "note")
    }
    own_account = of_account.id if of_account else deal.account if deal else None
    return Built(
        columns
        | {
            "occurred_on": _day_of(values["occurred_at"], refs),
            "account_id": own_account,
            "opportunity_id": deal.id if deal else None,
            "lead_id": of_lead.id if of_lead else None,
        }
    )


def payment(values: Values, refs: References, errors: Errors) -> Built:
    """A payment or, below zero, a refund; credited as its deal is."""
    deal = refs.link("opportunities", values["opportunity"], "opportunity", errors)
    of_account = refs.link("accounts", values["account"], "account", errors)
    currency = _currency(values, refs, errors)
    amount = minor(values["amount"], currency, "amount", errors)
    columns = refs.owner_and_segments(values, errors, deal, of_account) | {
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


BUILDERS = {
    "products": product,
    "accounts": account,
    "leads": lead,
    "opportunities": opportunity,
    "activities": activity,
    "payments": payment,
}


def _currency(values: Values, refs: References, errors: Errors) -> str:
    currency = values["currency"] or refs.company.currency
    if currency not in CURRENCY_EXPONENTS:
        message = gettext_noop("“%(currency)s” is not a currency code such as CNY.")
        errors.append(FieldError("currency", message, "currency", {"currency": currency}))
        return refs.company.currency
    return str(currency)


def _day_of(moment: dt.datetime | None, refs: References) -> dt.date | None:
    return None if moment is None else moment.astimezone(refs.zone).date()


def _lines(
    values: Values, refs: References, errors: Errors, currency: str, amount: int, of_product: Any
) -> list[tuple[int | None, int, Decimal, int]]:
    """(product, product line, quantity, minor units) of each line; a single product makes a single line."""
    if not values["lines"]:
        if of_product is None:
            return []
        own = refs.segment("product_line", values["product_line"], errors)
        line = own or of_product.product_line or refs.unspecified["product_line"]
        return [(of_product.id, line, Decimal(1), amount)]
    lines = []
    before = len(errors)
    for at, part in enumerate(read_parts(LINE, values["lines"], "lines", errors)):
        if len(errors) > before:
            return []
        name = f"lines[{at}]"
        of_line = refs.link("products", part["product"], f"{name}.product", errors)
        line = refs.segment("product_line", part["product_line"], errors)
        line = line or (of_line.product_line if of_line else None) or refs.unspecified["product_line"]
        quantity = _quantity(part["quantity"], f"{name}.quantity", errors)
        cents = minor(part["amount"], currency, f"{name}.amount", errors)
        lines.append((of_line.id if of_line else None, line, quantity, cents))
    total = sum(line[3] for line in lines)
    if len(errors) == before and total != amount:
        message = gettext_noop("The lines sum to %(lines)s minor units, the amount is %(amount)s.")
        errors.append(FieldError("lines", message, "sum", {"lines": total, "amount": amount}))
    return lines


def _quantity(raw: Any, name: str, errors: Errors) -> Decimal:
    try:
        quantity = Decimal(str(raw)).quantize(Decimal("0.001"))
        if abs(quantity) < 10**11:
            return quantity
    except InvalidOperation:
        pass
    errors.append(FieldError(name, gettext_noop("This is not a quantity."), "quantity"))
    return Decimal(1)


def _splits(values: Values, refs: References, errors: Errors) -> list[tuple[int, int]]:
    """(person, basis points), summing to the whole; empty when the owner has it all."""
    before = len(errors)
    splits = []
    for at, part in enumerate(read_parts(SPLIT, values["splits"], "splits", errors)):
        if len(errors) > before:
            return []
        person = refs.person(part["person"], f"splits[{at}].person", errors)
        splits.append((person or 0, part["share_bp"]))
    if len(errors) > before or not splits:
        return []
    if len({person for person, _bp in splits}) < len(splits):
        errors.append(FieldError("splits", gettext_noop("A person stands here twice."), "twice"))
    total = sum(bp for _person, bp in splits)
    if total != 10_000:
        message = gettext_noop("The shares sum to %(total)s basis points instead of 10000.")
        errors.append(FieldError("splits", message, "shares", {"total": total}))
    return splits


def _as_link(lines: list[tuple[int | None, int, Decimal, int]]) -> Any:
    """The product line of the largest line, for a deal that names none itself."""
    if not lines:
        return None
    largest = max(lines, key=lambda line: abs(line[3]))
    return _LineOnly(largest[1])


@dataclass(frozen=True)
class _LineOnly:
    product_line: int
    owner: None = None
    region: None = None
    customer_type: None = None
