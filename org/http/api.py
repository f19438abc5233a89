"""The doors' common frame: who is asking, what they may see, and how errors are said.

Pages get ``request.row_scope`` from the middleware, API requests from authentication. Errors of the API are
RFC 9457 problem details; a POST with an Idempotency-Key answers the same again.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from typing import Any

import structlog
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.functional import SimpleLazyObject
from django.utils.translation import gettext
from rest_framework import exceptions, status
from rest_framework.authentication import BaseAuthentication, SessionAuthentication, get_authorization_header
from rest_framework.pagination import CursorPagination
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.throttling import SimpleRateThrottle
from rest_framework.views import APIView
from rest_framework.views import exception_handler as drf_exception_handler

from common.errors import Conflict, DomainError, Invalid, NotAllowed, NotFound
from org.models import ApiToken, IdempotencyRecord, User
from org.scope import Scope, scope_for
from org.selectors import company_today
from org.services import token_find

PROBLEM_JSON = "application/problem+json"
STATUS_OF: dict[type[DomainError], int] = {NotFound: 404, NotAllowed: 403, Conflict: 409, Invalid: 400}


class RowScopeMiddleware:
    """Sets ``request.row_scope``: made when first asked for, so that probes and static files pay nothing."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        user = request.user
        request.row_scope = SimpleLazyObject(lambda: _scope_of(user))  # type: ignore[attr-defined]
        return self.get_response(request)


def _scope_of(user: Any) -> Scope:
    today = company_today()
    return scope_for(user, on=today) if user.is_authenticated else Scope(on=today)


def demand_role(scope: Scope, *roles: str) -> None:
    """Raise 403 unless the scope has one of the roles."""
    if not scope.has(*roles):
        raise PermissionDenied


class BearerTokenAuthentication(BaseAuthentication):
    """``Authorization: Bearer sg_…``: the token's user, in the token's scopes."""

    def authenticate(self, request: Request) -> tuple[User, ApiToken] | None:
        parts = get_authorization_header(request).split()
        if not parts or parts[0].lower() != b"bearer":
            return None
        token = token_find(parts[1].decode("latin-1")) if len(parts) == 2 else None
        if token is None:
            raise exceptions.AuthenticationFailed(gettext("This token is unknown, expired or revoked."))
        return token.user, token

    def authenticate_header(self, request: Request) -> str:
        return 'Bearer realm="SalesGoals"'


class RoomPermission(BasePermission):
    """A token needs ``<room>:read`` or ``<room>:write``; a signed-in browser session has both."""

    def has_permission(self, request: Request, view: APIView) -> bool:
        if not request.user or not request.user.is_authenticated:
            return False
        if not isinstance(request.auth, ApiToken):
            return True
        right = "read" if request.method in ("GET", "HEAD", "OPTIONS") else "write"
        right = getattr(view, "token_right", right)
        return f"{view.scope_room}:{right}" in request.auth.scopes  # type: ignore[attr-defined]


class TokenThrottle(SimpleRateThrottle):
    """So many requests a minute a token or user."""

    scope = "api"

    def get_cache_key(self, request: Request, view: APIView) -> str | None:
        caller = f"t{request.auth.pk}" if isinstance(request.auth, ApiToken) else f"u{request.user.pk}"
        return self.cache_format % {"scope": self.scope, "ident": caller}


class ScopedApiView(APIView):
    """The base of every API view: ``scope_room`` names the room whose scopes a token needs."""

    scope_room = ""
    authentication_classes: Sequence[type[BaseAuthentication]] = (
        BearerTokenAuthentication,
        SessionAuthentication,
    )
    permission_classes: Sequence[Any] = (RoomPermission,)
    throttle_classes: Sequence[Any] = (TokenThrottle,)

    @property
    def row_scope(self) -> Scope:
        """What this request may see."""
        if not hasattr(self.request, "_row_scope"):
            self.request._row_scope = _scope_of(self.request.user)
        scope: Scope = self.request._row_scope
        return scope

    def paged(self, queryset: Any, shape: Callable[[Any], dict[str, Any]]) -> Response:
        """A page of rows in the order of their cursor, each shaped by ``shape``."""
        pages = CursorPage()
        rows = pages.paginate_queryset(queryset, self.request, view=self)
        return pages.get_paginated_response([shape(row) for row in rows or ()])


class CursorPage(CursorPagination):
    """``{"results": […], "next": url|null}``, 100 rows unless ``page_size`` says up to 1,000."""

    page_size = 100
    max_page_size = 1000
    page_size_query_param = "page_size"
    ordering = ("pk",)

    def get_ordering(self, request: Request, queryset: Any, view: APIView) -> tuple[str, ...]:
        return getattr(view, "page_ordering", self.ordering)

    def get_paginated_response(self, data: list[Any]) -> Response:
        return Response({"results": data, "next": self.get_next_link()})


