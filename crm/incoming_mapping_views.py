"""The page on which an administrator says where our fields stand in what another system pushes."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from common.errors import Invalid
from common.records import Refused
from crm.calc.json_paths import json_read, leaves, path_of, records_in
from crm.calc.mapping import mapping_json
from crm.calc.mapping_guess import mapping_guess
from crm.http import wake_incoming
from crm.import_words import field_label, told
from crm.incoming_forms import SampleForm
from crm.mapping_forms import MappingForm
from crm.mapping_words import RESOURCES, problem_told
from crm.models import IncomingEndpoint
from crm.selectors import incoming as selectors
from crm.services import incoming as services
from crm.services.imports.reader import stage_words
from crm.services.mapped import Outcome
from org.http import PageRequest, or_404, page_required
from org.models import Role

_SAMPLED = 20


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
    records, problem = _records(sample, path)
    mapping = endpoint.mapping
    if records and (request.method == "POST" or not mapping):
        stages = stage_words() if endpoint.resource == "opportunities" else {}
        mapping = mapping_json(mapping_guess(endpoint.resource, records[:_SAMPLED], stages=stages))
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
            _refuse(form, about, error)
        else:
            wake_incoming()
            messages.success(request, _("Saved. Messages that waited are applied now."))
            return redirect("crm:incoming_detail", endpoint.pk)
    records, problem = _records(request.POST.get("sample", ""), request.POST.get("records_path", ""))
    return _page(request, endpoint, form, about, records=records, problem=problem)


def _refuse(form: MappingForm, about: SampleForm, error: Invalid) -> None:
    """Put an error at its field, on whichever of the two forms it is."""
    of_sample = [each for each in error.errors if each.field in about.fields]
    for each in of_sample:
        about.add_error(each.field, told(str(each.message), each.params))
    if not of_sample:
        form.refuse(error)


@require_POST
@page_required(Role.ADMIN)
def incoming_try(request: PageRequest, pk: int) -> HttpResponse:
    """What would come of the sample as the fields stand on the page; nothing is written."""
    endpoint = or_404(selectors.incoming_endpoint(pk))
    form, about = MappingForm(endpoint.resource, {}, request.POST), SampleForm(request.POST)
    outcomes: list[Outcome] = []
    if form.is_valid() and about.is_valid() and about.cleaned_data["sample"].strip():
        try:
            outcomes = services.sample_try(
                endpoint=endpoint,
                mapping=form.told(),
                records_path=about.cleaned_data["records_path"].strip(),
                text=about.cleaned_data["sample"],
            )
        except Invalid as error:
            _refuse(form, about, error)
    problems = [
        f"{field.label}: {message}" for each in (about, form) for field in each for message in field.errors
    ]
    problems += [str(message) for message in form.non_field_errors()]
    context = {"outcomes": [_shown(each) for each in outcomes], "problems": problems, "is_tried": True}
    return render(request, "crm/_mapping_outcome.html", context)


def _shown(outcome: Outcome) -> dict[str, Any]:
    values = [(field_label(name), value) for name, value in outcome.values.items() if value not in (None, "")]
    problems = [problem_told(error) for error in outcome.errors]
    return {"key": outcome.key, "status": outcome.status, "values": values, "problems": problems}


def shown(value: Any) -> str:
    """A single value as JSON writes it, texts without their quotes."""
    words = {None: "null", True: "true", False: "false"}
    return words[value] if value is None or isinstance(value, bool) else str(value)[:200]


def _records(sample: str, path: str) -> tuple[list[Any], str]:
    """The records of a sample, and why there are none."""
    if not sample.strip():
        return [], ""
    try:
        return records_in(json_read(sample), path.strip()), ""
    except Refused as refused:
        return [], told(refused.message, refused.params)


def _page(
    request: PageRequest,
    endpoint: IncomingEndpoint,
    form: MappingForm,
    about: SampleForm,
    *,
    records: list[Any],
    problem: str,
) -> HttpResponse:
    places = [(path_of(steps), shown(value)) for steps, value in leaves(records[0])] if records else []
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
