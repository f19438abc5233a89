"""Connections that pull from other systems: settings, how far they are, runs, what was refused."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class Connection(models.Model):
    """A system that we ask for what has changed, every ``schedule_minutes``, with at most ``rate_per_minute``
    calls.

    ``credentials`` are encrypted (``crm.services.connectors.secrets``). ``failing_since`` is the first
    failure after which no run has come to its end; after ``failures`` of them the next run waits longer.
    ``compare_requested_at`` stands while a comparison with the source's totals is wanted.
    """

    name = models.CharField(_("name"), max_length=100)
    kind = models.CharField(_("kind"), max_length=20)
    source = models.CharField(_("source"), max_length=40, unique=True)
    settings = models.JSONField(default=dict)
    credentials = models.TextField(blank=True)
    schedule_minutes = models.PositiveIntegerField(_("every (minutes)"), default=15)
    rate_per_minute = models.PositiveIntegerField(_("calls per minute"), default=120)
    is_active = models.BooleanField(_("on"), default=False)
    connected_as = models.CharField(max_length=300, blank=True)
    tested_at = models.DateTimeField(_("tested"), null=True, blank=True)
    failing_since = models.DateTimeField(_("failing since"), null=True, blank=True)
    failures = models.PositiveIntegerField(default=0)
    next_run_at = models.DateTimeField(_("next run"), default=timezone.now)
    compare_requested_at = models.DateTimeField(null=True, blank=True)
    compare_claimed_until = models.DateTimeField(null=True, blank=True)
    compared_at = models.DateTimeField(_("compared"), null=True, blank=True)
    compare_error = models.TextField(blank=True)
    compare_error_params = models.JSONField(default=dict, blank=True)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["name", "pk"]

    def __str__(self) -> str:
        return self.name


class ConnectionState(models.Model):
    """How far one resource of a connection is: everything up to ``cursor`` is written.

    ``caught_up_at`` is the beginning of the last run that read it to its end, ``checked_at`` the last search
    for records that are gone at the source. When that finds surprisingly many (``missing``), they stay until
    an administrator accepts it: the user may just have lost the right to see them.
    """

    connection = models.ForeignKey(Connection, models.CASCADE, related_name="states")
    resource = models.CharField(max_length=20)
    cursor = models.TextField(blank=True)
    caught_up_at = models.DateTimeField(null=True)
    checked_at = models.DateTimeField(null=True)
    missing = models.PositiveIntegerField(default=0)
    is_missing_accepted = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["connection", "resource"], name="connectionstate_resource")
        ]

    def __str__(self) -> str:
        return f"{self.connection_id}:{self.resource}"


class ConnectionRun(models.Model):
    """A run of a connection. The row is the truth of its state; a message only wakes a worker.

    ``claim`` is the worker that has it until ``claimed_until``; after that another goes on from the states'
    cursors. ``counts`` has a dictionary a resource: created, updated, unchanged, deleted, error.
    """

    class State(models.TextChoices):
        WAITING = "waiting", _("waiting")
        RUNNING = "running", _("running")
        DONE = "done", _("done")
        FAILED = "failed", _("failed")
        STOPPED = "stopped", _("stopped")

    connection = models.ForeignKey(Connection, models.CASCADE, related_name="runs", db_index=False)
    state = models.CharField(_("state"), max_length=8, choices=State.choices, default=State.WAITING)
    started_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    requested_at = models.DateTimeField(default=timezone.now)
    started_at = models.DateTimeField(_("started"), null=True)
    finished_at = models.DateTimeField(_("finished"), null=True)
    resource = models.CharField(max_length=20, blank=True)
    done = models.JSONField(default=list)
    counts = models.JSONField(default=dict)
    problem = models.CharField(max_length=16, blank=True)
    error = models.TextField(blank=True)
    error_params = models.JSONField(default=dict)
    attempts = models.PositiveSmallIntegerField(default=0)
    claim = models.CharField(max_length=32, blank=True)
    claimed_until = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["connection"],
                condition=Q(state__in=("waiting", "running")),
                name="connectionrun_one_open",
            )
        ]
        indexes = [models.Index(fields=["connection", "-id"], name="connectionrun_connection")]

    def __str__(self) -> str:
        return f"{self.connection_id} {self.requested_at:%Y-%m-%d %H:%M}"


class ConnectionRowError(models.Model):
    """A record that was refused, and why; tried again at each run until it is accepted or 30 days old."""

    connection = models.ForeignKey(Connection, models.CASCADE, related_name="row_errors", db_index=False)
    run = models.ForeignKey(ConnectionRun, models.SET_NULL, null=True, related_name="row_errors")
    resource = models.CharField(max_length=20)
    external_id = models.CharField(max_length=120)
    errors = models.JSONField(default=list)
    record = models.JSONField(default=dict)
    first_at = models.DateTimeField(default=timezone.now)
    last_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["resource", "external_id"]
        constraints = [
            models.UniqueConstraint(
                fields=["connection", "resource", "external_id"], name="connectionrowerror_record"
            )
        ]

    def __str__(self) -> str:
        return f"{self.resource}/{self.external_id}"


class ConnectionTotal(models.Model):
    """What the source counts and sums for a month of one resource and currency, beside ours.

    ``source_count`` is empty where the source cannot tell. Sums are minor units of ``currency``, empty for
    what has no amount.
    """

    connection = models.ForeignKey(Connection, models.CASCADE, related_name="totals", db_index=False)
    resource = models.CharField(max_length=20)
    month = models.DateField()
    currency = models.CharField(max_length=3, blank=True)
    source_count = models.PositiveIntegerField(null=True)
    source_minor = models.BigIntegerField(null=True)
    own_count = models.PositiveIntegerField()
    own_minor = models.BigIntegerField(null=True)
    compared_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["resource", "-month", "currency"]
        constraints = [
            models.UniqueConstraint(
                fields=["connection", "resource", "month", "currency"], name="connectiontotal_key"
            )
        ]

    def __str__(self) -> str:
        return f"{self.resource} {self.month:%Y-%m}"
