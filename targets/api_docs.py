"""What the API's description says of plans, targets, allocations and slices."""

from __future__ import annotations

from rest_framework import serializers

from org.http.schema import shape_of
from targets.selectors.splits import METHODS

SPLIT_METHODS = [str(method) for method in METHODS]

OwnerShape = shape_of(
    "TargetOwner",
    {
        "unit": serializers.IntegerField(),
        "unit_name": serializers.CharField(),
        "person": serializers.IntegerField(allow_null=True),
        "person_name": serializers.CharField(allow_null=True),
    },
)
PlanShape = shape_of(
    "Plan",
    {
        "id": serializers.IntegerField(),
        "name": serializers.CharField(),
        "fiscal_year": serializers.IntegerField(),
        "version": serializers.IntegerField(),
        "status": serializers.ChoiceField(choices=["draft", "in_review", "published", "closed"]),
        "currency": serializers.CharField(),
        "starts_on": serializers.DateField(),
        "ends_on": serializers.DateField(),
        "published_at": serializers.DateTimeField(allow_null=True),
    },
)
PlanRequestShape = shape_of(
    "PlanRequest",
    {
        "name": serializers.CharField(max_length=200),
        "fiscal_year": serializers.IntegerField(),
        "metrics": serializers.ListField(child=serializers.CharField()),
    },
)
TargetShape = shape_of(
    "Target",
    {
        "id": serializers.IntegerField(),
        "plan": serializers.IntegerField(),
        "parent": serializers.IntegerField(allow_null=True),
        "metric": serializers.CharField(),
        "owner": OwnerShape(),
        "product_line": serializers.CharField(allow_null=True),
        "region": serializers.CharField(allow_null=True),
        "customer_type": serializers.CharField(allow_null=True),
        "amount": serializers.CharField(),
        "months": serializers.ListField(child=serializers.CharField()),
        "weight": serializers.CharField(),
        "min": serializers.CharField(allow_null=True),
        "max": serializers.CharField(allow_null=True),
        "locked": serializers.BooleanField(),
        "cushion_bp": serializers.IntegerField(),
    },
)
TargetRequestShape = shape_of(
    "TargetRequest",
    {
        "metric": serializers.CharField(required=False),
        "parent": serializers.IntegerField(required=False),
        "owner": serializers.DictField(required=False),
        "product_line": serializers.CharField(required=False),
        "region": serializers.CharField(required=False),
        "customer_type": serializers.CharField(required=False),
        "amount": serializers.CharField(required=False),
    },
)
AllocateRequestShape = shape_of(
    "AllocateRequest",
    {
        "children": serializers.ListField(child=serializers.DictField(), required=False),
        "basis": serializers.ChoiceField(choices=SPLIT_METHODS, required=False),
        "formula": serializers.CharField(required=False, allow_blank=True),
        "tilt": serializers.BooleanField(default=False),
        "cushion_bp": serializers.IntegerField(default=0),
        "apply": serializers.BooleanField(default=False),
    },
)
AllocateAnswerShape = shape_of(
    "AllocateAnswer",
    {
        "total": serializers.CharField(),
        "wanted": serializers.CharField(),
        "sum": serializers.CharField(),
        "gap": serializers.CharField(),
        "over_assigned": serializers.CharField(),
        "applied": serializers.BooleanField(),
        "children": serializers.ListField(child=serializers.DictField()),
    },
)
SliceShape = shape_of(
    "Slice",
    {
        "period": serializers.CharField(),
        "period_start": serializers.DateField(),
        "period_end": serializers.DateField(),
        "amount": serializers.CharField(),
        "planned": serializers.CharField(),
        "adjusted": serializers.CharField(),
        "revised": serializers.CharField(),
    },
)
SlicesShape = shape_of(
    "Slices", {"results": SliceShape(many=True), "next": serializers.CharField(allow_null=True)}
)
