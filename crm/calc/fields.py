"""The fields of the six resources: how each is read, which are required, what stands for an absent one.

Amounts stay as given (their currency is another field) and references stay external ids; ``crm.services``
resolves both for a whole batch at once.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from common.errors import FieldError, gettext_noop
from common.money import MoneyError, to_minor
from common.records import Field, Refused, choice, day, flag, moment, read_record, text, whole

KEY = Field(text(120))
CODE = Field(text(80))
CURRENCIES = Field(text(3))


def _amount(raw: Any) -> Any:
    """An amount as it stands; floats are refused because they are not exact."""
    if isinstance(raw, bool) or not isinstance(raw, (str, int, Decimal)):
        raise Refused(gettext_noop('Write the amount as a text such as "1234.50".'), "type")
    return raw


def _listed(raw: Any) -> list[dict[str, Any]]:
    if not isinstance(raw, list) or len(raw) > 200 or not all(isinstance(each, dict) for each in raw):
        raise Refused(gettext_noop("Give a list of at most 200 objects."), "type")
    return raw


_CONTACT = {
    "contact_name": Field(text(200), default=""),
    "phone": Field(text(60), default=""),
    "website": Field(text(200), default=""),
}
_OWNED = {"owner": KEY, "product_line": CODE, "region": CODE, "customer_type": CODE}
_DATED_OWNER = {"owner_from": Field(day)}
_RECORDED = {"recorded_at": Field(moment)}

PRODUCT = {
    "name": Field(text(200), is_required=True),
    "product_line": CODE,
    "list_price": Field(_amount),
    "currency": CURRENCIES,
    **_RECORDED,
}
ACCOUNT = {
    "name": Field(text(200), is_required=True),
    "industry": Field(text(100), default=""),
    "employees": Field(whole(0, 2_000_000_000)),
    "annual_revenue": Field(_amount),
    "currency": CURRENCIES,
    "country": Field(text(100), default=""),
    "founded_year": Field(whole(1000, 2200)),
    "decision_chain_length": Field(whole(0, 1000)),
    "region": CODE,
    "customer_type": CODE,
    "owner": KEY,
    **_DATED_OWNER,
    "parent": KEY,
    **_CONTACT,
    **_RECORDED,
}
LEAD = {
    "name": Field(text(200), is_required=True),
    "company_name": Field(text(200), default=""),
    "channel": Field(text(60), default=""),
    "industry": Field(text(100), default=""),
    "priority": Field(choice(("low", "normal", "high")), default="normal"),
    "status": Field(choice(("new", "working", "qualified", "converted", "disqualified")), default="new"),
    "account": KEY,
    "created_on": Field(day, is_required=True),
    "qualified_on": Field(day),
    "closed_on": Field(day),
    # Taken as it stands: a whole record is not refused for an address that nobody can mend from here.
    "email": Field(text(254), default=""),
    **_CONTACT,
    **_OWNED,
    **_DATED_OWNER,
    **_RECORDED,
}
OPPORTUNITY = {
    "name": Field(text(200), default=""),
    "account": KEY,
    "stage": Field(text(40), is_required=True),
    "amount": Field(_amount, default="0"),
    "currency": CURRENCIES,
    "opened_on": Field(day),
    "expected_close_on": Field(day),
    "closed_on": Field(day),
    "quote_sent_at": Field(moment),
    "quote_viewed_at": Field(moment),
    "loss_reason": Field(text(200), default=""),
    "product": KEY,
    "lines": Field(_listed),
    "splits": Field(_listed),
    **_OWNED,
    **_DATED_OWNER,
    **_RECORDED,
}
ACTIVITY = {
    "kind": Field(choice(("visit", "call", "meeting", "inquiry", "quote_view")), is_required=True),
    "is_effective": Field(flag, default=False),
    "occurred_at": Field(moment, is_required=True),
    "subject": Field(text(200), default=""),
    "note": Field(text(10_000), default=""),
    "account": KEY,
    "opportunity": KEY,
    "lead": KEY,
    **_OWNED,
    **_RECORDED,
}
PAYMENT = {
    "opportunity": KEY,
    "account": KEY,
    "received_on": Field(day, is_required=True),
    "amount": Field(_amount, is_required=True),
    "currency": CURRENCIES,
    **_OWNED,
    **_RECORDED,
}
FIELDS = {
    "products": PRODUCT,
    "accounts": ACCOUNT,
    "leads": LEAD,
    "opportunities": OPPORTUNITY,
    "activities": ACTIVITY,
    "payments": PAYMENT,
}
LINE = {
    "product": KEY,
    "product_line": CODE,
    "quantity": Field(_amount, default="1"),
    "amount": Field(_amount, is_required=True),
}
SPLIT = {"person": Field(text(120), is_required=True), "share_bp": Field(whole(1, 10_000), is_required=True)}


def minor(raw: Any, currency: str, field: str, errors: list[FieldError]) -> int:
    """An amount in minor units; what is wrong with it is added to ``errors``."""
    try:
        return to_minor(raw, currency)
    except MoneyError as error:
        at = "currency" if error.code == "currency" else field
        errors.append(FieldError(at, error.message, error.code, error.params))
        return 0


def read_parts(
    fields: dict[str, Field], parts: list[dict[str, Any]] | None, name: str, errors: list[FieldError]
) -> list[dict[str, Any]]:
    """The lines or splits of a deal; errors say which one, as ``lines[2].amount``."""
    read = []
    for at, part in enumerate(parts or ()):
        values, wrong = read_record(fields, part)
        errors += [FieldError(f"{name}[{at}].{e.field}", e.message, e.code, e.params) for e in wrong]
        read.append(values)
    return read
