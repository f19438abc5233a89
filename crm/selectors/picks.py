"""What a form's field may refer to: found by words as one types, and again by its key when it is sent."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.db.models import Model, Q, QuerySet

from crm.models import Account, Lead, LeadStatus, Opportunity, Product
from crm.selectors.own import led_people
from crm.selectors.words import rows_with_words
from org.models import Person, Role
from org.scope import Scope

MOST = 8
_KEY = re.compile(r"([a-z]+)-([0-9]{1,15})")


@dataclass(frozen=True)
class Pick:
    """Something to choose: its key in forms, its name, and what tells it from its namesakes."""

    key: str
    name: str
    note: str = ""


def pick_of(record: Model) -> Pick:
    """A record as something chosen."""
    if isinstance(record, Opportunity):
        name = record.name or record.external_id
        return Pick(f"deal-{record.pk}", name, record.account.name if record.account else "")
    if isinstance(record, Lead):
        return Pick(f"lead-{record.pk}", record.name, record.company_name)
    if isinstance(record, Person):
        return Pick(f"person-{record.pk}", record.name, record.employee_number)
    if isinstance(record, Product):
        return Pick(f"product-{record.pk}", record.name, record.external_id)
    assert isinstance(record, Account)
    return Pick(f"account-{record.pk}", record.name, record.owner.name)


def picks_find(kinds: tuple[str, ...], text: str, *, scope: Scope) -> list[Model]:
    """The records in scope that hold every word, at most eight of a kind, one query each.

    Without words, those that changed last.
    """
    found: list[Model] = []
    for kind in kinds:
        rows, columns = _KINDS[kind](scope)
        order = "name" if text.strip() else "name" if kind == "person" else "-updated_at"
        found += rows_with_words(rows, text, *columns).order_by(order, "pk")[:MOST]
    return found


def pick_get(kinds: tuple[str, ...], key: str, *, scope: Scope) -> Any | None:
    """The record in scope of a key, or None."""
    match = _KEY.fullmatch(key)
    if match is None or match[1] not in kinds:
        return None
    return _KINDS[match[1]](scope)[0].filter(pk=int(match[2])).first()


def pick_named(kinds: tuple[str, ...], name: str, *, scope: Scope) -> Any | None:
    """The one record in scope of this very name, whatever its case; None if there are several or none."""
    found: list[Any] = []
    for kind in kinds:
        found += _KINDS[kind](scope)[0].filter(name__iexact=name.strip()).order_by()[:2]
    return found[0] if len(found) == 1 else None


def _accounts(scope: Scope) -> tuple[QuerySet[Any], tuple[str, ...]]:
    rows = Account.objects.filter(deleted_at=None).select_related("owner")
    return scope.restrict(rows, "owner"), ("name", "contact_name", "phone", "external_id")


def _deals(scope: Scope) -> tuple[QuerySet[Any], tuple[str, ...]]:
    rows = Opportunity.objects.filter(deleted_at=None).select_related("account", "owner")
    return scope.restrict(rows, "owner"), ("name", "account__name", "external_id")


def _leads(scope: Scope) -> tuple[QuerySet[Any], tuple[str, ...]]:
    rows = Lead.objects.filter(deleted_at=None).exclude(status=LeadStatus.CONVERTED).select_related("owner")
    return scope.restrict(rows, "owner"), ("name", "company_name", "phone", "external_id")


def _products(_scope: Scope) -> tuple[QuerySet[Any], tuple[str, ...]]:
    return Product.objects.filter(deleted_at=None).select_related("product_line"), ("name", "external_id")


def _owners(scope: Scope) -> tuple[QuerySet[Any], tuple[str, ...]]:
    """The people whose records the scope may work on (``policies.workable``), who haven't left."""
    people = Person.objects.filter(Q(left_on=None) | Q(left_on__gt=scope.on), is_placeholder=False)
    if not scope.has(Role.ADMIN):
        own = Q(pk=scope.person_id)
        if scope.has(Role.MANAGER):
            own |= Q(
                pk__in=led_people(scope) if scope.sees_everything else scope.restrict(people).values("pk")
            )
        people = people.filter(own)
    return people, ("name", "employee_number")


_KINDS: dict[str, Callable[[Scope], tuple[QuerySet[Any], tuple[str, ...]]]] = {
    "account": _accounts,
    "deal": _deals,
    "lead": _leads,
    "product": _products,
    "person": _owners,
}
