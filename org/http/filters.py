"""Saved filters on the pages they belong to: a list opens with its default one."""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Concatenate, ParamSpec

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from org.calc.queries import filter_query
from org.http.pages import PageRequest
from org.models import SavedFilter, User
from org.services.filters import filtered_lists

P = ParamSpec("P")
SHOW_ALL = "show"


@dataclass(frozen=True)
class SavedFilters:
    """The saved filters of the list that a request shows, and which of them it shows."""

    page: str
    query: str
    rows: list[SavedFilter]

    @property
    def active(self) -> SavedFilter | None:
        return next((row for row in self.rows if row.query == self.query), None) if self.query else None

    @property
    def default(self) -> SavedFilter | None:
        return next((row for row in self.rows if row.is_default), None)


def saved_filters(request: HttpRequest) -> SavedFilters | None:
    """Those of the request's list, read once; None for a page without, and for a stranger."""
    page = request.resolver_match.view_name if request.resolver_match else ""
    if page not in filtered_lists() or not isinstance(request.user, User):
        return None
    found: SavedFilters | None = getattr(request, "_saved_filters", None)
    if found is None:
        try:
            query = filter_query(request.GET.urlencode())
        except ValueError:
            query = ""
        found = SavedFilters(page, query, list(SavedFilter.objects.filter(user=request.user.pk, page=page)))
        request._saved_filters = found  # type: ignore[attr-defined]
    return found


def opens_as_saved(
    view: Callable[Concatenate[PageRequest, P], HttpResponse],
) -> Callable[Concatenate[PageRequest, P], HttpResponse]:
    """Decorate a list (below ``page_required``): its bare address leads to the default filter, if any.

    ``?show=all`` is the bare list; the view and its templates see no query then.
    """

    @functools.wraps(view)
    def opened(request: PageRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        saved = saved_filters(request)
        if saved is not None and saved.default is not None and not request.GET and request.method == "GET":
            return redirect(f"{request.path}?{saved.default.query}")
        if SHOW_ALL in request.GET:
            bare: Any = request.GET.copy()
            del bare[SHOW_ALL]
            request.GET = bare
        return view(request, *args, **kwargs)

    return opened
