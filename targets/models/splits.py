"""By what a target was last split: shown again when it is opened, beside the children's weights."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from targets.models.tree import Target


class SplitBasis(models.Model):
    """The method of a target's last split with what was typed for it.

    ``method`` names a column, or "formula" with the text in ``formula``; ``potentials`` holds typed ones
    by the child's id, as text. The weights themselves stand in the children.
    """

    target = models.OneToOneField(Target, models.CASCADE, primary_key=True, related_name="split_basis")
    method = models.CharField(_("split by"), max_length=20)
    formula = models.CharField(_("formula"), max_length=200, blank=True)
    is_tilted = models.BooleanField(_("leaning on the strategy"), default=False)
    potentials = models.JSONField(_("typed potential"), default=dict, blank=True)
    updated_at = models.DateTimeField(auto_now=True)

    def __str__(self) -> str:
        return f"{self.target_id}: {self.formula or self.method}"
