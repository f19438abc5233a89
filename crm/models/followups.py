"""What sellers note beside the CRM's facts: what the customer needs, what it hangs on, what comes next."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class FollowUp(models.Model):
    """A note on one account or one deal; ``person`` takes the next step, ``done_at`` says it was taken.

    It counts in no metric, so that it touches no day of the outbox.
    """

    account = models.ForeignKey(
        "crm.Account", models.CASCADE, null=True, blank=True, related_name="follow_ups"
    )
    opportunity = models.ForeignKey(
        "crm.Opportunity", models.CASCADE, null=True, blank=True, related_name="follow_ups"
    )
    activity = models.ForeignKey(
        "crm.Activity", models.SET_NULL, null=True, blank=True, related_name="follow_ups"
    )
    person = models.ForeignKey("org.Person", models.PROTECT, related_name="+", db_index=False)
    written_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    need = models.TextField(_("customer need"), blank=True)
    sticking_point = models.TextField(_("sticking point"), blank=True)
    next_step = models.CharField(_("next step"), max_length=200, blank=True)
    next_step_on = models.DateField(_("next step on"), null=True, blank=True)
    done_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["-created_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(account__isnull=True) ^ Q(opportunity__isnull=True), name="followup_of_one_record"
            ),
            models.CheckConstraint(
                condition=(Q(next_step="") & Q(next_step_on__isnull=True))
                | (~Q(next_step="") & Q(next_step_on__isnull=False)),
                name="followup_step_has_day",
            ),
        ]
        indexes = [
            models.Index(
                fields=["person", "next_step_on"],
                condition=Q(done_at__isnull=True, next_step_on__isnull=False),
                name="followup_due",
            )
        ]

    def __str__(self) -> str:
        return self.next_step or self.need[:80] or self.sticking_point[:80]

    @property
    def is_open(self) -> bool:
        """Whether a next step waits to be taken."""
        return self.next_step_on is not None and self.done_at is None
