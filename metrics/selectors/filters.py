"""A metric's filters: checked against the white list, compiled to the ORM, said in words."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext as _

from common.errors import Invalid
from metrics.selectors.sources import OPERATORS, SOURCES, FieldKind, FilterField

Filter = dict[str, Any]


def filter_problems(source: str, filters: object) -> list[str]:
    """What is wrong with a source's filters ``{"field", "op", "value"}``; empty when all is well."""
    if source not in SOURCES:
        return [_("“%(source)s” is not a source of facts.") % {"source": source}]
    if not isinstance(filters, list):
        return [_("Filters are a list of field, operator and value.")]
    problems = []
    for position, entry in enumerate(filters, start=1):
        problem = _problem(source, entry)
        if problem:
            problems.append(
                _("Filter %(position)s: %(problem)s") % {"position": position, "problem": problem}
            )
    return problems


def filter_q(source: str, filters: Sequence[Filter], *, link: str = "") -> Q:
    """The condition that all filters hold, for the fact itself or seen from its credit rows.

    ``link`` is the credit row's relation to its fact; columns that credit rows carry themselves are
    taken from there. Raises Invalid for a filter that ``filter_problems`` refuses.
    """
    problems = filter_problems(source, list(filters))
    if problems:
        raise Invalid(" ".join(problems), field="filters")
    condition = Q()
    for entry in filters:
        spec = SOURCES[source].fields[entry["field"]]
        path = f"{link}__{spec.path}" if link and not spec.on_credit else spec.path
        condition &= Q(**{f"{path}__{entry['op']}": entry["value"]})
    return condition


def filter_text(source: str, entry: Filter) -> str:
    """A filter in words, for the definition shown beside a figure."""
    spec = SOURCES[source].fields[entry["field"]]
    value = entry["value"]
    values = value if isinstance(value, list) else [value]
    shown = ", ".join(str(spec.choices.get(each, each)) for each in values)
    texts = {"exact": "%(field)s = %(value)s", "gte": "%(field)s ≥ %(value)s", "lte": "%(field)s ≤ %(value)s"}
    if entry["op"] == "in":
        template = _("%(field)s is one of %(value)s")
    elif entry["op"] == "isnull":
        template = _("%(field)s is empty") if value else _("%(field)s is filled")
    elif isinstance(value, bool):
        template = _("%(field)s: yes") if value else _("%(field)s: no")
    else:
        template = texts[entry["op"]]
    return template % {"field": spec.label, "value": shown}


def _problem(source: str, entry: object) -> str:
    if not isinstance(entry, dict) or set(entry) != {"field", "op", "value"}:
        return _("a filter has exactly a field, an operator and a value.")
    spec = SOURCES[source].fields.get(entry["field"]) if isinstance(entry["field"], str) else None
    if spec is None:
        allowed = ", ".join(SOURCES[source].fields)
        return _("“%(field)s” cannot filter here; what can: %(allowed)s.") % {
            "field": entry["field"],
            "allowed": allowed,
        }
    if entry["op"] not in OPERATORS[spec.kind]:
        return _("“%(field)s” has no operator “%(op)s”; it has: %(allowed)s.") % {
            "field": entry["field"],
            "op": entry["op"],
            "allowed": ", ".join(OPERATORS[spec.kind]),
        }
    return _value_problem(spec, entry["op"], entry["value"])


def _value_problem(spec: FilterField, op: str, value: object) -> str:
    if op == "in":
        if not isinstance(value, list) or not value:
            return _("a list of at least one value is needed.")
        return next(filter(None, (_value_problem(spec, "exact", each) for each in value)), "")
    if op == "isnull" or spec.kind == FieldKind.FLAG:
        return "" if isinstance(value, bool) else _("the value is true or false.")
    if spec.kind == FieldKind.AMOUNT:
        whole = isinstance(value, int) and not isinstance(value, bool)
        return "" if whole else _("the value is a whole number of minor units.")
    if not isinstance(value, str):
        return _("the value is a text.")
    if spec.kind == FieldKind.DATE:
        return "" if _is_date(value) else _("“%(value)s” is not a date (YYYY-MM-DD).") % {"value": value}
    if spec.kind == FieldKind.CHOICE and value not in spec.choices:
        return _("“%(value)s” is none of: %(allowed)s.") % {
            "value": value,
            "allowed": ", ".join(spec.choices),
        }
    return ""


def _is_date(value: str) -> bool:
    try:
        return dt.date.fromisoformat(value).isoformat() == value
    except ValueError:
        return False
