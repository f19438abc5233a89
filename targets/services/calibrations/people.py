"""What becomes of targets when somebody joins, leaves or moves: the past stays, the rest is spread anew.

Each team's months keep their sum: who stays takes over from who leaves, and gives to who joins.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from fractions import Fraction

from django.utils.translation import gettext_lazy as _

from common.errors import Invalid
from targets.calc.allocation import Infeasible, controlled_round, reallocate
from targets.calc.weights import exact_fraction, ramp_factor
from targets.models import Target
from targets.selectors.people_changes import PeopleChange
from targets.services.calibrations.building import JoinerAsk, MonthsAsk, Standing, plan_months


def people_asks(standing: Standing, change: PeopleChange) -> tuple[list[MonthsAsk], list[JoinerAsk]]:
    """The months of everybody in the teams concerned, for all additive metrics of ``standing``.

    Raises Invalid where nobody is left to take over.
    """
    asks: list[MonthsAsk] = []
    joiners: list[JoinerAsk] = []
    for parent in _teams(standing, change.leaves_unit.pk if change.leaves_unit else 0):
        asks += _leaving(standing, parent, change)
    for parent in _teams(standing, change.joins_unit.pk if change.joins_unit else 0):
        taken, joiner = _joining(standing, parent, change)
        asks += taken
        joiners.append(joiner)
    return asks, joiners


def _teams(standing: Standing, unit_id: int) -> list[Target]:
    """The unit's own additive targets, whole or of a segment, that people share."""
    shared = {target.parent_id for target in standing.targets.values() if target.person_id is not None}
    return [
        target
        for target in standing.targets.values()
        if target.unit_id == unit_id
        and target.person_id is None
        and target.is_additive
        and target.pk in shared
    ]


def _people_of(standing: Standing, parent: Target) -> list[Target]:
    children = [t for t in standing.targets.values() if t.parent_id == parent.pk and t.person_id is not None]
    return sorted(children, key=lambda target: (target.position, target.pk))


def _leaving(standing: Standing, parent: Target, change: PeopleChange) -> list[MonthsAsk]:
    people = _people_of(standing, parent)
    if not any(target.person_id == change.person.pk for target in people):
        return []
    months = [standing.months(target) for target in people]
    future = [sum(row[change.month :]) for row in months]
    weights = [
        0 if target.person_id == change.person.pk else amount
        for target, amount in zip(people, future, strict=True)
    ]
    if not any(weights):
        raise Invalid(
            _("Nobody in %(unit)s is left to take over from %(person)s: propose it by hand."),
            params={"unit": parent.unit.name, "person": change.person.name},
        )
    patterns = [row if weight else [0] * 12 for row, weight in zip(months, weights, strict=True)]
    spread = _spread(months, patterns, weights, change.month)
    return [MonthsAsk(target, row) for target, row in zip(people, spread, strict=True)]


def _joining(standing: Standing, parent: Target, change: PeopleChange) -> tuple[list[MonthsAsk], JoinerAsk]:
    people = _people_of(standing, parent)
    months = [standing.months(target) for target in people]
    starts_on = change.joined_on or parent.plan.starts_on
    future = [sum(row[change.month :]) for row in months]
    sellers = sum(amount > 0 for amount in future)
    present = _presence(standing, starts_on, change.month)
    team = [sum(column) for column in zip(*months, strict=True)]
    pattern = [round(amount * share * 1000) for amount, share in zip(team, present, strict=True)]
    ramp = exact_fraction(ramp_factor(_tenure(standing, starts_on, change.month), 12 - change.month))
    share = Fraction(sum(pattern[change.month :]), max(1, sum(team[change.month :]) * 1000))
    weight = Fraction(sum(future), max(1, sellers)) * share * ramp
    weights = [*(Fraction(amount) for amount in future), weight]
    spread = _spread([*months, [0] * 12], [*months, pattern], weights, change.month)
    asks = [MonthsAsk(target, row) for target, row in zip(people, spread[:-1], strict=True)]
    opening = plan_months(standing.plan)[change.month].start
    return asks, JoinerAsk(parent, change.person, max(starts_on, opening), spread[-1])


def _spread(
    months: Sequence[Sequence[int]],
    patterns: Sequence[Sequence[int]],
    weights: Sequence[Fraction | int],
    first: int,
) -> list[list[int]]:
    """Everybody's months from ``first`` on by weight over the year's rest and pattern over its months; every
    month keeps its sum, and what is before stays."""
    consumed = [sum(row[:first]) for row in months]
    total = sum(sum(row) for row in months)
    try:
        future, _whole, _surplus = reallocate(total, consumed, [Fraction(weight) for weight in weights])
        columns = [sum(row[at] for row in months) for at in range(first, 12)]
        scaled = [
            [cell * amount / max(1, sum(row[first:])) for cell in row[first:]]
            for row, amount in zip(patterns, future, strict=True)
        ]
        grid = controlled_round(scaled, future, columns)
    except Infeasible as error:
        raise Invalid(_("The months cannot be spread so that each keeps its sum.")) from error
    return [[*row[:first], *(int(cell) for cell in cells)] for row, cells in zip(months, grid, strict=True)]


def _presence(standing: Standing, starts_on: dt.date, first: int) -> list[float]:
    """The part of each month's days from ``starts_on`` on; nothing before ``first``."""
    return [
        max(0, (month.end - max(month.start, starts_on)).days) / month.days if at >= first else 0.0
        for at, month in enumerate(plan_months(standing.plan))
    ]


def _tenure(standing: Standing, starts_on: dt.date, first: int) -> int:
    """Whole months that somebody has been there when month ``first`` begins; negative for one to come."""
    opening = plan_months(standing.plan)[first].start
    return (opening.year - starts_on.year) * 12 + opening.month - starts_on.month
