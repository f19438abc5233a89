"""The errors a use case may end in, as values: services raise them, the doors turn them into answers.

Every error carries a message *template* with its parameters, so that a door can translate it before
filling it in: ``error.text(gettext)``. The names say the outcome ("not allowed"), so they go without the
suffix Error. Messages of modules without Django are marked for the
translation catalogue with ``gettext_noop``; services may pass messages that are lazy already.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable, Mapping
from typing import Any


def gettext_noop(message: str) -> str:
    """Mark ``message`` for the translation catalogue and return it unchanged."""
    return message


def _filled(message: Any, params: Mapping[str, Any], translate: Callable[[Any], Any]) -> str:
    template = str(translate(message))
    # A message without parameters may hold a bare percent sign ("20 % behind").
    return template % params if params else template


@dataclasses.dataclass(frozen=True)
class FieldError:
    """One refused value: which field, why (a template), and a stable code for programs."""

    field: str
    message: Any
    code: str = "invalid"
    params: Mapping[str, Any] = dataclasses.field(default_factory=dict)

    def text(self, translate: Callable[[Any], Any] = str) -> str:
        """The message for people, translated and filled in."""
        return _filled(self.message, self.params, translate)


class DomainError(Exception):
    """A use case cannot be done as asked. ``field`` names the input at fault, if it is one input.

    >>> str(DomainError("%(left)s left", params={"left": 3}))
    '3 left'
    """

    default_code = "error"

    def __init__(
        self,
        message: Any,
        field: str | None = None,
        code: str | None = None,
        params: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.field = field
        self.code = code or self.default_code
        self.params: Mapping[str, Any] = dict(params or {})

    def text(self, translate: Callable[[Any], Any] = str) -> str:
        """The message for people: translated by ``translate``, then filled in."""
        return _filled(self.message, self.params, translate)

    def __str__(self) -> str:
        return self.text()


class NotFound(DomainError):  # noqa: N818
    """The subject does not exist, or the asker may not see it: the two are told apart by nobody (404)."""

    default_code = "not_found"


class NotAllowed(DomainError):  # noqa: N818
    """The asker sees the subject but may not do this to it (403)."""

    default_code = "not_allowed"


class Conflict(DomainError):  # noqa: N818
    """The subject's present state does not permit this: published, locked, changed meanwhile (409)."""

    default_code = "conflict"


class Invalid(DomainError, ValueError):  # noqa: N818
    """Input is refused; ``errors`` lists what and where (400).

    With ``errors`` the message heads the list; without it, a ``field`` makes the list of one.

    >>> Invalid("too long", field="name").errors
    (FieldError(field='name', message='too long', code='invalid', params={}),)
    """

    default_code = "invalid"

    def __init__(
        self,
        message: Any,
        field: str | None = None,
        code: str | None = None,
        params: Mapping[str, Any] | None = None,
        errors: Iterable[FieldError] = (),
    ) -> None:
        super().__init__(message, field, code, params)
        listed = tuple(errors)
        if not listed and field is not None:
            listed = (FieldError(field, message, self.code, self.params),)
        self.errors: tuple[FieldError, ...] = listed
