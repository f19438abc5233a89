"""The page on which an administrator says where our fields stand in what another system pushes."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from common.errors import Invalid
from crm.http import wake_incoming
from crm.incoming_forms import SampleForm
from crm.mapping_forms import MappingForm
from crm.mapping_pages import mapping_guessed, mapping_refuse, sample_outcome, sample_places, sample_records
from crm.mapping_words import RESOURCES
from crm.models import IncomingEndpoint
from crm.selectors import incoming as selectors
from crm.services import incoming as services
from org.http import PageRequest, or_404, page_required
from org.models import Role


@page_required(Role.ADMIN)
def incoming_fields(request: PageRequest, pk: int) -> HttpResponse:
    """A sample on one side, our fields with where they stand on the other; saved, or guessed anew."""
    endpoint = or_404(selectors.incoming_endpoint(pk))
    if request.method == "POST" and "save" in request.POST:
        return _saved(request, endpoint)
    if request.method == "POST":
        sample, path = request.POST.get("sample", ""), request.POST.get("records_path", "")
    else:
        sample, path = selectors.last_body(endpoint), endpoint.records_path
    records, problem = sample_records(sample, path)
    mapping = endpoint.mapping
    if records and (request.method == "POST" or not mapping):
        mapping = mapping_guessed(endpoint.resource, records)
    form = MappingForm(endpoint.resource, mapping)
    about = SampleForm(initial={"sample": sample, "records_path": path})
    return _page(request, endpoint, form, about, records=records, problem=problem)


def _saved(request: PageRequest, endpoint: IncomingEndpoint) -> HttpResponse:
    form = MappingForm(endpoint.resource, {}, request.POST)
    about = SampleForm(request.POST)
    if form.is_valid() and about.is_valid():
        path = about.cleaned_data["records_path"].strip()
        try:
            services.incoming_map(
                endpoint=endpoint, mapping=form.told(), records_path=path, actor=request.user
            )
        except Invalid as error:
            mapping_refuse(form, about, error)
        else:
            wake_incoming()
            messages.success(request, _("Saved. Messages that waited are applied now."))
            return redirect("crm:incoming_detail", endpoint.pk)
    records, problem = sample_records(request.POST.get("sample", ""), request.POST.get("records_path", ""))
    return _page(request, endpoint, form, about, records=records, problem=problem)


@require_POST
@page_required(Role.ADMIN)
def incoming_try(request: PageRequest, pk: int) -> HttpResponse:
    """What would come of the sample as the fields stand on the page; nothing is written."""
    endpoint = or_404(selectors.incoming_endpoint(pk))
    return sample_outcome(request, endpoint.resource, endpoint.source)


def _page(
    request: PageRequest,
    endpoint: IncomingEndpoint,
    form: MappingForm,
    about: SampleForm,
    *,
    records: list[Any],
    problem: str,
) -> HttpResponse:
    places = sample_places(records)
    context = {
        "endpoint": endpoint,
        "form": form,
        "about": about,
        "places": places,
        "problem": problem,
        "kind": RESOURCES[endpoint.resource],
        "has_messages": bool(selectors.last_body(endpoint)),
    }
    status = 422 if form.errors or about.errors else 200
    return render(request, "crm/incoming_fields.html", context, status=status)
