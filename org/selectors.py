"""Reads about the company, its units and its people. Lists take the scope; single rows of the frame don't."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from django.db.models import Count, Exists, F, Max, OuterRef, Prefetch, Q, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce
from django.utils import timezone

from org.models import (
    ApiToken,
    ApiUsage,
    Assignment,
    AuditEntry,
    CalendarDay,
    Company,
    CreditInterval,
    DeliveryState,
    FirstPeriod,
    HookDelivery,
    HookEndpoint,
    Invitation,
    Person,
    SavedFilter,
    Unit,
    UnitClosure,
    User,
)
from org.reading import remembered
from org.scope import Scope

COMPANY_KEY = 1


def company_get() -> Company:
    """The company of this installation (made by the first migration); once while a page is read."""
    return remembered("company", lambda: Company.objects.get(pk=COMPANY_KEY))


def company_zone(company: Company | None = None) -> ZoneInfo:
    """The time zone in which days are cut."""
    return ZoneInfo((company or company_get()).time_zone)


def company_today(now: dt.datetime | None = None) -> dt.date:
    """The day it is for the company."""
    return (now or timezone.now()).astimezone(company_zone()).date()


def calendar_overrides(start: dt.date, end: dt.date) -> dict[dt.date, bool]:
    """The company's own days in [start, end): True where it works."""
    days = CalendarDay.objects.filter(day__gte=start, day__lt=end)
    return dict(days.values_list("day", "is_workday"))


def unit_root() -> Unit:
    """The top of the unit tree."""
    return Unit.objects.get(parent=None)


def unit_placeholder() -> Unit:
    """The unit "No team"."""
    return Unit.objects.get(is_placeholder=True)


def person_placeholder() -> Person:
    """The person "No owner"."""
    return Person.objects.get(is_placeholder=True)


def unit_get(unit_id: int, *, scope: Scope) -> Unit | None:
    """A unit in scope, or None."""
    return scope.restrict(Unit.objects.select_related("parent")).filter(pk=unit_id).first()


def person_home(person_id: int, *, scope: Scope) -> tuple[Person, Unit | None] | None:
    """A visible person and the unit their own targets are counted in; None out of scope.

    The unit they sell in on the scope's day, else the last one. One query, two for who never was in a unit.
    """
    stays = Assignment.objects.filter(person=person_id, person__is_placeholder=False)
    stays = scope.restrict(stays, "person").select_related("person", "unit")
    found = list(stays.order_by("-kind", "-share_bp", "pk"))  # "member" before "manager"
    if not found:
        person = person_get(person_id, scope=scope)
        return (person, None) if person is not None else None
    current = [stay for stay in found if stay.starts_on <= scope.on < stay.ends_on]
    chosen = current[0] if current else max(found, key=lambda stay: stay.ends_on)
    return chosen.person, chosen.unit


def person_get(person_id: int, *, scope: Scope) -> Person | None:
    """A person in scope, or None."""
    people = scope.restrict(Person.objects.select_related("user")).filter(is_placeholder=False)
    return people.filter(pk=person_id).first()


def unit_ancestors(unit_id: int) -> list[Unit]:
    """From the root down to the unit itself."""
    links = UnitClosure.objects.filter(descendant=unit_id).select_related("ancestor").order_by("-depth")
    return [link.ancestor for link in links]


def unit_descendant_ids(unit_id: int) -> list[int]:
    """The unit and all units below it."""
    return list(UnitClosure.objects.filter(ancestor=unit_id).values_list("descendant", flat=True))


@dataclass(frozen=True)
class TreeRow:
    """A unit in the order of the tree, with its depth below the first row's unit."""

    unit: Unit
    depth: int
    people: int = 0


