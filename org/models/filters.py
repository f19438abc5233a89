"""The filters of lists that people have saved for themselves."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class SavedFilter(models.Model):
    """What one user looks at often: filters and order of a list, under a name; nobody else sees it.

    ``page`` is the name of the list's address, ``query`` what stands behind its question mark, as
    ``org.calc.queries`` writes it. A list opens with its ``is_default`` one.
    """

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="saved_filters")
    page = models.CharField(max_length=80)
    name = models.CharField(_("name"), max_length=60)
    query = models.CharField(max_length=2000)
    is_default = models.BooleanField(_("open the list with it"), default=False)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["name", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["user", "page", "name"], name="savedfilter_name"),
            models.UniqueConstraint(
                fields=["user", "page"],
                condition=models.Q(is_default=True),
                name="savedfilter_one_default",
            ),
        ]

    def __str__(self) -> str:
        return self.name
