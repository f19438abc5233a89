"""Doors of saved filters: all of them lead back to the list."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from common.errors import Invalid, gettext_noop
from org.filter_forms import FilterKeepForm, FilterNameForm
from org.http import PageRequest, page_required
from org.models import SavedFilter
from org.services import (
    saved_filter_default,
    saved_filter_delete,
    saved_filter_keep,
    saved_filter_rename,
)


@require_POST
@page_required()
def filter_keep(request: PageRequest) -> HttpResponse:
    """Keep the filters that a list shows."""
    form = FilterKeepForm(request.POST)
    if not form.is_valid():
        raise Invalid(gettext_noop("Give a name of 1 to 60 characters."), field="name")
    saved = saved_filter_keep(user=request.user, **form.cleaned_data)
    messages.success(request, _("“%(name)s” is saved.") % {"name": saved.name})
    return _to(saved)


@require_POST
@page_required()
def filter_rename(request: PageRequest, pk: int) -> HttpResponse:
    """Call one of one's own something else."""
    form = FilterNameForm(request.POST)
    name = form.cleaned_data["name"] if form.is_valid() else ""
    return _to(saved_filter_rename(user=request.user, pk=pk, name=name))


@require_POST
@page_required()
def filter_default(request: PageRequest, pk: int) -> HttpResponse:
    """Open the list with one of one's own, or no longer."""
    is_default = request.POST.get("is_default") == "1"
    return _to(saved_filter_default(user=request.user, pk=pk, is_default=is_default))


@require_POST
@page_required()
def filter_delete(request: PageRequest, pk: int) -> HttpResponse:
    """Delete one of one's own; its filters stay on the list until they are taken away."""
    saved = saved_filter_delete(user=request.user, pk=pk)
    messages.success(request, _("“%(name)s” is deleted.") % {"name": saved.name})
    return _to(saved)


def _to(saved: SavedFilter) -> HttpResponse:
    return redirect(f"{reverse(saved.page)}?{saved.query}")
