"""Plans, and how each of their metrics is spread over the year."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _


class PlanStatus(models.TextChoices):
    DRAFT = "draft", _("draft")
    IN_REVIEW = "in_review", _("in review")
    PUBLISHED = "published", _("published")
    CLOSED = "closed", _("closed")


class Plan(models.Model):
    """All targets of a fiscal year, in one version; publishing freezes it.

    ``number`` counts the versions of a fiscal year; at most one of them is published, and publishing
    another closes it. Days are [starts_on, ends_on).
    """

    name = models.CharField(_("name"), max_length=200)
    fiscal_year = models.PositiveSmallIntegerField(_("fiscal year"))
    number = models.PositiveSmallIntegerField(_("version"), default=1)
    status = models.CharField(
        _("status"), max_length=10, choices=PlanStatus.choices, default=PlanStatus.DRAFT
    )
    based_on = models.ForeignKey("self", models.SET_NULL, null=True, blank=True, related_name="successors")
    currency = models.CharField(_("currency"), max_length=3)
    starts_on = models.DateField(_("first day"))
    ends_on = models.DateField(_("first day no longer"))
    note = models.TextField(_("note"), blank=True)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)
    published_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    published_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-fiscal_year", "-number"]
        constraints = [
            models.UniqueConstraint(fields=["fiscal_year", "number"], name="plan_year_number"),
            models.UniqueConstraint(
                fields=["fiscal_year"], condition=Q(status="published"), name="plan_one_published_a_year"
            ),
            models.CheckConstraint(condition=Q(ends_on__gt=F("starts_on")), name="plan_days_not_empty"),
        ]

    def __str__(self) -> str:
        return f"{self.name} v{self.number}"


class PlanMetric(models.Model):
    """A metric of a plan with its season (12 indices per workday, mean 1) and its rhythm inside a month."""

    plan = models.ForeignKey(Plan, models.CASCADE, related_name="plan_metrics")
    metric = models.ForeignKey("metrics.Metric", models.PROTECT, related_name="+")
    season = models.JSONField(
        _("seasonal index"), default=list, help_text=_("12 numbers, or empty for none.")
    )
    season_source = models.CharField(_("season from"), max_length=200, blank=True)
    phases = models.JSONField(_("rhythm in the month"), default=list, help_text=_("Early, mid, late month."))
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["position", "pk"]
        constraints = [models.UniqueConstraint(fields=["plan", "metric"], name="planmetric_plan_metric")]

    def __str__(self) -> str:
        return f"{self.plan} · {self.metric}"
