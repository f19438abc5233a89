"""Saved filters in templates: what stands above a list's filter bar, and where all of the list is."""

from __future__ import annotations

from typing import Any

from django import template
from django.http import HttpRequest
from django.urls import reverse

from org.filter_forms import FilterKeepForm, FilterNameForm
from org.http.filters import SHOW_ALL, saved_filters

register = template.Library()


@register.inclusion_tag("components/saved_filters.html", takes_context=True)
def saved_filters_bar(context: dict[str, Any]) -> dict[str, Any]:
    """The saved filters of the list that the page shows; empty for pages without."""
    request: HttpRequest = context["request"]
    saved = saved_filters(request)
    told = {"saved": saved, "request": request, "csrf_token": context.get("csrf_token")}
    if saved is None:
        return told
    form = context.get("form")
    told["is_stale"] = bool(saved.active and form is not None and form.is_bound and form.errors)
    if saved.active:
        told["name_form"] = FilterNameForm(initial={"name": saved.active.name}, auto_id="rename_%s")
    elif saved.query:
        first = {"page": saved.page, "query": saved.query}
        told["keep_form"] = FilterKeepForm(initial=first, auto_id="keep_%s")
    return told


@register.simple_tag(takes_context=True)
def show_all(context: dict[str, Any], route: str) -> str:
    """The address of a whole list, past the default filter that it may open with."""
    saved = saved_filters(context["request"])
    bare = reverse(route)
    return f"{bare}?{SHOW_ALL}=all" if saved is not None and saved.default else bare
