"""Opportunities, their stages, lines, and who gets which part of the credit."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from crm.models.base import OwnedFact, SegmentKind, segment_key, since_when
from org.calc.credit import BEGINNING, FOREVER


class Outcome(models.TextChoices):
    OPEN = "open", _("open")
    WON = "won", _("won")
    LOST = "lost", _("lost")


class Stage(models.Model):
    """A step of the pipeline, in order; ``outcome`` says what a deal in it is (fixed once in use)."""

    code = models.CharField(_("code"), max_length=40, unique=True)
    name = models.CharField(_("name"), max_length=100)
    position = models.PositiveIntegerField(_("position"), default=0)
    outcome = models.CharField(_("outcome"), max_length=5, choices=Outcome.choices, default=Outcome.OPEN)

    class Meta:
        ordering = ["position", "pk"]

    def __str__(self) -> str:
        return self.name


class Opportunity(OwnedFact):
    """A deal, open or closed.

    ``amount_minor`` is in ``currency``; ``plan_amount_minor`` is the same at the plan rate of the fiscal
    year the deal counts in. ``outcome`` repeats the stage's, ``is_first_won`` is true for the earliest won
    deal of its account: both are kept by ``crm.services`` so that facts are read without a join.
    ``is_shared`` deals (several people or product lines) are credited by their ``credits``, all others
    to the owner and the product line on this row.
    """

    name = models.CharField(_("name"), max_length=200)
    account = models.ForeignKey(
        "crm.Account", models.PROTECT, null=True, blank=True, related_name="opportunities", db_index=False
    )
    stage = models.ForeignKey(Stage, models.PROTECT, related_name="opportunities", db_index=False)
    outcome = models.CharField(max_length=5, choices=Outcome.choices, default=Outcome.OPEN)
    amount_minor = models.BigIntegerField(_("amount"), default=0)
    currency = models.CharField(_("currency"), max_length=3)
    plan_amount_minor = models.BigIntegerField(default=0)
    opened_on = models.DateField(_("opened on"), null=True, blank=True)
    expected_close_on = models.DateField(_("expected close"), null=True, blank=True)
    closed_on = models.DateField(_("closed on"), null=True, blank=True)
    quote_sent_at = models.DateTimeField(_("quote sent at"), null=True, blank=True)
    quote_sent_on = models.DateField(null=True, blank=True)
    quote_viewed_at = models.DateTimeField(_("quote viewed at"), null=True, blank=True)
    loss_reason = models.CharField(_("loss reason"), max_length=200, blank=True)
    is_first_won = models.BooleanField(default=False)
    is_shared = models.BooleanField(default=False)
    owner_since = since_when()

    class Meta(OwnedFact.Meta):
        verbose_name_plural = _("opportunities")
        constraints = [
            *OwnedFact.Meta.constraints,
            models.CheckConstraint(
                condition=Q(outcome="open") | Q(closed_on__isnull=False), name="opportunity_closed_has_date"
            ),
            models.UniqueConstraint(
                fields=["account"], condition=Q(is_first_won=True), name="opportunity_one_first_won"
            ),
        ]
        indexes = [
            *OwnedFact.Meta.indexes,
            models.Index(fields=["owner", "closed_on"], name="opportunity_owner_closed"),
            models.Index(fields=["owner", "quote_sent_on"], name="opportunity_owner_quote"),
            models.Index(fields=["account", "outcome", "closed_on"], name="opportunity_account"),
        ]

    def __str__(self) -> str:
        return self.name


class OpportunityLine(models.Model):
    """A part of a deal's amount in one product line; a deal's lines sum to its amount."""

    opportunity = models.ForeignKey(Opportunity, models.CASCADE, related_name="lines")
    product = models.ForeignKey("crm.Product", models.PROTECT, null=True, blank=True, related_name="+")
    product_line = segment_key(SegmentKind.PRODUCT_LINE)
    quantity = models.DecimalField(_("quantity"), max_digits=14, decimal_places=3, default=1)
    amount_minor = models.BigIntegerField(_("amount"))
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["position", "pk"]

    def __str__(self) -> str:
        return f"{self.opportunity_id}:{self.position}"


class OpportunitySplit(models.Model):
    """A person's part of a deal's credit in basis points; a deal's splits sum to 10 000."""

    opportunity = models.ForeignKey(Opportunity, models.CASCADE, related_name="splits")
    person = models.ForeignKey("org.Person", models.PROTECT, related_name="+")
    share_bp = models.PositiveIntegerField(_("share (basis points)"))

    class Meta:
        ordering = ["-share_bp", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["opportunity", "person"], name="opportunitysplit_person"),
            models.CheckConstraint(
                condition=Q(share_bp__gte=1, share_bp__lte=10_000), name="opportunitysplit_share_1_10000"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.person_id}: {self.share_bp}"


class OpportunityCredit(models.Model):
    """The exact credit of a shared deal: lines × splits, in plan currency, summing to the deal's amount.

    Derived by ``crm.services`` from the deal, its lines and its splits; absent for deals that aren't shared.
    A row is for what counts on the days [starts_on, ends_on): all days, unless the deal was handed over.
    """

    opportunity = models.ForeignKey(Opportunity, models.CASCADE, related_name="credits")
    person = models.ForeignKey("org.Person", models.PROTECT, related_name="+", db_index=False)
    product_line = segment_key(SegmentKind.PRODUCT_LINE)
    plan_amount_minor = models.BigIntegerField()
    starts_on = models.DateField(db_default=models.Value(BEGINNING, models.DateField()))
    ends_on = models.DateField(db_default=models.Value(FOREVER, models.DateField()))

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["opportunity", "person", "product_line", "starts_on"], name="opportunitycredit_key"
            )
        ]
        indexes = [models.Index(fields=["person", "opportunity"], name="opportunitycredit_person")]

    def __str__(self) -> str:
        return f"{self.opportunity_id} → {self.person_id}"


class StageChange(models.Model):
    """A deal entered a stage; the first row has no ``from_stage``."""

    opportunity = models.ForeignKey(Opportunity, models.CASCADE, related_name="stage_changes")
    from_stage = models.ForeignKey(Stage, models.PROTECT, null=True, related_name="+", db_index=False)
    to_stage = models.ForeignKey(Stage, models.PROTECT, related_name="+", db_index=False)
    changed_on = models.DateField(_("on"))
    recorded_at = models.DateTimeField(_("recorded at"))

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"{self.opportunity_id} → {self.to_stage_id} ({self.changed_on})"
