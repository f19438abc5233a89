"""What the OpenAPI document says of CRM records; these serializers only describe."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from drf_spectacular.utils import OpenApiExample
from rest_framework import serializers as s

from crm.models import ActivityKind, LeadPriority, LeadStatus, Outcome

_CONTACT = "Who is spoken to."
_PHONE = "As it is written; the same number written otherwise is known as a duplicate."
_WEBSITE = "A web address; the same domain is known as a duplicate."


def _text(help_text: str = "", **more: Any) -> s.CharField:
    return s.CharField(required=False, allow_null=True, help_text=help_text, **more)


def _date() -> s.DateField:
    return s.DateField(required=False, allow_null=True)


class _RecordShape(s.Serializer[Any]):
    source = s.CharField(read_only=True)  # type: ignore[assignment]  # a field, not DRF's attribute
    external_id = s.CharField(
        required=False,
        help_text="The record's key in its source: in the address of one, in each record of a batch.",
    )
    recorded_at = s.DateTimeField(required=False, help_text="When this version became known.")
    updated_at = s.DateTimeField(read_only=True)
    deleted = s.BooleanField(read_only=True)


def _since() -> s.DateField:
    return s.DateField(
        required=False,
        allow_null=True,
        help_text="From which day credit is the owner's; earlier days stay with the former owner. Left out:"
        " today, where the owner changes. Read: null for a record that was never handed over.",
    )


class _OwnedShape(_RecordShape):
    owner = _text("An employee number or a person's external id; left out: the account's or deal's owner.")
    region = _text("A region's code; a new one is made.")
    customer_type = _text("A customer type's code: KA, dealer, SMB, consumer or one of your own.")


class _FactShape(_OwnedShape):
    product_line = _text("A product line's code; a new one is made.")
    account = _text("An account's external id in the same source.")


class ProductShape(_RecordShape):
    """Something sold."""

    name = s.CharField(max_length=200)
    product_line = _text("A product line's code; a new one is made.")
    list_price = _text("A decimal text.")
    currency = _text("ISO 4217; left out: the company's.")


class KeyShape(s.Serializer[Any]):
    """Where a record is found."""

    source = s.CharField(max_length=40)  # type: ignore[assignment]  # a field, not DRF's attribute
    external_id = s.CharField(max_length=120)


def _merged() -> KeyShape:
    return KeyShape(read_only=True, allow_null=True, help_text="The record that this one was merged into.")


class AccountShape(_OwnedShape):
    """A customer or a sales channel."""

    name = s.CharField(max_length=200)
    industry = _text()
    employees = s.IntegerField(required=False, allow_null=True)
    annual_revenue = _text("A decimal text.")
    currency = _text("ISO 4217; left out: the company's.")
    country = _text()
    founded_year = s.IntegerField(required=False, allow_null=True)
    decision_chain_length = s.IntegerField(required=False, allow_null=True)
    owner_from = _since()
    parent = _text("The external id of the account it belongs to.")  # type: ignore[assignment]
    merged_into = _merged()
    contact_name = _text(_CONTACT)
    phone = _text(_PHONE)
    website = _text(_WEBSITE)


class LeadShape(_FactShape):
    """Somebody who may buy."""

    name = s.CharField(max_length=200)
    company_name = _text()
    channel = _text("Where the lead came from.")
    industry = _text()
    priority = s.ChoiceField(choices=LeadPriority.choices, required=False)
    status = s.ChoiceField(choices=LeadStatus.choices, required=False)
    created_on = s.DateField()
    qualified_on = _date()
    closed_on = _date()
    merged_into = _merged()
    contact_name = _text(_CONTACT)
    phone = _text(_PHONE)
    website = _text(_WEBSITE)
    email = _text("An e-mail address; the domain of a company tells duplicates, that of free mail doesn't.")
    owner_from = _since()


class OpportunityLineShape(s.Serializer[Any]):
    """A part of a deal's amount; the lines sum to the amount."""

    product = _text("A product's external id.")
    product_line = _text("A product line's code; left out: the product's.")
    quantity = _text("A decimal text, 1 if left out.")
    amount = s.CharField(help_text="A decimal text.")


