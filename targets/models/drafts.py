"""What people have typed into a target's grid and not distributed yet."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from targets.models.tree import Target


class GridDraft(models.Model):
    """One person's open page of a target's children, with the cells that differ from what the page showed.

    ``cells`` are the grid's own fields as typed (``amount-7``), with ``base-7``: what stood in child 7's
    cells before. Without cells the row only says who has the page open; ``saved_at`` is then None.
    """

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    target = models.ForeignKey(Target, models.CASCADE, related_name="grid_drafts")
    cells = models.JSONField(default=dict)
    opened_at = models.DateTimeField()
    seen_at = models.DateTimeField()
    saved_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "target"], name="griddraft_user_target")]
        indexes = [models.Index(fields=["seen_at"], name="griddraft_seen")]

    def __str__(self) -> str:
        return f"{self.user} · {self.target_id}"
