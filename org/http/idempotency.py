"""A POST with an Idempotency-Key does its work once, however often it arrives."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Callable

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from common.errors import Invalid, gettext_noop
from org.http.problems import problem
from org.models import IdempotencyRecord, User

KEPT = dt.timedelta(hours=24)
# A request whose process died never answers; after this long its key may be used again.
GIVEN_UP = dt.timedelta(minutes=10)


class IdempotentPost:
    """Mix in before ScopedApiView: ``post`` returns ``self.run_once(request, work)``.

    The same key and body answer the kept response for a day; another body is refused (422), a key whose
    first request is still under way too (409). A request that raises frees its key, and its work is undone.
    """

    def run_once(self, request: Request, work: Callable[[], Response]) -> Response:
        """Run ``work`` unless this key has been answered; work and kept answer are one transaction."""
        key = request.headers.get("Idempotency-Key", "")
        if not key:
            return work()
        if len(key) > 255:
            message = gettext_noop("An Idempotency-Key has at most 255 characters.")
            raise Invalid(message, field="Idempotency-Key")
        address = f"{request.method} {request.get_full_path()}\n"
        digest = hashlib.sha256(address.encode() + request.body).hexdigest()
        kept = _reserve(request, key, digest)
        if isinstance(kept, Response):
            return kept
        try:
            with transaction.atomic():
                response = work()
                kept.status_code = response.status_code
                # As text: an answer may repeat a null character that was refused, which no jsonb holds.
                kept.response_body = JSONRenderer().render(response.data).decode()
                kept.save(update_fields=["status_code", "response_body"])
        except BaseException:
            kept.delete()
            raise
        return response


def _reserve(request: Request, key: str, digest: str) -> IdempotencyRecord | Response:
    """A record that marks the key as under way, or the answer to give instead of working."""
    now, user = timezone.now(), request.user
    assert isinstance(user, User)
    mine = IdempotencyRecord.objects.filter(user=user)
    mine.filter(created_at__lt=now - KEPT).delete()
    mine.filter(key=key, status_code=None, created_at__lt=now - GIVEN_UP).delete()
    try:
        with transaction.atomic():
            return IdempotencyRecord.objects.create(user=user, key=key, request_hash=digest)
    except IntegrityError:
        kept = mine.filter(key=key).first()
    if kept is None or (kept.request_hash == digest and kept.status_code is None):
        return problem(409, gettext("The first request with this Idempotency-Key is still under way."))
    if kept.request_hash != digest:
        return problem(422, gettext("This Idempotency-Key belongs to another request."))
    body = kept.response_body
    if isinstance(body, str):  # answers kept by an earlier version are no texts
        body = json.loads(body)
    return Response(body, kept.status_code, headers={"Idempotent-Replay": "true"})
