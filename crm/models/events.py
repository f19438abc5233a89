"""Activities and payments: things that happened at a moment or on a day."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from crm.models.base import OwnedFact, SegmentKind, segment_key


class ActivityKind(models.TextChoices):
    VISIT = "visit", _("visit")
    CALL = "call", _("call")
    MEETING = "meeting", _("meeting")
    INQUIRY = "inquiry", _("inquiry")
    QUOTE_VIEW = "quote_view", _("quote view")


class Activity(OwnedFact):
    """Something done with or by a customer; ``occurred_on`` is its day in the company's time zone."""

    kind = models.CharField(_("kind"), max_length=12, choices=ActivityKind.choices)
    is_effective = models.BooleanField(_("effective"), default=False)
    occurred_at = models.DateTimeField(_("at"))
    occurred_on = models.DateField()
    subject = models.CharField(_("subject"), max_length=200, blank=True)
    note = models.TextField(_("note"), blank=True)
    account = models.ForeignKey(
        "crm.Account", models.SET_NULL, null=True, blank=True, related_name="activities"
    )
    opportunity = models.ForeignKey(
        "crm.Opportunity", models.SET_NULL, null=True, blank=True, related_name="activities"
    )
    lead = models.ForeignKey("crm.Lead", models.SET_NULL, null=True, blank=True, related_name="activities")

    class Meta(OwnedFact.Meta):
        verbose_name_plural = _("activities")
        indexes = [
            *OwnedFact.Meta.indexes,
            models.Index(fields=["owner", "occurred_on"], name="activity_owner_day"),
            models.Index(fields=["occurred_at", "id"], name="activity_at"),
        ]

    def __str__(self) -> str:
        return self.subject or self.get_kind_display()


class Payment(OwnedFact):
    """Money received (refunds are negative), in ``currency`` and at the plan rate of its fiscal year.

    A payment on a shared deal is credited as the deal is, by its ``credits``.
    """

    opportunity = models.ForeignKey(
        "crm.Opportunity", models.PROTECT, null=True, blank=True, related_name="payments"
    )
    account = models.ForeignKey("crm.Account", models.PROTECT, null=True, blank=True, related_name="payments")
    received_on = models.DateField(_("received on"))
    amount_minor = models.BigIntegerField(_("amount"))
    currency = models.CharField(_("currency"), max_length=3)
    plan_amount_minor = models.BigIntegerField()
    is_shared = models.BooleanField(default=False)

    class Meta(OwnedFact.Meta):
        indexes = [
            *OwnedFact.Meta.indexes,
            models.Index(fields=["owner", "received_on"], name="payment_owner_day"),
        ]

    def __str__(self) -> str:
        return f"{self.source}/{self.external_id}"


class PaymentCredit(models.Model):
    """The exact credit of a payment on a shared deal; sums to the payment. Derived like the deal's."""

    payment = models.ForeignKey(Payment, models.CASCADE, related_name="credits")
    person = models.ForeignKey("org.Person", models.PROTECT, related_name="+", db_index=False)
    product_line = segment_key(SegmentKind.PRODUCT_LINE)
    plan_amount_minor = models.BigIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["payment", "person", "product_line"], name="paymentcredit_key")
        ]
        indexes = [models.Index(fields=["person", "payment"], name="paymentcredit_person")]

    def __str__(self) -> str:
        return f"{self.payment_id} → {self.person_id}"
