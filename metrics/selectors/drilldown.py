# ruff: noqa: S608 (names are constants of this code; values are always parameters)
"""The facts behind a figure: from the daily actuals in scope down to the deals, payments, leads or visits.

The page starts from daily actuals, so that it shows exactly what the figure counts and costs nothing by the
number of facts elsewhere. Where a person's credit is cut among units, each fact's part is its contribution to
the cut of the running sum: the rows add up to the figure to the minor unit.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from crm.models import Segment
from metrics.calc.credit import running_parts
from metrics.models import DailyActual, Metric
from metrics.selectors.actuals import visible_actuals
from metrics.selectors.dialect import as_date, run, with_pairs
from metrics.selectors.facts import KEY_COLUMNS, definition_of, fact_stream
from metrics.selectors.sources import SOURCES
from org.models import CreditInterval, Person, Unit
from org.scope import Scope

# How many days back to look at a time: a company fills a page with one day, a person needs months.
REACHES = (1, 8, 64)
KEY_ORDER = ("-day", "person", "unit", "product_line", "region", "customer_type")

GroupKey = tuple[int, dt.date, int, int, int]
Fact = tuple[int, int]


@dataclass(frozen=True)
class FactRow:
    """A fact and what it contributes to a unit's figure; amounts in minor units or counts.

    ``amount`` is the person's whole credit of it, ``credited`` the unit's part.
    """

    source: str
    fact_id: int
    title: str
    account_id: int | None
    account_name: str
    day: dt.date
    person_id: int
    person_name: str
    unit_id: int
    unit_name: str
    product_line: str
    region: str
    customer_type: str
    amount: int
    credited: int


@dataclass(frozen=True)
class FactPage:
    """Some facts, newest day first; ``next`` continues after them (None: these were the last)."""

    rows: list[FactRow]
    next: int | None


def fact_rows(
    metric: Metric,
    *,
    scope: Scope,
    start: dt.date,
    end: dt.date,
    unit: Unit | None = None,
    person: Person | None = None,
    segments: Mapping[str, int | None] | None = None,
    offset: int = 0,
    limit: int = 50,
) -> FactPage:
    """The facts behind the figure of an amount or count metric over [start, end).

    A page holds all facts of ``limit`` daily actuals after ``offset``, so that it can hold more rows than
    that. For a ratio ask for its parts. Raises NotFound for a unit out of scope. At most eight queries.
    """
    actuals = visible_actuals(scope, unit=unit, person=person, segments=segments).filter(metric=metric)
    page = _newest(actuals, start, end, offset, limit + 1)
    more = len(page) > limit
    page = page[:limit]
    facts = _facts(metric, {(actual.person_id, actual.day) for actual in page})
    bands = _bands({actual.person_id for actual in page})
    parts: list[tuple[DailyActual, Fact, int]] = []
    for actual in page:
        group = facts[_group_key(actual)]
        credited = _credited(actual, [amount for _fact, amount in group], bands)
        parts += [(actual, fact, part) for fact, part in zip(group, credited, strict=True)]
    return FactPage(_described(metric, parts), offset + limit if more else None)


def _newest(rows: Any, start: dt.date, end: dt.date, offset: int, count: int) -> list[DailyActual]:
    """The newest daily actuals, looking back further only while they don't fill the page."""
    ordered = rows.select_related("person", "unit").order_by(*KEY_ORDER)
    for reach in REACHES:
        since = end - dt.timedelta(days=reach)
        if since <= start:
            break
        found = list(ordered.filter(day__gte=since, day__lt=end)[offset : offset + count])
        if len(found) == count:
            return found
    return list(ordered.filter(day__gte=start, day__lt=end)[offset : offset + count])


def _facts(metric: Metric, pairs: set[tuple[int, dt.date]]) -> dict[GroupKey, list[Fact]]:
    """(fact, amount) of these person-days by person, day and segments, in the order of the facts."""
    groups: dict[GroupKey, list[Fact]] = defaultdict(list)
    definition = definition_of(metric)
    stream = fact_stream(definition)
    if not pairs or not stream.branches:
        return groups
    beginning, params = with_pairs(sorted(pairs))
    keys = ", ".join(f"f.k_{name}" for name in KEY_COLUMNS)
    branches = []
    for sql, own in stream.branches:
        branches.append(
            f"SELECT {keys}, f.k_fact_id, f.{definition.column} FROM pairs p CROSS JOIN ({sql}) f"
            f" WHERE f.k_person_id = p.person_id AND f.k_day = p.day AND f.{definition.column} <> 0"
        )
        params = [*params, *own]
    text = f"{beginning} {' UNION ALL '.join(branches)}"
    for person, day, line, region, customer_type, fact, amount in sorted(
        run((text, params)), key=lambda row: row[-2:]
    ):
        groups[(person, as_date(day), line, region, customer_type)].append((fact, int(amount)))
    return groups


def _group_key(actual: DailyActual) -> GroupKey:
    return (
        actual.person_id,
        actual.day,
        actual.product_line_id,
        actual.region_id,
        actual.customer_type_id,
    )


def _bands(people: set[int]) -> dict[tuple[int, int], list[CreditInterval]]:
    """Credit intervals by person and unit."""
    bands: dict[tuple[int, int], list[CreditInterval]] = defaultdict(list)
    for interval in CreditInterval.objects.filter(person__in=people):
        bands[(interval.person_id, interval.unit_id)].append(interval)
    return bands


def _credited(
    actual: DailyActual, amounts: Sequence[int], bands: Mapping[tuple[int, int], list[CreditInterval]]
) -> list[int]:
    """What each amount contributes to the unit's part of their sum."""
    parts = [0] * len(amounts)
    for band in bands.get((actual.person_id, actual.unit_id), ()):
        if band.starts_on <= actual.day < band.ends_on:
            cut = running_parts(amounts, band.from_bp, band.to_bp)
            parts = [part + more for part, more in zip(parts, cut, strict=True)]
    return parts


def _described(metric: Metric, parts: Sequence[tuple[DailyActual, Fact, int]]) -> list[FactRow]:
    """The rows with the names that a reader needs."""
    source = SOURCES[metric.source]
    wanted = {fact[0] for _actual, fact, _part in parts}
    facts = source.model._default_manager.filter(pk__in=wanted)
    named = {
        pk: (title, account_id, account_name or "")
        for pk, title, account_id, account_name in facts.values_list(
            "pk", source.title, "account_id", "account__name"
        )
    }
    segments = {
        segment_id
        for actual, _fact, _part in parts
        for segment_id in (actual.product_line_id, actual.region_id, actual.customer_type_id)
    }
    names = dict(Segment.objects.filter(pk__in=segments).values_list("pk", "name"))
    return [
        FactRow(
            source=metric.source,
            fact_id=fact,
            title=named[fact][0],
            account_id=named[fact][1],
            account_name=named[fact][2],
            day=actual.day,
            person_id=actual.person_id,
            person_name=actual.person.name,
            unit_id=actual.unit_id,
            unit_name=actual.unit.name,
            product_line=names[actual.product_line_id],
            region=names[actual.region_id],
            customer_type=names[actual.customer_type_id],
            amount=amount,
            credited=part,
        )
        for actual, (fact, amount), part in parts
    ]
