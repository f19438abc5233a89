"""A person's page in few queries: figures, curve, and what their average deal is worth."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.db.models import F, Q

from common.periods import ONE_DAY, Period
from metrics.models import Metric
from metrics.selectors import adds_up_won_deals, base_metrics, person_parts
from org.models import Person, Unit
from org.scope import Scope
from tracking.selectors.curves import Curve, curve_of, own_columns, owner_plans
from tracking.selectors.days import side_on
from tracking.selectors.progress import SEGMENT_KINDS, ProgressRow, row_of, snapshot_rows

YEAR = dt.timedelta(days=365)
DEALS = "deals_won"


@dataclass(frozen=True)
class PersonOverview:
    """What a person's page shows; ``typical`` is the average won deal of a year, in minor units.

    None where the metric adds up something else than won deals.

    ``team`` are the colleagues' rows of the metric, for the shared board alone.
    """

    period: Period
    cards: list[ProgressRow]
    segments: list[ProgressRow]
    curve: Curve
    typical: float | None
    team: list[ProgressRow]


def person_overview(
    *, scope: Scope, person: Person, unit: Unit, metric: Metric, grain: str, as_of: dt.date
) -> PersonOverview:
    """The overview of a person's credit in a unit, whom the caller has found in scope; four queries."""
    period = next(each.period for each in side_on(as_of).windows if each.period.grain == grain)
    whole, by_segment, team = _rows(scope, person, unit, metric, grain, as_of)
    start, until = min(period.start, as_of - YEAR), as_of + ONE_DAY
    top, bottom = base_metrics(metric)
    codes = {DEALS, top.code} | ({bottom.code} if bottom else set())
    found = person_parts(person.pk, unit.pk, codes, start, until)
    since = (period.start - start).days
    above = found[top.code][since:]
    below = found[bottom.code][since:] if bottom else above * 0
    plans = owner_plans(metric, period, as_of, units=[unit.pk], people=[person.pk])
    mine = [own_columns(columns, unit.pk, person.pk) for columns in plans]
    won = int(found[DEALS].sum()) if adds_up_won_deals(metric) else 0
    return PersonOverview(
        period=period,
        cards=whole,
        segments=by_segment,
        curve=curve_of(metric, period, as_of, (above, below), mine),
        team=team,
        typical=float(found[top.code].sum()) / won if won else None,
    )


def _rows(
    scope: Scope, person: Person, unit: Unit, metric: Metric, grain: str, as_of: dt.date
) -> tuple[list[ProgressRow], list[ProgressRow], list[ProgressRow]]:
    """A person's whole targets and those of the metric by segment; the team's, to oneself; one query."""
    wholly = Q(**dict.fromkeys(SEGMENT_KINDS))
    wanted = Q(person=person) & (Q(metric=metric) | wholly)
    if person.pk == scope.person_id and unit.pk in scope.board_unit_ids:
        scope = Scope.everyone(reason="own team's shared board", on=scope.on)
        wanted |= Q(person__isnull=False, metric=metric) & wholly
    rows = snapshot_rows(scope=scope, grain=grain, as_of=as_of).filter(wanted, unit=unit)
    order = [F(f"{kind}__position").asc(nulls_first=True) for kind in SEGMENT_KINDS]
    found = [row_of(row) for row in rows.order_by("metric__position", *order, "pk")]
    mine = [row for row in found if row.person == person]
    whole = [row for row in mine if not row.segment]
    team = [row for row in found if not row.segment and row.metric == metric]
    return whole, [row for row in mine if row.segment], team
