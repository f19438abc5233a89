"""REST for strategy lines: what the company wants of the year, and how much of it targets carry."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from org.http import api_doc, page_shape, shape_of
from targets import policies, selectors
from targets.api import TargetsApi
from targets.forms import Amounts

StrategyShape = shape_of(
    "StrategyLine",
    {
        "id": serializers.IntegerField(),
        "text": serializers.CharField(),
        "kind": serializers.ChoiceField(choices=["amount", "share", "growth", "focus"]),
        "metric": serializers.CharField(allow_null=True),
        "amount": serializers.CharField(allow_null=True),
        "share_bp": serializers.IntegerField(allow_null=True),
        "floor": serializers.CharField(allow_null=True),
        "status": serializers.ChoiceField(choices=["active", "reached", "dropped"]),
        "responsible": serializers.CharField(allow_null=True),
        "linked_targets": serializers.IntegerField(),
        "carried": serializers.CharField(allow_null=True),
        "gap": serializers.CharField(allow_null=True),
    },
)


def strategy_shape(row: selectors.StrategyRow) -> dict[str, Any]:
    """A line as the API shows it."""
    line = row.line
    amounts = Amounts(line.metric, line.plan.currency, percent=False) if line.metric else None

    def text(value: int | None) -> str | None:
        return amounts.write(value) if amounts is not None and value is not None else None

    return {
        "id": line.pk,
        "text": line.text,
        "kind": line.kind,
        "metric": line.metric.code if line.metric else None,
        "amount": text(line.amount),
        "share_bp": line.share_bp,
        "floor": text(line.floor_amount),
        "status": line.status,
        "responsible": line.responsible.name if line.responsible else None,
        "linked_targets": row.linked,
        "carried": text(row.carried),
        "gap": text(row.gap),
    }


class StrategyApi(TargetsApi):
    """The strategy lines of a plan."""

    @api_doc("List a plan's strategy lines", responses={200: page_shape(StrategyShape)}, problems=[403, 404])
    def get(self, request: Request, plan_id: int) -> Response:
        plan = selectors.plan_get(plan_id, scope=self.row_scope)
        self.demand(policies.may_see_strategy(self.row_scope, plan))
        rows = {row.line.pk: row for row in selectors.strategy_rows(plan)}
        return self.paged(selectors.strategy_lines(plan), lambda line: strategy_shape(rows[line.pk]))
