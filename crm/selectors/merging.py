"""What merging would do: the records side by side, what hangs on them, which won deals cease to be first."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from operator import or_
from typing import Any

from django.db.models import Count, Model, Q, QuerySet

from crm.calc.merging import MERGE_FIELDS, contradicts, fullest
from crm.models import (
    Account,
    Activity,
    FollowUp,
    Lead,
    Opportunity,
    Payment,
    RecordMerge,
    Segment,
)
from crm.selectors.lookalikes import KEYS
from crm.selectors.words import rows_with_words
from org.models import Person
from org.scope import Scope

MODELS: dict[str, type[Account] | type[Lead]] = {"accounts": Account, "leads": Lead}
# What hangs on a record: how it is called, its table, its column. A test names every relation there is.
HANGING: dict[str, dict[str, tuple[type[Model], str]]] = {
    "accounts": {
        "deals": (Opportunity, "account"),
        "leads": (Lead, "account"),
        "activities": (Activity, "account"),
        "payments": (Payment, "account"),
        "notes": (FollowUp, "account"),
        "subsidiaries": (Account, "parent"),
        "merged": (Account, "merged_into"),
    },
    "leads": {"activities": (Activity, "lead"), "merged": (Lead, "merged_into")},
}
_NO_FACT = frozenset(
    (
        *("id", "source", "external_id", "merged_into_id", "owner_since"),
        *("recorded_at", "created_at", "updated_at", "deleted_at"),
    )
)
_JOINED = {
    "accounts": ("owner", "region", "customer_type", "parent"),
    "leads": ("owner", "account", "product_line", "region", "customer_type"),
}
Placeholders = frozenset[tuple[str, int]]


@dataclass(frozen=True)
class Flip:
    """A won deal that was its account's first and isn't the merged one's; minor units at the plan rate."""

    name: str
    owner: str
    closed_on: dt.date
    plan_amount_minor: int


def columns_of(resource: str, row: Any) -> dict[str, Any]:
    """What a record says, by column: all but its key, its moments, its former owners and where it went."""
    columns = (field.attname for field in MODELS[resource]._meta.concrete_fields)
    return {name: getattr(row, name) for name in columns if name not in _NO_FACT}


def placeholders_get() -> Placeholders:
    """The values of columns that say nothing: "No owner", "Unspecified"; two queries."""
    nobody = Person.objects.filter(is_placeholder=True).values_list("pk", flat=True)
    segments = Segment.objects.filter(is_placeholder=True).order_by().values_list("kind", "pk")
    return frozenset({("owner_id", pk) for pk in nobody} | {(f"{kind}_id", pk) for kind, pk in segments})


def mergeable_list(resource: str, *, scope: Scope) -> QuerySet[Any]:
    """The records of a kind in scope that could be merged, with all that a comparison shows."""
    rows: QuerySet[Any] = MODELS[resource]._default_manager.filter(deleted_at=None)
    return scope.restrict(rows.select_related(*_JOINED[resource]), "owner").order_by("pk")


def mergeable_like(resource: str, row: Any, *, scope: Scope, limit: int) -> list[Any]:
    """The record and those in scope that look like it: of one name, phone number or domain."""
    known = [Q(**{key: getattr(row, key)}) for key in KEYS if getattr(row, key)]
    alike = mergeable_list(resource, scope=scope).filter(reduce(or_, known, Q(pk=row.pk)))
    others = [each for each in alike[: limit + 1] if each.pk != row.pk]
    return [row, *others[: limit - 1]]


def mergeable_found(resource: str, row: Any, words: str, *, scope: Scope, limit: int) -> list[Any]:
    """Other records in scope whose name holds the words; without words those that look like this one."""
    if not words.strip():
        return mergeable_like(resource, row, scope=scope, limit=limit)[1:]
    rows = mergeable_list(resource, scope=scope).exclude(pk=row.pk)
    columns = ("name", "external_id") if resource == "accounts" else ("name", "company_name")
    return list(rows_with_words(rows, words, *columns).order_by("name", "pk")[:limit])


def exact_group(resource: str, rows: Iterable[Any], placeholders: Placeholders) -> list[int]:
    """The ids of the fullest record and of those that contradict it, and each other, in nothing."""
    told = {row.pk: columns_of(resource, row) | {"updated_at": row.updated_at} for row in rows}
    first, *others = fullest(told, resource, placeholders)
    kept = [first]
    for pk in others:
        together = [told[each] for each in (*kept, pk)]
        if not any(contradicts(field, together, placeholders) for field in MERGE_FIELDS[resource]):
            kept.append(pk)
    return kept


def hanging_counts(resource: str, ids: Collection[int], *, scope: Scope) -> Mapping[str, Mapping[int, int]]:
    """How much that is visible hangs on each record, by kind; a query a kind."""
    counts: dict[str, dict[int, int]] = {}
    for name, (model, column) in HANGING[resource].items():
        if name == "merged":
            continue
        rows = model._default_manager.filter(**{f"{column}__in": ids})
        if model is not FollowUp:  # who sees a record sees the notes on it
            rows = scope.restrict(rows.filter(deleted_at=None), "owner")
        if column == "parent":
            rows = rows.exclude(pk__in=ids)
        counts[name] = dict(rows.order_by().values_list(column).annotate(Count("pk")))
    return counts


def first_won_flips(ids: Collection[int], *, scope: Scope) -> list[Flip]:
    """The visible won deals that would turn from new into repeat business if these accounts were one."""
    flagged = Opportunity.objects.filter(account__in=ids, is_first_won=True).order_by("closed_on", "pk")
    flips = list(flagged.values_list("pk", flat=True))[1:]
    if not flips:
        return []
    seen = scope.restrict(Opportunity.objects.filter(pk__in=flips), "owner").order_by("closed_on", "pk")
    told = seen.values_list("name", "owner__name", "closed_on", "plan_amount_minor")
    return [Flip(name, owner, day, minor) for name, owner, day, minor in told if day is not None]


def survivor_get(resource: str, pk: int, *, scope: Scope) -> Any | None:
    """The record in scope that a merged one went into, or None."""
    merged = MODELS[resource]._default_manager.filter(pk=pk, merged_into__isnull=False)
    return mergeable_list(resource, scope=scope).filter(pk__in=merged.values("merged_into")).first()


def merges_undoable(resource: str, row: Any, *, since: dt.datetime) -> Sequence[RecordMerge]:
    """What was merged into a record since a moment and not parted again, the newest first; one query.

    Nothing, if the record has changed since.
    """
    made = RecordMerge.objects.filter(
        resource=resource, survivor=row.pk, undone_at=None, made_at__gte=since, made_at=row.updated_at
    )
    return list(made.select_related("made_by"))
