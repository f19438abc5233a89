"""The first run: what an administrator said about its steps. Whether a step is done is seen in the data."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class SetupStep(models.TextChoices):
    """The steps in their order; the list itself can be put away too."""

    COMPANY = "company", _("Company and calendar")
    PEOPLE = "people", _("People")
    METRICS = "metrics", _("Metrics")
    FACTS = "facts", _("Sales facts")
    PLAN = "plan", _("First plan")
    LIST = "list", _("List of steps")


class SetupState(models.TextChoices):
    CONFIRMED = "confirmed", _("confirmed")
    SKIPPED = "skipped", _("left out")


class SetupMark(models.Model):
    """An administrator's word on a step of the first run: right as it is, or left out; when and by whom."""

    step = models.CharField(max_length=10, choices=SetupStep.choices, unique=True)
    state = models.CharField(max_length=10, choices=SetupState.choices)
    marked_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    marked_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"{self.get_step_display()}: {self.get_state_display()}"
