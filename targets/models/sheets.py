"""Spreadsheets that came back: what they would change, until somebody decides."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from targets.models.plans import Plan


class SheetState(models.TextChoices):
    TRIED = "tried", _("to be decided")
    APPLIED = "applied", _("taken over")
    DISCARDED = "discarded", _("discarded")


class PlanSheet(models.Model):
    """An edited workbook of a plan: the trial that was shown, and what became of it.

    ``changes`` holds a row a changed target (target, name, metric, line, base, mine, theirs, conflict),
    ``problems`` what could not be read (sheet, line, column, text). Amounts are stored units.
    """

    plan = models.ForeignKey(Plan, models.CASCADE, related_name="sheets")
    file_name = models.CharField(_("file"), max_length=200)
    state = models.CharField(_("state"), max_length=10, choices=SheetState.choices, default=SheetState.TRIED)
    uploaded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", verbose_name=_("by")
    )
    uploaded_at = models.DateTimeField(_("uploaded"), auto_now_add=True)
    decided_at = models.DateTimeField(null=True, blank=True)
    rows_read = models.PositiveIntegerField(_("rows"), default=0)
    rows_missing = models.PositiveIntegerField(default=0)
    changes = models.JSONField(default=list)
    problems = models.JSONField(default=list)

    class Meta:
        ordering = ["-uploaded_at", "-pk"]

    def __str__(self) -> str:
        return self.file_name
