"""The search page, and its results inside the palette that every page opens."""

from __future__ import annotations

from django import forms
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _

from dashboards.search import SOURCES, search_all, search_kind
from org.http import PageRequest, page_required

DEEPEST_PAGE = 400


class SearchForm(forms.Form):
    """What is looked for; nonsense in the address looks for nothing."""

    q = forms.CharField(label=_("Search"), required=False, max_length=100)
    kind = forms.ChoiceField(required=False, choices=[(kind, kind) for kind in SOURCES])
    page = forms.IntegerField(required=False, min_value=1, max_value=DEEPEST_PAGE)


@page_required()
def search(request: PageRequest) -> HttpResponse:
    """The first hits of each kind, or a page of one kind; only the results for the palette."""
    form = SearchForm(request.GET)
    form.is_valid()
    query = " ".join(form.cleaned_data.get("q", "").split())
    kind, scope = form.cleaned_data.get("kind"), request.row_scope
    if kind:
        groups = [search_kind(scope=scope, query=query, kind=kind, number=form.cleaned_data.get("page") or 1)]
    else:
        groups = search_all(scope=scope, query=query)
    context = {"query": query, "groups": groups, "kind": kind}
    is_palette = getattr(request, "htmx", False)
    return render(request, f"dashboards/{'_palette_results' if is_palette else 'search'}.html", context)
