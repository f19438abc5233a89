"""REST for plans, targets, allocation and slices.

Amounts are decimal strings: money in major units of the plan's currency, counts whole numbers, ratios the
quotient ("0.35").
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiExample
from rest_framework.request import Request
from rest_framework.response import Response

from common.errors import Invalid, NotAllowed
from common.periods import Grain
from org.http import IdempotentPost, ScopedApiView, api_doc, page_shape
from targets import policies, selectors, services
from targets.api_docs import (
    AllocateAnswerShape,
    AllocateRequestShape,
    PlanRequestShape,
    PlanShape,
    SlicesShape,
    TargetRequestShape,
    TargetShape,
)
from targets.api_input import children_of, flag_of, id_of, metric_of, object_of, text_of, weight_of, whole_of
from targets.calc.allocation import Infeasible
from targets.forms import Amounts
from targets.models import Plan, Target
from targets.selectors.splits import SplitAsk, SplitFigures
from targets.selectors.trees import SEGMENTS, targets_visible
from targets.services.splitting import asks_standing, target_split_by
from targets.split_api import basis_shape, children_bodies, split_of, weighed, with_potentials

GRAINS = (Grain.YEAR, Grain.QUARTER, Grain.MONTH, Grain.WEEK, Grain.DAY)


def plan_shape(plan: Plan) -> dict[str, Any]:
    """A plan as the API shows it."""
    return {
        "id": plan.pk,
        "name": plan.name,
        "fiscal_year": plan.fiscal_year,
        "version": plan.number,
        "status": plan.status,
        "currency": plan.currency,
        "starts_on": plan.starts_on.isoformat(),
        "ends_on": plan.ends_on.isoformat(),
        "published_at": plan.published_at.isoformat() if plan.published_at else None,
    }


def target_shape(target: Target) -> dict[str, Any]:
    """A target as the API shows it."""
    amounts = _amounts(target)
    return {
        "id": target.pk,
        "plan": target.plan_id,
        "parent": target.parent_id,
        "metric": target.metric.code,
        "owner": owner_shape(target),
        **{kind: getattr(target, kind).code if getattr(target, f"{kind}_id") else None for kind in SEGMENTS},
        "amount": amounts.write(target.amount),
        "months": [amounts.write(month) for month in target.months],
        "weight": f"{target.weight.normalize():f}",
        "min": amounts.write(target.lower_amount) or None,
        "max": amounts.write(target.upper_amount) or None,
        "locked": target.is_locked,
        "cushion_bp": target.cushion_bp,
    }


def owner_shape(target: Target) -> dict[str, Any]:
    """Whose target it is."""
    return {
        "unit": target.unit_id,
        "unit_name": target.unit.name,
        "person": target.person_id,
        "person_name": target.person.name if target.person else None,
    }


def _amounts(target: Target) -> Amounts:
    return Amounts(target.metric, target.plan.currency, percent=False)


class TargetsApi(IdempotentPost, ScopedApiView):
    """What all doors of this room share."""

    scope_room = "targets"

    def demand(self, allowed: bool) -> None:
        """Raise 403 unless allowed."""
        if not allowed:
            raise NotAllowed(_("Your role does not allow this."))


class PlanListApi(TargetsApi):
    """Plans: listed, and made."""

    @api_doc("List plans", responses={200: page_shape(PlanShape)}, problems=[404])
    def get(self, request: Request) -> Response:
        return self.paged(selectors.plan_list(scope=self.row_scope), plan_shape)

    @api_doc(
        "Make a plan",
        request=PlanRequestShape,
        responses={201: PlanShape},
        problems=[400, 409, 413, 415, 422],
        examples=[
            OpenApiExample(
                "Two metrics",
                {"name": "Sales plan", "fiscal_year": 2026, "metrics": ["sales", "collections"]},
                request_only=True,
            )
        ],
    )
    def post(self, request: Request) -> Response:
        self.demand(policies.may_create_plans(self.row_scope))
        body = object_of(request.data)
        codes = body.get("metrics")
        if not isinstance(codes, list) or not all(isinstance(code, str) for code in codes):
            raise Invalid(_("Give a list of metric codes."), field="metrics")
        metrics = [metric_of(code) for code in codes]

        def work() -> Response:
            plan = services.plan_create(
                fiscal_year=whole_of(body, "fiscal_year"),
                name=text_of(body, "name"),
                metrics=metrics,
                actor=self.actor,
            )
            return Response(plan_shape(plan), 201)

        return self.run_once(request, work)


class PlanTargetsApi(TargetsApi):
    """The targets of a plan: listed, added, set."""

    @api_doc(
        "List a plan's targets",
        responses={200: page_shape(TargetShape)},
        problems=[400, 404],
        query={"metric": "Code of a metric.", "parent": "Id of a target, or “none” for the plan's tops."},
    )
    def get(self, request: Request, plan_id: int) -> Response:
        plan = selectors.plan_get(plan_id, scope=self.row_scope)
        rows = targets_visible(scope=self.row_scope).filter(plan=plan)
        if code := request.query_params.get("metric"):
            rows = rows.filter(metric=metric_of(code))
        parent = request.query_params.get("parent")
        if parent == "none":
            rows = rows.filter(parent=None)
        elif parent:
            rows = rows.filter(parent=id_of(parent, "parent"))
        return self.paged(rows, target_shape)

    @api_doc(
        "Set or add targets",
        description="One object or a list. With “parent” and “owner” or a segment a child is added (or "
        "found) under it; without a parent the plan's top target of the metric is meant. “amount” sets it.",
        request=TargetRequestShape,
        responses={200: TargetShape(many=True)},
        problems=[400, 404, 409, 413, 415, 422],
        examples=[
            OpenApiExample(
                "The company's target", {"metric": "sales", "amount": "100000000.00"}, request_only=True
            )
        ],
    )
    def post(self, request: Request, plan_id: int) -> Response:
        plan = selectors.plan_get(plan_id, scope=self.row_scope)
        self.demand(policies.may_edit(self.row_scope, plan) or plan.status not in policies.OPEN)
        bodies = request.data if isinstance(request.data, list) else [request.data]
        if not 1 <= len(bodies) <= 1000:
            raise Invalid(_("Send one to 1000 targets."), field="body")

        def work() -> Response:
            made = [self._set(plan, object_of(body)) for body in bodies]
            return Response([target_shape(self._again(target)) for target in made])

        return self.run_once(request, work)

    def _set(self, plan: Plan, body: Mapping[str, Any]) -> Target:
        if body.get("parent") is None:
            metric = metric_of(text_of(body, "metric"))
            tops = targets_visible(scope=self.row_scope).filter(plan=plan, metric=metric, parent=None)
            target = tops.first()
            if target is None:
                raise Invalid(_("This plan has no such metric, or it is not yours to set."), field="metric")
        else:
            parent = selectors.target_get(id_of(body["parent"], "parent"), scope=self.row_scope)
            if parent.plan_id != plan.pk:
                raise Invalid(_("The parent belongs to another plan."), field="parent")
            self.demand(policies.may_split(self.row_scope, parent) or plan.status not in policies.OPEN)
            [target] = children_of(parent, [body], self.row_scope, self.actor)
        if body.get("amount") is not None:
            self.demand(policies.may_set_amount(self.row_scope, target) or plan.status not in policies.OPEN)
            amount = _amounts(target).read(str(body["amount"]))
            target = services.target_amount_set(target=target, amount=amount, actor=self.actor)
        return target

    def _again(self, target: Target) -> Target:
        return targets_visible(scope=self.row_scope).get(pk=target.pk)


class AllocateApi(TargetsApi):
    """Distribute a target over its children."""

    @api_doc(
        "Distribute a target",
        description=(
            "Children not there yet are added. Without “apply” nothing is saved. With “basis” (history, "
            "history_24, last_plan, accounts, account_revenue, headcount, potential, or formula with "
            "“formula”) the weights are reckoned, “tilt” leans them on the strategy, and without “children” "
            "all that are there take part."
        ),
        request=AllocateRequestShape,
        responses={200: AllocateAnswerShape},
        problems=[400, 404, 409, 413, 415, 422],
        examples=[
            OpenApiExample(
                "By weight, one locked",
                {
                    "children": [
                        {"owner": {"unit": 12}, "weight": "3"},
                        {"owner": {"unit": 13}, "weight": "2", "max": "500000.00"},
                        {"owner": {"unit": 14}, "locked": True, "amount": "250000.00"},
                    ],
                    "cushion_bp": 300,
                    "apply": False,
                },
                request_only=True,
            ),
            OpenApiExample(
                "By a formula over history and last plan",
                {"basis": "formula", "formula": "0.7*history + 0.3*last_plan", "tilt": True},
                request_only=True,
            ),
        ],
    )
    def post(self, request: Request, target_id: int) -> Response:
        target = selectors.target_get(target_id, scope=self.row_scope)
        self.demand(policies.may_split(self.row_scope, target) or target.plan.status not in policies.OPEN)
        body = object_of(request.data)
        children, split = children_bodies(body), split_of(body)
        apply = flag_of(body, "apply")
        cushion = body.get("cushion_bp", 0)
        if isinstance(cushion, bool) or not isinstance(cushion, int):
            raise Invalid(_("Basis points are a whole number."), field="cushion_bp")
        return self.run_once(request, lambda: self._allocate(target, children, cushion, split, apply=apply))

    def _allocate(
        self,
        target: Target,
        children: Sequence[Mapping[str, Any]],
        cushion: int,
        split: SplitAsk | None,
        *,
        apply: bool,
    ) -> Response:
        with transaction.atomic():
            rows = children_of(target, children, self.row_scope, self.actor) if children else []
            asks = [self._ask(row, each, _amounts(target)) for row, each in zip(rows, children, strict=True)]
            asks += self._unnamed(target, asks, keeps=split is None or bool(children))
            figures = None
            if split is not None and asks:
                split = with_potentials(split, rows, children)
                asks, figures = weighed(target, asks, split, self.row_scope)
            answer = self._answer(target, asks, cushion, (split, figures), apply=apply)
            if not apply:
                transaction.set_rollback(True)
        return Response(answer)

    def _unnamed(
        self, target: Target, asks: Sequence[services.ChildAsk], *, keeps: bool
    ) -> list[services.ChildAsk]:
        """The children not named: they keep what they have, or, where nobody is named, all take part."""
        named = {ask.target.pk for ask in asks}
        rest = [row.target for row in selectors.children_grid(target, scope=self.row_scope).rows]
        rest = [child for child in rest if child.pk not in named]
        if not keeps:
            return asks_standing(rest)
        return [services.ChildAsk(child, child.weight, locked=True) for child in rest]

    def _answer(
        self,
        target: Target,
        asks: Sequence[services.ChildAsk],
        cushion: int,
        by: tuple[SplitAsk | None, SplitFigures | None],
        *,
        apply: bool,
    ) -> dict[str, Any]:
        amounts = _amounts(target)
        split, figures = by
        common: dict[str, Any] = {"target": target, "children": asks, "cushion_bp": cushion}
        common |= {"apply": apply, "actor": self.actor}
        try:
            if split is not None and figures is not None:
                preview = target_split_by(ask=split, figures=figures, **common)
            else:
                preview = services.target_allocate(**common)
        except Infeasible as error:
            message = _("%(why)s By: %(gap)s.")
            params = {"why": error.text(_), "gap": amounts.write(error.gap)}
            raise Invalid(message, field="children", code=error.kind, params=params) from error
        return {
            "total": amounts.write(preview.total),
            "wanted": amounts.write(preview.wanted),
            "sum": amounts.write(sum(preview.amounts)),
            "gap": amounts.write(preview.wanted - sum(preview.amounts)),
            "over_assigned": amounts.write(preview.over_assigned),
            "applied": apply,
            "children": [
                {
                    "id": ask.target.pk if apply else None,
                    "owner": owner_shape(ask.target),
                    "amount": amounts.write(amount),
                    **({"basis": basis_shape(figures, at)} if figures else {}),
                }
                for at, (ask, amount) in enumerate(zip(asks, preview.amounts, strict=True))
            ],
        }

    def _ask(self, child: Target, body: Mapping[str, Any], amounts: Amounts) -> services.ChildAsk:
        given = {
            name: amounts.read(str(body[name])) if body.get(name) is not None else None
            for name in ("min", "max", "amount")
        }
        return services.ChildAsk(
            target=child,
            weight=weight_of(body.get("weight", child.weight)),
            lower=given["min"],
            upper=given["max"],
            locked=flag_of(body, "locked"),
            amount=given["amount"],
        )


class SlicesApi(TargetsApi):
    """A target in slices of time."""

    @api_doc(
        "Slice a target",
        description="“planned” is what was published, “adjusted” what calibrations in force today add, "
        "“revised” the two together; “amount” is what counts, the revised one.",
        responses={200: SlicesShape},
        problems=[400, 404],
        query={"grain": "year, quarter, month, week or day; month if left out."},
    )
    def get(self, request: Request, target_id: int) -> Response:
        target = selectors.target_get(target_id, scope=self.row_scope)
        grain = request.query_params.get("grain", "month")
        if grain not in GRAINS:
            raise Invalid(_("Choose year, quarter, month, week or day."), field="grain")
        amounts = _amounts(target)
        rows = [
            {
                "period": row.period.label,
                "period_start": row.period.start.isoformat(),
                "period_end": row.period.end.isoformat(),
                "amount": amounts.write(row.amount),
                "planned": amounts.write(row.planned),
                "adjusted": amounts.write(row.adjusted),
                "revised": amounts.write(row.amount),
            }
            for row in selectors.slice_rows(target, grain)
        ]
        return Response({"results": rows, "next": None})
