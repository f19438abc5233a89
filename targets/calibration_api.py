"""REST for calibrations: proposals of a plan, and each step of their way.

Amounts are decimal strings as everywhere in this room; months are numbers 1 … 12 of the fiscal year.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiExample
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from common.errors import Invalid
from org.http import api_doc, page_shape, shape_of
from targets import policies, selectors, services
from targets.api import TargetsApi, owner_shape
from targets.api_input import flag_of, id_of, object_of
from targets.calibration_views import allowed_ever
from targets.forms import Amounts
from targets.models import Calibration, CalibrationLine, CalibrationStatus, Plan, Target, Trigger

MOST_TARGETS, MOST_LINES = 500, 500
LineShape = shape_of(
    "CalibrationLine",
    {
        "target": serializers.IntegerField(allow_null=True),
        "metric": serializers.CharField(),
        "owner": serializers.DictField(),
        "chosen": serializers.BooleanField(),
        "before": serializers.ListField(child=serializers.CharField()),
        "change": serializers.ListField(child=serializers.CharField()),
        "after": serializers.ListField(child=serializers.CharField()),
    },
)
_FIELDS: dict[str, Any] = {
    "id": serializers.IntegerField(),
    "plan": serializers.IntegerField(),
    "title": serializers.CharField(),
    "trigger": serializers.ChoiceField(choices=Trigger.values),
    "evidence": serializers.CharField(),
    "links": serializers.ListField(child=serializers.CharField()),
    "reason": serializers.CharField(),
    "status": serializers.ChoiceField(choices=CalibrationStatus.values),
    "first_month": serializers.IntegerField(),
    "last_month": serializers.IntegerField(),
    "effective_on": serializers.DateField(allow_null=True),
    "published_at": serializers.DateTimeField(allow_null=True),
    "floor_overridden": serializers.BooleanField(),
}
CalibrationShape = shape_of("Calibration", _FIELDS)
CalibrationDetailShape = shape_of(
    "CalibrationDetail",
    {
        **_FIELDS,
        "analysis": serializers.CharField(),
        "decision": serializers.CharField(),
        "floors_broken": serializers.ListField(child=serializers.CharField()),
        "lines": LineShape(many=True),
    },
)
CalibrationRequestShape = shape_of(
    "CalibrationRequest",
    {
        "title": serializers.CharField(max_length=200),
        "trigger": serializers.ChoiceField(choices=Trigger.values),
        "evidence": serializers.CharField(),
        "links": serializers.ListField(child=serializers.CharField(), required=False),
        "reason": serializers.CharField(),
        "targets": serializers.ListField(child=serializers.DictField()),
    },
)
StepRequestShape = shape_of(
    "CalibrationStepRequest",
    {
        "text": serializers.CharField(required=False),
        "approve": serializers.BooleanField(required=False),
        "effective_on": serializers.DateField(required=False),
    },
)


def calibration_shape(row: Calibration) -> dict[str, Any]:
    """A proposal as lists of the API show it."""
    return {
        "id": row.pk,
        "plan": row.plan_id,
        "title": row.title,
        "trigger": row.trigger,
        "evidence": row.evidence,
        "links": row.links,
        "reason": row.reason,
        "status": row.status,
        "first_month": row.first_month + 1,
        "last_month": row.last_month + 1,
        "effective_on": row.effective_on.isoformat() if row.effective_on else None,
        "published_at": row.published_at.isoformat() if row.published_at else None,
        "floor_overridden": row.is_floor_overridden,
    }


def line_shape(line: CalibrationLine, currency: str) -> dict[str, Any]:
    """A line as the API shows it."""
    of = line.target or line.joins_parent
    assert of is not None, "a line has a target, or a joiner's parent"
    amounts = Amounts(of.metric, currency, percent=False)
    owner = owner_shape(of)
    if line.target is None and line.joins_person is not None:
        owner |= {"person": line.joins_person.pk, "person_name": line.joins_person.name}
    return {
        "target": line.target_id,
        "metric": of.metric.code,
        "owner": owner,
        "chosen": line.is_chosen,
        "before": [amounts.write(month) for month in line.before],
        "change": [amounts.write(month) for month in line.deltas],
        "after": [amounts.write(month) for month in line.after],
    }


class CalibrationsApi(TargetsApi):
    """What the doors of calibrations share."""

    def detail(self, row: Calibration) -> dict[str, Any]:
        """A proposal with its lines in scope, the chosen ones first (at most 500)."""
        row = selectors.calibration_get(row.pk, scope=self.row_scope)
        lines = list(selectors.calibration_lines(row, scope=self.row_scope)[:MOST_LINES])
        is_open = row.published_at is None
        broken = selectors.floors_broken(row.plan, lines) if is_open else []
        reads_all = policies.may_see_calibrations(self.row_scope, row.plan)
        return {
            **calibration_shape(row),
            "analysis": row.analysis if reads_all else "",
            "decision": row.decision if reads_all else "",
            "floors_broken": [each.text for each in broken],
            "lines": [line_shape(line, row.plan.currency) for line in lines],
        }


class CalibrationListApi(CalibrationsApi):
    """The proposals of a plan: listed, and drafted."""

    @api_doc(
        "List a plan's calibrations",
        responses={200: page_shape(CalibrationShape)},
        problems=[400, 403, 404],
        query={"status": "draft, proposed, analysed, approved, rejected, published or withdrawn."},
    )
    def get(self, request: Request, plan_id: int) -> Response:
        plan = selectors.plan_get(plan_id, scope=self.row_scope)
        self.demand(policies.may_see_calibrations(self.row_scope, plan))
        status = request.query_params.get("status", "")
        if status and status not in CalibrationStatus.values:
            raise Invalid(_("Choose one of the states."), field="status")
        rows = selectors.calibration_list(plan, scope=self.row_scope, status=status)
        return self.paged(rows, calibration_shape)

    @api_doc(
        "Draft a calibration",
        description="Each of “targets” names a target by “id” and either its twelve “months” (months that "
        "have begun must stay), or “factor” with “first” and “last” month (1 … 12) and “keep”, the part of "
        "the published year that later months make up for (1 if left out, null: none).",
        request=CalibrationRequestShape,
        responses={201: CalibrationDetailShape},
        problems=[400, 404, 409, 413, 415, 422],
        examples=[
            OpenApiExample(
                "A fifth less in June and July",
                {
                    "title": "Rival cut prices",
                    "trigger": "market",
                    "evidence": "Prices −30 % since 4 May",
                    "reason": "Price war in East China",
                    "targets": [{"id": 12, "factor": "0.8", "first": 6, "last": 7}],
                },
                request_only=True,
            )
        ],
    )
    def post(self, request: Request, plan_id: int) -> Response:
        plan = selectors.plan_get(plan_id, scope=self.row_scope)
        self.demand(policies.may_calibrate(self.row_scope, plan) or plan.status in policies.OPEN)
        body = object_of(request.data)

        def work() -> Response:
            row = services.calibration_save(
                plan=plan,
                ask=_said(body),
                lines=self._lines(plan, body.get("targets")),
                actor=self.actor,
            )
            return Response(self.detail(row), 201)

        return self.run_once(request, work)

    def _lines(self, plan: Plan, asked: Any) -> list[CalibrationLine]:
        if not isinstance(asked, list) or not 1 <= len(asked) <= MOST_TARGETS:
            raise Invalid(_("Name one to 500 targets."), field="targets")
        bodies = [object_of(each) for each in asked]
        ids = [id_of(each.get("id"), "targets.id") for each in bodies]
        rows = selectors.targets_visible(scope=self.row_scope).filter(plan=plan)
        found = {target.pk: target for target in rows.filter(pk__in=ids)}
        if missing := set(ids) - found.keys():
            raise Invalid(
                _("This plan has no target %(id)s of yours."), field="targets.id", params={"id": min(missing)}
            )
        if len(set(ids)) < len(ids):
            raise Invalid(_("Name each target once."), field="targets.id")
        self.demand(policies.may_calibrate_targets(self.row_scope, found.values()))
        standing = services.Standing.load(plan, sorted({target.metric_id for target in found.values()}))
        asks = [
            services.MonthsAsk(found[pk], _months(standing, found[pk], each))
            for pk, each in zip(ids, bodies, strict=True)
        ]
        return services.lines_of(standing, asks)


class CalibrationApi(CalibrationsApi):
    """A proposal with its lines."""

    @api_doc("Read a calibration", responses={200: CalibrationDetailShape}, problems=[404])
    def get(self, request: Request, calibration_id: int) -> Response:
        row = selectors.calibration_get(calibration_id, scope=self.row_scope)
        return Response(self.detail(row))


class CalibrationStepApi(CalibrationsApi):
    """A step of a proposal's way."""

    step = ""

    def take(self, row: Calibration, body: Mapping[str, Any]) -> Calibration:
        """Do the step."""
        raise NotImplementedError

    def stepped(self, request: Request, calibration_id: int) -> Response:
        """The proposal after the step; 403 for the wrong role, 409 in the wrong state."""
        row = selectors.calibration_get(calibration_id, scope=self.row_scope)
        self.demand(allowed_ever(self.row_scope, row, self.step))
        body = object_of(request.data or {})
        return self.run_once(request, lambda: Response(self.detail(self.take(row, body))))


