"""A team whose people differ: by what they sold, since when they are here, by customers owned."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

from crm.services import records_upsert
from crm.tests.factories import SOURCE, make_account
from metrics.services import refresh_changed_days
from org.models import Person, Unit
from targets.models import Target
from targets.services import target_amount_set, target_children_add
from targets.tests.factories import again, make_child, make_plan, root_of


def sold(amounts: Mapping[Person, str], year: int = 2025, months: range = range(1, 13)) -> None:
    """Each of these people won a deal of an amount in each of these months."""
    records = [
        {
            "external_id": f"d-{person.pk}-{year}-{month}",
            "owner": person.employee_number,
            "amount": amount,
            "stage": "won",
            "closed_on": dt.date(year, month, 15).isoformat(),
        }
        for person, amount in amounts.items()
        for month in months
    ]
    results = records_upsert(resource="opportunities", source=SOURCE, records=records)
    assert not [each.errors for each in results if each.errors]
    refresh_changed_days()


def own(person: Person, count: int, **fields: object) -> None:
    """A person owns so many customers."""
    for _each in range(count):
        make_account(owner=person, **fields)


def make_team_target(unit: Unit, people: list[Person], amount: int = 1_000_000, **plan: object) -> Target:
    """The target of a team of the plan 2026 that these people share; nobody has any of it yet."""
    root = target_amount_set(target=root_of(make_plan(**plan)), amount=amount, actor=None)
    target = make_child(root, unit, amount)
    target_children_add(target=target, members=people, actor=None)
    return again(target)