def unit_tree(*, scope: Scope, with_placeholder: bool = False) -> list[TreeRow]:
    """The visible units, parents before children, siblings in their order; in one query."""
    units = scope.restrict(Unit.objects.all())
    if not with_placeholder:
        units = units.filter(is_placeholder=False)
    current = Q(assignments__starts_on__lte=scope.on, assignments__ends_on__gt=scope.on)
    counted = units.annotate(people_count=Count("assignments__person", filter=current, distinct=True))
    people = {unit.pk: unit.people_count for unit in counted}
    visible: dict[int, Unit] = {unit.pk: unit for unit in counted}
    children: dict[int | None, list[Unit]] = {}
    for unit in visible.values():
        above = unit.parent_id if unit.parent_id in visible else None
        children.setdefault(above, []).append(unit)
    rows: list[TreeRow] = []
    waiting = [(unit, 0) for unit in reversed(children.get(None, []))]
    while waiting:
        unit, depth = waiting.pop()
        rows.append(TreeRow(unit, depth, people[unit.pk]))
        waiting += [(child, depth + 1) for child in reversed(children.get(unit.pk, []))]
    return rows


def units_with_parents(*, scope: Scope) -> QuerySet[Unit]:
    """The visible units, each with its parent."""
    return scope.restrict(Unit.objects.filter(is_placeholder=False)).select_related("parent")


def people_list(
    *, scope: Scope, query: str = "", unit_id: int | None = None, state: str = "", order: str = "name"
) -> QuerySet[Person]:
    """The visible people with their assignments; ``state`` is "", "active" or "left".

    ``order`` is "name" or "number", with a minus from the last to the first.
    """
    people = scope.restrict(Person.objects.filter(is_placeholder=False)).select_related("user")
    people = people.prefetch_related(
        Prefetch("assignments", Assignment.objects.select_related("unit").order_by("-starts_on", "pk"))
    )
    if query:
        people = people.filter(
            Q(name__icontains=query) | Q(employee_number__icontains=query) | Q(email__icontains=query)
        )
    if unit_id is not None:
        inside = UnitClosure.objects.filter(ancestor=unit_id).values("descendant")
        here = Assignment.objects.filter(
            person=OuterRef("pk"), unit__in=inside, starts_on__lte=scope.on, ends_on__gt=scope.on
        )
        people = people.filter(Exists(here))
    if state == "active":
        people = people.filter(Q(left_on__isnull=True) | Q(left_on__gt=scope.on))
    elif state == "left":
        people = people.filter(left_on__lte=scope.on)
    return people.order_by(order.replace("number", "employee_number"), "pk")


def people_in_unit(unit_id: int, start: dt.date, end: dt.date, *, scope: Scope) -> QuerySet[Person]:
    """Everybody whose credit went to the unit or one below it on some day of [start, end)."""
    inside = UnitClosure.objects.filter(ancestor=unit_id).values("descendant")
    credited = CreditInterval.objects.filter(unit__in=inside, starts_on__lt=end, ends_on__gt=start)
    if not scope.sees_unit(unit_id):
        return Person.objects.none()
    return Person.objects.filter(pk__in=credited.values("person"), is_placeholder=False)


def person_stays(person: Person) -> QuerySet[Assignment]:
    """A person's assignments with their units, newest first."""
    return Assignment.objects.filter(person=person).select_related("unit").order_by("-starts_on", "pk")


def has_left(user: User) -> bool:
    """Whether the account's person is away by now."""
    return Person.objects.filter(user=user, left_on__lte=company_today()).exists()


def invitations_open(*, person: Person | None = None) -> QuerySet[Invitation]:
    """Invitations that can still be accepted, of everybody or of one person."""
    invitations = Invitation.objects.select_related("person", "invited_by").filter(
        accepted_at=None, revoked_at=None, expires_at__gt=timezone.now()
    )
    return invitations.filter(person=person) if person is not None else invitations


def audit_list(*, action: str = "", actor: User | None = None, subject: str = "") -> QuerySet[AuditEntry]:
    """The audit log, newest first; who may read it is the page's policy."""
    entries = AuditEntry.objects.select_related("actor")
    if action:
        entries = entries.filter(action__startswith=action)
    if actor is not None:
        entries = entries.filter(actor=actor)
    if subject:
        entries = entries.filter(subject_name__icontains=subject)
    return entries


def token_list(*, user: User, everyone: bool) -> QuerySet[ApiToken]:
    """One's own tokens, or everybody's."""
    tokens = ApiToken.objects.select_related("user")
    return tokens if everyone else tokens.filter(user=user)


