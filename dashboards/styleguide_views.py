"""The living style page: every part of our pages, in every state."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render

from dashboards.styleguide import samples
from org.http import PageRequest, page_required
from org.models import Role


@page_required(Role.ADMIN)
def styleguide(request: PageRequest) -> HttpResponse:
    """The parts of ``templates/components``, drawn from samples."""
    return render(request, "dashboards/styleguide.html", {"samples": samples()})
