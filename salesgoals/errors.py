"""Error answers: a page with the request id for people, RFC 9457 problem+json under /api/ for programs."""

from __future__ import annotations

from http import HTTPStatus

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.template import loader
from django.utils.translation import gettext as _

from org.http import problem_title

API_PREFIX = "/api/"


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer 400."""
    return _answer(request, HTTPStatus.BAD_REQUEST, _("The request could not be understood."))


def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer 403."""
    return _answer(request, HTTPStatus.FORBIDDEN, _("Your role does not allow this."))


def page_not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer 404, the same for what does not exist and for what one may not see."""
    return _answer(request, HTTPStatus.NOT_FOUND, _("There is nothing here, or it is not yours to see."))


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Answer 403 to a form whose CSRF token is missing or stale."""
    return _answer(
        request, HTTPStatus.FORBIDDEN, _("This form has expired. Go back, reload the page and try again.")
    )


def server_error(request: HttpRequest) -> HttpResponse:
    """Answer 500 without touching database or session, which may be what broke."""
    status, detail = HTTPStatus.INTERNAL_SERVER_ERROR, _("Something broke on our side. It has been logged.")
    if request.path.startswith(API_PREFIX):
        return _problem(request, status, detail)
    return HttpResponse(
        loader.render_to_string("error.html", _context(request, status, detail)), status=status
    )


def _answer(request: HttpRequest, status: HTTPStatus, detail: str) -> HttpResponse:
    if request.path.startswith(API_PREFIX):
        return _problem(request, status, detail)
    return render(request, "error.html", _context(request, status, detail), status=status)


def _context(request: HttpRequest, status: HTTPStatus, detail: str) -> dict[str, object]:
    return {"status": status.value, "detail": detail, "request_id": getattr(request, "request_id", "")}


def _problem(request: HttpRequest, status: HTTPStatus, detail: str) -> JsonResponse:
    body = {
        "type": "about:blank",
        "title": problem_title(status),
        "status": status.value,
        "detail": detail,
        "instance": request.path,
        "request_id": getattr(request, "request_id", ""),
    }
    return JsonResponse(body, status=status, content_type="application/problem+json")
