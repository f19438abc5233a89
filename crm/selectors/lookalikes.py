"""Customers met twice: they share the key of a name, a phone or a domain (``crm.calc.keys``)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import reduce
from operator import or_
from typing import Any

from django.db.models import Case, Count, F, IntegerField, Min, Q, QuerySet, Value, When, Window
from django.db.models.functions import Greatest, Least

from crm.models import Account, Lead, LeadStatus
from org.scope import Scope

KEYS = ("name_key", "phone_key", "domain_key")
MOST = 5


@dataclass(frozen=True)
class Lookalike:
    """A customer that somebody may be entering again; ``shared`` says by which of ``KEYS``."""

    key: str
    pk: int
    name: str
    owner: str
    shared: tuple[str, ...]
    is_account: bool


def lookalikes(keys: Mapping[str, str], *, scope: Scope, without: str = "") -> list[Lookalike]:
    """The accounts and open leads in scope that share a key, those that share most first; two queries.

    What is out of scope is not looked at: its being there is told by no name and no count. ``without`` is
    the ``Lookalike.key`` of the record that is being edited.
    """
    asked = {name: keys[name] for name in KEYS if keys.get(name)}
    if not asked:
        return []
    shares_one = reduce(or_, (Q(**{name: key, f"{name}__gt": ""}) for name, key in asked.items()))
    leads = Lead.objects.exclude(status=LeadStatus.CONVERTED)
    kinds: tuple[tuple[str, QuerySet[Any]], ...] = (("account", Account.objects.all()), ("lead", leads))
    found = []
    for kind, rows in kinds:
        alive = scope.restrict(rows.filter(shares_one, deleted_at=None), "owner").select_related("owner")
        for row in alive.order_by("pk")[: MOST * 4]:
            shared = tuple(name for name, key in asked.items() if getattr(row, name) == key)
            name = getattr(row, "company_name", "") or row.name
            is_account = kind == "account"
            found.append(Lookalike(f"{kind}-{row.pk}", row.pk, name, row.owner.name, shared, is_account))
    found = [each for each in found if each.key != without]
    return sorted(found, key=lambda each: (-len(each.shared), not each.is_account, each.pk))[:MOST]


def accounts_alike(accounts: QuerySet[Account]) -> QuerySet[Any]:
    """Those of the accounts that look like another of them, beside each other, in one pass over all.

    ``first_alike`` is the id of the earliest of those that one looks like, its own if it is the earliest.
    """
    shared = [_each(key, Window(Count("pk"), partition_by=F(key)), Value(1)) for key in KEYS]
    first = [_each(key, Window(Min("pk"), partition_by=F(key)), F("pk")) for key in KEYS]
    counted = accounts.annotate(alike=Greatest(*shared), first_alike=Least(*first))
    return counted.filter(alike__gt=1).order_by("first_alike", "pk")


def _each(key: str, told: Window, lone: Any) -> Case:
    """What a key tells; an empty one tells nothing."""
    return Case(When(**{f"{key}__gt": ""}, then=told), default=lone, output_field=IntegerField())
