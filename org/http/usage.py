"""Every answer to an API token is counted: whose, which endpoint, how it went, how long it took."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from rest_framework.response import Response

from org.calc.networks import network_of, program_of
from org.models import ApiToken
from org.services import ApiCall, usage_note

API_PREFIX = "/api/"
_PART = re.compile(r"<(?:\w+:)?(\w+)>")
_WRITTEN = ("created", "updated")


class ApiUsageMiddleware:
    """Counts the requests of API tokens in memory, with what all of the site took to answer."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        started = time.perf_counter()
        response = self.get_response(request)
        token = getattr(request, "auth", None)  # set by the API's own authentication
        if isinstance(token, ApiToken) and request.path.startswith(API_PREFIX):
            deprecation = getattr(response, "deprecation", None)
            usage_note(
                ApiCall(
                    token_id=token.pk,
                    endpoint=endpoint_of(request),
                    day=timezone.localdate(),  # the company's zone: the scope has activated it
                    status=response.status_code,
                    seconds=time.perf_counter() - started,
                    at=timezone.now(),
                    rows_written=getattr(response, "rows_written", 0),
                    network=network_of(_address(request)),
                    program=program_of(request.headers.get("User-Agent", "")),
                    deprecated_on=deprecation and deprecation.deprecated_on,
                    sunset_on=deprecation and deprecation.sunset_on,
                )
            )
        return response


def endpoint_of(request: HttpRequest) -> str:
    """Method and path as the API's document writes them, without the keys of records."""
    match = request.resolver_match
    route = match.route if match is not None else ""
    path = _PART.sub(r"{\1}", route).removeprefix("api/v1/")
    return f"{request.method} {path}"[:160]


def usage_tell(request: Any, answer: Any) -> None:
    """Put on an API's answer how many records the request wrote, unless its view has said so."""
    if not hasattr(answer, "rows_written"):
        answer.rows_written = _rows_written(request, answer)


def _rows_written(request: Any, response: Response) -> int:
    """How many records a request created or changed, by its answer."""
    if request.method in ("GET", "HEAD", "OPTIONS") or response.status_code >= 400:
        return 0
    if "Idempotent-Replay" in response:
        return 0
    results = response.data.get("results") if isinstance(response.data, dict) else None
    if request.method == "POST" and isinstance(results, list):
        return sum(row.get("status") in _WRITTEN for row in results if isinstance(row, dict))
    return int(request.method != "POST" or response.status_code == 201)


def _address(request: HttpRequest) -> str:
    """Whose request it is; a proxy's word counts only as far as ``SALESGOALS_PROXIES`` trusts proxies."""
    forwarded = request.headers.get("X-Forwarded-For", "")
    if settings.PROXIES and forwarded:
        addresses = forwarded.split(",")
        return addresses[-min(settings.PROXIES, len(addresses))].strip()
    return str(request.META.get("REMOTE_ADDR", ""))
