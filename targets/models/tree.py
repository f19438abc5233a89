"""Targets: a tree of wanted amounts, each cut into the twelve fiscal months."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q, Value
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _

from targets.models.plans import Plan

MONTH_FIELDS = tuple(f"m{i:02d}" for i in range(1, 13))


class Target(models.Model):
    """A wanted amount for an owner, a metric and a fiscal year, cut into its twelve fiscal months.

    The owner is a unit, or a person in a unit (a quota: counted from the credit that unit gets of that
    person). ``amount`` is in minor units of the plan's currency, a count, or, for ratio metrics, parts per
    million. The months of additive metrics sum to the amount (a database constraint); a ratio's months
    are the ratio wanted in each. ``cushion_bp`` is the declared over-assignment to the children; bit k of
    ``locked_months`` keeps month k (0 is the fiscal year's first) whenever the others are spread anew.
    """

    plan = models.ForeignKey(Plan, models.CASCADE, related_name="targets")
    parent = models.ForeignKey("self", models.CASCADE, null=True, blank=True, related_name="children")
    metric = models.ForeignKey("metrics.Metric", models.PROTECT, related_name="+")
    unit = models.ForeignKey("org.Unit", models.PROTECT, related_name="targets")
    person = models.ForeignKey("org.Person", models.PROTECT, null=True, blank=True, related_name="targets")
    product_line = models.ForeignKey(
        "crm.Segment", models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )
    region = models.ForeignKey(
        "crm.Segment", models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )
    customer_type = models.ForeignKey(
        "crm.Segment", models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )
    amount = models.BigIntegerField(_("amount"))
    is_additive = models.BooleanField(default=True)
    m01 = models.BigIntegerField(default=0)
    m02 = models.BigIntegerField(default=0)
    m03 = models.BigIntegerField(default=0)
    m04 = models.BigIntegerField(default=0)
    m05 = models.BigIntegerField(default=0)
    m06 = models.BigIntegerField(default=0)
    m07 = models.BigIntegerField(default=0)
    m08 = models.BigIntegerField(default=0)
    m09 = models.BigIntegerField(default=0)
    m10 = models.BigIntegerField(default=0)
    m11 = models.BigIntegerField(default=0)
    m12 = models.BigIntegerField(default=0)
    starts_on = models.DateField(_("counts from"), null=True, blank=True)
    ends_on = models.DateField(_("counts until (first day no longer)"), null=True, blank=True)
    weight = models.DecimalField(_("weight"), max_digits=18, decimal_places=6, default=1)
    lower_amount = models.BigIntegerField(_("at least"), null=True, blank=True)
    upper_amount = models.BigIntegerField(_("at most"), null=True, blank=True)
    is_locked = models.BooleanField(_("locked"), default=False)
    cushion_bp = models.PositiveIntegerField(_("over-assignment (basis points)"), default=0)
    locked_months = models.PositiveSmallIntegerField(_("locked months"), default=0)
    position = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["position", "pk"]
        constraints = [
            models.UniqueConstraint(
                "plan",
                "metric",
                "unit",
                Coalesce("person", Value(0)),
                Coalesce("product_line", Value(0)),
                Coalesce("region", Value(0)),
                Coalesce("customer_type", Value(0)),
                name="target_owner_metric_segment",
            ),
            models.CheckConstraint(
                condition=Q(is_additive=False)
                | Q(
                    amount=F("m01")
                    + F("m02")
                    + F("m03")
                    + F("m04")
                    + F("m05")
                    + F("m06")
                    + F("m07")
                    + F("m08")
                    + F("m09")
                    + F("m10")
                    + F("m11")
                    + F("m12")
                ),
                name="target_months_sum_to_amount",
            ),
            models.CheckConstraint(
                condition=Q(parent__isnull=True) | ~Q(parent=F("pk")), name="target_not_own_parent"
            ),
        ]

    def __str__(self) -> str:
        owner = self.person if self.person is not None else self.unit
        segments = [
            segment.name for segment in (self.product_line, self.region, self.customer_type) if segment
        ]
        return " · ".join([str(self.metric), owner.name, *segments])

    @property
    def months(self) -> list[int]:
        """The twelve fiscal months' amounts, first month of the fiscal year first."""
        return [getattr(self, name) for name in MONTH_FIELDS]
