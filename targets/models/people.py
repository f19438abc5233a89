"""How a target was split by person: what the sliders said, and each person's factors with their reasons."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from targets.models.tree import Target

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise


class SplitBase(models.TextChoices):
    ACCOUNTS = "accounts", _("customers owned")
    EQUAL = "equal", _("the same for everybody")
    HISTORY = "history", _("last twelve months' results")


class PersonSplit(models.Model):
    """The settings a unit's target was last split by; ``tilts`` holds typed tilts by segment id."""

    target = models.OneToOneField(Target, models.CASCADE, related_name="person_split")
    base = models.CharField(_("base"), max_length=10, choices=SplitBase.choices, default=SplitBase.ACCOUNTS)
    strength = models.DecimalField(_("strength of capability"), max_digits=4, decimal_places=2, default=1)
    ramp_months = models.PositiveSmallIntegerField(_("months of ramp"), default=6)
    cap = models.DecimalField(_("top factor"), max_digits=4, decimal_places=2, default=2)
    floor = models.DecimalField(_("lowest factor"), max_digits=4, decimal_places=2, default="0.8")
    with_potential = models.BooleanField(_("count the potential of the territory"), default=False)
    tilts = models.JSONField(default=dict)
    applied_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    applied_at = models.DateTimeField(auto_now=True)

    def __str__(self) -> str:
        return f"{self.target_id} · {self.base}"


def _typed(label: _StrPromise) -> models.DecimalField:
    """A factor typed by hand; NULL where the computed one counts."""
    return models.DecimalField(
        label, max_digits=9, decimal_places=6, null=True, blank=True, validators=[MinValueValidator(0)]
    )


class PersonFactor(models.Model):
    """A person's factors in the split of the target above: typed ones with the reason, and the evidence.

    ``told`` keeps what the split was computed from when it was applied (factors, months, customers, the
    share), so that "why this amount?" tells the same later.
    """

    target = models.OneToOneField(Target, models.CASCADE, related_name="person_factor")
    base = _typed(_("base"))
    capability = _typed(_("capability"))
    ramp = _typed(_("ramp"))
    potential = _typed(_("potential"))
    tilt = _typed(_("tilt"))
    availability = _typed(_("availability"))
    reason = models.CharField(_("reason"), max_length=200, blank=True)
    told = models.JSONField(default=dict)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(base=None, capability=None, ramp=None, potential=None, tilt=None)
                & Q(availability=None)
                | ~Q(reason=""),
                name="personfactor_typed_with_reason",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.target_id}"
