"""What a handover would move and what would stay, counted before it runs; and who owned a record when."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.db.models import Count, F, Q, QuerySet, Sum

from common.periods import Grain, period_containing
from crm.calc.records import Records
from crm.models import Account, FollowUp, Lead, LeadStatus, Opportunity, Outcome, Payment, Tenure
from org.calc.credit import BEGINNING
from org.models import Assignment, AssignmentKind, Person, Role, UnitClosure
from org.scope import Scope
from org.selectors import company_get

Record = Account | Lead | Opportunity
_OPEN_LEADS = (LeadStatus.NEW, LeadStatus.WORKING, LeadStatus.QUALIFIED)


@dataclass(frozen=True)
class Parcel:
    """What goes together: a customer with its open deals, open leads and next steps of one person.

    ``key`` is the customer's id, 0 for what belongs to none; ``open_minor`` its open deals in minor units of
    the plan currency.
    """

    key: int
    name: str
    records: Records
    open_minor: int = 0


@dataclass(frozen=True)
class Movement:
    """What a handover moves and leaves, in numbers; amounts in minor units of the plan currency.

    Deals won before the day and payments received before it stay; open deals count for the new owner when
    they close. ``sources`` are other systems that go on naming the former owner.
    """

    accounts: int = 0
    leads: int = 0
    follow_ups: int = 0
    open_deals: int = 0
    open_minor: int = 0
    won_staying: int = 0
    won_staying_minor: int = 0
    won_moving: int = 0
    won_moving_minor: int = 0
    quotes_staying: int = 0
    payments_moving: int = 0
    payments_moving_minor: int = 0
    sources: tuple[str, ...] = ()


def earliest_day(on: dt.date) -> dt.date:
    """The first day from which records may be handed over: earlier fiscal years are closed."""
    return period_containing(on, Grain.YEAR, company_get().fiscal_year_start_month).start


def handing_scope(scope: Scope) -> Scope:
    """Among whom the scope may hand records over: everybody for an administrator, else the people led.

    Leavers are their last unit's. At most one query; nobody for who leads no unit.
    """
    if scope.has(Role.ADMIN) or not scope.sees_everything:
        return scope if scope.has(Role.ADMIN, Role.MANAGER) else Scope(on=scope.on)
    now = {"starts_on__lte": scope.on, "ends_on__gt": scope.on}
    managed = Assignment.objects.filter(person=scope.person_id, kind=AssignmentKind.MANAGER, **now)
    below = UnitClosure.objects.filter(ancestor__in=managed.values("unit")).values_list(
        "descendant", flat=True
    )
    units = frozenset(below) if scope.has(Role.MANAGER) else frozenset()
    return Scope(on=scope.on, person_id=scope.person_id if units else None, unit_ids=units)


def receivers(*, scope: Scope, giver: int) -> QuerySet[Person]:
    """Who may get a person's records: those here to stay whom the scope may hand over to."""
    people = Person.objects.filter(left_on=None, is_placeholder=False).exclude(pk=giver)
    return handing_scope(scope).restrict(people).order_by("name", "pk")


def parcels_of(person: int, *, with_won: bool = False, account: Account | None = None) -> list[Parcel]:
    """A person's accounts, open deals, open leads and next steps, a parcel a customer, the largest first.

    Of one ``account``, or of all. ``with_won``: won deals too, for the payments still to come. Four queries;
    the caller has asked whether the person is in scope.
    """
    outcomes = [Outcome.OPEN, Outcome.WON] if with_won else [Outcome.OPEN]
    accounts = Account.objects.filter(owner=person, deleted_at=None)
    deals = Opportunity.objects.filter(owner=person, deleted_at=None, outcome__in=outcomes)
    leads = Lead.objects.filter(owner=person, deleted_at=None, status__in=_OPEN_LEADS)
    steps = FollowUp.objects.filter(person=person, done_at=None, next_step_on__isnull=False)
    if account is not None:
        accounts = accounts.filter(pk=account.pk)
        deals, leads = deals.filter(account=account), leads.filter(account=account)
        steps = steps.filter(Q(account=account) | Q(opportunity__account=account))
    found: dict[int, Parcel] = {}
    for pk, name in accounts.values_list("pk", "name"):
        _add(found, pk, name, Records(accounts=frozenset({pk})))
    for pk, key, name, outcome, minor in deals.values_list(
        "pk", "account", "account__name", "outcome", "plan_amount_minor"
    ):
        is_open = outcome == Outcome.OPEN
        _add(found, key, name, Records(opportunities=frozenset({pk})), minor if is_open else 0)
    for pk, key, name in leads.values_list("pk", "account", "account__name"):
        _add(found, key, name, Records(leads=frozenset({pk})))
    for pk, key, name, of_deal, deal_name in steps.values_list(
        "pk", "account", "account__name", "opportunity__account", "opportunity__account__name"
    ):
        _add(found, key or of_deal, name or deal_name, Records(follow_ups=frozenset({pk})))
    return sorted(found.values(), key=lambda parcel: (-parcel.open_minor, parcel.name, parcel.key))


