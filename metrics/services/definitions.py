"""Changing what a metric counts: checked, audited, and its history marked to be recounted."""

from __future__ import annotations

from collections.abc import Mapping
from copy import copy
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from common.errors import FieldError, Invalid
from metrics.models import Metric, MetricKind, MetricUnit
from metrics.selectors.filters import filter_problems
from metrics.selectors.sources import SOURCES
from org.models import User
from org.services import audit_record

FIELDS = (
    "code",
    "name",
    "description",
    "kind",
    "unit",
    "direction",
    "nature",
    "source",
    "date_field",
    "filters",
    "numerator",
    "denominator",
    "position",
    "is_active",
)
# What the figures depend on; the rest is how they are shown.
COUNTED_BY = ("source", "date_field", "filters")


@transaction.atomic
def metric_save(*, metric: Metric | None = None, actor: User | None, **fields: Any) -> Metric:
    """Create a metric or change the given fields of one; raises Invalid with an error a field.

    Code and kind stay as they were made: targets, formulas and integrations refer to them. A change of what
    is counted asks for a recount of all days (``recount_requested``).
    """
    before = None if metric is None else _json(metric)
    counted_before = None if metric is None else [getattr(metric, name) for name in COUNTED_BY]
    saved = metric_check(metric=metric, **fields)
    if not saved.is_ratio and counted_before != [getattr(saved, name) for name in COUNTED_BY]:
        saved.recount_requested_at = timezone.now()
    _save(saved)
    audit_record(actor=actor, action="metrics.metric.save", subject=saved, before=before, after=_json(saved))
    return saved


def metric_check(*, metric: Metric | None = None, **fields: Any) -> Metric:
    """The metric as it would be with these fields, checked but not saved; raises Invalid."""
    unknown = set(fields) - set(FIELDS)
    if unknown:
        raise TypeError(f"not fields of a metric: {sorted(unknown)}")
    checked = copy(metric) if metric is not None else Metric()
    for name, value in fields.items():
        setattr(checked, name, value)
    errors = _errors(checked)
    if metric is not None and (metric.code, metric.kind) != (checked.code, checked.kind):
        errors.append(FieldError("kind", _("Code and kind of a metric stay as they are."), "fixed"))
    if errors:
        raise Invalid(_("The definition is not complete."), errors=errors)
    return checked


def _save(metric: Metric) -> None:
    try:
        metric.full_clean(validate_constraints=False)
    except ValidationError as error:
        raise Invalid(
            _("The definition is not complete."),
            errors=[
                FieldError(field, message, "invalid")
                for field, messages in error.message_dict.items()
                for message in messages
            ],
        ) from error
    metric.save()


def _errors(metric: Metric) -> list[FieldError]:
    if metric.kind == MetricKind.RATIO:
        return _ratio_errors(metric)
    errors = []
    source = SOURCES.get(metric.source)
    if source is None:
        return [FieldError("source", _("Choose what is counted."), "required")]
    if metric.date_field not in source.dates:
        errors.append(FieldError("date_field", _("Choose the date on which a fact counts."), "required"))
    if metric.kind == MetricKind.AMOUNT and not source.has_amount:
        errors.append(FieldError("kind", _("These facts have no amount; count them."), "no_amount"))
    wanted = MetricUnit.CURRENCY if metric.kind == MetricKind.AMOUNT else MetricUnit.NUMBER
    if metric.unit != wanted:
        errors.append(FieldError("unit", _("Amounts are in currency, counts are numbers."), "unit"))
    if metric.numerator_id or metric.denominator_id:
        errors.append(FieldError("numerator", _("Only a ratio has parts."), "no_parts"))
    errors += [FieldError("filters", problem) for problem in filter_problems(metric.source, metric.filters)]
    return errors


def _ratio_errors(metric: Metric) -> list[FieldError]:
    errors = []
    parts: Mapping[str, Metric | None] = {
        "numerator": metric.numerator,
        "denominator": metric.denominator,
    }
    for name, part in parts.items():
        if part is None:
            errors.append(FieldError(name, _("A ratio needs both parts."), "required"))
        elif part.is_ratio:
            errors.append(FieldError(name, _("A part of a ratio is an amount or a count."), "ratio"))
    if metric.source or metric.date_field or metric.filters:
        errors.append(FieldError("source", _("A ratio counts by its parts only."), "no_source"))
    is_money = metric.unit == MetricUnit.CURRENCY
    kinds = [part.kind for part in parts.values() if part is not None]
    if is_money and kinds != [MetricKind.AMOUNT, MetricKind.COUNT]:
        message = _("A ratio in currency is an amount per count.")
        errors.append(FieldError("unit", message, "unit"))
    return errors


def _json(metric: Metric) -> dict[str, Any]:
    values = {name: getattr(metric, name) for name in FIELDS}
    for name in ("numerator", "denominator"):
        part = values[name]
        values[name] = part.code if part else None
    return values
