"""How far each owner is on a date, and the alerts raised from it."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Value
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _


class SnapshotGrain(models.TextChoices):
    YEAR = "year", _("year")
    QUARTER = "quarter", _("quarter")
    MONTH = "month", _("month")
    WEEK = "week", _("week")


def copied_key(
    to: str, on_delete: Any = models.CASCADE, *, null: bool = False
) -> models.ForeignKey[Any, Any]:
    """A key copied from rows that the database has checked: checking it again took half of a refresh."""
    return models.ForeignKey(to, on_delete, null=null, related_name="+", db_index=False, db_constraint=False)


class SnapshotRun(models.Model):
    """The snapshots of one as-of date exist and are current; today's run is kept up to date.

    ``basis`` is a hash of what the plan side was made from (plans, calendar, metrics): another one makes the
    run stale. ``fact_sizes`` is the mean daily figure of each metric (its id as text): about one deal.
    """

    as_of = models.DateField(unique=True)
    computed_at = models.DateTimeField()
    basis = models.CharField(max_length=64, default="")
    rows = models.PositiveIntegerField(default=0)
    seconds = models.FloatField(default=0)
    fact_sizes = models.JSONField(default=dict)

    class Meta:
        ordering = ["-as_of"]

    def __str__(self) -> str:
        return str(self.as_of)


class Snapshot(models.Model):
    """An owner's target, plan-to-date and actual of the period that holds ``as_of``.

    One row for each published target, and one for an owner whose targets are all by segment (their sum,
    ``target`` empty). Figures include the day ``as_of``. For ratio metrics ``target_value``,
    ``plan_to_date`` and both actuals are parts per million of ``numerator`` / ``denominator``; for all others
    ``actual`` is in the metric's own minor unit. Ratios are stored uncapped, empty where undefined.
    ``previous_actual`` is that of the previous period at the same point (``calc.windows``).
    A cache: ``tracking.services.refresh_snapshots`` rebuilds it with the same rows.
    """

    as_of = models.DateField()
    grain = models.CharField(max_length=7, choices=SnapshotGrain.choices)
    period_start = models.DateField()
    period_end = models.DateField()
    metric = copied_key("metrics.Metric")
    unit = copied_key("org.Unit")
    person = copied_key("org.Person", null=True)
    product_line = copied_key("crm.Segment", null=True)
    region = copied_key("crm.Segment", null=True)
    customer_type = copied_key("crm.Segment", null=True)
    # Targets of published plans stay: nobody has to look here when one of a draft goes.
    target = copied_key("targets.Target", models.DO_NOTHING, null=True)
    target_value = models.BigIntegerField(null=True)
    plan_to_date = models.BigIntegerField(null=True)
    actual = models.BigIntegerField(null=True)
    numerator = models.BigIntegerField(default=0)
    denominator = models.BigIntegerField(default=0)
    previous_actual = models.BigIntegerField(null=True)
    workdays_elapsed = models.PositiveSmallIntegerField(default=0)
    workdays_remaining = models.PositiveSmallIntegerField(default=0)
    completion_ratio = models.FloatField(null=True)
    pace_ratio = models.FloatField(null=True)
    lag_ratio = models.FloatField(null=True)

    class Meta:
        constraints = [
            # In the order in which rows are stored: an index that only grows at its end is written fast.
            models.UniqueConstraint(
                "as_of",
                "grain",
                "unit",
                Coalesce("person", Value(0)),
                "metric",
                Coalesce("product_line", Value(0)),
                Coalesce("region", Value(0)),
                Coalesce("customer_type", Value(0)),
                name="snapshot_key",
            )
        ]
        indexes = [models.Index(fields=["person", "as_of"], name="snapshot_person")]

    def __str__(self) -> str:
        return f"{self.as_of} {self.grain} {self.metric_id} {self.unit_id}/{self.person_id or '–'}"


class AlertRule(models.Model):
    """When a lag becomes an alert; METHODS: threshold, guards, confirmation, hysteresis, escalation.

    ``metric`` empty means every metric. ``is_literal`` drops every guard: the bare threshold.
    """

    name = models.CharField(_("name"), max_length=100)
    metric = models.ForeignKey("metrics.Metric", models.CASCADE, null=True, blank=True, related_name="+")
    grain = models.CharField(
        _("period"), max_length=7, choices=SnapshotGrain.choices, default=SnapshotGrain.MONTH
    )
    watch_ratio = models.FloatField(_("watch from"), default=0.10)
    threshold_ratio = models.FloatField(_("alert from"), default=0.20)
    critical_ratio = models.FloatField(_("critical from"), default=0.35)
    clear_ratio = models.FloatField(_("clears under"), default=0.10)
    min_workdays = models.PositiveSmallIntegerField(_("after workdays"), default=3)
    min_plan_ratio = models.FloatField(_("after share of the plan"), default=0.10)
    alpha = models.FloatField(_("chance of a false alarm"), default=0.10)
    confirmations = models.PositiveSmallIntegerField(_("confirmed by evaluations"), default=2)
    clear_confirmations = models.PositiveSmallIntegerField(_("cleared by evaluations"), default=2)
    escalate_workdays = models.JSONField(_("escalates after workdays"), default=list)
    is_literal = models.BooleanField(_("literal rule"), default=False)
    is_active = models.BooleanField(_("active"), default=True)
    # The last day evaluated: a rule steps once a day and never backwards.
    evaluated_on = models.DateField(null=True, editable=False)

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return self.name


class AlertLevel(models.TextChoices):
    OK = "ok", _("on plan")
    ALERT = "alert", _("behind")
    CRITICAL = "critical", _("critical")


class Alert(models.Model):
    """The alert state of an owner, metric and period under a rule; raised when ``raised_at`` is set.

    One row a (rule, owner, metric, segment, period): stepping it again for a day already evaluated
    changes nothing.
    """

    rule = models.ForeignKey(AlertRule, models.CASCADE, related_name="alerts")
    grain = models.CharField(max_length=7, choices=SnapshotGrain.choices)
    period_start = models.DateField()
    metric = models.ForeignKey("metrics.Metric", models.CASCADE, related_name="+")
    unit = models.ForeignKey("org.Unit", models.CASCADE, related_name="+")
    person = models.ForeignKey("org.Person", models.CASCADE, null=True, related_name="+")
    product_line = models.ForeignKey("crm.Segment", models.CASCADE, null=True, related_name="+")
    region = models.ForeignKey("crm.Segment", models.CASCADE, null=True, related_name="+")
    customer_type = models.ForeignKey("crm.Segment", models.CASCADE, null=True, related_name="+")
    level = models.CharField(max_length=8, choices=AlertLevel.choices, default=AlertLevel.OK)
    hot = models.PositiveSmallIntegerField(default=0)
    cool = models.PositiveSmallIntegerField(default=0)
    open_days = models.PositiveSmallIntegerField(default=0)
    escalation = models.PositiveSmallIntegerField(default=0)
    evaluated_on = models.DateField()
    lag_ratio = models.FloatField(null=True)
    tail_probability = models.FloatField(null=True)
    raised_at = models.DateTimeField(null=True)
    cleared_at = models.DateTimeField(null=True)
    acknowledged_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+"
    )
    acknowledged_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-raised_at", "pk"]
        constraints = [
            models.UniqueConstraint(
                "rule",
                "period_start",
                "metric",
                "unit",
                Coalesce("person", Value(0)),
                Coalesce("product_line", Value(0)),
                Coalesce("region", Value(0)),
                Coalesce("customer_type", Value(0)),
                name="alert_key",
            )
        ]
        indexes = [models.Index(fields=["level", "evaluated_on"], name="alert_level")]

    def __str__(self) -> str:
        return f"{self.level} {self.metric_id} {self.unit_id}/{self.person_id or '–'}"
