"""Builders for tests: units, people and users in plain words, made through the services."""

from __future__ import annotations

import datetime as dt
from itertools import count

from django.utils import timezone

from org.calc.credit import FOREVER, Stay
from org.models import HookDelivery, HookEndpoint, Person, Unit, User
from org.selectors import unit_root
from org.services import Event, assignments_set, events_record, person_save, role_grant, unit_save

_numbers = count(1)
LONG_AGO = dt.date(2020, 1, 1)


def make_unit(name: str, parent: Unit | None = None, **fields: object) -> Unit:
    """A unit under ``parent`` or the root."""
    return unit_save(name=name, parent=parent or unit_root(), actor=None, **fields)


def make_person(
    name: str = "",
    unit: Unit | None = None,
    *,
    starts_on: dt.date = LONG_AGO,
    ends_on: dt.date = FOREVER,
    manages: Unit | None = None,
    **fields: object,
) -> Person:
    """A person, member of ``unit`` and manager of ``manages`` for the days given."""
    number = next(_numbers)
    fields.setdefault("employee_number", f"N{number}")
    person = person_save(name=name or f"Person {number}", actor=None, **fields)
    stays = []
    if unit is not None:
        stays.append(Stay(unit.pk, starts_on, ends_on))
    if manages is not None:
        stays.append(Stay(manages.pk, starts_on, ends_on, is_manager=True))
    if stays:
        assignments_set(person=person, stays=stays, actor=None)
    return person


def make_user(email: str, person: Person | None = None, *roles: str) -> User:
    """A user who can sign in with the password "secret-enough", linked to ``person``, with these roles."""
    user = User.objects.create_user(username=email, email=email, password="secret-enough")
    if person is not None:
        person.user = user
        person.save(update_fields=["user"])
    for role in roles:
        role_grant(user=user, role=role, actor=None)
    return user


def make_hook(
    url: str = "https://8.8.8.8/hooks",
    *kinds: str,
    is_tested: bool = False,
    is_active: bool = False,
    name: str = "ERP",
) -> HookEndpoint:
    """A webhook endpoint, wherever it points; tested or on without anything having been sent."""
    tested_at = timezone.now() if is_tested or is_active else None
    wanted = list(kinds) or ["deal.won"]
    return HookEndpoint.objects.create(
        name=name, url=url, kinds=wanted, tested_at=tested_at, is_active=is_active
    )


def make_delivery(endpoint: HookEndpoint, **payload: object) -> HookDelivery:
    """A message that waits for an active endpoint."""
    events_record([Event(endpoint.kinds[0], payload or {"name": "Kitchen"})])
    return endpoint.deliveries.latest("pk")
