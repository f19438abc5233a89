"""What the API of this room answers: rows as JSON, and their description for the OpenAPI document."""

from __future__ import annotations

from decimal import ROUND_HALF_EVEN, Decimal
from typing import Any

from rest_framework import serializers

from common.money import decimal_string
from metrics.models import Metric, MetricUnit
from org.http import page_shape
from org.http.schema import shape_of
from org.models import Person, Unit
from tracking.models import Alert, Snapshot, SnapshotGrain
from tracking.selectors.progress import SEGMENT_KINDS, ProgressRow

_DIGITS = Decimal("0.000001")

OwnerShape = shape_of(
    "ProgressOwner",
    {
        "kind": serializers.ChoiceField(choices=["unit", "person"]),
        "id": serializers.IntegerField(),
        "key": serializers.CharField(help_text="External id of the unit, employee number of the person."),
        "name": serializers.CharField(),
    },
)
SegmentShape = shape_of(
    "ProgressSegment",
    {kind: serializers.CharField(allow_null=True, help_text="Code.") for kind in SEGMENT_KINDS},
)
_AMOUNTS = (
    "target", "plan_to_date", "actual", "numerator", "denominator", "needed_per_day", "previous", "change",
)  # fmt: skip
_RATIOS = ("completion", "pace", "lag", "lag_points", "needed_multiple")
ProgressShape = shape_of(
    "ProgressRow",
    {
        "owner": OwnerShape(),
        "unit": serializers.CharField(help_text="External id of the unit the figures are counted in."),
        "metric": serializers.CharField(),
        "segment": SegmentShape(allow_null=True),
        "period": serializers.ChoiceField(choices=SnapshotGrain.values),
        "period_start": serializers.DateField(allow_null=True),
        "period_end": serializers.DateField(allow_null=True, help_text="First day no longer counted."),
        "as_of": serializers.DateField(),
        **{name: serializers.CharField(allow_null=True) for name in _AMOUNTS},
        **{name: serializers.FloatField(allow_null=True) for name in _RATIOS},
        "workdays_elapsed": serializers.IntegerField(allow_null=True),
        "workdays_remaining": serializers.IntegerField(allow_null=True),
        "status": serializers.ChoiceField(choices=["on_track", "watch", "behind", "critical", "undefined"]),
    },
)
ProgressPageShape = page_shape(ProgressShape)
AlertShape = shape_of(
    "Alert",
    {
        "id": serializers.IntegerField(),
        "rule": serializers.CharField(),
        "level": serializers.ChoiceField(choices=["ok", "alert", "critical"]),
        "owner": OwnerShape(),
        "unit": serializers.CharField(),
        "metric": serializers.CharField(),
        "segment": SegmentShape(allow_null=True),
        "period": serializers.ChoiceField(choices=SnapshotGrain.values),
        "period_start": serializers.DateField(),
        "lag": serializers.FloatField(allow_null=True),
        "tail_probability": serializers.FloatField(allow_null=True),
        "open_days": serializers.IntegerField(),
        "escalation": serializers.IntegerField(),
        "evaluated_on": serializers.DateField(),
        "raised_at": serializers.DateTimeField(),
        "cleared_at": serializers.DateTimeField(allow_null=True),
        "acknowledged_at": serializers.DateTimeField(allow_null=True),
    },
)
AlertPageShape = page_shape(AlertShape)

PROGRESS_EXAMPLE = {
    "results": [
        {
            "owner": {"kind": "person", "id": 7, "key": "E1007", "name": "Ann Li"},
            "unit": "east-1",
            "metric": "sales",
            "segment": None,
            "period": "month",
            "period_start": "2026-06-01",
            "period_end": "2026-07-01",
            "as_of": "2026-06-17",
            "target": "100000.00",
            "plan_to_date": "59091.00",
            "actual": "40000.00",
            "numerator": "40000.00",
            "denominator": None,
            "needed_per_day": "6666.67",
            "previous": "55000.00",
            "change": "-15000.00",
            "completion": 0.4,
            "pace": 0.676922,
            "lag": 0.323078,
            "lag_points": 0.19091,
            "needed_multiple": 1.466676,
            "workdays_elapsed": 13,
            "workdays_remaining": 9,
            "status": "behind",
        }
    ],
    "next": None,
}


def progress_json(row: ProgressRow, *, grain: str, as_of: str, currency: str) -> dict[str, Any]:
    """A progress row: amounts and counts as text, ratios as numbers, null where undefined."""
    metric, shot = row.metric, row.snapshot
    top = (metric.numerator or metric) if metric.is_ratio else metric
    bottom = metric.denominator if metric.is_ratio else None
    shown = {name: figure_text(getattr(row, name), metric, currency) for name in _AMOUNTS}
    shown["numerator"] = figure_text(row.numerator, top, currency)
    shown["denominator"] = figure_text(row.denominator, bottom, currency) if bottom else None
    return {
        "owner": owner_json(row.unit, row.person),
        "unit": row.unit.external_id,
        "metric": metric.code,
        "segment": segment_json(shot),
        "period": grain,
        "period_start": shot.period_start.isoformat() if shot else None,
        "period_end": shot.period_end.isoformat() if shot else None,
        "as_of": as_of,
        **shown,
        **{name: _ratio(getattr(row, name)) for name in _RATIOS},
        "workdays_elapsed": shot.workdays_elapsed if shot else None,
        "workdays_remaining": shot.workdays_remaining if shot else None,
        "status": row.status,
    }


def alert_json(alert: Alert) -> dict[str, Any]:
    """An alert."""
    return {
        "id": alert.pk,
        "rule": alert.rule.name,
        "level": alert.level,
        "owner": owner_json(alert.unit, alert.person),
        "unit": alert.unit.external_id,
        "metric": alert.metric.code,
        "segment": segment_json(alert),
        "period": alert.grain,
        "period_start": alert.period_start.isoformat(),
        "lag": _ratio(alert.lag_ratio),
        "tail_probability": _ratio(alert.tail_probability),
        "open_days": alert.open_days,
        "escalation": alert.escalation,
        "evaluated_on": alert.evaluated_on.isoformat(),
        "raised_at": alert.raised_at,
        "cleared_at": alert.cleared_at,
        "acknowledged_at": alert.acknowledged_at,
    }


def owner_json(unit: Unit, person: Person | None) -> dict[str, Any]:
    """Whose figure it is."""
    if person is not None:
        return {"kind": "person", "id": person.pk, "key": person.employee_number, "name": person.name}
    return {"kind": "unit", "id": unit.pk, "key": unit.external_id, "name": unit.name}


def segment_json(row: Snapshot | Alert | None) -> dict[str, str | None] | None:
    """The codes of a row's segments; null when it is the owner's whole."""
    if row is None:
        return None
    codes = {kind: getattr(row, kind).code if getattr(row, kind) else None for kind in SEGMENT_KINDS}
    return codes if any(codes.values()) else None


def figure_text(value: float | None, metric: Metric, currency: str) -> str | None:
    """A figure as text: amounts in the plan currency, counts whole, other ratios with six decimals."""
    if value is None:
        return None
    if metric.unit == MetricUnit.CURRENCY:
        return decimal_string(round(value), currency)
    if metric.is_ratio or value != round(value):
        return f"{Decimal(value).quantize(_DIGITS, ROUND_HALF_EVEN):f}"
    return str(round(value))


def _ratio(value: float | None) -> float | None:
    return None if value is None else round(value, 6)
