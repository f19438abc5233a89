"""What the OpenAPI document says of every room alike: bearer tokens, problems, pages, bulk answers.

Names ending in ``Shape`` only describe; nothing is validated or rendered by them.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework import serializers

from org.http.deprecation import deprecation_of, deprecation_parameters
from org.http.problems import PROBLEM_JSON

ALWAYS = (401, 403, 406, 429)
WITH_BODY = (400, 413, 415)
_MATCH = {"If-Match": "An ETag: change the record only while it is that version, else 412."}
HEADERS = {
    "get": {"If-None-Match": "An ETag: 304 without a body while nothing has changed."},
    "post": {
        "Idempotency-Key": "Up to 255 characters: the same request again within a day gets the first answer."
    },
    "put": _MATCH,
    "patch": _MATCH,
}
REFUSED_BY_HEADER = {"post": (400, 409, 422), "put": (412,), "patch": (412,)}
View = TypeVar("View", bound=Callable[..., Any])
Shape = type[serializers.Serializer[Any]]


class BearerScheme(OpenApiAuthenticationExtension):
    """How the document names our tokens."""

    target_class = "org.http.api.BearerTokenAuthentication"
    name = "bearer"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {
            "type": "http",
            "scheme": "bearer",
            "bearerFormat": "sg_…",
            "description": "A token made under “API tokens” or by `manage.py create_token`.",
        }


def shape_of(name: str, fields: dict[str, Any]) -> Shape:
    """A named object of the document with these fields."""
    return type(name, (serializers.Serializer,), dict(fields))


FieldErrorShape = shape_of(
    "FieldError",
    {
        "field": serializers.CharField(),
        "message": serializers.CharField(),
        "code": serializers.CharField(),
    },
)
ProblemShape = shape_of(
    "Problem",
    {
        "type": serializers.CharField(),
        "title": serializers.CharField(),
        "status": serializers.IntegerField(),
        "detail": serializers.CharField(),
        "request_id": serializers.CharField(),
        "errors": FieldErrorShape(many=True, required=False),
    },
)
RecordResultShape = shape_of(
    "RecordResult",
    {
        "external_id": serializers.CharField(),
        "status": serializers.ChoiceField(choices=["created", "updated", "unchanged", "error"]),
        "id": serializers.IntegerField(allow_null=True),
        "errors": FieldErrorShape(many=True),
    },
)
BulkAnswerShape = shape_of("BulkAnswer", {"results": RecordResultShape(many=True)})


def page_shape(row: Shape) -> Shape:
    """A page of rows with the address of the next one."""
    fields = {"results": row(many=True), "next": serializers.URLField(allow_null=True)}
    return shape_of(f"{row.__name__}Page", fields)


def bulk_shape(record: Shape) -> Shape:
    """A bulk request of at most 10,000 records of one source."""
    fields = {"source": serializers.CharField(max_length=40), "records": record(many=True)}
    return shape_of(f"{record.__name__}Bulk", fields)


def api_doc(
    summary: str,
    *,
    request: Any = None,
    responses: dict[int, Any],
    problems: Sequence[int] = (),
    query: dict[str, str] | None = None,
    deprecated_on: dt.date | None = None,
    sunset_on: dt.date | None = None,
    **more: Any,
) -> Callable[[View], View]:
    """Describe one method of a view: its answers, the problems it may answer, its query parameters.

    ``query`` maps a parameter to its explanation; what every method may answer is said of every method, and
    what any body may be refused for of those that take one. What is on its way out says since when and until
    when it works (``org.http.deprecation``); its description says what to use instead.
    """
    parameters = [OpenApiParameter(name, str, description=text) for name, text in (query or {}).items()]
    deprecation = deprecation_of(deprecated_on, sunset_on)
    if deprecation is not None:
        parameters += deprecation_parameters()

    def describe(view: View) -> View:
        method = view.__name__
        codes = {*ALWAYS, *problems, *(WITH_BODY if request else ()), *REFUSED_BY_HEADER.get(method, ())}
        told = {(code, PROBLEM_JSON): OpenApiResponse(ProblemShape) for code in sorted(codes)}
        unchanged = {304: OpenApiResponse(description="Nothing has changed")} if method == "get" else {}
        decorated: Callable[[View], View] = extend_schema(
            summary=summary,
            request=request,
            responses={**responses, **unchanged, **told},
            parameters=[*parameters, *_headers(method, list(responses))],
            deprecated=deprecation is not None or None,
            **more,
        )
        described = decorated(view)
        described.deprecation = deprecation  # type: ignore[attr-defined]
        return described

    return describe


def _headers(method: str, good: list[int]) -> list[OpenApiParameter]:
    """The headers that a method reads, and those of its answers."""
    told = [
        OpenApiParameter(name, str, OpenApiParameter.HEADER, description=text)
        for name, text in (HEADERS.get(method, {}).items())
    ]
    told.append(
        OpenApiParameter(
            "X-Request-Id",
            str,
            OpenApiParameter.HEADER,
            response=True,
            description="The request in our logs.",
        )
    )
    if method in ("get", "put", "patch"):
        told.append(
            OpenApiParameter(
                "ETag",
                str,
                OpenApiParameter.HEADER,
                response=[*good, 304] if method == "get" else good,
                description="The version of what is answered.",
            )
        )
    return told
