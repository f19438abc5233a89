"""Strategy lines: what the company wants of a year, in words and a figure, and which targets carry it."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from targets.models.plans import Plan
from targets.models.tree import Target


class StrategyKind(models.TextChoices):
    AMOUNT = "amount", _("amount")
    SHARE = "share", _("market share")
    GROWTH = "growth", _("growth")
    FOCUS = "focus", _("focus")


class StrategyStatus(models.TextChoices):
    ACTIVE = "active", _("active")
    REACHED = "reached", _("reached")
    DROPPED = "dropped", _("dropped")


class StrategyLine(models.Model):
    """A goal of the year as a sentence ("hold market share 5 %", "East China first").

    ``amount`` (what its targets should carry) and ``floor_amount`` (what later changes may not break) are in
    the metric's stored units, ``share_bp`` (a share, or growth) in basis points.
    """

    plan = models.ForeignKey(Plan, models.CASCADE, related_name="strategy_lines")
    text = models.CharField(_("goal"), max_length=200)
    kind = models.CharField(_("kind"), max_length=10, choices=StrategyKind.choices)
    metric = models.ForeignKey("metrics.Metric", models.PROTECT, null=True, blank=True, related_name="+")
    amount = models.BigIntegerField(_("amount to carry"), null=True, blank=True)
    share_bp = models.IntegerField(_("share or growth (basis points)"), null=True, blank=True)
    floor_amount = models.BigIntegerField(_("floor"), null=True, blank=True)
    responsible = models.ForeignKey(
        "org.Person", models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("responsible")
    )
    status = models.CharField(
        _("status"), max_length=10, choices=StrategyStatus.choices, default=StrategyStatus.ACTIVE
    )
    position = models.PositiveIntegerField(default=0)
    targets = models.ManyToManyField(Target, through="StrategyLink", related_name="strategy_lines")
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["position", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(metric__isnull=False) | Q(amount__isnull=True, floor_amount__isnull=True),
                name="strategyline_amount_of_metric",
            ),
            models.CheckConstraint(
                condition=~Q(kind="amount") | Q(amount__isnull=False), name="strategyline_amount_given"
            ),
            models.CheckConstraint(
                condition=~Q(kind__in=["share", "growth"]) | Q(share_bp__isnull=False),
                name="strategyline_share_given",
            ),
        ]

    def __str__(self) -> str:
        return self.text


class StrategyLink(models.Model):
    """A target that carries a line; everything below it counts through it."""

    line = models.ForeignKey(StrategyLine, models.CASCADE, related_name="links")
    target = models.ForeignKey(Target, models.CASCADE, related_name="strategy_links")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["line", "target"], name="strategylink_line_target")]

    def __str__(self) -> str:
        return f"{self.line} · {self.target_id}"


class StrategyTilt(models.Model):
    """By how much a line leans a split towards a unit or a segment: 1.2 asks for a fifth more than even."""

    line = models.ForeignKey(StrategyLine, models.CASCADE, related_name="tilts")
    unit = models.ForeignKey("org.Unit", models.CASCADE, null=True, blank=True, related_name="+")
    segment = models.ForeignKey("crm.Segment", models.CASCADE, null=True, blank=True, related_name="+")
    factor = models.DecimalField(_("tilt"), max_digits=6, decimal_places=3)

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["line", "unit"], name="strategytilt_line_unit"),
            models.UniqueConstraint(fields=["line", "segment"], name="strategytilt_line_segment"),
            models.CheckConstraint(
                condition=Q(unit__isnull=False, segment__isnull=True)
                | Q(unit__isnull=True, segment__isnull=False),
                name="strategytilt_unit_or_segment",
            ),
            models.CheckConstraint(condition=Q(factor__gt=0), name="strategytilt_factor_positive"),
        ]

    def __str__(self) -> str:
        return f"{self.unit or self.segment} × {self.factor}"
