"""Loading a demo company through the same services every door uses."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping

import numpy as np
from django.db import transaction

from common.errors import Conflict
from common.records import RecordResult
from crm.models import ChangedDay
from crm.services import records_upsert, segment_ensure
from metrics.models import ChangedActual
from metrics.services import recompute_actuals
from org.models import ChangedCredit, Company, Person, Role, User
from org.selectors import company_get, company_today
from org.services import people_upsert, role_grant, sandbox_make, units_upsert
from salesgoals.demo.appliances import APPLIANCES
from salesgoals.demo.building import BUILDING
from salesgoals.demo.deals import DealMaker
from salesgoals.demo.facts import Facts, Stage
from salesgoals.demo.people import Structure, structure
from salesgoals.demo.plan import plan_make
from salesgoals.demo.saas import SAAS
from salesgoals.demo.shape import FULL, Business, Size
from salesgoals.demo.work import WorkMaker
from tracking.services import alerts_catch_up, refresh_snapshots

SOURCE = "demo"
PASSWORD = "demo-salesgoals"  # noqa: S105  # the demo's, printed at every start; not for a real company
ADMIN = "admin@demo.example"
# Sign-in, label, and who it is in ``Business.sign_ins``.
SIGN_INS = (
    ("rep@demo.example", "Sales representative", "rep"),
    ("manager@demo.example", "Team manager", "manager"),
    ("director@demo.example", "Executive", "director"),
    ("finance@demo.example", "Finance", None),
    (ADMIN, "Administrator", None),
)
GRANTS = {
    "director@demo.example": Role.EXECUTIVE,
    "finance@demo.example": Role.FINANCE,
    ADMIN: Role.ADMIN,
}
BUSINESSES: Mapping[str, Business] = {each.code: each for each in (APPLIANCES, BUILDING, SAAS)}
RESOURCES = ("products", "accounts", "leads", "opportunities", "activities", "payments")
BATCH = 10_000
Say = Callable[[str], object]


@transaction.atomic
def load_company(code: str, *, seed: int, say: Say, today: dt.date | None = None, size: Size = FULL) -> None:
    """Fill an empty installation with a demo company as of ``today`` (by default that of its own time zone).

    All of it or nothing. Raises Conflict when a company is already set up: a demo never mixes with real data.
    """
    if company_get().is_set_up:
        raise Conflict(
            f"A company is already set up here ({company_get().name});"
            " the demo only fills an empty installation."
            " Give it one of its own: another folder by SALESGOALS_DATA_DIR or another DATABASE_URL."
        )
    business, rng = BUSINESSES[code], np.random.default_rng(seed)
    _company(business)
    today = today or company_today()
    made = structure(business, today, size, rng)
    _organisation(made)
    _users(business)
    _facts(facts_make(business, made, today, size, rng), say)
    say("Counting the daily actuals …")
    recompute_actuals()
    for outbox in (ChangedDay, ChangedCredit):
        outbox.objects.all().delete()  # nobody else writes yet, and all of it has been counted
    say("Making the plan …")
    _plans(business, made, today, size)
    say("Comparing actuals with the plan …")
    refresh_snapshots(as_of=today)
    alerts_catch_up(today)
    ChangedActual.objects.all().delete()
    sandbox_make(user=User.objects.get(email=ADMIN))
    Company.objects.update(is_set_up=True)


def facts_make(
    business: Business, made: Structure, today: dt.date, size: Size, rng: np.random.Generator
) -> Facts:
    """Every fact from the first day of history until today, and the pipeline open today. No database."""
    stage = Stage(business, made.sellers, today, size, rng)
    deals = DealMaker(stage)
    deals.make()
    if business.finish is not None:
        business.finish(stage)
    WorkMaker(stage, deals.pools).make()
    return stage.facts


def _company(business: Business) -> None:
    Company.objects.update(
        name=business.name,
        currency=business.currency,
        time_zone=business.time_zone,
        country=business.country,
    )
    for position, line in enumerate(business.lines):
        segment_ensure("product_line", line.code, line.name, position=position)
    for position, region in enumerate(business.regions):
        segment_ensure("region", region.code, region.name, position=position)
    for position, (code, name) in enumerate(business.customer_types):
        segment_ensure("customer_type", code, name, position=position)


def _organisation(made: Structure) -> None:
    for results in (
        units_upsert(source=SOURCE, records=made.units, actor=None),
        people_upsert(source=SOURCE, records=made.people, actor=None),
    ):
        _demand_all_right(results)


def _users(business: Business) -> None:
    """The accounts one signs in with; three of them are people of the company."""
    for email, label, role in SIGN_INS:
        user = User.objects.create_user(username=email, email=email, password=PASSWORD, first_name=label)
        if role:
            person = Person.objects.get(employee_number=business.sign_ins[role])
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


def _plans(business: Business, made: Structure, today: dt.date, size: Size) -> None:
    """The plan of this year, and of last year where the history reaches back so far."""
    director = User.objects.get(email="director@demo.example")
    years = [today.year - 1, today.year] if size.history_days > 400 else [today.year]
    for year in years:
        plan_make(business, year, made.sellers, is_running=year == today.year, actor=director)


def _batches(records: list[dict[str, object]]) -> list[list[dict[str, object]]]:
    return [records[start : start + BATCH] for start in range(0, len(records), BATCH)]


def _demand_all_right(results: Iterable[RecordResult]) -> None:
    """The demo's own records are right; if one is refused, say which and why."""
    for result in results:
        if result.errors:
            raise Conflict(f"Demo record {result.external_id}: {result.errors}")
