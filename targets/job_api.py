"""REST for work on plans: publishing, at once or in the background, and how far it is."""

from __future__ import annotations

from typing import Any

from django.urls import reverse
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from org.http import api_doc, shape_of
from targets import policies, selectors, services
from targets.api import TargetsApi, plan_shape
from targets.api_docs import PlanShape
from targets.http import wake_plan_job, wake_tracking
from targets.models import PlanJob

JobShape = shape_of(
    "PlanJob",
    {
        "id": serializers.IntegerField(),
        "plan": serializers.IntegerField(),
        "kind": serializers.ChoiceField(PlanJob.Kind.choices),
        "state": serializers.ChoiceField(PlanJob.State.choices),
        "done": serializers.IntegerField(),
        "total": serializers.IntegerField(),
        "error": serializers.CharField(),
        "result": serializers.JSONField(),
        "url": serializers.CharField(),
    },
)


def job_shape(job: PlanJob) -> dict[str, Any]:
    """A job as the API shows it; ``done`` of ``total`` targets, ``total`` 0 while nobody knows."""
    return {
        "id": job.pk,
        "plan": job.plan_id,
        "kind": job.kind,
        "state": job.state,
        "done": job.done,
        "total": job.total,
        "error": selectors.job_text(job),
        "result": job.result,
        "url": reverse("targets_api:job", args=[job.pk]),
    }


class PublishApi(TargetsApi):
    """Publish a plan."""

    @api_doc(
        "Publish a plan",
        description="A plan of 2,000 targets or more is published in the background: the answer is then 202 "
        "with a job, whose “url” tells how far it is, why it was refused, or that it is done. Nothing is "
        "published by half.",
        responses={200: PlanShape, 202: JobShape},
        problems=[400, 404, 409, 413, 415, 422],
    )
    def post(self, request: Request, plan_id: int) -> Response:
        plan = selectors.plan_get(plan_id, scope=self.row_scope)
        self.demand(policies.may_create_plans(self.row_scope))

        def work() -> Response:
            if services.is_large(plan) and plan.status in policies.OPEN:
                job = services.plan_job_ask(plan=plan, kind=PlanJob.Kind.PUBLISH, actor=self.actor)
                wake_plan_job(job.pk)
                told = job_shape(job)
                return Response(told, 202, headers={"Location": told["url"]})
            published = services.plan_publish(plan=plan, actor=self.actor)
            wake_tracking()
            return Response(plan_shape(published))

        return self.run_once(request, work)


class JobApi(TargetsApi):
    """Work on a plan in the background."""

    @api_doc("Tell how far work on a plan is", responses={200: JobShape}, problems=[404])
    def get(self, request: Request, job_id: int) -> Response:
        return Response(job_shape(selectors.job_get(job_id, scope=self.row_scope)))
