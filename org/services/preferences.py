"""What people choose for themselves. It touches no rights, so the audit log does not hold it."""

from __future__ import annotations

from typing import Any, TypedDict, Unpack

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from common.errors import Invalid
from org.models import Density, FirstPeriod, User

THEMES = ("", "light", "dark", "system")


class Preferences(TypedDict, total=False):
    """Any of an account's preferences; what is absent stays as it is."""

    language: str
    theme: str
    density: str
    period: str
    has_shortcuts: bool


def profile_save(*, user: User, first_name: str, last_name: str) -> None:
    """How somebody is called on the pages."""
    user.first_name, user.last_name = first_name.strip(), last_name.strip()
    user.save(update_fields=["first_name", "last_name"])


def preferences_save(*, user: User, **chosen: Unpack[Preferences]) -> None:
    """Keep the preferences given; raises Invalid for one that doesn't exist, and then keeps none."""
    allowed: dict[str, set[Any]] = {
        "language": {"", *dict(settings.LANGUAGES)},
        "theme": set(THEMES),
        "density": set(Density.values),
        "period": set(FirstPeriod.values),
        "has_shortcuts": {True, False},
    }
    for name, value in chosen.items():
        if value not in allowed[name]:
            raise Invalid(_("There is no such choice."), field=name)
    for name, value in chosen.items():
        setattr(user, name, value)
    user.save(update_fields=list(chosen))
