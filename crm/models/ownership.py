"""Who owned a record before it was handed over."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone


class Tenure(models.Model):
    """A former owner's days [starts_on, ends_on) with one deal, lead or account, without a gap between them.

    What a fact counts for on these days is theirs; the row's own ``owner`` has it from ``owner_since``. Only
    records that were handed over have any. ``shares`` freezes a deal's splits, as [person, basis points],
    where handing over joined two shares into one and the splits of that time can no longer be told.
    ``is_local``: it was handed over here, so that its source may go on naming the former owner.
    """

    opportunity = models.ForeignKey(
        "crm.Opportunity", models.CASCADE, null=True, blank=True, related_name="tenures"
    )
    lead = models.ForeignKey("crm.Lead", models.CASCADE, null=True, blank=True, related_name="tenures")
    account = models.ForeignKey("crm.Account", models.CASCADE, null=True, blank=True, related_name="tenures")
    person = models.ForeignKey("org.Person", models.PROTECT, related_name="+", db_index=False)
    starts_on = models.DateField()
    ends_on = models.DateField()
    shares = models.JSONField(default=list)
    is_local = models.BooleanField(default=False)
    reason = models.CharField(max_length=500, blank=True)
    handed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    handed_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["starts_on", "pk"]
        constraints = [
            models.CheckConstraint(condition=Q(starts_on__lt=models.F("ends_on")), name="tenure_has_days"),
            models.CheckConstraint(
                condition=Q(opportunity__isnull=False, lead__isnull=True, account__isnull=True)
                | Q(opportunity__isnull=True, lead__isnull=False, account__isnull=True)
                | Q(opportunity__isnull=True, lead__isnull=True, account__isnull=False),
                name="tenure_of_one_record",
            ),
        ]
        indexes = [models.Index(fields=["person", "starts_on", "ends_on"], name="tenure_person")]

    def __str__(self) -> str:
        return f"{self.person_id} [{self.starts_on}, {self.ends_on})"
