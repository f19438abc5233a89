"""How the API says that something went wrong: RFC 9457 problem details with the fields at fault."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import structlog
from django.http import Http404
from django.utils.translation import gettext
from rest_framework import exceptions, status
from rest_framework.response import Response
from rest_framework.views import exception_handler as drf_exception_handler

from common.errors import Conflict, DomainError, FieldError, Invalid, NotAllowed, NotFound
from common.records import RecordResult

PROBLEM_JSON = "application/problem+json"
STATUS_OF: dict[type[DomainError], int] = {NotFound: 404, NotAllowed: 403, Conflict: 409, Invalid: 400}


def status_of(error: DomainError) -> int:
    """The HTTP status of a domain error."""
    return next((code for kind, code in STATUS_OF.items() if isinstance(error, kind)), 400)


def problem(
    status_code: int,
    detail: str,
    *,
    errors: Sequence[dict[str, Any]] = (),
    headers: dict[str, str] | None = None,
) -> Response:
    """An RFC 9457 answer; ``errors`` names the fields."""
    request_id = structlog.contextvars.get_contextvars().get("request_id", "")
    body: dict[str, Any] = {
        "type": "about:blank",
        "title": problem_title(status_code),
        "status": status_code,
        "detail": detail,
        "request_id": str(request_id),
    }
    if errors:
        body["errors"] = list(errors)
    return Response(body, status_code, content_type=PROBLEM_JSON, headers=headers)


def problem_title(status_code: int) -> str:
    """What a status is called in the caller's language."""
    titles = {
        400: gettext("The request is not valid"),
        401: gettext("Sign in first"),
        403: gettext("Not allowed"),
        404: gettext("Not found"),
        405: gettext("Method not allowed"),
        406: gettext("Not acceptable"),
        409: gettext("Conflict"),
        412: gettext("Changed meanwhile"),
        413: gettext("The request is too large"),
        415: gettext("Unsupported media type"),
        422: gettext("The request can't be processed"),
        429: gettext("Too many requests"),
        500: gettext("Something broke"),
    }
    return titles.get(status_code, gettext("Error"))


def problem_handler(error: Exception, context: dict[str, Any]) -> Response | None:
    """DRF's exception handler: domain errors and DRF's own become problem details, the rest stays a 500."""
    if isinstance(error, DomainError):
        errors = error_list(error) if isinstance(error, Invalid) else _one_error(error)
        return problem(status_of(error), error.text(translated), errors=errors)
    if isinstance(error, Http404):
        return problem(404, gettext("There is no such thing here, or it is not yours to see."))
    response = drf_exception_handler(error, context)
    if response is None:
        return None
    told = ("WWW-Authenticate", "Retry-After", "Allow")
    headers = {name: response[name] for name in told if name in response}
    data = response.data
    if isinstance(error, exceptions.ValidationError):
        return problem(status.HTTP_400_BAD_REQUEST, gettext("Some fields are not valid."), errors=_flat(data))
    if isinstance(error, exceptions.ParseError):
        return problem(response.status_code, _unreadable(error))
    detail = str(data.get("detail", "")) if isinstance(data, dict) else str(data)
    return problem(response.status_code, detail, headers=headers)


def _unreadable(error: exceptions.ParseError) -> str:
    """Where a body stops being JSON; DRF says so in English only."""
    why = error.__context__
    if isinstance(why, json.JSONDecodeError):
        place = {"line": why.lineno, "column": why.colno}
        return gettext("This is not JSON: see line %(line)s, column %(column)s.") % place
    return gettext("The request can't be read.")


def error_list(error: Invalid) -> list[dict[str, Any]]:
    """The field errors of a refused input, translated."""
    return [field_error_json(each) for each in error.errors]


def field_error_json(error: FieldError) -> dict[str, Any]:
    """One refused value as the API says it."""
    return {"field": error.field, "message": error.text(translated), "code": error.code}


def result_json(result: RecordResult) -> dict[str, Any]:
    """What became of one record of a batch, as the API says it."""
    return {
        "external_id": result.external_id,
        "status": "error" if result.errors else result.status,
        "id": result.id,
        "errors": [field_error_json(each) for each in result.errors],
    }


def translated(message: Any) -> str:
    """Translate a template; lazy ones translate themselves."""
    return gettext(message) if isinstance(message, str) else str(message)


def _one_error(error: DomainError) -> list[dict[str, Any]]:
    if error.field is None:
        return []
    return [{"field": error.field, "message": error.text(translated), "code": error.code}]


def _flat(data: Any, path: str = "") -> list[dict[str, Any]]:
    """DRF's nested validation errors as a list."""
    if isinstance(data, dict):
        return [
            each
            for name, value in data.items()
            for each in _flat(value, f"{path}.{name}" if path else str(name))
        ]
    if isinstance(data, list) and data and isinstance(data[0], (dict, list)):
        return [each for at, value in enumerate(data) for each in _flat(value, f"{path}[{at}]")]
    messages = data if isinstance(data, list) else [data]
    return [{"field": path, "message": str(m), "code": getattr(m, "code", "invalid")} for m in messages]
