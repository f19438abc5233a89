# ruff: noqa: S608 (every name in these texts comes from the models; values are always parameters)
"""The SQL behind the drill-down: facts beside the bands of credit that they fall into.

The same text runs on SQLite and PostgreSQL. ``CROSS JOIN`` keeps SQLite on the side of the people, whose
facts of some days an index finds; the other way round it would read all facts.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connection

from common.errors import Invalid, NotFound, gettext_noop
from metrics.models import Metric
from metrics.selectors.dialect import run
from metrics.selectors.facts import KEY_COLUMNS, definition_of, fact_stream
from metrics.selectors.sources import SEGMENTS
from org.models import CreditInterval, Person, Unit, UnitClosure
from org.scope import Scope

_KEYS = ", ".join(KEY_COLUMNS)
_BAND = "unit_id, from_bp, to_bp"


@dataclass(frozen=True)
class Asked:
    """A metric, the bands of credit to look into (SQL), and the segments asked for (ids by kind)."""

    metric: Metric
    bands: tuple[str, tuple[Any, ...]] | None
    segments: Mapping[str, int]

    @classmethod
    def of(
        cls,
        metric: Metric,
        scope: Scope,
        unit: Unit | None,
        person: Person | None,
        segments: Mapping[str, int | None],
    ) -> Asked:
        """What of this is in scope. Raises NotFound for a unit that isn't, Invalid for no such segment."""
        if unknown := set(segments) - set(SEGMENTS):
            raise Invalid(gettext_noop("There is no dimension “%(kind)s”."), params={"kind": min(unknown)})
        bands = scope.restrict_nodes(CreditInterval.objects.all())
        if unit is not None:
            if not scope.sees_unit(unit.pk) and (person is None or person.pk != scope.person_id):
                raise NotFound(gettext_noop("There is no such unit."))
            bands = bands.filter(unit__in=UnitClosure.objects.filter(ancestor=unit).values("descendant"))
        if person is not None:
            bands = bands.filter(person=person)
        rows = bands.order_by().values_list("person_id", "starts_on", "ends_on", *_BAND.split(", "))
        compiled: tuple[str, tuple[Any, ...]] | None
        try:
            text, params = rows.query.get_compiler(connection=connection).as_sql()
            compiled = text, tuple(params)
        except EmptyResultSet:  # a scope without a unit
            compiled = None
        return cls(metric, compiled, {kind: pk for kind, pk in segments.items() if pk is not None})


def credited_page(
    asked: Asked, start: dt.date, end: dt.date, offset: int, limit: int
) -> list[tuple[Any, ...]]:
    """Facts of [start, end), newest day first: person, day, segments, fact, unit, band, amount, total.

    ``total`` is the sum of the amounts up to this one that are cut together: of the person, day, segments
    and band.
    """
    text, params = _credited(asked, start, end)
    if not text:
        return []
    order = "product_line_id, region_id, customer_type_id, from_bp, fact_id, amount"
    return run(
        (
            f"SELECT {_KEYS}, fact_id, {_BAND}, amount, SUM(amount) OVER ("
            f"PARTITION BY {_KEYS}, {_BAND} ORDER BY fact_id, amount ROWS UNBOUNDED PRECEDING) AS total"
            f" FROM ({text}) credited ORDER BY day DESC, person_id, unit_id, {order}, total"
            f" LIMIT %s OFFSET %s",
            [*params, limit, offset],
        )
    )


def credited_sums(asked: Asked, start: dt.date, end: dt.date, most: int) -> list[tuple[Any, ...]]:
    """Of ``most`` facts of [start, end), each sum that is cut as one: band, count, amount."""
    text, params = _credited(asked, start, end)
    if not text:
        return []
    return run(
        (
            f"SELECT from_bp, to_bp, COUNT(*), SUM(amount)"
            f" FROM (SELECT * FROM ({text}) credited LIMIT %s) counted GROUP BY {_KEYS}, {_BAND}",
            [*params, most],
        )
    )


def _credited(asked: Asked, start: dt.date, end: dt.date) -> tuple[str, list[Any]]:
    """Every fact of these days beside the band it is credited in; empty text where there can be none."""
    definition = definition_of(asked.metric)
    if asked.bands is None:
        return "", []
    bands, band_params = asked.bands
    keys = ", ".join(f"f.k_{name} AS {name}" for name in KEY_COLUMNS)
    segments = "".join(f" AND f.k_{kind}_id = %s" for kind in asked.segments)
    branches, params = [], []
    for sql, own in fact_stream(definition).branches:
        branches.append(
            f"SELECT {keys}, f.k_fact_id AS fact_id, b.unit_id, b.from_bp, b.to_bp,"
            f" f.{definition.column} AS amount FROM ({bands}) b CROSS JOIN ({sql}) f"
            f" WHERE f.k_person_id = b.person_id AND f.k_day >= %s AND f.k_day < %s"
            f" AND b.starts_on <= f.k_day AND b.ends_on > f.k_day AND f.{definition.column} <> 0{segments}"
        )
        params += [*band_params, *own, start, end, *asked.segments.values()]
    return " UNION ALL ".join(branches), params
