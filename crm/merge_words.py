"""Records to be merged in words: what their fields are called, and what each of them says."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _

from common.money import money_text
from crm.calc.merging import MERGE_FIELDS, MergeField, contradicts, is_said
from crm.selectors.merging import Placeholders, columns_of

LABELS: Mapping[str, Any] = {
    "name": _("Name"),
    "owner": _("Owner"),
    "industry": _("Industry"),
    "customer_type": _("Customer type"),
    "region": _("Region"),
    "country": _("Country"),
    "employees": _("Employees"),
    "annual_revenue": _("Annual revenue"),
    "founded_year": _("Founded in"),
    "decision_chain_length": _("People who decide"),
    "parent": _("Belongs to"),
    "contact_name": _("Contact person"),
    "phone": _("Phone"),
    "website": _("Website"),
    "company_name": _("Company"),
    "email": _("E-mail"),
    "account": _("Account"),
    "channel": _("Source channel"),
    "priority": _("Priority"),
}
HANGING_LABELS: Mapping[str, Any] = {
    "deals": _("Deals"),
    "leads": _("Leads"),
    "activities": _("Activities"),
    "payments": _("Payments"),
    "notes": _("Notes"),
    "subsidiaries": _("Subsidiaries"),
}


@dataclass(frozen=True)
class Said:
    """What one record says in a field; "" if nothing."""

    pk: int
    text: str
    is_chosen: bool


@dataclass(frozen=True)
class Line:
    """A field of all records side by side."""

    name: str
    label: Any
    said: list[Said]
    is_contradiction: bool


def comparison(
    resource: str, rows: Sequence[Any], chosen: Mapping[str, int], placeholders: Placeholders
) -> list[Line]:
    """The fields in which any of the records says something, those that contradict each other first."""
    columns = [columns_of(resource, row) for row in rows]
    lines = []
    for field in MERGE_FIELDS[resource]:
        told = [is_said(field, each, placeholders) for each in columns]
        if any(told):
            said = [
                Said(row.pk, _text(field, row) if is_told else "", row.pk == chosen[field.name])
                for row, is_told in zip(rows, told, strict=True)
            ]
            lines.append(
                Line(field.name, LABELS[field.name], said, contradicts(field, columns, placeholders))
            )
    return sorted(lines, key=lambda line: not line.is_contradiction)


def _text(field: MergeField, row: Any) -> str:
    if field.name == "annual_revenue":
        return money_text(row.annual_revenue_minor, row.currency)
    if field.name == "priority":
        return str(row.get_priority_display())
    return str(getattr(row, field.name))