def user_list(*, order: str = "email") -> QuerySet[User]:
    """All accounts with their grants and person.

    ``order`` is "email" or "seen", with a minus from the last to the first; who never signed in counts as
    having done so before everybody else.
    """
    users = User.objects.prefetch_related("role_grants").select_related("person")
    if order == "-seen":
        return users.order_by(F("last_login").desc(nulls_last=True), "pk")
    if order == "seen":
        return users.order_by(F("last_login").asc(nulls_first=True), "pk")
    return users.order_by(order, "pk")


def default_period(user: object) -> str:
    """The period that pages of figures open with for this user: theirs, or the month for a stranger."""
    return user.period if isinstance(user, User) else FirstPeriod.MONTH.value


def saved_filters_list(*, user_id: int | None, pages: Iterable[str]) -> QuerySet[SavedFilter]:
    """A user's saved filters of these lists; nobody sees another's."""
    return SavedFilter.objects.filter(user=user_id, page__in=list(pages))


def hook_kinds_wanted(*kinds: str) -> set[str]:
    """Those of the kinds of events that an active webhook endpoint wants to hear of."""
    listening = HookEndpoint.objects.filter(is_active=True).values_list("kinds", flat=True)
    return set(kinds) & {kind for wanted in listening for kind in wanted}


def hook_endpoints() -> QuerySet[HookEndpoint]:
    """All webhook endpoints with how much waits for each, was given up, and when it was last tried."""
    waiting = Count("deliveries", filter=Q(deliveries__state=DeliveryState.WAITING))
    failed = Count("deliveries", filter=Q(deliveries__state=DeliveryState.FAILED))
    last = Max("deliveries__attempted_at")
    return HookEndpoint.objects.annotate(waiting=waiting, failed=failed, attempted_at=last).order_by(
        "name", "pk"
    )


def hook_deliveries(*, endpoint: HookEndpoint | None = None, state: str = "") -> QuerySet[HookDelivery]:
    """The log of deliveries with their events, the newest first; of all endpoints or of one."""
    deliveries = HookDelivery.objects.select_related("event", "endpoint")
    if endpoint is not None:
        deliveries = deliveries.filter(endpoint=endpoint)
    return deliveries.filter(state=state) if state else deliveries


def hook_deliveries_due(now: dt.datetime) -> QuerySet[HookDelivery]:
    """What should be tried by now; what waits for an endpoint that is off is not."""
    return HookDelivery.objects.filter(
        state=DeliveryState.WAITING, next_attempt_at__lte=now, endpoint__is_active=True
    )


def token_usage_list(*, user: User, everyone: bool, since: dt.date) -> QuerySet[ApiToken]:
    """One's own tokens, or everybody's, with what they did since a day: the busiest first, unused ones last.

    Adds ``asked``, ``failed``, ``written``, ``longest``, ``outdated`` (requests to deprecated endpoints) and
    of the latest request ``seen_at``, ``seen_network``, ``seen_program``.
    """
    recent = Q(usage__day__gte=since)
    latest = ApiUsage.objects.filter(token=OuterRef("pk"), day__gte=since).order_by("-last_at", "-pk")

    errors = F("usage__client_errors") + F("usage__server_errors")
    outdated = recent & Q(usage__deprecated_on__isnull=False)
    return (
        token_list(user=user, everyone=everyone)
        .annotate(
            asked=Coalesce(Sum("usage__requests", filter=recent), 0),
            failed=Coalesce(Sum(errors, filter=recent), 0),
            written=Coalesce(Sum("usage__rows_written", filter=recent), 0),
            outdated=Coalesce(Sum("usage__requests", filter=outdated), 0),
            longest=Coalesce(Max("usage__longest_us", filter=recent), 0),
            seen_at=Subquery(latest.values("last_at")[:1]),
            seen_network=Subquery(latest.values("last_network")[:1]),
            seen_program=Subquery(latest.values("last_program")[:1]),
        )
        .order_by("-asked", "-created_at", "-pk")
    )


def token_usage(token: ApiToken, since: dt.date) -> list[ApiUsage]:
    """What a token did since a day: a row a day and endpoint, the latest day first."""
    return list(ApiUsage.objects.filter(token=token, day__gte=since).order_by("-day", "endpoint"))