def _step_doc(summary: str) -> Any:
    return api_doc(
        summary,
        request=StepRequestShape,
        responses={200: CalibrationDetailShape},
        problems=[400, 404, 409, 413, 415, 422],
    )


class ProposeApi(CalibrationStepApi):
    """Hand a draft on."""

    step = "propose"

    @_step_doc("Propose a calibration")
    def post(self, request: Request, calibration_id: int) -> Response:
        return self.stepped(request, calibration_id)

    def take(self, row: Calibration, body: Mapping[str, Any]) -> Calibration:
        return services.calibration_propose(calibration=row, actor=self.actor)


class AnalyseApi(CalibrationStepApi):
    """The head of sales' analysis: “text”."""

    step = "analyse"

    @_step_doc("Analyse a calibration")
    def post(self, request: Request, calibration_id: int) -> Response:
        return self.stepped(request, calibration_id)

    def take(self, row: Calibration, body: Mapping[str, Any]) -> Calibration:
        return services.calibration_analyse(calibration=row, text=_text(body), actor=self.actor)


class DecideApi(CalibrationStepApi):
    """Management's decision: “approve” and “text”."""

    step = "decide"

    @_step_doc("Decide a calibration")
    def post(self, request: Request, calibration_id: int) -> Response:
        return self.stepped(request, calibration_id)

    def take(self, row: Calibration, body: Mapping[str, Any]) -> Calibration:
        approve = flag_of(body, "approve")
        return services.calibration_decide(
            calibration=row, approve=approve, note=_text(body), actor=self.actor
        )


