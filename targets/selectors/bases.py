"""What the children of a target have of each basis of a split: history, last plan, accounts, heads.

One figure a child in every column, in the children's order; a fixed number of queries, whatever their number.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.db.models import Count, F, Q, QuerySet, Sum

from crm.models import Account
from metrics.models import UnitDailyActual
from metrics.selectors import visible_actuals
from org.models import Assignment, AssignmentKind, CreditInterval, UnitClosure
from org.scope import Scope
from org.selectors import company_today
from targets.models import Plan, PlanStatus, Target
from targets.selectors.trees import SEGMENTS

Window = tuple[dt.date, dt.date]


def split_dimension(parent: Target, child: Target) -> str:
    """By what a child differs from its parent: a dimension, else "person" or "unit"."""
    changed = (kind for kind in SEGMENTS if getattr(child, f"{kind}_id") != getattr(parent, f"{kind}_id"))
    return next(changed, "person" if child.person_id != parent.person_id else "unit")


def history_windows(plan: Plan) -> tuple[Window, Window]:
    """The last 12 and 24 full months that are over, of those before the plan's end."""
    end = min(company_today().replace(day=1), plan.ends_on)
    return (_years_before(end, 1), end), (_years_before(end, 2), end)


def _years_before(day: dt.date, years: int) -> dt.date:
    return day.replace(year=day.year - years)


def history_sums(
    target: Target, children: Sequence[Target], windows: Sequence[Window], *, scope: Scope
) -> list[list[int]]:
    """What each child achieved of the metric in each window, windows × children.

    A unit counts with its subtree, a segment inside the parent's owner, a person with all results of the
    own, also those of another team: that is what the next year is asked by.
    """
    first, last = min(start for start, _end in windows), max(end for _start, end in windows)
    inside = {"metric": target.metric_id, "day__gte": first, "day__lt": last}
    segments = {kind: getattr(target, f"{kind}_id") for kind in SEGMENTS}
    found: dict[tuple[str, int], list[int]] = {}
    kinds = {split_dimension(target, child) for child in children}
    for kind in kinds:
        if kind == "unit" and not any(segments.values()):
            units = [child.unit_id for child in children]
            rows: QuerySet[Any] = scope.restrict(UnitDailyActual.objects.filter(unit__in=units), "unit")
        elif kind == "person":
            people = [child.person_id for child in children]
            rows = visible_actuals(scope, segments=segments).filter(person__in=people)
        else:
            rows = visible_actuals(scope, unit=target.unit, person=target.person, segments=segments)
        sums = _sums(rows.filter(**inside), kind, windows)
        if kind == "unit" and any(segments.values()):
            sums = _rolled_up(sums, [child.unit_id for child in children])
        found |= {(kind, key): values for key, values in sums.items()}
    nothing = [0] * len(windows)
    kept = [found.get(_key(target, child), nothing) for child in children]
    return [[values[at] for values in kept] for at in range(len(windows))]


def _sums(rows: QuerySet[Any], kind: str, windows: Sequence[Window]) -> dict[int, list[int]]:
    sums = {
        f"w{at}": Sum("value", filter=Q(day__gte=start, day__lt=end), default=0)
        for at, (start, end) in enumerate(windows)
    }
    grouped = rows.order_by().values(key=F(f"{kind}_id")).annotate(**sums).values_list("key", *sums)
    return {row[0]: [int(value) for value in row[1:]] for row in grouped}


def _rolled_up(sums: Mapping[int, list[int]], units: Iterable[int]) -> dict[int, list[int]]:
    """Figures by unit, summed up to these units."""
    rolled: dict[int, list[int]] = {}
    pairs = UnitClosure.objects.filter(ancestor__in=list(units), descendant__in=list(sums))
    for above, below in pairs.values_list("ancestor_id", "descendant_id"):
        values = sums[below]
        rolled[above] = [a + b for a, b in zip(rolled.get(above, [0] * len(values)), values, strict=True)]
    return rolled


def _key(parent: Target, child: Target) -> tuple[str, int]:
    kind = split_dimension(parent, child)
    return kind, getattr(child, f"{kind}_id")


def plan_before(plan: Plan) -> Plan | None:
    """The plan published last of the same or an earlier year, other than this one."""
    earlier = Q(fiscal_year__lt=plan.fiscal_year) | Q(fiscal_year=plan.fiscal_year, number__lt=plan.number)
    published = Q(status__in=[PlanStatus.PUBLISHED, PlanStatus.CLOSED])
    return Plan.objects.filter(earlier, published).order_by("-fiscal_year", "-number").first()