def parcel_of(record: Lead | Opportunity) -> Parcel:
    """One deal with its owner's next steps, or one lead."""
    if isinstance(record, Lead):
        return Parcel(record.pk, record.name, Records(leads=frozenset({record.pk})))
    steps = record.follow_ups.filter(person=record.owner_id, done_at=None, next_step_on__isnull=False)
    records = Records(
        opportunities=frozenset({record.pk}), follow_ups=frozenset(steps.values_list("pk", flat=True))
    )
    minor = record.plan_amount_minor if record.outcome == Outcome.OPEN else 0
    return Parcel(record.pk, record.name or record.external_id, records, minor)


def movement_of(records: Records, day: dt.date, *, giver: int | None = None) -> Movement:
    """What handing these records over from a day moves and leaves; four queries.

    With a ``giver``, all they won this fiscal year stands among what stays, handed over or not.
    """
    deals = Opportunity.objects.filter(pk__in=records.opportunities)
    won, minor = Q(outcome=Outcome.WON), "plan_amount_minor"
    before, after = won & Q(closed_on__lt=day), won & Q(closed_on__gte=day)
    sums = deals.aggregate(
        open_deals=Count("pk", filter=Q(outcome=Outcome.OPEN)),
        open_minor=Sum(minor, filter=Q(outcome=Outcome.OPEN), default=0),
        won_moving=Count("pk", filter=after),
        won_moving_minor=Sum(minor, filter=after, default=0),
        quotes_staying=Count("pk", filter=Q(quote_sent_on__lt=day)),
    )
    past = deals
    if giver is not None:
        past = Opportunity.objects.filter(owner=giver, deleted_at=None, closed_on__gte=earliest_day(day))
        before = won & ~Q(pk__in=deals.filter(after).values("pk"))
    sums |= past.aggregate(
        won_staying=Count("pk", filter=before), won_staying_minor=Sum(minor, filter=before, default=0)
    )
    paid = Payment.objects.filter(
        opportunity__in=records.opportunities, owner=F("opportunity__owner"), received_on__gte=day
    )
    sums |= paid.filter(deleted_at=None).aggregate(
        payments_moving=Count("pk"), payments_moving_minor=Sum(minor, default=0)
    )
    counts = {name: len(getattr(records, name)) for name in ("accounts", "leads", "follow_ups")}
    numbers: dict[str, Any] = {**sums, **counts}
    return Movement(**numbers, sources=_sources(records))


def tenures_of(record: Record) -> list[Tenure]:
    """The former owners of a record, the last first, with who handed it over; at most one query."""
    if record.owner_since == BEGINNING:
        return []
    rows = record.tenures.select_related("person", "handed_by")
    return list(rows.order_by("-starts_on"))


def leavers(deals: QuerySet[Opportunity], *, scope: Scope) -> list[dict[str, Any]]:
    """Whose deals these are, with how many and how much, for those whose books the scope may hand over."""
    groups = deals.order_by().values("owner", "owner__name")
    counted: QuerySet[Any, Any] = groups.annotate(count=Count("pk"), minor=Sum("plan_amount_minor"))
    return list(handing_scope(scope).restrict(counted, "owner").order_by("-minor", "owner"))


def _add(
    found: dict[int, Parcel], key: int | None, name: str | None, records: Records, minor: int = 0
) -> None:
    """Put records into the parcel of their customer."""
    parcel = found.get(key or 0) or Parcel(key or 0, name or "", Records())
    found[parcel.key] = replace(
        parcel, records=parcel.records | records, open_minor=parcel.open_minor + minor
    )


def together(parcels: Iterable[Parcel]) -> Records:
    """The records of several parcels."""
    whole = Records()
    for parcel in parcels:
        whole |= parcel.records
    return whole


def _sources(records: Records) -> tuple[str, ...]:
    """The systems that these records come from, other than our own pages."""
    found: set[str] = set()
    tables: Sequence[tuple[Any, Collection[int]]] = (
        (Account, records.accounts), (Opportunity, records.opportunities), (Lead, records.leads),
    )  # fmt: skip
    for table, ids in tables:
        if ids:
            found |= set(table.objects.filter(pk__in=ids).values_list("source", flat=True).distinct())
    return tuple(sorted(found - {"local"}))
