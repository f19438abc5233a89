"""The company page: as a page, as the part that a switch changes, its curve, and its tree as a file."""

from __future__ import annotations

from typing import Any

from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.cache import patch_vary_headers
from django.utils.http import content_disposition_header

from common.tables import rows_as_csv
from dashboards.company import CompanyPage, Look, company_page, company_url, tree_table
from dashboards.company_curve import curve_card
from dashboards.places import place_get
from dashboards.selectors import Choice
from dashboards.views import _choice
from org.http import PageRequest, or_404, page_required
from org.models import Role

PER_PAGE = 50


@page_required(Role.MANAGER, Role.EXECUTIVE, Role.FINANCE, Role.ADMIN)
def company(request: PageRequest) -> HttpResponse:
    """The tree of a place: a page, or for htmx only what changes."""
    form, choice = _choice(request)
    look, scope = Look.of(request.GET.dict()), request.row_scope
    place = or_404(place_get(request.GET.get("node", ""), scope=scope))
    if request.GET.get("part") == "curve":
        chart = curve_card(scope=scope, place=place, choice=choice)
        return render(request, "components/chart_card.html", {"chart": chart})
    page = company_page(scope=scope, place=place, choice=choice, look=look)
    if request.GET.get("export") == "csv":
        return _file(page, choice)
    answer = render(request, _template(request), {"form": form, **_context(request, page, choice)})
    patch_vary_headers(answer, ["HX-Request"])
    return answer


def _template(request: PageRequest) -> str:
    """Only the part for htmx, unless it brings back a page of the history."""
    asked = request.htmx  # type: ignore[attr-defined]
    return f"dashboards/company{'_part' if asked and not asked.history_restore_request else ''}.html"


def _context(request: PageRequest, page: CompanyPage, choice: Choice) -> dict[str, Any]:
    key = page.place.key
    return {
        "page": page,
        "choice": choice,
        "metric": choice.metric,
        "kept": {**page.look.params, "node": key},
        "tree_lines": Paginator(page.lines, PER_PAGE).get_page(request.GET.get("page")),
        "curve_url": "" if page.place.segment else company_url(choice, page.look, key, part="curve"),
        "export_url": company_url(choice, page.look, key, export="csv"),
        "drill_url": company_url(choice, page.look),
    }


def _file(page: CompanyPage, choice: Choice) -> HttpResponse:
    headers, rows = tree_table(page)
    answer = HttpResponse(rows_as_csv(headers, rows), content_type="text/csv; charset=utf-8")
    name = f"{choice.metric.code}-{page.period.label}-{page.place.name}.csv"
    answer["Content-Disposition"] = content_disposition_header(as_attachment=True, filename=name)
    return answer
