"""ETags: a reader is told that nothing has changed (304), a writer that something has (412)."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from django.db import transaction
from django.db.models import Model
from django.http import HttpResponse, HttpResponseNotModified
from django.utils.cache import patch_vary_headers
from django.utils.http import parse_etags
from django.utils.translation import gettext
from rest_framework import exceptions
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response

_PLAIN = "application/json"
# What a 304 says like the answer it stands for.
_STAY = ("ETag", "Cache-Control", "Vary", "Deprecation", "Sunset", "Link")


class ChangedMeanwhile(exceptions.APIException):
    """The record is not what the If-Match of a writer names."""

    status_code = 412
    default_code = "changed_meanwhile"

    def __init__(self) -> None:
        super().__init__(
            gettext("The record has changed or is gone: read it again, then repeat your change.")
        )


def etag_of(content: bytes) -> str:
    """The ETag of a JSON answer: equal text, equal tag."""
    return f'"{hashlib.sha256(content).hexdigest()[:32]}"'


def told_of(response: HttpResponse, request: Request) -> HttpResponse | None:
    """Put the ETag on a rendered answer; the 304 to give instead if the caller has it already."""
    assert isinstance(response, Response)
    is_plain = response.accepted_media_type == _PLAIN
    etag = etag_of(response.content if is_plain else JSONRenderer().render(response.data))
    response["ETag"] = etag
    # Everybody sees their own rows: no proxy keeps an answer for another, and a browser asks again.
    response["Cache-Control"] = "private, no-cache"
    patch_vary_headers(response, ["Authorization"])
    known = parse_etags(request.headers.get("If-None-Match", ""))
    if request.method not in ("GET", "HEAD") or not ({etag, f"W/{etag}", "*"} & set(known)):
        return None
    unchanged = HttpResponseNotModified()
    for name in _STAY:
        if name in response:
            unchanged[name] = response[name]
    unchanged.deprecation = response.deprecation  # type: ignore[attr-defined]
    return unchanged


@contextmanager
def if_match(
    request: Request, find: Callable[[], Model | None], shape: Callable[[Any], dict[str, Any]]
) -> Iterator[None]:
    """Let a write happen only to the record that its If-Match names; without the header to any.

    The row stays locked until the write is done, so that of two writers with one tag the second is refused.
    ``find`` reads it with all that ``shape`` shows.
    """
    wanted = request.headers.get("If-Match", "")
    if not wanted:
        yield
        return
    with transaction.atomic():
        row = find()
        if row is not None:
            type(row)._default_manager.select_for_update(of=("self",)).filter(pk=row.pk).first()
            row = find()
        if row is None:
            raise ChangedMeanwhile
        etag = etag_of(JSONRenderer().render(shape(row)))
        if not {etag, "*"} & set(parse_etags(wanted)):
            raise ChangedMeanwhile
        yield
