"""Calibrations: adjustments laid over a published plan, which itself stays as it was published."""

from __future__ import annotations

from functools import reduce
from operator import add
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from targets.models.plans import Plan
from targets.models.tree import Target

DELTA_FIELDS = tuple(f"d{i:02d}" for i in range(1, 13))
BEFORE_FIELDS = tuple(f"b{i:02d}" for i in range(1, 13))


class Trigger(models.TextChoices):
    MARKET = "market", _("market event")
    PEOPLE = "people", _("people change")
    OPPORTUNITY = "opportunity", _("outside opportunity")
    SIGNAL = "signal", _("signal")


class CalibrationStatus(models.TextChoices):
    DRAFT = "draft", _("draft")
    PROPOSED = "proposed", _("proposed")
    ANALYSED = "analysed", _("analysed")
    APPROVED = "approved", _("approved")
    REJECTED = "rejected", _("rejected")
    PUBLISHED = "published", _("published")
    WITHDRAWN = "withdrawn", _("withdrawn")


def _user() -> models.ForeignKey[Any, Any]:
    return models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )


class PlanFloors(models.Model):
    """How far calibrations may take a plan down: basis points of what was published, for each unit."""

    plan = models.OneToOneField(Plan, models.CASCADE, related_name="floors")
    year_bp = models.PositiveIntegerField(_("floor of the year (basis points)"), default=10_000)
    quarter_bp = models.PositiveIntegerField(_("floor of a quarter (basis points)"), default=8_500)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(year_bp__lte=10_000, quarter_bp__lte=10_000), name="planfloors_at_most_planned"
            )
        ]

    def __str__(self) -> str:
        return f"{self.plan}: {self.year_bp}/{self.quarter_bp}"


class Calibration(models.Model):
    """A proposal to adjust targets of a published plan, with its analysis, decision and day of effect.

    Months are numbers 0 … 11 of the plan's fiscal year: [``first_month``, ``last_month``] hold all changes.
    It counts from ``effective_on`` on; until then, and on pages as of earlier days, the old targets hold.
    """

    plan = models.ForeignKey(Plan, models.PROTECT, related_name="calibrations")
    title = models.CharField(_("title"), max_length=200)
    trigger = models.CharField(_("trigger"), max_length=12, choices=Trigger.choices)
    evidence = models.TextField(_("evidence"))
    links = models.JSONField(_("links"), default=list, blank=True)
    reason = models.TextField(_("reason told to everyone affected"))
    asked = models.JSONField(default=dict, blank=True)
    first_month = models.PositiveSmallIntegerField()
    last_month = models.PositiveSmallIntegerField()
    status = models.CharField(
        _("status"), max_length=10, choices=CalibrationStatus.choices, default=CalibrationStatus.DRAFT
    )
    proposer = _user()
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)
    proposed_at = models.DateTimeField(null=True, blank=True)
    analysis = models.TextField(_("analysis"), blank=True)
    analysed_by = _user()
    analysed_at = models.DateTimeField(null=True, blank=True)
    decision = models.TextField(_("decision"), blank=True)
    decided_by = _user()
    decided_at = models.DateTimeField(null=True, blank=True)
    published_by = _user()
    published_at = models.DateTimeField(null=True, blank=True)
    effective_on = models.DateField(_("counts from"), null=True, blank=True)
    is_floor_overridden = models.BooleanField(default=False)
    override_reason = models.TextField(blank=True)
    override_by = _user()

    class Meta:
        ordering = ["-pk"]
        indexes = [models.Index(fields=["plan", "status", "effective_on"], name="calibration_in_force")]
        constraints = [
            models.CheckConstraint(
                condition=Q(first_month__lte=F("last_month"), last_month__lte=11), name="calibration_months"
            ),
            models.CheckConstraint(
                condition=~Q(status="published")
                | Q(effective_on__isnull=False, published_at__isnull=False, decided_at__isnull=False),
                name="calibration_published_was_decided",
            ),
            models.CheckConstraint(
                condition=Q(is_floor_overridden=False) | ~Q(override_reason=""),
                name="calibration_override_has_reason",
            ),
        ]

    def __str__(self) -> str:
        return self.title


