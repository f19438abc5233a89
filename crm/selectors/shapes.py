"""Records as the API shows them, with the field names it takes: what is read may be sent again.

Amounts are decimal texts, people employee numbers, records external ids, segments codes; a placeholder
("No owner", "Unspecified") is null.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from common.money import decimal_string
from crm.models import (
    Account,
    Activity,
    CrmRecord,
    Lead,
    Opportunity,
    OpportunityLine,
    OpportunitySplit,
    OwnedFact,
    Payment,
    Product,
    Segment,
)
from org.calc.credit import BEGINNING
from org.models import Person

Shape = dict[str, Any]
# Told, but not taken: a record that was read may be sent back with them.
READ_ONLY = ("source", "outcome", "is_first_won", "merged_into", "updated_at", "deleted")


def record_shape(row: CrmRecord) -> Shape:
    """Any of the six kinds of records; reads no further row if it came from ``records_list``."""
    head = {"source": row.source, "external_id": row.external_id}
    tail: Shape = {
        "recorded_at": _moment(row.recorded_at),
        "updated_at": _moment(row.updated_at),
        "deleted": row.deleted_at is not None,
    }
    if isinstance(row, Account | Lead):
        tail["merged_into"] = _address(row.merged_into)
    return head | _SHAPES[type(row)](row) | tail


def _product(row: Product) -> Shape:
    return {
        "name": row.name,
        "product_line": _code(row.product_line),
        "list_price": _amount(row.list_price_minor, row.currency),
        "currency": row.currency,
    }


def _account(row: Account) -> Shape:
    return {
        "name": row.name,
        "industry": row.industry,
        "employees": row.employees,
        "annual_revenue": _amount(row.annual_revenue_minor, row.currency),
        "currency": row.currency,
        "country": row.country,
        "founded_year": row.founded_year,
        "decision_chain_length": row.decision_chain_length,
        "region": _code(row.region),
        "customer_type": _code(row.customer_type),
        "owner": _number(row.owner),
        "owner_from": _since(row),
        "parent": _key(row.parent),
        **_contact(row),
    }


def _contact(row: Account | Lead) -> Shape:
    return {"contact_name": row.contact_name, "phone": row.phone, "website": row.website}


def _owned(row: OwnedFact) -> Shape:
    return {
        "owner": _number(row.owner),
        "product_line": _code(row.product_line),
        "region": _code(row.region),
        "customer_type": _code(row.customer_type),
    }


def _lead(row: Lead) -> Shape:
    return {
        "name": row.name,
        "company_name": row.company_name,
        "channel": row.channel,
        "industry": row.industry,
        "priority": row.priority,
        "status": row.status,
        "account": _key(row.account),
        "created_on": _day(row.created_on),
        "qualified_on": _day(row.qualified_on),
        "closed_on": _day(row.closed_on),
        "email": row.email,
        **_contact(row),
        **_owned(row),
        "owner_from": _since(row),
    }


def _opportunity(row: Opportunity) -> Shape:
    products, shares = _parts(row)
    lines = [
        {
            "product": _key(line.product),
            "product_line": _code(line.product_line),
            "quantity": f"{line.quantity.normalize():f}",
            "amount": decimal_string(line.amount_minor, row.currency),
        }
        for line in products
    ]
    splits = [{"person": split.person.employee_number, "share_bp": split.share_bp} for split in shares]
    return {
        "name": row.name,
        "account": _key(row.account),
        "stage": row.stage.code,
        "outcome": row.outcome,
        "amount": decimal_string(row.amount_minor, row.currency),
        "currency": row.currency,
        "opened_on": _day(row.opened_on),
        "expected_close_on": _day(row.expected_close_on),
        "closed_on": _day(row.closed_on),
        "quote_sent_at": _moment(row.quote_sent_at),
        "quote_viewed_at": _moment(row.quote_viewed_at),
        "loss_reason": row.loss_reason,
        "is_first_won": row.is_first_won,
        **_owned(row),
        "owner_from": _since(row),
        "product": _only_product(products),
        "lines": lines,
        "splits": splits,
    }


def _parts(row: Opportunity) -> tuple[list[OpportunityLine], list[OpportunitySplit]]:
    """A deal's lines and splits; one that is known to have none (``with_parts``) isn't asked."""
    if not getattr(row, "has_parts", True):
        return [], []
    return list(row.lines.all()), list(row.splits.all())


def _only_product(lines: list[OpportunityLine]) -> str | None:
    """The product of a deal of one piece of one product."""
    if len(lines) == 1 and lines[0].quantity == Decimal(1):
        return _key(lines[0].product)
    return None


def _activity(row: Activity) -> Shape:
    return {
        "kind": row.kind,
        "is_effective": row.is_effective,
        "occurred_at": _moment(row.occurred_at),
        "subject": row.subject,
        "note": row.note,
        "account": _key(row.account),
        "opportunity": _key(row.opportunity),
        "lead": _key(row.lead),
        **_owned(row),
    }


def _payment(row: Payment) -> Shape:
    return {
        "opportunity": _key(row.opportunity),
        "account": _key(row.account),
        "received_on": _day(row.received_on),
        "amount": decimal_string(row.amount_minor, row.currency),
        "currency": row.currency,
        **_owned(row),
    }


_SHAPES: dict[type[CrmRecord], Callable[[Any], Shape]] = {
    Product: _product,
    Account: _account,
    Lead: _lead,
    Opportunity: _opportunity,
    Activity: _activity,
    Payment: _payment,
}


def _code(segment: Segment) -> str | None:
    return None if segment.is_placeholder else segment.code


def _number(person: Person) -> str | None:
    return None if person.is_placeholder else person.employee_number


def _since(row: Account | Lead | Opportunity) -> str | None:
    """The day from which a record that was handed over counts for its owner."""
    return None if row.owner_since == BEGINNING else _day(row.owner_since)


def _key(row: CrmRecord | None) -> str | None:
    return None if row is None else row.external_id


def _address(row: Any) -> dict[str, str] | None:
    """Where the record that this one was merged into is found."""
    return None if row is None else {"source": row.source, "external_id": row.external_id}


def _amount(minor: int | None, currency: str) -> str | None:
    return None if minor is None else decimal_string(minor, currency)


def _day(day: dt.date | None) -> str | None:
    return None if day is None else day.isoformat()


def _moment(moment: dt.datetime | None) -> str | None:
    return None if moment is None else moment.astimezone(dt.UTC).isoformat().replace("+00:00", "Z")
