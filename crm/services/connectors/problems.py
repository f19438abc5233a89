"""What can go wrong with a source, in words for the administrator who has to mend it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _

from common.errors import DomainError


class Problem(models.TextChoices):
    """Where to look for the mend."""

    ADDRESS = "address", _("The address cannot be called")
    CONNECTION = "connection", _("No connection")
    CREDENTIALS = "credentials", _("Sign-in refused")
    PERMISSION = "permission", _("Not allowed at the source")
    LIMIT = "limit", _("Too many calls")
    ANSWER = "answer", _("Unexpected answer")
    SETTINGS = "settings", _("The settings do not fit")
    BROKEN = "broken", _("It broke off")


class ConnectorError(DomainError):
    """A source cannot be read as asked; ``retry_seconds`` is when it said to come again."""

    default_code = "connector"

    def __init__(
        self,
        kind: Problem,
        message: Any,
        params: Mapping[str, Any] | None = None,
        *,
        retry_seconds: float | None = None,
    ) -> None:
        super().__init__(message, params=params)
        self.kind = kind
        self.retry_seconds = retry_seconds


def redacted(text: str, secrets: tuple[str, ...]) -> str:
    """A text of the source without our keys, should it repeat them.

    >>> redacted("no key s3cr3t here", ("s3cr3t",))
    'no key ••• here'
    """
    for secret in sorted(secrets, key=len, reverse=True):
        if secret:
            text = text.replace(secret, "•••")
    return text
