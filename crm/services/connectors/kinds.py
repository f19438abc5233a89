"""The kinds of connectors. A new one adds its line here, and its form in ``crm.connection_forms``."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _

from crm.services.connectors.base import Connector, ConnectorError, Context, Problem

# Makes a connector of settings, opened credentials and what it may know of us; reads nothing yet.
Make = Callable[[Mapping[str, Any], Mapping[str, str], Context], Connector]


@dataclass(frozen=True)
class Kind:
    """A kind of source: its code, its name and one line about it for the page, how it is made."""

    code: str
    name: Any
    about: Any
    make: Make


KINDS: dict[str, Kind] = {}


def kind_register(kind: Kind) -> None:
    """Add a kind; called once, where the package is imported."""
    KINDS[kind.code] = kind


def kind_get(code: str) -> Kind:
    """The kind of a code. Raises ConnectorError when this version has none such."""
    if code not in KINDS:
        raise ConnectorError(
            Problem.SETTINGS, _("This version has no connector of the kind “%(kind)s”."), {"kind": code}
        )
    return KINDS[code]
