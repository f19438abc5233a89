"""The facts that metrics count, compiled from their definitions to SQL once and kept.

All metrics that count the same source on the same date form one stream, so that each fact is read once
whatever the number of metrics. A stream yields one row a fact (or credit row of a shared fact): person, day,
three segments, and a column a metric (``m<id>``) with the minor units or the 1 it contributes. The person is
who owned the fact on that day: the owner on its row or, before it was handed over, one of its ``tenures``.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache, reduce
from operator import or_
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import BigIntegerField, Case, F, Q, QuerySet, Value, When

from metrics.models import Metric, MetricKind
from metrics.selectors.filters import filter_q
from metrics.selectors.sources import SEGMENTS, SOURCES, Source

KEY_COLUMNS = ("person_id", "day", "product_line_id", "region_id", "customer_type_id")


@dataclass(frozen=True)
class Definition:
    """What decides how a metric counts; hashable, so that compiled SQL is kept per definition."""

    id: int
    kind: str
    source: str
    date_field: str
    filters: str

    @property
    def column(self) -> str:
        return f"m{self.id}"

    @property
    def is_amount(self) -> bool:
        return self.kind == MetricKind.AMOUNT

    def condition(self, *, link: str = "") -> Q:
        return filter_q(self.source, json.loads(self.filters), link=link)


@dataclass(frozen=True)
class Stream:
    """One pass over a source by one date: SQL of its rows and the metrics it fills."""

    definitions: tuple[Definition, ...]
    branches: tuple[tuple[str, tuple[Any, ...]], ...]


def definition_of(metric: Metric) -> Definition:
    """The definition of an amount or count metric, stored or only thought of (id 0)."""
    filters = json.dumps(metric.filters, sort_keys=True)
    return Definition(metric.pk or 0, metric.kind, metric.source, metric.date_field, filters)


def definitions(metric_ids: Iterable[int] | None = None) -> tuple[Definition, ...]:
    """The definitions of all amount and count metrics, or of those asked for, in one query."""
    metrics = Metric.objects.exclude(kind=MetricKind.RATIO).order_by("pk")
    if metric_ids is not None:
        metrics = metrics.filter(pk__in=metric_ids)
    rows = metrics.values_list("pk", "kind", "source", "date_field", "filters")
    return tuple(Definition(*row[:4], json.dumps(row[4], sort_keys=True)) for row in rows)


def streams(wanted: tuple[Definition, ...]) -> tuple[Stream, ...]:
    """The streams that count these metrics; compiled once for each set of definitions and database."""
    return _streams(wanted, connection.vendor)


def fact_stream(definition: Definition) -> Stream:
    """The stream of one metric with one more column: ``k_fact_id``, the fact each row comes from."""
    return Stream((definition,), tuple(_branches([definition], with_fact=True)))


@lru_cache(maxsize=64)
def _streams(wanted: tuple[Definition, ...], vendor: str) -> tuple[Stream, ...]:
    groups: dict[tuple[str, str], list[Definition]] = {}
    for definition in wanted:
        groups.setdefault((definition.source, definition.date_field), []).append(definition)
    compiled = (Stream(tuple(group), tuple(_branches(group))) for group in groups.values())
    return tuple(stream for stream in compiled if stream.branches)


def _branches(
    group: Sequence[Definition], *, with_fact: bool = False
) -> Iterable[tuple[str, tuple[Any, ...]]]:
    source = SOURCES[group[0].source]
    fact = {"fact_id": F("pk")} if with_fact else {}
    querysets = [_own_rows(source, group, fact)]
    if source.is_handed_over:
        querysets.append(_own_rows(source, group, fact, is_former=True))
    amounts = [definition for definition in group if definition.is_amount]
    if amounts and source.credit_model is not None:
        fact = {"fact_id": F(f"{source.credit_link}_id")} if with_fact else {}
        querysets.append(_credit_rows(source, group, amounts, fact))
    for queryset in querysets:
        try:
            sql, params = queryset.query.get_compiler(connection=connection).as_sql()
        except EmptyResultSet:  # filters that contradict each other
            continue
        yield sql, tuple(params)


def _own_rows(
    source: Source, group: Sequence[Definition], more_keys: Mapping[str, F], *, is_former: bool = False
) -> QuerySet[Any, Any]:
    """A row a fact for its owner of that day; the amount of shared facts is left to their credit rows.

    Of today's owners, or of the former ones of what was handed over.
    """
    measures = {}
    for definition in group:
        condition = definition.condition()
        if definition.is_amount:
            condition &= Q(is_shared=False)
        measures[definition.column] = _measure(
            condition, F("plan_amount_minor") if definition.is_amount else Value(1)
        )
    date_field = group[0].date_field
    keys = {
        "person_id": F("tenures__person_id" if is_former else "owner_id"),
        "day": F(date_field),
        **{f"{name}_id": F(f"{name}_id") for name in SEGMENTS},
        **more_keys,
    }
    rows = source.model._default_manager.filter(deleted_at__isnull=True, **{f"{date_field}__isnull": False})
    if is_former:  # one call, so that both conditions speak of the same tenure
        rows = rows.filter(tenures__starts_on__lte=F(date_field), tenures__ends_on__gt=F(date_field))
    elif source.is_handed_over:
        rows = rows.filter(**{f"{date_field}__gte": F("owner_since")})
    return _select(rows.filter(_any(definition.condition() for definition in group)), keys, measures)


def _credit_rows(
    source: Source, group: Sequence[Definition], amounts: Sequence[Definition], more_keys: Mapping[str, F]
) -> QuerySet[Any, Any]:
    """A row a credited person and product line of a shared fact, with amounts only: it is counted once."""
    assert source.credit_model is not None
    link = source.credit_link
    day = f"{link}__{group[0].date_field}"
    measures: dict[str, Any] = {
        definition.column: Value(0, output_field=BigIntegerField()) for definition in group
    }
    for definition in amounts:
        measures[definition.column] = _measure(definition.condition(link=link), F("plan_amount_minor"))
    keys = {
        "person_id": F("person_id"),
        "day": F(day),
        "product_line_id": F("product_line_id"),
        "region_id": F(f"{link}__region_id"),
        "customer_type_id": F(f"{link}__customer_type_id"),
        **more_keys,
    }
    rows = source.credit_model._default_manager.filter(
        **{f"{link}__is_shared": True, f"{link}__deleted_at__isnull": True, f"{day}__isnull": False}
    )
    if source.is_handed_over:  # a payment has one day, so that its parts are of that day
        rows = rows.filter(starts_on__lte=F(day), ends_on__gt=F(day))
    condition = _any(definition.condition(link=link) for definition in amounts)
    return _select(rows.filter(condition), keys, measures)


def _measure(condition: Q, amount: F | Value) -> Case | F | Value:
    if not condition:
        return Value(1, output_field=BigIntegerField()) if isinstance(amount, Value) else amount
    return Case(When(condition, then=amount), default=Value(0), output_field=BigIntegerField())


def _any(conditions: Iterable[Q]) -> Q:
    """The disjunction; empty (true) as soon as one condition is."""
    distinct: list[Q] = []
    for condition in conditions:
        if not condition:
            return Q()
        if condition not in distinct:
            distinct.append(condition)
    return reduce(or_, distinct)


def _select(rows: QuerySet[Any, Any], keys: dict[str, F], measures: dict[str, Any]) -> QuerySet[Any, Any]:
    """Exactly the key columns and measures, under aliases of ours (``k_`` and the metric's column)."""
    aliases = {f"k_{name}": expression for name, expression in keys.items()}
    selected: QuerySet[Any, Any] = rows.order_by().annotate(**aliases, **measures)
    return selected.values_list(*aliases, *measures)