class IdempotentPost:
    """Mix in before ScopedApiView: a POST with an Idempotency-Key does its work once.

    The same key and body answer the kept response; another body is refused (422), a key whose first request
    is still under way too (409). A failed request (5xx, or a rolled-back one) frees its key.
    """

    def run_once(self, request: Request, work: Callable[[], Response]) -> Response:
        """Run ``work`` unless this key has been answered."""
        key = request.headers.get("Idempotency-Key", "")
        if not key:
            return work()
        if len(key) > 255:
            raise Invalid(gettext("An Idempotency-Key has at most 255 characters."), field="Idempotency-Key")
        digest = hashlib.sha256(f"{request.path}\n".encode() + request.body).hexdigest()
        try:
            with transaction.atomic():
                kept = IdempotencyRecord.objects.create(user=request.user, key=key, request_hash=digest)
        except IntegrityError:
            return self._answer_again(IdempotencyRecord.objects.get(user=request.user, key=key), digest)
        try:
            response = work()
        except BaseException:
            kept.delete()
            raise
        kept.status_code, kept.response_body = response.status_code, response.data
        kept.save(update_fields=["status_code", "response_body"])
        return response

    def _answer_again(self, kept: IdempotencyRecord, digest: str) -> Response:
        if kept.request_hash != digest:
            return problem(422, gettext("This Idempotency-Key belongs to another request."))
        if kept.status_code is None:
            return problem(409, gettext("The first request with this Idempotency-Key is still under way."))
        return Response(kept.response_body, kept.status_code, headers={"Idempotent-Replay": "true"})


def problem(
    status_code: int,
    detail: str,
    *,
    errors: Sequence[dict[str, Any]] = (),
    headers: dict[str, str] | None = None,
) -> Response:
    """An RFC 9457 answer; ``errors`` names the fields."""
    titles = {
        400: gettext("The request is not valid"),
        401: gettext("Sign in first"),
        403: gettext("Not allowed"),
        404: gettext("Not found"),
        405: gettext("Method not allowed"),
        409: gettext("Conflict"),
        422: gettext("The request can't be processed"),
        429: gettext("Too many requests"),
    }
    body: dict[str, Any] = {
        "type": "about:blank",
        "title": titles.get(status_code, gettext("Error")),
        "status": status_code,
        "detail": detail,
        "request_id": str(structlog.contextvars.get_contextvars().get("request_id", "")),
    }
    if errors:
        body["errors"] = list(errors)
    return Response(body, status_code, content_type=PROBLEM_JSON, headers=headers)


def error_list(error: Invalid) -> list[dict[str, Any]]:
    """The field errors of a refused input, translated."""
    return [{"field": e.field, "message": e.text(gettext_or_lazy), "code": e.code} for e in error.errors]


def gettext_or_lazy(message: Any) -> str:
    """Translate a template; lazy ones translate themselves."""
    return gettext(message) if isinstance(message, str) else str(message)


def problem_handler(error: Exception, context: dict[str, Any]) -> Response | None:
    """DRF's exception handler: domain errors and DRF's own become problem details, the rest stays a 500."""
    if isinstance(error, DomainError):
        code = next((code for kind, code in STATUS_OF.items() if isinstance(error, kind)), 400)
        errors = error_list(error) if isinstance(error, Invalid) else _one_error(error)
        return problem(code, error.text(gettext_or_lazy), errors=errors)
    if isinstance(error, Http404):
        return problem(404, gettext("There is no such thing here, or it is not yours to see."))
    response = drf_exception_handler(error, context)
    if response is None:
        return None
    headers = {
        name: response[name] for name in ("WWW-Authenticate", "Retry-After", "Allow") if name in response
    }
    data = response.data
    if isinstance(error, exceptions.ValidationError):
        return problem(status.HTTP_400_BAD_REQUEST, gettext("Some fields are not valid."), errors=_flat(data))
    detail = str(data.get("detail", "")) if isinstance(data, dict) else str(data)
    return problem(response.status_code, detail, headers=headers)


def _one_error(error: DomainError) -> list[dict[str, Any]]:
    if error.field is None:
        return []
    return [{"field": error.field, "message": error.text(gettext_or_lazy), "code": error.code}]


def _flat(data: Any, path: str = "") -> list[dict[str, Any]]:
    """DRF's nested validation errors as a list."""
    if isinstance(data, dict):
        return [
            e for name, value in data.items() for e in _flat(value, f"{path}.{name}" if path else str(name))
        ]
    if isinstance(data, list) and data and isinstance(data[0], (dict, list)):
        return [e for at, value in enumerate(data) for e in _flat(value, f"{path}[{at}]")]
    messages = data if isinstance(data, list) else [data]
    return [{"field": path, "message": str(m), "code": getattr(m, "code", "invalid")} for m in messages]