def last_amounts(before: Plan | None, target: Target, children: Sequence[Target]) -> list[int]:
    """What the same owner and segments had in that plan; people wherever they were. One query."""
    if before is None:
        return [0] * len(children)
    rows = Target.objects.filter(plan=before, metric=target.metric_id)
    people = {child.person_id for child in children if child.person_id}
    if people and len(people) == len(children):
        rows = rows.filter(person__in=people)
    else:
        rows = rows.filter(unit__in={child.unit_id for child in children})
    had: dict[tuple[int | None, ...], int] = {}
    names = ("unit_id", "person_id", *(f"{kind}_id" for kind in SEGMENTS))
    for *owner, amount in rows.values_list(*names, "amount"):
        key = _owner_key(owner)
        had[key] = had.get(key, 0) + amount
    return [had.get(_owner_key([getattr(child, name) for name in names]), 0) for child in children]


def _owner_key(owner: Sequence[int | None]) -> tuple[int | None, ...]:
    """A person is the same in another unit."""
    unit, person, *segments = owner
    return (None if person else unit, person, *segments)


def accounts_and_heads(
    target: Target, children: Sequence[Target], *, scope: Scope
) -> tuple[list[int], list[int], list[int]]:
    """Number of accounts, their yearly revenue in the plan's currency (minor units), and sellers, each child.

    Accounts count where their owner sells; a product line has none of its own. Four queries.
    """
    day = min(max(company_today(), target.plan.starts_on), target.plan.ends_on - dt.timedelta(days=1))
    units_of = _credited(target, day)
    chains = _chains(target, children)
    kinds = [split_dimension(target, child) for child in children]
    counts, revenue = [0] * len(children), [0] * len(children)
    heads: list[set[int]] = [set() for _child in children]
    places: dict[tuple[str, int], list[int]] = {}
    for at, child in enumerate(children):
        places.setdefault(_key(target, child), []).append(at)
    for person, units in _members(target, day).items():
        above = {unit for each in units for unit in chains.get(each, ())}
        for at in _places(places, {"person": [person], "unit": above}):
            heads[at].add(person)
    for owner, region, customer_type, number, money in _accounts(target, units_of, scope):
        above = {unit for each in units_of.get(owner, ()) for unit in chains.get(each, ())}
        keys = {"person": [owner], "unit": above, "region": [region], "customer_type": [customer_type]}
        for at in _places(places, keys):
            counts[at] += number
            revenue[at] += money
    are_owners = [kind in ("unit", "person") for kind in kinds]
    return (
        counts,
        revenue,
        [len(found) if owner else 0 for found, owner in zip(heads, are_owners, strict=True)],
    )


def _places(places: Mapping[tuple[str, int], list[int]], keys: Mapping[str, Iterable[int]]) -> list[int]:
    return [at for kind, ids in keys.items() for pk in ids for at in places.get((kind, pk), ())]


def _credited(target: Target, day: dt.date) -> dict[int, set[int]]:
    """The people credited under the target's unit on a day, with their units there."""
    return _stays(CreditInterval.objects.all(), target, day)


def _members(target: Target, day: dt.date) -> dict[int, set[int]]:
    """Those who sell there: who only manages does not count as a head."""
    return _stays(Assignment.objects.filter(kind=AssignmentKind.MEMBER), target, day)


def _stays(stays: QuerySet[Any], target: Target, day: dt.date) -> dict[int, set[int]]:
    below = UnitClosure.objects.filter(ancestor=target.unit_id, descendant__is_placeholder=False)
    stays = stays.filter(unit__in=below.values("descendant"), starts_on__lte=day, ends_on__gt=day)
    if target.person_id:
        stays = stays.filter(person=target.person_id)
    found: dict[int, set[int]] = {}
    for person, unit in stays.values_list("person_id", "unit_id"):
        found.setdefault(person, set()).add(unit)
    return found


def _chains(target: Target, children: Sequence[Target]) -> dict[int, list[int]]:
    """For each unit below, the children's units it lies in."""
    units = {child.unit_id for child in children if child.unit_id != target.unit_id}
    chains: dict[int, list[int]] = {}
    pairs = UnitClosure.objects.filter(ancestor__in=units)
    for above, below in pairs.values_list("ancestor_id", "descendant_id"):
        chains.setdefault(below, []).append(above)
    return chains


def _accounts(
    target: Target, units_of: Mapping[int, set[int]], scope: Scope
) -> Iterable[tuple[int, int, int, int, int]]:
    """(owner, region, customer type, number, revenue) of the accounts that sell inside the target."""
    rows = scope.restrict(Account.objects.filter(deleted_at=None), "owner")
    for kind in ("region", "customer_type"):
        if segment := getattr(target, f"{kind}_id"):
            rows = rows.filter(**{kind: segment})
    ours = Q(currency__in=["", target.plan.currency])
    grouped = rows.order_by().values_list("owner_id", "region_id", "customer_type_id")
    money = Sum("annual_revenue_minor", filter=ours, default=0)
    found = grouped.annotate(number=Count("pk"), money=money)
    return [row for row in found if row[0] in units_of]
