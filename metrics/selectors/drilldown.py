"""The facts behind a figure: the deals, payments, leads or visits that were credited in its days and units.

They are read from the facts themselves, not from the daily actuals: a deal and its cancellation on the same
day leave no actual, and both belong on the list. Where a person's credit is cut among units, each fact's part
is its contribution to the cut of the running sum: the rows add up to the figure to the minor unit.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from django.utils.translation import gettext

from crm.models import Segment
from metrics.calc.credit import part, running_part
from metrics.models import FactSource, Metric
from metrics.selectors.dialect import as_date
from metrics.selectors.fact_sql import Asked, credited_page, credited_sums
from metrics.selectors.sources import SOURCES
from org.models import Person, Unit
from org.scope import Scope

# How many days back to look at a time: a company fills a page with one day, a person needs months.
REACHES = (1, 8, 64)
# How many days of facts an export reads at a time.
_SWEEP_DAYS = 7


@dataclass(frozen=True)
class FactRow:
    """A fact and what it contributes to a unit's figure; amounts in minor units or counts.

    ``amount`` is the person's whole credit of it, ``credited`` the unit's part. ``deal_id`` is the
    opportunity that it is or belongs to.
    """

    source: str
    fact_id: int
    external_id: str
    title: str
    deal_id: int | None
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


@dataclass(frozen=True)
class FactSum:
    """How many facts there are and what they add up to; where there are more than were asked for,
    ``is_whole`` is False, ``count`` what was asked for and ``credited`` nothing that says anything."""

    count: int
    credited: int
    is_whole: bool


@dataclass(frozen=True)
class FactQuery:
    """Whose facts of which days [start, end): a unit's with its subtree, a person's, of segments by kind.

    ``scope`` has the last word: what is out of it is not found, or not there.
    """

    scope: Scope
    start: dt.date
    end: dt.date
    unit: Unit | None = None
    person: Person | None = None
    segments: Mapping[str, int | None] = field(default_factory=dict)

    def asked(self, metric: Metric) -> Asked:
        """The same with the metric, as SQL asks for it; raises NotFound for a unit out of scope."""
        return Asked.of(metric, self.scope, self.unit, self.person, self.segments)


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

    For a ratio ask for its parts. Raises NotFound for a unit out of scope. At most eight queries.
    """
    asked = FactQuery(scope, start, end, unit, person, segments or {}).asked(metric)
    found = _newest(asked, start, end, offset, limit + 1)
    return FactPage(_described(metric, found[:limit]), offset + limit if len(found) > limit else None)


def fact_sum(metric: Metric, query: FactQuery, *, most: int) -> FactSum:
    """How many facts ``fact_rows`` has in all, and their sum; beyond ``most`` it stops. One query."""
    groups = credited_sums(query.asked(metric), query.start, query.end, most + 1)
    count = sum(row[2] for row in groups)
    if count > most:
        return FactSum(most, 0, is_whole=False)
    credited = sum(part(int(total), low, high) for low, high, _count, total in groups)
    return FactSum(count, credited, is_whole=True)


def fact_sweep(metric: Metric, query: FactQuery, *, most: int) -> Iterator[FactRow]:
    """The newest ``most`` facts, as ``fact_rows`` has them, read some days at a time."""
    asked = query.asked(metric)

    def days_back() -> Iterator[FactRow]:
        end = query.end
        while end > query.start:
            start = max(query.start, end - dt.timedelta(days=_SWEEP_DAYS))
            yield from _described(metric, credited_page(asked, start, end, 0, most))
            end = start

    return islice(days_back(), most)


def _newest(asked: Asked, start: dt.date, end: dt.date, offset: int, count: int) -> list[tuple[Any, ...]]:
    """The newest facts, looking back further only while they don't fill the page."""
    for reach in REACHES:
        since = end - dt.timedelta(days=reach)
        if since <= start:
            break
        found = credited_page(asked, since, end, offset, count)
        if len(found) == count:
            return found
    return credited_page(asked, start, end, offset, count)


def _described(metric: Metric, found: Sequence[tuple[Any, ...]]) -> list[FactRow]:
    """The rows with the names that a reader needs; four queries, none for no rows."""
    if not found:
        return []
    facts = _facts(metric.source, {row[5] for row in found})
    people = _names(Person, (row[0] for row in found))
    units = _names(Unit, (row[6] for row in found))
    segments = _names(Segment, (segment for row in found for segment in row[2:5]))
    rows = []
    for person, day, line, region, customer_type, fact, unit, low, high, amount, total in found:
        external_id, title, deal, account, account_name = facts[fact]
        rows.append(
            FactRow(
                source=metric.source,
                fact_id=fact,
                external_id=external_id,
                title=title,
                deal_id=deal,
                account_id=account,
                account_name=account_name,
                day=as_date(day),
                person_id=person,
                person_name=people[person],
                unit_id=unit,
                unit_name=units[unit],
                product_line=segments[line],
                region=segments[region],
                customer_type=segments[customer_type],
                amount=int(amount),
                credited=running_part(int(total), int(amount), low, high),
            )
        )
    return rows


def _facts(source: str, wanted: set[int]) -> dict[int, tuple[str, str, int | None, int | None, str]]:
    """Each fact's id in the CRM, title, deal, account and the account's name."""
    described = SOURCES[source]
    more = [described.deal] if described.deal else []
    rows = described.model._default_manager.filter(pk__in=wanted).values_list(
        "pk", "external_id", described.title, "account_id", "account__name", *more
    )
    is_deal = source == FactSource.OPPORTUNITIES
    return {
        pk: (external_id, title, pk if is_deal else next(iter(deal), None), account_id, account_name or "")
        for pk, external_id, title, account_id, account_name, *deal in rows
    }


def _names(model: type[Person] | type[Unit] | type[Segment], wanted: Iterable[int]) -> dict[int, str]:
    """Names by id; a placeholder's in the reader's language."""
    rows = model._default_manager.filter(pk__in=set(wanted)).values_list("pk", "name", "is_placeholder")
    return {pk: gettext(name) if is_placeholder else name for pk, name, is_placeholder in rows}