class CalibrationLine(models.Model):
    """What a calibration changes of one target: twelve differences, and the months as they were shown.

    The differences of an additive target sum to ``amount_delta``; a ratio's change the months' ratios only.
    Somebody who joins has no target yet: the line names the target above and the person until publishing
    gives them one of nothing, which the differences then stand on.
    """

    calibration = models.ForeignKey(Calibration, models.CASCADE, related_name="lines")
    target = models.ForeignKey(
        Target, models.PROTECT, null=True, blank=True, related_name="calibration_lines"
    )
    joins_parent = models.ForeignKey(Target, models.PROTECT, null=True, blank=True, related_name="+")
    joins_person = models.ForeignKey("org.Person", models.PROTECT, null=True, blank=True, related_name="+")
    joins_on = models.DateField(null=True, blank=True)
    is_chosen = models.BooleanField(default=False)
    is_additive = models.BooleanField(default=True)
    amount_delta = models.BigIntegerField(default=0)
    d01 = models.BigIntegerField(default=0)
    d02 = models.BigIntegerField(default=0)
    d03 = models.BigIntegerField(default=0)
    d04 = models.BigIntegerField(default=0)
    d05 = models.BigIntegerField(default=0)
    d06 = models.BigIntegerField(default=0)
    d07 = models.BigIntegerField(default=0)
    d08 = models.BigIntegerField(default=0)
    d09 = models.BigIntegerField(default=0)
    d10 = models.BigIntegerField(default=0)
    d11 = models.BigIntegerField(default=0)
    d12 = models.BigIntegerField(default=0)
    b01 = models.BigIntegerField(default=0)
    b02 = models.BigIntegerField(default=0)
    b03 = models.BigIntegerField(default=0)
    b04 = models.BigIntegerField(default=0)
    b05 = models.BigIntegerField(default=0)
    b06 = models.BigIntegerField(default=0)
    b07 = models.BigIntegerField(default=0)
    b08 = models.BigIntegerField(default=0)
    b09 = models.BigIntegerField(default=0)
    b10 = models.BigIntegerField(default=0)
    b11 = models.BigIntegerField(default=0)
    b12 = models.BigIntegerField(default=0)

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["calibration", "target"], name="calibrationline_target_once"),
            models.CheckConstraint(
                condition=Q(target__isnull=False)
                | Q(joins_parent__isnull=False, joins_person__isnull=False, joins_on__isnull=False),
                name="calibrationline_has_an_owner",
            ),
            models.CheckConstraint(
                condition=Q(is_additive=False, amount_delta=0)
                | Q(is_additive=True, amount_delta=reduce(add, (F(name) for name in DELTA_FIELDS))),
                name="calibrationline_months_sum",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.calibration} · {self.target or self.joins_person}"

    @property
    def deltas(self) -> list[int]:
        """The twelve monthly differences."""
        return [getattr(self, name) for name in DELTA_FIELDS]

    @property
    def before(self) -> list[int]:
        """The twelve months as they were when this was drafted."""
        return [getattr(self, name) for name in BEFORE_FIELDS]

    @property
    def after(self) -> list[int]:
        """The twelve months with this change."""
        return [have + more for have, more in zip(self.before, self.deltas, strict=True)]


class TargetNote(models.Model):
    """Something a person is told about targets; ``kind`` names the sentence, ``params`` fill it."""

    person = models.ForeignKey("org.Person", models.CASCADE, related_name="target_notes")
    plan = models.ForeignKey(Plan, models.CASCADE, related_name="+")
    target = models.ForeignKey(Target, models.CASCADE, null=True, blank=True, related_name="+")
    calibration = models.ForeignKey(Calibration, models.CASCADE, null=True, blank=True, related_name="+")
    kind = models.CharField(max_length=40)
    params = models.JSONField(default=dict, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    read_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-created_at", "-pk"]
        indexes = [models.Index(fields=["person", "read_at"], name="targetnote_unread")]

    def __str__(self) -> str:
        return f"{self.person}: {self.kind}"
