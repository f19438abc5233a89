"""Customers met twice: accounts that share the key of a name, a phone or a domain (``crm.calc.keys``)."""

from __future__ import annotations

from typing import Any

from django.db.models import Case, Count, F, IntegerField, Min, QuerySet, Value, When, Window
from django.db.models.functions import Greatest, Least

from crm.models import Account

KEYS = ("name_key", "phone_key", "domain_key")


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
