"""REST: the metric definitions, and figures by period and person, unit or segment."""

from __future__ import annotations

from decimal import ROUND_HALF_EVEN, Decimal
from typing import Any

from django.utils.translation import gettext as _
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from common.errors import FieldError, Invalid, NotFound
from common.money import decimal_string
from metrics import selectors
from metrics.forms import ActualsFilter
from metrics.models import Metric, MetricUnit
from org.http import ScopedApiView, api_doc, page_shape
from org.models import Unit
from org.selectors import company_get

RATIO_DIGITS = Decimal("0.000001")


class MetricShape(serializers.Serializer[Any]):
    """A metric's definition; filters compare with codes, amounts in minor units."""

    code = serializers.CharField()
    name = serializers.CharField()
    description = serializers.CharField()
    kind = serializers.ChoiceField(choices=["amount", "count", "ratio"])
    unit = serializers.ChoiceField(choices=["currency", "number", "percent"])
    direction = serializers.ChoiceField(choices=["up", "down"])
    nature = serializers.ChoiceField(choices=["result", "process"])
    source = serializers.CharField()  # type: ignore[assignment]  # a column here, DRF's own word elsewhere
    date_field = serializers.CharField()
    filters = serializers.ListField(child=serializers.DictField())
    numerator = serializers.CharField(allow_null=True)
    denominator = serializers.CharField(allow_null=True)


class ActualShape(serializers.Serializer[Any]):
    """A figure of a period. ``key`` is the employee number, the unit's external id or the segment's code."""

    key = serializers.CharField(allow_null=True)
    name = serializers.CharField()
    period_start = serializers.DateField()
    value = serializers.CharField(allow_null=True)
    numerator = serializers.CharField()
    denominator = serializers.CharField(allow_null=True)


class MetricListApi(ScopedApiView):
    """The metrics offered, in the order of the screen."""

    scope_room = "metrics"

    @api_doc("List the metrics", responses={200: page_shape(MetricShape)})
    def get(self, request: Request) -> Response:
        return Response({"results": [_metric(metric) for metric in selectors.metric_list()], "next": None})


class ActualsApi(ScopedApiView):
    """Figures in scope."""

    scope_room = "metrics"

    @api_doc(
        "Read figures by period",
        responses={200: page_shape(ActualShape)},
        problems=[400, 404],
        query={
            "metric": "Code of the metric.",
            "grain": "day, week, month (default), quarter or year (fiscal).",
            "by": "person, unit (default; each with its subtree), product_line, region or customer_type.",
            "from": "First day; default: the first of the fiscal year.",
            "to": "Last day, included; default: today.",
            "unit": "External id of a unit: only its subtree.",
            "page_size": "Rows a page, 1,000 unless told otherwise, at most 10,000.",
            "cursor": "As given by next.",
        },
        description=(
            "Amounts are decimal strings in the plan currency, counts whole numbers, ratios quotients with "
            "six decimals and null where undefined. Rows come in the order of period_start; periods without "
            "facts have no row. A unit's figure includes everything below it: don't add units of different "
            "levels."
        ),
    )
    def get(self, request: Request) -> Response:
        company = company_get()
        form = ActualsFilter(request.query_params, company=company, today=self.row_scope.on)
        if not form.is_valid():
            raise Invalid(_("Some parameters are not valid."), errors=_form_errors(form))
        asked = form.cleaned_data
        metric = selectors.metric_get(asked["metric"])
        rows, after = selectors.actual_rows(
            metric,
            grain=asked["grain"],
            by=asked["by"],
            start=asked["start"],
            end=asked["end"],
            scope=self.row_scope,
            unit=self._unit(asked["unit"]),
            after=asked["after"],
            limit=asked["page_size"],
        )
        results = [_actual(row, metric, company.currency) for row in rows]
        return Response({"results": results, "next": _next(request, after)})

    def _unit(self, external_id: str) -> Unit | None:
        if not external_id:
            return None
        unit = self.row_scope.restrict(Unit.objects.all()).filter(external_id=external_id).first()
        if unit is None:
            raise NotFound(_("There is no such unit, or it is not yours to see."))
        return unit


def _metric(metric: Metric) -> dict[str, Any]:
    top, bottom = selectors.base_metrics(metric)
    return {
        "code": metric.code,
        "name": metric.label,
        "description": _(metric.description) if metric.description else "",
        "kind": metric.kind,
        "unit": metric.unit,
        "direction": metric.direction,
        "nature": metric.nature,
        "source": metric.source,
        "date_field": metric.date_field,
        "filters": metric.filters,
        "numerator": top.code if bottom else None,
        "denominator": bottom.code if bottom else None,
    }


def _actual(row: selectors.ActualRow, metric: Metric, currency: str) -> dict[str, Any]:
    top, bottom = selectors.base_metrics(metric)
    return {
        "key": row.key,
        "name": row.name,
        "period_start": row.period_start.isoformat(),
        "value": _value_text(row, metric, currency),
        "numerator": _text(row.numerator, top, currency),
        "denominator": None if bottom is None else _text(row.denominator or 0, bottom, currency),
    }


def _value_text(row: selectors.ActualRow, metric: Metric, currency: str) -> str | None:
    if row.denominator is None:
        return _text(row.numerator, metric, currency)
    if row.denominator == 0:
        return None
    quotient = Decimal(row.numerator) / Decimal(row.denominator)
    if metric.unit == MetricUnit.CURRENCY:
        return decimal_string(int(quotient.quantize(Decimal(1), ROUND_HALF_EVEN)), currency)
    return f"{quotient.quantize(RATIO_DIGITS, ROUND_HALF_EVEN):f}"


def _text(figure: int, metric: Metric, currency: str) -> str:
    return decimal_string(figure, currency) if metric.unit == MetricUnit.CURRENCY else str(figure)


def _next(request: Request, after: tuple[Any, int] | None) -> str | None:
    if after is None:
        return None
    query = request.query_params.copy()
    query["cursor"] = f"{after[0].isoformat()}_{after[1]}"
    return request.build_absolute_uri(f"{request.path}?{query.urlencode()}")


def _form_errors(form: ActualsFilter) -> list[FieldError]:
    return [
        FieldError(field, str(message), "invalid")
        for field, messages in form.errors.items()
        for message in messages
    ]
