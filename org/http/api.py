"""The frame of every API view: bearer tokens or the browser's session, scopes, throttling, pages of rows."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

from django.conf import settings
from django.core.cache import cache
from django.db.models import Model, QuerySet
from django.utils.dateparse import parse_datetime
from django.utils.functional import cached_property
from django.utils.translation import gettext
from rest_framework import exceptions
from rest_framework.authentication import BaseAuthentication, SessionAuthentication, get_authorization_header
from rest_framework.pagination import CursorPagination
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.throttling import SimpleRateThrottle
from rest_framework.views import APIView

from common.errors import Invalid, gettext_noop
from common.records import MAX_RECORDS
from org.http.conditional import told_of
from org.http.deprecation import deprecation_tell
from org.http.pages import scope_of
from org.http.usage import usage_tell
from org.models import ApiToken, User
from org.scope import Scope
from org.services import holdable_scopes, token_find

M = TypeVar("M", bound=Model)
READING = ("GET", "HEAD", "OPTIONS")


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
    """A token needs ``<room>:read`` or ``<room>:write``, which includes reading; a browser session has both.

    A scope counts only while its user's roles allow it: who is administrator no more, writes no more.
    """

    def has_permission(self, request: Request, view: APIView) -> bool:
        if not request.user or not request.user.is_authenticated:
            return False
        if not isinstance(request.auth, ApiToken):
            return True
        right = "read" if request.method in READING else "write"
        right = getattr(view, "token_right", right)
        room = view.scope_room  # type: ignore[attr-defined]
        enough = {f"{room}:{right}", f"{room}:write"}
        live = holdable_scopes(view.row_scope.roles)  # type: ignore[attr-defined]
        return not enough.isdisjoint(live.intersection(request.auth.scopes))


class TokenThrottle(SimpleRateThrottle):
    """So many requests a minute for each token or signed-in user (``SALESGOALS_API_RATE``).

    Counts in windows by one small cache entry; DRF's own keeps the moment of every request, which at
    thousands a minute costs more than the request.
    """

    scope = "api"
    num_requests: int | None
    duration: int | None
    retry_after = 0.0

    def get_cache_key(self, request: Request, view: APIView) -> str:
        caller = f"t{request.auth.pk}" if isinstance(request.auth, ApiToken) else f"u{request.user.pk}"
        return f"api-rate-{caller}"

    def allow_request(self, request: Request, view: APIView) -> bool:
        if self.rate is None or not self.num_requests or not self.duration:
            return True
        window, passed = divmod(self.timer(), self.duration)
        key = f"{self.get_cache_key(request, view)}-{int(window)}"
        cache.add(key, 0, self.duration)
        try:
            count = cache.incr(key)
        except ValueError:  # the window ended between the two calls
            count = 1
        self.retry_after = self.duration - passed
        return bool(count <= self.num_requests)

    def wait(self) -> float:
        return self.retry_after


class ScopedApiView(APIView):
    """The base of every API view: ``scope_room`` names the room whose scopes a token needs."""

    scope_room = ""
    authentication_classes: Sequence[type[BaseAuthentication]] = (
        BearerTokenAuthentication,
        SessionAuthentication,
    )
    permission_classes: Sequence[Any] = (RoomPermission,)
    throttle_classes: Sequence[Any] = (TokenThrottle,)

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        if int(request.META.get("CONTENT_LENGTH") or 0) > settings.DATA_UPLOAD_MAX_MEMORY_SIZE:
            raise TooLarge

    def finalize_response(self, request: Request, response: Any, *args: Any, **kwargs: Any) -> Any:
        answer = super().finalize_response(request, response, *args, **kwargs)
        if answer.status_code in (200, 201) and request.method in ("GET", "HEAD", "PUT", "PATCH"):
            answer.add_post_render_callback(lambda rendered: told_of(rendered, self.request))
        usage_tell(request, answer)
        deprecation_tell(getattr(self, (request.method or "").lower(), None), answer)
        return answer

    @cached_property
    def row_scope(self) -> Scope:
        """What this request may see (a view object serves one request)."""
        return scope_of(self.request.user)

    @property
    def actor(self) -> User:
        """Who is asking, for services and the audit log."""
        assert isinstance(self.request.user, User)
        return self.request.user

    def paged(self, queryset: Any, shape: Callable[[Any], dict[str, Any]]) -> Response:
        """A page of rows in the order of their cursor, each shaped by ``shape``."""
        return self.paged_together(queryset, lambda rows: [shape(row) for row in rows])

    def paged_together(self, queryset: Any, shapes: Callable[[list[Any]], list[dict[str, Any]]]) -> Response:
        """A page of rows that ``shapes`` looks at all at once; it may leave some out."""
        pages = CursorPage()
        try:
            rows: list[Any] | None = pages.paginate_queryset(queryset, self.request, view=self)
        except exceptions.NotFound as error:  # the list is there: it is the cursor that is nonsense
            raise Invalid(str(error.detail), field="cursor") from error
        return pages.get_paginated_response(shapes(rows or []))


class TooLarge(exceptions.APIException):
    """The body is larger than the server takes."""

    status_code = 413
    default_code = "too_large"

    def __init__(self) -> None:
        most = settings.DATA_UPLOAD_MAX_MEMORY_SIZE // 1_000_000
        super().__init__(gettext("Send at most %(most)s MB at a time.") % {"most": most})


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


def bulk_read(body: Any) -> tuple[str, list[Mapping[str, Any]]]:
    """The source and the records of a bulk request; raises Invalid naming what is wrong with its frame."""
    if not isinstance(body, dict):
        raise Invalid(
            gettext_noop("Send an object with “source” and “records”."), field="records", code="type"
        )
    source, records = body.get("source"), body.get("records")
    if not isinstance(source, str) or not 1 <= len(source.strip()) <= 40 or "\x00" in source:
        raise Invalid(gettext_noop("Give a source of 1 to 40 characters."), field="source")
    if not isinstance(records, list) or not all(isinstance(record, dict) for record in records):
        raise Invalid(gettext_noop("Give a list of records."), field="records", code="type")
    if len(records) > MAX_RECORDS:
        message = gettext_noop("At most %(max)s records at a time, these are %(count)s.")
        params = {"max": MAX_RECORDS, "count": len(records)}
        raise Invalid(message, field="records", code="too_many", params=params)
    return source.strip(), records


def body_read(body: Any) -> dict[str, Any]:
    """The object of a request about one record; raises Invalid for anything else."""
    if not isinstance(body, dict):
        raise Invalid(gettext_noop("Send an object."), field="body", code="type")
    return dict(body)


def changed_since(rows: QuerySet[M], moment: str | None) -> QuerySet[M]:
    """The rows changed at or after the query parameter ``updated_since``, if it is given."""
    if not moment:
        return rows
    try:
        since = parse_datetime(moment.replace(" ", "+"))  # an unescaped + arrives as a space
    except ValueError:
        since = None
    if since is None or since.tzinfo is None:
        message = gettext_noop("Write a moment with its time zone, such as 2026-05-01T00:00:00Z.")
        raise Invalid(message, field="updated_since")
    return rows.filter(updated_at__gte=since)
