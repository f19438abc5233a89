"""Figures beside the same days of last year, for what has no plan: an achievement, no invented target."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Any

from django.db.models import Case, F, Q, Sum, Value, When
from django.utils.translation import gettext

from common.periods import Grain
from crm.models import Segment
from dashboards.nodes import NO_OWNER, UNSPECIFIED, Figures, Node, is_open, person_key
from dashboards.places import Asked, Place, Span
from metrics.selectors import base_metrics, visible_actuals


def last_year(span: Span, grain: str) -> Span:
    """The same days of last year; of a week the same weekdays.

    >>> last_year((dt.date(2028, 2, 1), dt.date(2028, 3, 1)), "month")[1]
    datetime.date(2027, 3, 1)
    """
    if grain == Grain.WEEK:
        year = dt.timedelta(weeks=52)
        return span[0] - year, span[1] - year
    return _year_before(span[0]), _year_before(span[1])


def _year_before(day: dt.date) -> dt.date:
    is_leap_day = (day.month, day.day) == (2, 29)
    return dt.date(day.year - 1, 3, 1) if is_leap_day else day.replace(year=day.year - 1)


def compared_nodes(asked: Asked) -> list[Node]:
    """The place and its parts with this year's and last year's figures; one query."""
    place, metric = asked.place, asked.choice.metric
    group = _group(asked)
    sums = _both_years(asked, group)
    total = sum(sums.values(), start=Figures(last_top=0))
    root = replace(Node.of_unit(place.unit, place.name, metric, None, segment=place.segment), figures=total)
    segment = place.segment.pk if place.segment else 0
    nodes = [root]
    if group == "person":
        return nodes + [
            Node.below_named(root, person_key(pk, root.key), name, figures)
            if name
            else Node.gap(root, figures, gettext(NO_OWNER))
            for (pk, name), figures in sums.items()
        ]
    if group != "unit":
        return nodes + [
            Node.of_segment(root, _segment(group, pk, name), None, figures)
            for (pk, name), figures in sums.items()
        ]
    children = [unit for unit, depth in place.below.values() if depth == 1]
    tops = _child_of(place)
    for child in children:
        inside = [figures for (pk, _name), figures in sums.items() if tops.get(pk) == child.pk]
        figures = sum(inside, start=Figures(last_top=0))
        if figures.has_any or is_open(child):
            nodes.append(Node.below_unit(root, child, segment, asked.kind, figures))
    return nodes


def _segment(kind: str, pk: int, name: str) -> Segment:
    """A segment known by id and name."""
    return Segment(pk=pk, kind=kind, name=name or UNSPECIFIED, is_placeholder=not name)


def _group(asked: Asked) -> str:
    """What compared figures are grouped by: a dimension, child units, or the people of a team."""
    if asked.kind and asked.place.segment is None:
        return asked.kind
    return "unit" if len(asked.place.below) > 1 else "person"


def _child_of(place: Place) -> dict[int, int]:
    """The unit right below the place that each unit under it belongs to."""
    found: dict[int, int] = {}
    for pk, (unit, depth) in place.below.items():  # parents come first
        if depth:
            found[pk] = pk if depth == 1 else found[unit.parent_id or 0]
    return found


def _both_years(asked: Asked, group: str) -> dict[tuple[int, str], Figures]:
    """The place's sums this year and last by the id of ``group``, and its name, none for a placeholder's."""
    segment = asked.place.segment
    rows = visible_actuals(
        asked.scope, unit=asked.place.unit, segments={segment.kind: segment.pk} if segment else None
    )
    spans = (asked.span, last_year(asked.span, asked.choice.grain))
    years = [Q(day__gte=start, day__lt=end) for start, end in spans]
    bases = base_metrics(asked.choice.metric)
    sums: dict[str, Any] = {
        f"s{at}": Sum("value", filter=year & Q(metric=base), default=0) if base else Value(0)
        for at, (year, base) in enumerate((year, base) for year in years for base in bases)
    }
    named: Any = Value("")
    if group != "unit":
        nobody = When(**{f"{group}__is_placeholder": True}, then=Value(""))
        named = Case(nobody, default=F(f"{group}__name"))
    grouped = (
        rows.filter(years[0] | years[1], metric__in=[base for base in bases if base])
        .order_by()
        .annotate(key=F(f"{group}_id"), named=named)
        .values("key", "named")
        .annotate(**sums)
    )
    return {
        (pk, name): Figures(None, None, *values)
        for pk, name, *values in grouped.values_list("key", "named", *sums)
    }
