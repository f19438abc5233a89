"""What every HTML page needs: who is asking, 404 before anything leaks, roles, refusals told."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, Concatenate, ParamSpec, TypeVar, cast

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.core.paginator import Page, Paginator
from django.db.models import Model, QuerySet
from django.forms import BaseForm
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import get_resolver
from django.utils import timezone
from django.utils.functional import SimpleLazyObject
from django.utils.http import url_has_allowed_host_and_scheme

from common.errors import Conflict, DomainError, Invalid, NotAllowed, NotFound
from org.http.problems import translated
from org.models import User
from org.reading import one_reading
from org.scope import Scope, scope_for
from org.selectors import company_today, company_zone

P = ParamSpec("P")
V = TypeVar("V")
M = TypeVar("M", bound=Model)
Next = Callable[[HttpRequest], HttpResponse]


class RowScopeMiddleware:
    """Sets ``request.row_scope`` and turns domain errors that a page lets through into answers.

    The scope is made when first asked for, so that probes and static files pay nothing.
    """

    def __init__(self, get_response: Next) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        user = request.user
        request.row_scope = SimpleLazyObject(lambda: scope_of(user))  # type: ignore[attr-defined]
        if request.method not in ("GET", "HEAD"):
            return self.get_response(request)
        with one_reading():
            return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        """Not found 404, not allowed 403; a refused POST goes back to its page, which says why."""
        if isinstance(error, NotFound | NotAllowed):
            code = 404 if isinstance(error, NotFound) else 403
            handler: Any = get_resolver().resolve_error_handler(code)
            answer: HttpResponse = handler(request, exception=error)
            return answer
        if isinstance(error, Conflict | Invalid) and request.method == "POST":
            messages.error(request, error.text(translated))
            return redirect(_back(request))
        return None


def scope_of(user: Any) -> Scope:
    """The scope of a request's user as of today; nobody's is empty. Times are then the company's."""
    timezone.activate(company_zone())
    today = company_today()
    return scope_for(user, on=today) if user.is_authenticated else Scope(on=today)


def demand_role(scope: Scope, *roles: str) -> None:
    """Raise 403 unless the scope has one of the roles."""
    if not scope.has(*roles):
        raise PermissionDenied


class PageRequest(HttpRequest):
    """A request that ``page_required`` let through: somebody is signed in, and their scope is known."""

    user: User
    row_scope: Scope


View = Callable[Concatenate[PageRequest, P], HttpResponse]
Door = Callable[Concatenate[HttpRequest, P], HttpResponse]


def page_required(*roles: str) -> Callable[[View[P]], Door[P]]:
    """Decorate a page: others than signed-in people go to the sign-in, others than these roles get 403."""

    def wrap(view: View[P]) -> Door[P]:
        @functools.wraps(view)
        def guarded(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
            asked = cast("PageRequest", request)
            if roles:
                demand_role(asked.row_scope, *roles)
            return view(asked, *args, **kwargs)

        return login_required(guarded)

    return wrap


def or_404(found: V | None) -> V:
    """The object itself; 404 for None, the same for what isn't there and what isn't the asker's to see."""
    if found is None:
        raise Http404
    return found


def paginate(request: HttpRequest, queryset: QuerySet[M], *, per_page: int = 50) -> Page[M]:
    """The page that ``?page=`` asks for; the first for nonsense, the last for too far."""
    return Paginator(queryset, per_page).get_page(request.GET.get("page"))


def form_errors(form: BaseForm, error: DomainError) -> None:
    """Put a domain error onto the form: at its fields where the form has them, else at the top."""
    if isinstance(error, Invalid) and error.errors:
        for each in error.errors:
            form.add_error(each.field if each.field in form.fields else None, each.text(translated))
    else:
        form.add_error(error.field if error.field in form.fields else None, error.text(translated))


def _back(request: HttpRequest) -> str:
    """The page the form was on, if it is one of ours."""
    came_from = request.headers.get("Referer", "")
    is_ours = url_has_allowed_host_and_scheme(came_from, {request.get_host()}, request.is_secure())
    return came_from if is_ours else "/"