class OpportunitySplitShape(s.Serializer[Any]):
    """A person's part of the credit; the shares sum to 10000 basis points."""

    person = s.CharField(help_text="An employee number or a person's external id.")
    share_bp = s.IntegerField(min_value=1, max_value=10_000)


class OpportunityShape(_FactShape):
    """A deal; a closed stage needs closed_on, an open one may not have it."""

    name = _text()
    stage = s.CharField(help_text="A stage's code, such as engaging, won or lost.")
    outcome = s.ChoiceField(choices=Outcome.choices, read_only=True)
    amount = _text("A decimal text, 0 if left out; below zero for a cancelled deal.")
    currency = _text("ISO 4217; left out: the company's. Others need a plan rate of the fiscal year.")
    opened_on = _date()
    expected_close_on = _date()
    closed_on = _date()
    quote_sent_at = s.DateTimeField(required=False, allow_null=True)
    quote_viewed_at = s.DateTimeField(required=False, allow_null=True)
    loss_reason = _text()
    is_first_won = s.BooleanField(read_only=True)
    product = _text("The external id of the one product sold, instead of lines.")
    lines = OpportunityLineShape(many=True, required=False)
    splits = OpportunitySplitShape(many=True, required=False)
    owner_from = _since()


class ActivityShape(_FactShape):
    """Something done with or by a customer."""

    kind = s.ChoiceField(choices=ActivityKind.choices)
    is_effective = s.BooleanField(required=False)
    occurred_at = s.DateTimeField()
    subject = _text()
    note = _text()
    opportunity = _text("A deal's external id in the same source.")
    lead = _text("A lead's external id in the same source.")


class PaymentShape(_FactShape):
    """Money received; a refund is negative."""

    opportunity = _text("A deal's external id in the same source.")
    received_on = s.DateField()
    amount = s.CharField(help_text="A decimal text.")
    currency = _text("ISO 4217; left out: the company's. Others need a plan rate of the fiscal year.")


@dataclass(frozen=True)
class Doc:
    """How the document names a resource, describes it and shows one."""

    singular: str
    shape: type[s.Serializer[Any]]
    record: dict[str, Any]

    @property
    def single_example(self) -> OpenApiExample:
        return OpenApiExample(f"A whole {self.singular}", self.record, request_only=True)

    @property
    def bulk_example(self) -> OpenApiExample:
        records = [{"external_id": "42", **self.record}]
        return OpenApiExample("A batch", {"source": "crm", "records": records}, request_only=True)

    @property
    def answer_example(self) -> OpenApiExample:
        wrong = {"field": "owner", "message": "Nobody has the number or external id “77”.", "code": "unknown"}
        results = [
            {"external_id": "42", "status": "created", "id": 7, "errors": []},
            {"external_id": "43", "status": "error", "id": None, "errors": [wrong]},
        ]
        return OpenApiExample("A result a record", {"results": results}, response_only=True)


DOCS = {
    "accounts": Doc(
        "account",
        AccountShape,
        {"name": "Acme", "industry": "retail", "region": "east", "customer_type": "KA", "owner": "1001"},
    ),
    "products": Doc(
        "product", ProductShape, {"name": "Fridge 500", "product_line": "premium", "list_price": "4999.00"}
    ),
    "leads": Doc(
        "lead",
        LeadShape,
        {"name": "Li Wei", "channel": "web", "status": "new", "created_on": "2026-05-01", "owner": "1001"},
    ),
    "opportunities": Doc(
        "opportunity",
        OpportunityShape,
        {
            "name": "40 fridges",
            "account": "acme",
            "stage": "won",
            "amount": "200000.00",
            "currency": "CNY",
            "opened_on": "2026-04-02",
            "closed_on": "2026-05-20",
            "lines": [{"product": "fridge-500", "quantity": "40", "amount": "200000.00"}],
            "splits": [{"person": "1001", "share_bp": 6000}, {"person": "1002", "share_bp": 4000}],
        },
    ),
    "activities": Doc(
        "activity",
        ActivityShape,
        {
            "kind": "visit",
            "is_effective": True,
            "occurred_at": "2026-05-01T09:30:00+08:00",
            "account": "acme",
            "owner": "1001",
        },
    ),
    "payments": Doc(
        "payment",
        PaymentShape,
        {"opportunity": "42", "received_on": "2026-06-01", "amount": "100000.00", "currency": "CNY"},
    ),
}
