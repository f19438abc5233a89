"""REST for the SMART check: the five findings of each target, graded, with evidence and mend."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from common.errors import Invalid
from org.http import api_doc, page_shape, shape_of
from targets import selectors
from targets.api import TargetsApi, owner_shape
from targets.calc.smart import Grade, Letter
from targets.check_forms import CheckFilter
from targets.check_page import finding_text
from targets.selectors.checks import TargetCheck, checkable, checks_of

FindingShape = shape_of(
    "SmartFinding",
    {
        "letter": serializers.ChoiceField(choices=[each.value for each in Letter]),
        "grade": serializers.ChoiceField(choices=[each.value for each in Grade]),
        "evidence": serializers.CharField(),
        "fix": serializers.CharField(allow_blank=True),
        "place": serializers.CharField(allow_blank=True),
    },
)
CheckShape = shape_of(
    "TargetCheck",
    {
        "target": serializers.IntegerField(),
        "metric": serializers.CharField(),
        "owner": serializers.DictField(),
        "sound": serializers.BooleanField(),
        "score": serializers.IntegerField(allow_null=True),
        "findings": FindingShape(many=True),
    },
)


def check_shape(check: TargetCheck) -> dict[str, Any]:
    """A checked target as the API shows it; ``score`` is the chance of reaching it, 0 to 100."""
    known = [chance for chance in (check.chances.history, check.chances.capacity) if chance is not None]
    return {
        "target": check.target.pk,
        "metric": check.target.metric.code,
        "owner": owner_shape(check.target),
        "sound": check.is_sound,
        "score": round(100 * min(known)) if known else None,
        "findings": [
            {
                "letter": finding.letter.value,
                "grade": finding.grade.value,
                "evidence": finding_text(finding.evidence, finding.params),
                "fix": finding_text(finding.fix, finding.params),
                "place": finding.place,
            }
            for finding in check.findings
        ],
    }


class CheckApi(TargetsApi):
    """The SMART check of a plan."""

    @api_doc(
        "Check a plan's targets",
        responses={200: page_shape(CheckShape)},
        problems=[400, 404],
        query={
            "letter": "Only targets with such a finding: specific, measurable, achievable, relevant or "
            "time_bound.",
            "grade": "Only those with such a grade: missing, weak, unknown or good.",
            "metric": "The code of a metric of the plan.",
            "unit": "The id of a unit; everything below it is included.",
        },
    )
    def get(self, request: Request, plan_id: int) -> Response:
        plan = selectors.plan_get(plan_id, scope=self.row_scope)
        form = CheckFilter(request.query_params, plan=plan, scope=self.row_scope)
        ask = form.ask()
        if form.errors:
            first, errors = next(iter(form.errors.items()))
            raise Invalid(str(errors[0]), field=first)
        rows = checkable(plan, scope=self.row_scope, ask=ask)
        return self.paged_together(
            rows,
            lambda page: [check_shape(check) for check in checks_of(plan, page) if ask.shows(check.findings)],
        )