class PublishCalibrationApi(CalibrationStepApi):
    """Let an approved calibration count, from “effective_on”."""

    step = "publish"

    @_step_doc("Publish a calibration")
    def post(self, request: Request, calibration_id: int) -> Response:
        return self.stepped(request, calibration_id)

    def take(self, row: Calibration, body: Mapping[str, Any]) -> Calibration:
        on = _day(body.get("effective_on"))
        return services.calibration_publish(calibration=row, effective_on=on, actor=self.actor)


def _said(body: Mapping[str, Any]) -> services.CalibrationAsk:
    title, trigger, evidence, reason = (
        _string(body, name) for name in ("title", "trigger", "evidence", "reason")
    )
    links = body.get("links", [])
    if not isinstance(links, list) or not all(isinstance(link, str) for link in links):
        raise Invalid(_("Give a list of web addresses."), field="links")
    if any("\x00" in link for link in links):
        raise Invalid(_("Give a text."), field="links")
    return services.CalibrationAsk(title, trigger, evidence, reason, links)


def _string(body: Mapping[str, Any], name: str) -> str:
    value = body.get(name, "")
    if not isinstance(value, str) or "\x00" in value:
        raise Invalid(_("Give a text."), field=name)
    return value


def _text(body: Mapping[str, Any]) -> str:
    return _string(body, "text")


def _day(value: Any) -> dt.date | None:
    if value is None:
        return None
    try:
        return dt.date.fromisoformat(value) if isinstance(value, str) else dt.date.fromisoformat("")
    except ValueError:
        raise Invalid(_("Write a day as 2026-05-31."), field="effective_on") from None


def _months(standing: services.Standing, target: Target, body: Mapping[str, Any]) -> list[int]:
    """The months that a body asks for: twelve amounts, or a factor over some of them."""
    amounts = Amounts(target.metric, standing.plan.currency, percent=False)
    if body.get("months") is not None:
        months = body["months"]
        if not isinstance(months, list) or len(months) != 12:
            raise Invalid(_("A year has twelve months."), field="targets.months")
        return [amounts.read(str(month)) for month in months]
    keep = body.get("keep", "1")
    return services.months_by_factor(
        target,
        standing.months(target),
        first=_month(body, "first"),
        last=_month(body, "last"),
        factor=str(body.get("factor", ""))[:40],
        keep_bp=None if keep is None else _share(keep),
    )


def _month(body: Mapping[str, Any], name: str) -> int:
    value = body.get(name)
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= 12:
        raise Invalid(_("Give a month from 1 to 12."), field=f"targets.{name}")
    return value - 1


def _share(value: Any) -> int:
    try:
        share = float(str(value))
    except ValueError:
        share = -1.0
    if not 0 <= share <= 1:
        raise Invalid(_("Keep a part of the year between 0 and 1."), field="targets.keep")
    return round(share * 10_000)
