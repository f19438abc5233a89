"""Endpoints on their way out: marked in the document, told by headers, counted in the usage of tokens.

``api_doc(…, deprecated_on=…, sunset_on=…)`` is all it takes. ``Deprecation`` is RFC 9745, ``Sunset`` is
RFC 8594.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.utils.http import http_date
from drf_spectacular.utils import OpenApiParameter

POLICY = "api/v1/docs/"


@dataclass(frozen=True)
class Deprecation:
    """From when on an endpoint is not to be used, and the first day on which it may be gone."""

    deprecated_on: dt.date
    sunset_on: dt.date

    def __post_init__(self) -> None:
        """Hold what ``docs/api.md`` promises: twelve months at least."""
        year, month, day = self.deprecated_on.year + 1, self.deprecated_on.month, self.deprecated_on.day
        is_leap_day = (month, day) == (2, 29)
        promised = dt.date(year, 3, 1) if is_leap_day else dt.date(year, month, day)
        if self.sunset_on < promised:
            raise ValueError(f"What is deprecated on {self.deprecated_on} works until {promised} at least.")

    def headers(self) -> dict[str, str]:
        """What every answer of the endpoint carries, refusals too."""
        return {
            "Deprecation": f"@{_moment(self.deprecated_on)}",
            "Sunset": http_date(_moment(self.sunset_on)),
            "Link": f'<{settings.SITE_URL}/{POLICY}>; rel="deprecation"; type="text/html"',
        }


def deprecation_of(deprecated_on: dt.date | None, sunset_on: dt.date | None) -> Deprecation | None:
    """The deprecation of an endpoint; None for those that stay. Raises ValueError for half of one."""
    if deprecated_on is None and sunset_on is None:
        return None
    if deprecated_on is None or sunset_on is None:
        raise ValueError("Say both when an endpoint is deprecated and when it may be gone.")
    return Deprecation(deprecated_on, sunset_on)


def deprecation_tell(view: Any, answer: Any) -> None:
    """Put the headers of a method of a view on its answer, if ``api_doc`` says that it is on its way out."""
    found: Deprecation | None = getattr(view, "deprecation", None)
    answer.deprecation = found
    for name, value in found.headers().items() if found is not None else ():
        answer[name] = value


def deprecation_parameters() -> list[OpenApiParameter]:
    """How the document describes the headers."""
    told = {
        "Deprecation": "Since when this endpoint is not to be used, as “@” and Unix seconds (RFC 9745).",
        "Sunset": "From when on it may be gone (RFC 8594).",
        "Link": "Where the policy stands.",
    }
    return [
        OpenApiParameter(name, str, OpenApiParameter.HEADER, response=True, description=text)
        for name, text in told.items()
    ]


def _moment(day: dt.date) -> int:
    return int(dt.datetime.combine(day, dt.time(), tzinfo=dt.UTC).timestamp())
