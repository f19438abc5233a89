"""What is known of the people a target is shared by: results by month, days in the unit, customers.

A fixed number of queries whatever the number of people, and for the targets of several units at once.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from django.db.models import Avg, Case, Count, Q, QuerySet, Sum, When
from django.db.models.functions import Ln, TruncMonth
from numpy.typing import NDArray

from crm.models import Account
from metrics.models import DailyActual, UnitDailyActual
from org.models import CreditInterval, Unit, UnitClosure
from org.selectors import company_today
from targets.calc.capability import peer_rates
from targets.calc.people import DAYS_A_MONTH
from targets.models import Plan, Target
from targets.selectors.trees import NAMED, SEGMENTS

Floats = NDArray[np.float64]
HISTORY_MONTHS = 24
RAMP_START = 0.25


@dataclass
class PersonEvidence:
    """What is known of one person; arrays have a value for each month of the team's ``months``.

    ``accounts`` and ``mix`` (customers by segments) are of today; ``stay`` the days of the plan's year in the
    unit, ``availability`` their part of it, shares of credit counted.
    """

    target: Target
    results: Floats
    presence: Floats
    hired_on: dt.date | None = None
    stay: tuple[dt.date, dt.date] | None = None
    availability: float = 0.0
    home_unit: int | None = None
    accounts: int = 0
    known_accounts: int = 0
    log_potential: float | None = None
    mix: dict[tuple[int, ...], int] = field(default_factory=dict)

    def tenure_months(self, on: dt.date) -> float:
        """Months since the person was hired; 0 before, or where nobody knows."""
        return max(0, (on - self.hired_on).days) / DAYS_A_MONTH if self.hired_on else 0.0

    def ramps(self, months: Sequence[dt.date], ramp_months: int) -> Floats:
        """How far the person was ramped in the middle of each month, 0.25 to 1."""
        return _ramps(months, (self.hired_on or dt.date.min).toordinal(), ramp_months)


@dataclass
class TeamEvidence:
    """The people of one target, the months with history, exposure and results of their peers."""

    parent: Target
    people: list[PersonEvidence]
    months: list[dt.date]
    peers: _Peers

    def rates(self, ramp_months: int) -> Floats:
        """What one full seller of such units had in each month."""
        exposure = self.peers.exposure(self.months, ramp_months)
        return peer_rates(self.peers.results[np.newaxis, :], exposure[np.newaxis, :])

    def past_year(self, person: PersonEvidence) -> int:
        """The person's results in the twelve months before the plan, as far as they are over."""
        plan = self.parent.plan
        first = plan.starts_on.replace(year=plan.starts_on.year - 1)
        return int(sum(value for at, value in zip(self.months, person.results, strict=True) if at >= first))


@dataclass
class _Peers:
    """Everybody in units of one kind: a row a stay (presence in each month, day hired)."""

    results: Floats
    presence: Floats
    hired: NDArray[np.int64]

    def exposure(self, months: Sequence[dt.date], ramp_months: int) -> Floats:
        ramps = _ramps(months, self.hired[:, np.newaxis], ramp_months)
        total: Floats = (self.presence * ramps).sum(axis=0)
        return total


def people_children(parents: Sequence[Target]) -> list[Target]:
    """The targets of people right below these, in their order; one query."""
    rows = Target.objects.filter(parent__in=parents, person__isnull=False)
    return list(rows.select_related("plan", "parent", *NAMED).order_by("position", "pk"))


def people_evidence(parents: Sequence[Target], children: Sequence[Target]) -> dict[int, TeamEvidence]:
    """The evidence of each of these targets of one plan, metric and cut by segments, by id; six queries."""
    if not parents:
        return {}
    first = parents[0]
    months = history_months(first.plan)
    peer_units = _PeerUnits.of(parents)
    stays = _stays([child.person_id or 0 for child in children], peer_units, months, first.plan)
    results = _results(first, children, peer_units, months)
    accounts = _accounts(first, children)
    peers = _peers(first, peer_units, months)
    teams = {}
    for parent in parents:
        inside, key = peer_units.below[parent.unit_id], peer_units.key(parent.unit)
        people = []
        for child in children:
            if child.parent_id != parent.pk:
                continue
            person = PersonEvidence(
                child,
                results.get((child.person_id, key), np.zeros(len(months))),
                np.zeros(len(months)),
            )
            _stay_told(person, stays.get(child.person_id or 0, []), peer_units.units[key], inside, months)
            _accounts_told(person, accounts.get(child.person_id or 0, []), parent)
            people.append(person)
        teams[parent.pk] = TeamEvidence(parent, people, months, peers[key])
    return teams


