"""What the pages of mappings share: a sample's places, what was guessed from it, what would come of it."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render

from common.errors import Invalid
from common.records import Refused
from crm.calc.json_paths import json_read, leaves, path_of, records_in
from crm.calc.mapping import mapping_json
from crm.calc.mapping_guess import mapping_guess
from crm.import_words import field_label, told
from crm.incoming_forms import SampleForm
from crm.mapping_forms import MappingForm
from crm.mapping_words import problem_told
from crm.services.imports.reader import stage_words
from crm.services.mapped import Outcome, sample_try
from org.http import PageRequest

_SAMPLED = 20


def sample_places(records: list[Any]) -> list[tuple[str, str]]:
    """The places in the first record with what stands there."""
    return [(path_of(steps), shown(value)) for steps, value in leaves(records[0])] if records else []


def mapping_guessed(resource: str, records: list[Any]) -> dict[str, Any]:
    """A mapping proposed from the first records, as JSON."""
    stages = stage_words() if resource == "opportunities" else {}
    return mapping_json(mapping_guess(resource, records[:_SAMPLED], stages=stages))


def sample_outcome(request: PageRequest, resource: str, source: str) -> HttpResponse:
    """What would come of the posted sample under the posted fields; nothing is written."""
    form, about = MappingForm(resource, {}, request.POST), SampleForm(request.POST)
    outcomes: list[Outcome] = []
    if form.is_valid() and about.is_valid() and about.cleaned_data["sample"].strip():
        try:
            outcomes = sample_try(
                resource=resource,
                source=source,
                mapping=form.told(),
                records_path=about.cleaned_data["records_path"].strip(),
                text=about.cleaned_data["sample"],
            )
        except Invalid as error:
            mapping_refuse(form, about, error)
    problems = [
        f"{field.label}: {message}" for each in (about, form) for field in each for message in field.errors
    ]
    problems += [str(message) for message in form.non_field_errors()]
    context = {"outcomes": [_shown(each) for each in outcomes], "problems": problems}
    return render(request, "crm/_mapping_outcome.html", context)


def mapping_refuse(form: MappingForm, about: SampleForm, error: Invalid) -> None:
    """Put an error at its field, on whichever of the two forms it is."""
    of_sample = [each for each in error.errors if each.field in about.fields]
    for each in of_sample:
        about.add_error(each.field, told(str(each.message), each.params))
    if not of_sample:
        form.refuse(error)


def _shown(outcome: Outcome) -> dict[str, Any]:
    values = [(field_label(name), value) for name, value in outcome.values.items() if value not in (None, "")]
    problems = [problem_told(error) for error in outcome.errors]
    return {"key": outcome.key, "status": outcome.status, "values": values, "problems": problems}


def shown(value: Any) -> str:
    """A single value as JSON writes it, texts without their quotes."""
    words = {None: "null", True: "true", False: "false"}
    return words[value] if value is None or isinstance(value, bool) else str(value)[:200]


def sample_records(sample: str, path: str) -> tuple[list[Any], str]:
    """The records of a sample, and why there are none."""
    if not sample.strip():
        return [], ""
    try:
        return records_in(json_read(sample), path.strip()), ""
    except Refused as refused:
        return [], told(refused.message, refused.params)
