"""The company page: as a page, as the part that a switch changes, and its tree as a file."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.cache import patch_vary_headers
from django.utils.http import content_disposition_header

from common.tables import rows_as_csv
from dashboards.company import CompanyPage, company_page, company_url
from dashboards.company_drawing import tree_table
from dashboards.places import Look, place_get
from dashboards.selectors import Choice
from dashboards.views import choice_asked
from org.http import PageRequest, or_404, page_required
from org.models import Role

PER_PAGE = 50


@page_required(Role.MANAGER, Role.EXECUTIVE, Role.FINANCE, Role.ADMIN)
def company(request: PageRequest) -> HttpResponse:
    """The tree of a place: a page, or for htmx only what changes."""
    form, choice = choice_asked(request)
    look, scope = Look.of(request.GET.dict()), request.row_scope
    place = or_404(place_get(request.GET.get("node", ""), scope=scope))
    page = company_page(scope=scope, place=place, choice=choice, look=look)
    if request.GET.get("export") == "csv":
        return _file(page, choice)
    is_part = _wants_part(request)
    context = {"form": form, "is_part": is_part, **_context(request, page, choice)}
    answer = render(request, f"dashboards/company{'_part' if is_part else ''}.html", context)
    patch_vary_headers(answer, ["HX-Request"])
    return answer


def _wants_part(request: PageRequest) -> bool:
    """Whether htmx asks, unless it brings back a page of the history."""
    asked = request.htmx  # type: ignore[attr-defined]
    return bool(asked) and not asked.history_restore_request


def _context(request: PageRequest, page: CompanyPage, choice: Choice) -> dict[str, Any]:
    key = page.place.key
    return {
        "page": page,
        "choice": choice,
        "metric": choice.metric,
        "kept": {**page.look.params, "node": key},
        "tree_lines": Paginator(page.lines, PER_PAGE).get_page(request.GET.get("page")),
        "export_url": company_url(choice, page.look, key, export="csv"),
        "table_url": company_url(choice, replace(page.look, view="table"), key),
        "drill_url": company_url(choice, page.look),
    }


def _file(page: CompanyPage, choice: Choice) -> HttpResponse:
    headers, rows = tree_table(page.tree)
    answer = HttpResponse(rows_as_csv(headers, rows), content_type="text/csv; charset=utf-8")
    name = f"{choice.metric.code}-{page.period.label}-{page.place.name}.csv"
    answer["Content-Disposition"] = content_disposition_header(as_attachment=True, filename=name)
    return answer