def history_months(plan: Plan) -> list[dt.date]:
    """The first days of the last 24 months that are over and lie before the plan."""
    end = min(plan.starts_on, company_today().replace(day=1))
    at = end.year * 12 + end.month - 1
    return [dt.date(month // 12, month % 12 + 1, 1) for month in range(at - HISTORY_MONTHS, at)]


@dataclass
class _PeerUnits:
    """Which units are peers of which: those of the same kind with all below them; without a kind it alone."""

    units: dict[str, set[int]]
    tops: dict[str, set[int]]
    below: dict[int, set[int]]

    @staticmethod
    def key(unit: Unit) -> str:
        return unit.kind or f"#{unit.pk}"

    @classmethod
    def of(cls, parents: Sequence[Target]) -> _PeerUnits:
        kinds = {parent.unit.kind for parent in parents if parent.unit.kind}
        alone = {parent.unit_id for parent in parents if not parent.unit.kind}
        links = UnitClosure.objects.filter(
            Q(ancestor__kind__in=kinds) | Q(ancestor__in=alone),
            ancestor__is_placeholder=False,
            descendant__is_placeholder=False,
        )
        below: dict[int, set[int]] = {}
        kind_of: dict[int, str] = {}
        for kind, above, unit in links.values_list("ancestor__kind", "ancestor", "descendant"):
            below.setdefault(above, set()).add(unit)
            kind_of[above] = kind or f"#{above}"
        units: dict[str, set[int]] = {}
        nested: set[int] = set()
        for above, inside in below.items():
            units.setdefault(kind_of[above], set()).update(inside)
            nested |= {unit for unit in inside if unit != above and kind_of.get(unit) == kind_of[above]}
        tops: dict[str, set[int]] = {}
        for above, kind in kind_of.items():
            if above not in nested:
                tops.setdefault(kind, set()).add(above)
        return cls(units, tops, below)

    @property
    def all_units(self) -> set[int]:
        return set().union(*self.units.values())


@dataclass(frozen=True)
class _Stay:
    unit: int
    starts_on: dt.date
    ends_on: dt.date
    share: float
    hired_on: dt.date | None


def _stays(
    people: Collection[int], peers: _PeerUnits, months: Sequence[dt.date], plan: Plan
) -> dict[int, list[_Stay]]:
    """Where these people's credit goes, by person, in the units of their peers."""
    rows = CreditInterval.objects.filter(
        person__in=people, unit__in=peers.all_units, starts_on__lt=plan.ends_on, ends_on__gt=months[0]
    )
    found: dict[int, list[_Stay]] = {}
    columns = ("person", "unit", "starts_on", "ends_on", "from_bp", "to_bp", "person__hired_on")
    for person, unit, starts, ends, low, high, hired in rows.values_list(*columns):
        found.setdefault(person, []).append(_Stay(unit, starts, ends, (high - low) / 10_000, hired))
    return found


def _stay_told(
    person: PersonEvidence,
    stays: Sequence[_Stay],
    of_peers: set[int],
    inside: set[int],
    months: Sequence[dt.date],
) -> None:
    """Fill in when the person was hired, the presence in past months and the stay in the plan's year."""
    plan, counted = person.target.plan, [stay for stay in stays if stay.unit in of_peers]
    if not counted:
        return
    person.hired_on = counted[0].hired_on or min(stay.starts_on for stay in stays)
    spans = [(stay.starts_on.toordinal(), stay.ends_on.toordinal(), stay.share) for stay in counted]
    person.presence = _presence(spans, months).sum(axis=0)
    here = [stay for stay in counted if stay.unit in inside and stay.ends_on > plan.starts_on]
    year = (plan.ends_on - plan.starts_on).days
    starts = person.target.starts_on or plan.starts_on
    ends = person.target.ends_on or plan.ends_on
    days: dict[int, float] = {}
    for stay in here:
        span = (min(stay.ends_on, ends) - max(stay.starts_on, starts)).days
        if span > 0:
            days[stay.unit] = days.get(stay.unit, 0.0) + span * stay.share
    if days:
        first = max(starts, min(stay.starts_on for stay in here))
        person.stay = (first, min(ends, max(stay.ends_on for stay in here)))
        person.availability = round(min(1.0, sum(days.values()) / year), 6)
        person.home_unit = max(days, key=lambda unit: days[unit])


def _presence(spans: Sequence[tuple[int, int, float]], months: Sequence[dt.date]) -> Floats:
    """The part of each month that each span [start, end) covers, times its share; spans × months."""
    table = np.array(spans, float).reshape(-1, 3)
    edges = np.array([day.toordinal() for day in [*months, _after(months[-1])]], float)
    first, last = edges[:-1], edges[1:]
    overlap = np.minimum(table[:, 1:2], last) - np.maximum(table[:, 0:1], first)
    part: Floats = np.clip(overlap, 0, None) / (last - first) * table[:, 2:3]
    return part


def _peers(first: Target, units: _PeerUnits, months: Sequence[dt.date]) -> dict[str, _Peers]:
    """The stays and results of everybody in such units, by kind; two queries."""
    stays = CreditInterval.objects.filter(
        unit__in=units.all_units, starts_on__lt=_after(months[-1]), ends_on__gt=months[0]
    ).values_list("unit", "starts_on", "ends_on", "from_bp", "to_bp", "person__hired_on")
    rows = list(stays)
    sums: QuerySet[Any]
    if any(getattr(first, f"{kind}_id") for kind in SEGMENTS):
        sums, counted = _cut(first, DailyActual.objects.filter(unit__in=units.all_units)), units.units
    else:
        tops = set().union(*units.tops.values())
        sums, counted = UnitDailyActual.objects.filter(unit__in=tops), units.tops
    monthly = list(_monthly(sums, first, months, "unit_id"))
    found = {}
    for key, inside in units.units.items():
        mine = [row for row in rows if row[0] in inside]
        spans = [(s.toordinal(), e.toordinal(), (high - low) / 10_000) for _u, s, e, low, high, _h in mine]
        results = np.zeros(len(months))
        for unit, month, value in monthly:
            if unit in counted[key]:
                results[months.index(month)] += value
        hired = np.array([(row[5] or row[1]).toordinal() for row in mine], np.int64)
        found[key] = _Peers(results, _presence(spans, months), hired)
    return found


def _results(
    first: Target, children: Iterable[Target], units: _PeerUnits, months: Sequence[dt.date]
) -> dict[tuple[int | None, str], Floats]:
    """Each person's results by month in the units of a kind."""
    people = [child.person_id for child in children]
    rows = _cut(first, DailyActual.objects.filter(person__in=people, unit__in=units.all_units))
    found: dict[tuple[int | None, str], Floats] = {}
    for unit, person, month, value in _monthly(rows, first, months, "unit_id", "person_id"):
        for key, inside in units.units.items():
            if unit in inside:
                line = found.setdefault((person, key), np.zeros(len(months)))
                line[months.index(month)] += value
    return found


def _cut(first: Target, rows: QuerySet[Any]) -> QuerySet[Any]:
    named = {kind: getattr(first, f"{kind}_id") for kind in SEGMENTS if getattr(first, f"{kind}_id")}
    return rows.filter(**named)


def _monthly(rows: QuerySet[Any], first: Target, months: Sequence[dt.date], *keys: str) -> QuerySet[Any, Any]:
    inside = rows.filter(metric=first.metric_id, day__gte=months[0], day__lt=_after(months[-1]))
    grouped = inside.annotate(month=TruncMonth("day")).order_by().values(*keys, "month")
    sums: QuerySet[Any, Any] = grouped.annotate(total=Sum("value")).values_list(*keys, "month", "total")
    return sums


def _accounts(first: Target, children: Iterable[Target]) -> dict[int, list[tuple[Any, ...]]]:
    """The customers of these people by region and customer type; of the target's own segments."""
    people = [child.person_id for child in children]
    rows = Account.objects.filter(owner__in=people, deleted_at=None)
    cut = {kind: getattr(first, f"{kind}_id") for kind in ("region", "customer_type")}
    rows = rows.filter(**{kind: segment for kind, segment in cut.items() if segment})
    is_known = Q(annual_revenue_minor__gt=0) & Q(currency__in=("", first.plan.currency))
    grouped = rows.order_by().values("owner_id", "region_id", "customer_type_id")
    told = grouped.annotate(
        count=Count("pk"),
        known=Count("pk", filter=is_known),
        log=Avg(Case(When(is_known, then=Ln("annual_revenue_minor")))),
    )
    found: dict[int, list[tuple[Any, ...]]] = {}
    for owner, *rest in told.values_list(
        "owner_id", "region_id", "customer_type_id", "count", "known", "log"
    ):
        found.setdefault(owner, []).append(tuple(rest))
    return found


def _accounts_told(person: PersonEvidence, rows: Iterable[tuple[Any, ...]], parent: Target) -> None:
    """Fill in the customers; segments the target is cut by already don't tell people apart."""
    logs = 0.0
    for region, customer_type, count, known, log in rows:
        key = tuple(
            segment
            for segment, own in ((region, parent.region_id), (customer_type, parent.customer_type_id))
            if own is None
        )
        person.mix[key] = person.mix.get(key, 0) + count
        person.accounts += count
        person.known_accounts += known
        logs += known * (log or 0.0)
    person.log_potential = logs / person.known_accounts if person.known_accounts else None


def _ramps(months: Sequence[dt.date], hired: Any, ramp_months: int) -> Floats:
    """The ramp in the middle of each month for who was hired on a day (ordinals that broadcast)."""
    mid = np.array([day.toordinal() + 15 for day in months], float)
    if not ramp_months:
        return np.ones_like(mid - np.asarray(hired, float))
    tenure = np.clip((mid - np.asarray(hired, float)) / DAYS_A_MONTH, 0, None)
    risen: Floats = np.minimum(1.0, RAMP_START + (1 - RAMP_START) * tenure / ramp_months)
    return risen


def _after(month: dt.date) -> dt.date:
    """The first day of the month after."""
    return (month.replace(day=28) + dt.timedelta(days=4)).replace(day=1)
