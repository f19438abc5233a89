"""Work on a plan that is too large for one request: asked for, done in the background, watched."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from targets.models.plans import Plan


class PlanJob(models.Model):
    """A piece of work on a plan. The row is the truth of its state, a task only looks at it.

    At most one job of a plan is open. ``claim`` is the worker that has it until ``claimed_until``, after
    which another begins anew: all that a job changes is committed together with its end. ``asked`` holds
    what the kind needs to know, ``result`` what came of it; ``error`` and ``error_params`` say why it
    failed, in English as the message to translate.
    """

    class Kind(models.TextChoices):
        PUBLISH = "publish", pgettext_lazy("work on a plan", "publish")
        COPY = "copy", pgettext_lazy("work on a plan", "new version")
        REALLOCATE = "reallocate", pgettext_lazy("work on a plan", "distribute anew")
        IMPORT = "import", pgettext_lazy("work on a plan", "import")

    class State(models.TextChoices):
        WAITING = "waiting", pgettext_lazy("state of work", "waiting")
        RUNNING = "running", pgettext_lazy("state of work", "running")
        DONE = "done", pgettext_lazy("state of work", "done")
        FAILED = "failed", pgettext_lazy("state of work", "failed")

    plan = models.ForeignKey(Plan, models.CASCADE, related_name="jobs")
    kind = models.CharField(_("kind"), max_length=12, choices=Kind.choices)
    state = models.CharField(max_length=8, choices=State.choices, default=State.WAITING)
    asked: models.JSONField[Any, Any] = models.JSONField(default=dict)
    result: models.JSONField[Any, Any] = models.JSONField(default=dict)
    done = models.PositiveIntegerField(default=0)
    total = models.PositiveIntegerField(default=0)
    error = models.TextField(blank=True)
    error_params: models.JSONField[Any, Any] = models.JSONField(default=dict)
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    asked_at = models.DateTimeField(auto_now_add=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    claim = models.CharField(max_length=32, blank=True)
    claimed_until = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["plan"], condition=Q(state__in=("waiting", "running")), name="planjob_one_open_a_plan"
            ),
        ]
        indexes = [
            models.Index(
                fields=["claimed_until"],
                condition=Q(state__in=("waiting", "running")),
                name="planjob_open",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.plan} · {self.get_kind_display()}"
