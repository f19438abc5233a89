"""Customers met twice: they share the key of a name, a phone or a domain (``crm.calc.keys``)."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from itertools import chain
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
    asked = {name: {keys[name]} for name in KEYS if keys.get(name)}
    found = [_alike(row, keys) for rows in _sharing(asked, scope) for row in rows[: MOST * 4]]
    return _ranked([each for each in found if each.key != without])


def lookalikes_among(many: Sequence[Mapping[str, str]], *, scope: Scope) -> list[list[Lookalike]]:
    """For each of many customers those that ``lookalikes`` finds for it alone; two queries for all."""
    asked = {name: told for name in KEYS if (told := {keys[name] for keys in many if keys.get(name)})}
    sharing: dict[tuple[str, str], list[Any]] = {}
    for row in chain.from_iterable(_sharing(asked, scope)):
        for name in asked:
            sharing.setdefault((name, getattr(row, name)), []).append(row)
    return [_ranked(_alike_each(keys, sharing)) for keys in many]


def _sharing(asked: Mapping[str, Collection[str]], scope: Scope) -> list[QuerySet[Any]]:
    """The accounts, and the open leads, in scope that have one of the keys; none where nothing is asked."""
    if not asked:
        return []
    shares_one = reduce(or_, (Q(**{f"{name}__in": told, f"{name}__gt": ""}) for name, told in asked.items()))
    leads = Lead.objects.exclude(status=LeadStatus.CONVERTED)
    kinds: tuple[QuerySet[Any], ...] = (Account.objects.all(), leads)
    return [
        scope.restrict(rows.filter(shares_one, deleted_at=None), "owner")
        .select_related("owner")
        .order_by("pk")
        for rows in kinds
    ]


def _alike_each(keys: Mapping[str, str], sharing: Mapping[tuple[str, str], Sequence[Any]]) -> list[Lookalike]:
    """Who shares a key, each once."""
    rows = [row for name in KEYS if keys.get(name) for row in sharing.get((name, keys[name]), ())]
    return [_alike(row, keys) for row in dict.fromkeys(rows)]


def _alike(row: Account | Lead, keys: Mapping[str, str]) -> Lookalike:
    shared = tuple(name for name in KEYS if keys.get(name) and getattr(row, name) == keys[name])
    is_account = isinstance(row, Account)
    name = getattr(row, "company_name", "") or row.name
    kind = "account" if is_account else "lead"
    return Lookalike(f"{kind}-{row.pk}", row.pk, name, row.owner.name, shared, is_account)


def _ranked(found: Sequence[Lookalike]) -> list[Lookalike]:
    """Those that share most first, at most ``MOST``."""
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
