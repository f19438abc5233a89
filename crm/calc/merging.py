"""Which value of several records that are one stays: the fields to choose from, defaults, contradictions."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from crm.calc.keys import domain_key, name_key, phone_key

Columns = Mapping[str, Any]


@dataclass(frozen=True)
class MergeField:
    """Something that a merged record has one of: columns that go together, the first of which says it.

    ``same`` turns a value into what it means, so that two spellings of it contradict nothing.
    """

    name: str
    columns: tuple[str, ...]
    same: Callable[[Any], Any]


def _folded(value: Any) -> Any:
    return " ".join(value.split()).casefold() if isinstance(value, str) else value


def _field(name: str, *columns: str, same: Callable[[Any], Any] = _folded) -> MergeField:
    return MergeField(name, columns or (name,), same)


_CONTACT = (
    _field("contact_name"),
    _field("phone", same=lambda text: phone_key(text) or _folded(text)),
    _field("website", same=lambda text: domain_key(text) or _folded(text)),
)
# A lead is a fact: whose it is, in which segments and on which days it counts is not chosen.
MERGE_FIELDS: dict[str, tuple[MergeField, ...]] = {
    "accounts": (
        _field("name", same=lambda text: name_key(text) or _folded(text)),
        _field("owner", "owner_id"),
        _field("industry"),
        _field("customer_type", "customer_type_id"),
        _field("region", "region_id"),
        _field("country"),
        _field("employees"),
        _field("annual_revenue", "annual_revenue_minor", "currency"),
        _field("founded_year"),
        _field("decision_chain_length"),
        _field("parent", "parent_id"),
        *_CONTACT,
    ),
    "leads": (
        _field("name"),
        _field("company_name", same=lambda text: name_key(text) or _folded(text)),
        _field("email"),
        *_CONTACT,
        _field("account", "account_id"),
        _field("channel"),
        _field("industry"),
        _field("priority"),
    ),
}


def is_said(field: MergeField, row: Columns, placeholders: Collection[tuple[str, int]] = ()) -> bool:
    """Whether a record says anything in a field; a placeholder ("No owner") says nothing.

    >>> is_said(MERGE_FIELDS["accounts"][2], {"industry": ""})
    False
    """
    value = row[field.columns[0]]
    return value not in (None, "") and (field.columns[0], value) not in placeholders


def contradicts(
    field: MergeField, rows: Sequence[Columns], placeholders: Collection[tuple[str, int]] = ()
) -> bool:
    """Whether two records say different things in a field.

    >>> field = MERGE_FIELDS["accounts"][0]
    >>> contradicts(field, [{"name": "Acme Ltd"}, {"name": "ACME"}])
    False
    """
    said = {
        (field.same(row[field.columns[0]]), *(row[column] for column in field.columns[1:]))
        for row in rows
        if is_said(field, row, placeholders)
    }
    return len(said) > 1


def fullest(
    rows: Mapping[int, Columns], resource: str, placeholders: Collection[tuple[str, int]] = ()
) -> list[int]:
    """The ids of the records from who says most to who says least; of equals the last changed first.

    ``rows`` carry ``updated_at`` besides the columns.
    """
    fields = MERGE_FIELDS[resource]

    def fullness(pk: int) -> tuple[int, Any, int]:
        said = sum(is_said(field, rows[pk], placeholders) for field in fields)
        return said, rows[pk]["updated_at"], -pk

    return sorted(rows, key=fullness, reverse=True)


def choices(
    rows: Mapping[int, Columns],
    resource: str,
    order: Sequence[int],
    placeholders: Collection[tuple[str, int]] = (),
) -> dict[str, int]:
    """Whose value of each field stays unless told otherwise: the first in ``order`` that says anything."""
    return {
        field.name: next((pk for pk in order if is_said(field, rows[pk], placeholders)), order[0])
        for field in MERGE_FIELDS[resource]
    }
