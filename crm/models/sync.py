"""The outbox of changed days, plan rates, and import jobs."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class ChangedDay(models.Model):
    """The outbox: this person's facts of this day have changed and must be recounted.

    Written in the transaction that changed the fact; several rows for the same day are harmless (a unique
    key would let a change slip by while a worker holds the row).
    """

    person = models.ForeignKey("org.Person", models.CASCADE, related_name="+", db_index=False)
    day = models.DateField()
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        indexes = [models.Index(fields=["created_at"], name="changedday_age")]

    def __str__(self) -> str:
        return f"{self.person_id} {self.day}"


class PlanRate(models.Model):
    """How many units of the plan currency one unit of ``currency`` counts in a fiscal year."""

    fiscal_year = models.PositiveSmallIntegerField(_("fiscal year"))
    currency = models.CharField(_("currency"), max_length=3)
    rate = models.DecimalField(_("rate"), max_digits=18, decimal_places=8)

    class Meta:
        ordering = ["-fiscal_year", "currency"]
        constraints = [
            models.UniqueConstraint(fields=["fiscal_year", "currency"], name="planrate_year_currency"),
            models.CheckConstraint(condition=models.Q(rate__gt=0), name="planrate_positive"),
        ]

    def __str__(self) -> str:
        return f"{self.fiscal_year} {self.currency} {self.rate}"


class ImportJob(models.Model):
    """A load of CRM files: what was read, mended and refused. The row is the truth of its state.

    An upload waits for its columns (mapping), is tried (checking, checked) and then applied in the
    background; ``claim`` is the worker that has it until ``claimed_until``, after which another goes on from
    ``rows_done``. ``mapping`` holds a field and an answer a column of the file.
    """

    class State(models.TextChoices):
        MAPPING = "mapping", _("waiting for its columns")
        CHECKING = "checking", _("being checked")
        CHECKED = "checked", _("checked")
        RUNNING = "running", _("running")
        DONE = "done", _("done")
        FAILED = "failed", _("failed")
        UNDOING = "undoing", _("being undone")
        UNDONE = "undone", _("undone")

    source = models.CharField(_("source"), max_length=40)
    format = models.CharField(max_length=40)
    resource = models.CharField(max_length=20, blank=True)
    file_name = models.CharField(max_length=200, blank=True)
    state = models.CharField(max_length=10, choices=State.choices, default=State.RUNNING)
    started_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    started_at = models.DateTimeField(default=timezone.now)
    finished_at = models.DateTimeField(null=True)
    mapping = models.JSONField(default=dict)
    is_all_or_nothing = models.BooleanField(default=True)
    rows_total = models.PositiveIntegerField(default=0)
    rows_done = models.PositiveIntegerField(default=0)
    attempts = models.PositiveSmallIntegerField(default=0)
    claim = models.CharField(max_length=32, blank=True)
    claimed_until = models.DateTimeField(null=True)
    report = models.JSONField(default=dict)

    class Meta:
        ordering = ["-started_at", "-pk"]

    def __str__(self) -> str:
        return self.file_name or f"{self.format} {self.started_at:%Y-%m-%d %H:%M}"
