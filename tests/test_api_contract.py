"""The API keeps its word: whatever anyone sends, it answers as its OpenAPI document says and never with 5xx.

Schemathesis makes the requests from the document itself, so that a new address is tried without a line here:
good ones, and such as break what the document asks for. The same ones every time.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from typing import Any
from urllib.parse import parse_qsl

import pytest
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections, transaction
from django.urls import URLResolver, get_resolver, reverse
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis import Case, GenerationMode, openapi
from schemathesis.checks import CHECKS, load_all_checks

from org.http import IdempotentPost, ScopedApiView
from org.models import Role
from org.services import role_grant, token_create
from tests.cast import Cast
from tests.matrix import rows_of_rooms

pytestmark = [pytest.mark.django_db, pytest.mark.slow]
load_all_checks()
PROMISES: list[Any] = CHECKS.get_by_names(
    [
        "not_a_server_error",
        "status_code_conformance",
        "content_type_conformance",
        "response_headers_conformance",
        "response_schema_conformance",
    ]
)
ROOMS = ("org", "crm", "metrics", "targets", "tracking", "hooks")
AS_BEFORE = settings(
    max_examples=6,  # an operation, good ones and bad ones each: all together far below 90 s
    derandomize=True,
    database=None,
    deadline=None,
    phases=[Phase.generate],  # a request that fails is shown as it is: shrinking takes minutes
    suppress_health_check=list(HealthCheck),
)


@pytest.fixture(autouse=True)
def in_one_transaction() -> Iterator[None]:
    """A server's request ends by closing a connection that is inside a transaction: here the test's own."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


@cache
def document() -> Any:
    """The API's description, as anybody fetches it."""
    return openapi.from_wsgi("/api/v1/schema/", get_wsgi_application())


@pytest.fixture
def bearer(cast: Cast) -> dict[str, str]:
    """Somebody who may do everything, so that requests reach the work behind the refusals."""
    role_grant(user=cast.frank, role=Role.EXECUTIVE, actor=None)
    _token, plain = token_create(user=cast.frank, name="contract", scopes=["*"], actor=None)
    return {"Authorization": f"Bearer {plain}"}


@dataclass(frozen=True)
class Known:
    """A request of the role matrix that reaches something: random ones hardly ever do."""

    path_parameters: dict[str, Any] = field(default_factory=dict)
    query: dict[str, str] = field(default_factory=dict)
    body: Any = None


@pytest.mark.parametrize("mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE], ids=["good", "bad"])
@pytest.mark.parametrize("room", ROOMS)
def test_every_address_answers_as_documented(room, mode, cast, bearer, subtests):
    operations = [each.ok() for each in document().get_all_operations()]
    operations = [each for each in operations if each.path.startswith(f"/api/v1/{room}/")]
    assert operations
    known = known_requests(room, cast)
    for operation in operations:
        here = [Known(), *known[re.sub("{.*?}", "{}", operation.path)]]
        requests = operation.as_strategy(generation_mode=mode)
        with subtests.test(operation.label):
            keeps_its_word(requests, st.sampled_from(here), bearer)


def keeps_its_word(requests: Any, known: Any, bearer: dict[str, str]) -> None:
    """Send requests, as they are or mixed with a known one; each is undone."""

    @AS_BEFORE
    @given(case=requests, of=known, with_body=st.booleans())
    def answered(case: Case, of: Known, with_body: bool) -> None:
        case.path_parameters = {**(case.path_parameters or {}), **of.path_parameters}
        case.query = {**(case.query or {}), **of.query}
        if with_body and of.body is not None and case.method in ("POST", "PUT", "PATCH"):
            case.body, case.media_type = of.body, "application/json"
        with transaction.atomic():
            try:
                case.call_and_validate(headers=bearer, checks=PROMISES)
            finally:
                transaction.set_rollback(True)

    answered()


def known_requests(room: str, cast: Cast) -> dict[str, list[Known]]:
    """The matrix's requests to a room by the path in the document, names of parameters left out."""
    known: dict[str, list[Known]] = defaultdict(list)
    for route, rows in rows_of_rooms().items():
        if not route.startswith(f"{room}_api:"):
            continue
        for row in rows:
            args = row.args(cast) if row.args else {}
            path = reverse(route, kwargs=args)
            for value in args.values():
                path = re.sub(f"(?<=/){re.escape(str(value))}(?=/|$)", "{}", path, count=1)
            data = row.data(cast) if callable(row.data) else row.data
            query = dict(parse_qsl(row.query.removeprefix("?")))
            known[path].append(Known(args, query, data))
    return known


def test_every_post_keeps_its_promise_to_be_done_once():
    """The document says of every POST that it heeds an Idempotency-Key."""
    views = {view for view in _views(get_resolver()) if hasattr(view, "post")}
    assert views
    assert {view.__name__ for view in views if not issubclass(view, IdempotentPost)} == set()


def _views(resolver: URLResolver) -> Iterator[type[ScopedApiView]]:
    for pattern in resolver.url_patterns:
        if isinstance(pattern, URLResolver):
            yield from _views(pattern)
            continue
        view = getattr(pattern.callback, "cls", None)
        if isinstance(view, type) and issubclass(view, ScopedApiView):
            yield view
