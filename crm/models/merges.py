"""Records that turned out to be one: which went into which, and what it takes to part them again."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone


class Mergeable(models.Model):
    """A record that may turn out to be another one.

    ``merged_into`` is where it went: it is deleted then, its key in the source leads to that record, and what
    it last said itself stays in its own columns (``crm.services.merged``).
    """

    merged_into = models.ForeignKey(
        "self", models.PROTECT, null=True, editable=False, related_name="merged", db_index=False
    )

    class Meta:
        abstract = True
        # Few records are merged: an index of those alone costs the others nothing.
        indexes = [
            models.Index(
                fields=["merged_into"], condition=Q(merged_into__isnull=False), name="%(class)s_merged"
            )
        ]


class RecordMerge(models.Model):
    """One merge: ``losers`` went into ``survivor``, both ids of the ``resource``.

    ``images`` holds the columns of each record as they were, by id; ``moved`` which rows of which kind hung
    on which loser. ``made_at`` is the ``updated_at`` that the merge gave them: while the records keep it, the
    merge can be undone.
    """

    resource = models.CharField(max_length=20)
    survivor = models.BigIntegerField()
    losers = models.JSONField(default=list)
    images = models.JSONField(default=dict)
    moved = models.JSONField(default=dict)
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    made_at = models.DateTimeField(default=timezone.now)
    undone_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    undone_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-made_at", "-pk"]
        indexes = [models.Index(fields=["resource", "survivor", "made_at"], name="recordmerge_survivor")]

    def __str__(self) -> str:
        return f"{self.resource} {self.losers} → {self.survivor}"
