"""Loading a demo company through the same services every door uses."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable

import numpy as np
from django.db import transaction

from common.errors import Conflict
from common.records import RecordResult
from crm.models import ChangedDay
from crm.services import records_upsert, segment_ensure
from metrics.models import ChangedActual
from metrics.services import recompute_actuals
from org.models import ChangedCredit, Company, Person, Role, User
from org.selectors import company_get
from org.services import people_upsert, role_grant, units_upsert
from salesgoals.demo.appliances import LINES, REGIONS, Structure, structure
from salesgoals.demo.facts import FactMaker, Facts
from salesgoals.demo.plan import plan_make
from tracking.services import refresh_snapshots

SOURCE = "demo"
PASSWORD = "demo-salesgoals"  # noqa: S105  # the demo's, printed at every start; not for a real company
SIGN_INS = (
    ("rep@demo.example", "Sales representative", "SHA02"),
    ("manager@demo.example", "Team manager", "SHA00"),
    ("director@demo.example", "Executive", "D001"),
    ("finance@demo.example", "Finance", None),
    ("admin@demo.example", "Administrator", None),
)
GRANTS = {
    "director@demo.example": Role.EXECUTIVE,
    "finance@demo.example": Role.FINANCE,
    "admin@demo.example": Role.ADMIN,
}
RESOURCES = ("products", "accounts", "leads", "opportunities", "activities", "payments")
BATCH = 10_000
Say = Callable[[str], None]


@transaction.atomic
def load_appliances(*, today: dt.date, seed: int, say: Say) -> None:
    """Fill an empty installation with the home-appliance company as of ``today``.

    All of it or nothing. Raises Conflict when a company is already set up: a demo never mixes with real data.
    """
    if company_get().is_set_up:
        raise Conflict("A company is already set up here; the demo only fills an empty installation.")
    rng = np.random.default_rng(seed)
    made = structure(today, rng)
    _company()
    _organisation(made)
    _users()
    facts = FactMaker(made.sellers, today, rng).make()
    _facts(facts, say)
    say("Counting the daily actuals …")
    recompute_actuals()
    for outbox in (ChangedDay, ChangedCredit):
        outbox.objects.all().delete()  # nobody else writes yet, and all of it has been counted
    say("Making the plan …")
    for year in (today.year - 1, today.year):
        plan_make(
            year, made.sellers, this_year=today.year, actor=User.objects.get(email="director@demo.example")
        )
    refresh_snapshots(as_of=today)
    ChangedActual.objects.all().delete()
    Company.objects.update(is_set_up=True)


def _company() -> None:
    Company.objects.update(
        name="Haoyang Appliances 浩洋电器", currency="CNY", time_zone="Asia/Shanghai", country="CN"
    )
    for position, line in enumerate(LINES):
        segment_ensure("product_line", line.code, line.name, position=position)
    for position, (code, name, _share, _teams) in enumerate(REGIONS):
        segment_ensure("region", code, name, position=position)


def _organisation(made: Structure) -> None:
    for results in (
        units_upsert(source=SOURCE, records=made.units, actor=None),
        people_upsert(source=SOURCE, records=made.people, actor=None),
    ):
        _demand_all_right(results)


def _users() -> None:
    """The accounts one signs in with; three of them are people of the company."""
    for email, label, employee_number in SIGN_INS:
        user = User.objects.create_user(username=email, email=email, password=PASSWORD, first_name=label)
        if employee_number:
            person = Person.objects.get(employee_number=employee_number)
            Person.objects.filter(pk=person.pk).update(user=user)
            User.objects.filter(pk=user.pk).update(first_name=person.name)
        if email in GRANTS:
            role_grant(user=user, role=GRANTS[email], actor=None)


def _facts(facts: Facts, say: Say) -> None:
    for resource in RESOURCES:
        records = getattr(facts, resource)
        say(f"Loading {len(records):,} {resource} …")
        for batch in _batches(records):
            _demand_all_right(records_upsert(resource=resource, source=SOURCE, records=batch, actor=None))


def _batches(records: list[dict[str, object]]) -> list[list[dict[str, object]]]:
    return [records[start : start + BATCH] for start in range(0, len(records), BATCH)]


def _demand_all_right(results: Iterable[RecordResult]) -> None:
    """The demo's own records are right; if one is refused, say which and why."""
    for result in results:
        if result.errors:
            raise Conflict(f"Demo record {result.external_id}: {result.errors}")
