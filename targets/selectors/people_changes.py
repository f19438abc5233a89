"""Who joined, left or moved since a plan was published, where its targets do not say so yet."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from common.periods import fiscal_months
from org.models import Assignment, AssignmentKind, Person, Unit, UnitClosure
from org.scope import Scope
from targets.models import Plan, Target
from targets.selectors.adjustments import plan_adjustments
from targets.selectors.trees import targets_visible

LEAVES, JOINS, MOVES = "leaves", "joins", "moves"


@dataclass(frozen=True)
class PeopleChange:
    """A person whose targets should follow: left from ``leaves_unit`` on ``left_on``, is in ``joins_unit``
    from ``joined_on``; both for a move. ``month`` is the first whole month (0 … 11) that may change."""

    person: Person
    month: int
    leaves_unit: Unit | None = None
    left_on: dt.date | None = None
    joins_unit: Unit | None = None
    joined_on: dt.date | None = None

    @property
    def kind(self) -> str:
        if self.leaves_unit is not None and self.joins_unit is not None:
            return MOVES
        return LEAVES if self.leaves_unit is not None else JOINS

    @property
    def on(self) -> dt.date | None:
        return self.left_on or self.joined_on


@dataclass(frozen=True)
class _Left:
    unit: Unit
    on: dt.date
    month: int


def people_changes(plan: Plan, *, scope: Scope, today: dt.date) -> list[PeopleChange]:
    """The changes that the open months do not reflect, in the order of names; six queries."""
    months = fiscal_months(plan.fiscal_year, plan.starts_on.month)
    opens = next((at for at, month in enumerate(months) if month.start > today), 12)
    if opens > 11:
        return []
    rows = targets_visible(scope=scope).filter(plan=plan, is_additive=True)
    owned = list(rows.exclude(person=None))
    split_ids = {target.unit_id for target in owned}
    stays = list(
        Assignment.objects.filter(kind=AssignmentKind.MEMBER, starts_on__lt=plan.ends_on)
        .filter(person__is_placeholder=False)
        .select_related("person", "unit")
        .order_by("starts_on")
    )
    left = _left(owned, plan_adjustments(plan), stays, [month.start for month in months], opens)
    joined = _joined(owned, split_ids, stays, plan, months[opens].start)
    people = {stay.person_id: stay.person for stay in stays} | {t.person_id: t.person for t in owned}
    changes = []
    for person_id in left.keys() | joined.keys():
        gone, here = left.get(person_id), joined.get(person_id)
        person = people[person_id]
        if person is None:
            continue
        month = max(gone.month if gone else opens, opens)
        changes.append(
            PeopleChange(
                person,
                month,
                gone.unit if gone else None,
                gone.on if gone else None,
                here.unit if here else None,
                here.starts_on if here else None,
            )
        )
    return sorted(changes, key=lambda change: (change.person.name, change.person.pk))


def _left(
    owned: Sequence[Target],
    more: dict[int, list[int]],
    stays: Sequence[Assignment],
    starts: Sequence[dt.date],
    opens: int,
) -> dict[int | None, _Left]:
    """People with something planned in months that begin after their last day in the target's unit."""
    below: dict[int, set[int]] = {}
    units = {target.unit_id for target in owned}
    for ancestor, descendant in UnitClosure.objects.filter(ancestor__in=units).values_list(
        "ancestor", "descendant"
    ):
        below.setdefault(ancestor, set()).add(descendant)
    ends: dict[tuple[int, int], dt.date] = {}
    for stay in stays:
        key = (stay.person_id, stay.unit_id)
        ends[key] = max(ends.get(key, stay.ends_on), stay.ends_on)
    found: dict[int | None, _Left] = {}
    for target in owned:
        inside = [
            end
            for (person, unit), end in ends.items()
            if person == target.person_id and unit in below.get(target.unit_id, ())
        ]
        if not inside:
            continue
        away = max(inside)
        month = next((at for at, start in enumerate(starts) if at >= opens and start >= away), 12)
        added = more.get(target.pk, (0,) * 12)
        if any(have + extra for have, extra in list(zip(target.months, added, strict=True))[month:]):
            found.setdefault(target.person_id, _Left(target.unit, away, month))
    return found


def _joined(
    owned: Sequence[Target], split: set[int], stays: Sequence[Assignment], plan: Plan, opening: dt.date
) -> dict[int | None, Assignment]:
    """Members of units whose targets are split by people, without a target of their own there."""
    has = {(target.person_id, target.unit_id) for target in owned}
    found: dict[int | None, Assignment] = {}
    for stay in stays:
        is_here = stay.ends_on > opening and stay.starts_on < plan.ends_on
        if is_here and stay.unit_id in split and (stay.person_id, stay.unit_id) not in has:
            found.setdefault(stay.person_id, stay)
    return found
