"""The lists of a REST source: where each kind of record is listed and where our fields stand in it."""

from __future__ import annotations

from typing import Any

import orjson
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_POST

from common.errors import DomainError, Invalid
from crm.calc.mapping import MAPPED, mapping_read
from crm.incoming_forms import SampleForm
from crm.mapping_forms import MappingForm
from crm.mapping_pages import mapping_guessed, mapping_refuse, sample_outcome, sample_places, sample_records
from crm.mapping_words import RESOURCES
from crm.models import Connection
from crm.rest_forms import RestListForm
from crm.selectors import connections as selectors
from crm.services import connectors
from crm.services.connectors.rest import RestConnector, resource_read
from org.http import Column, PageRequest, form_errors, or_404, page_required
from org.models import Role

LISTS = (
    Column(gettext_lazy("What")),
    Column(gettext_lazy("Path")),
    Column(gettext_lazy("Fields"), is_num=True),
    Column(gettext_lazy("Actions"), is_hidden=True),
)
MOST_SHOWN = 200_000


@page_required(Role.ADMIN)
@require_GET
def rest_lists(request: PageRequest, pk: int) -> HttpResponse:
    """Which kinds of records are read from the source."""
    connection = _connection(pk)
    told = connection.settings.get("resources", {})
    rows = [
        {
            "resource": name,
            "name": RESOURCES[name],
            "path": told.get(name, {}).get("path", ""),
            "fields": len(told.get(name, {}).get("mapping", {}).get("fields", {})),
        }
        for name in connectors.RESOURCES
        if name in MAPPED
    ]
    context = {"connection": connection, "rows": rows, "columns": LISTS}
    return render(request, "crm/rest_lists.html", context)


@page_required(Role.ADMIN)
def rest_list(request: PageRequest, pk: int, resource: str) -> HttpResponse:
    """One list: asked for a sample, its fields mapped beside it, saved, or no longer read."""
    connection = _connection(pk)
    or_404(resource if resource in MAPPED else None)
    told = connection.settings.get("resources", {}).get(resource, {})
    if request.method != "POST":
        about = SampleForm(initial={"records_path": told.get("records_path", "")})
        form = MappingForm(resource, told.get("mapping", {}))
        return _page(request, connection, resource, (RestListForm(told), about, form))
    if "remove" in request.POST:
        return _removed(request, connection, resource)
    listed, about = RestListForm(told, request.POST), SampleForm(request.POST)
    if "save" in request.POST:
        return _saved(request, connection, resource, listed, about)
    sample = request.POST.get("sample", "")
    if "ask" in request.POST and listed.is_valid():
        sample = _asked(connection, resource, listed) or sample
    path = request.POST.get("records_path", "")
    records, _problem = sample_records(sample, path)
    mapping = mapping_guessed(resource, records) if records else told.get("mapping", {})
    about = SampleForm(initial={"sample": sample, "records_path": path})
    return _page(request, connection, resource, (listed, about, MappingForm(resource, mapping)))


@page_required(Role.ADMIN)
@require_POST
def rest_try(request: PageRequest, pk: int, resource: str) -> HttpResponse:
    """What would come of the sample; nothing is written."""
    connection = _connection(pk)
    or_404(resource if resource in MAPPED else None)
    return sample_outcome(request, resource, connection.source)


def _connection(pk: int) -> Connection:
    connection = or_404(selectors.connection_get(pk))
    return or_404(connection if connection.kind == "rest" else None)


def _asked(connection: Connection, resource: str, listed: RestListForm) -> str:
    """The first page of the source as text; what stands against it is said at the form."""
    try:
        asked = resource_read(resource, listed.told(), with_mapping=False)
        connector = connectors.connector_of(connection, sleep=lambda _seconds: None)
        assert isinstance(connector, RestConnector)
        value = connector.first(asked).value
    except DomainError as error:
        form_errors(listed, error)
        return ""
    return orjson.dumps(value, option=orjson.OPT_INDENT_2).decode()[:MOST_SHOWN]


def _saved(
    request: PageRequest, connection: Connection, resource: str, listed: RestListForm, about: SampleForm
) -> HttpResponse:
    form = MappingForm(resource, {}, request.POST)
    if listed.is_valid() and about.is_valid() and form.is_valid():
        told = listed.told() | {"records_path": about.cleaned_data["records_path"].strip()}
        try:
            resource_read(resource, told, with_mapping=False)
            mapping_read(resource, form.told())
        except Invalid as error:
            at_list = any(each.field in listed.fields for each in error.errors)
            form_errors(listed, error) if at_list else mapping_refuse(form, about, error)
        else:
            _kept(request, connection, {resource: told | {"mapping": form.told()}})
            messages.success(request, _("Saved. Turn the connection on, or run it now."))
            return redirect("crm:rest_lists", connection.pk)
    return _page(request, connection, resource, (listed, about, form))


def _removed(request: PageRequest, connection: Connection, resource: str) -> HttpResponse:
    _kept(request, connection, {resource: None})
    messages.success(request, _("It is no longer read; the records that came stay."))
    return redirect("crm:rest_lists", connection.pk)


def _kept(request: PageRequest, connection: Connection, lists: dict[str, Any]) -> None:
    """Store lists beside the others; those that are None go."""
    kept = {**connection.settings.get("resources", {}), **lists}
    kept = {name: each for name, each in kept.items() if each is not None}
    connectors.connection_save(
        connection=connection,
        values={"settings": connection.settings | {"resources": kept}},
        actor=request.user,
    )


def _page(
    request: PageRequest,
    connection: Connection,
    resource: str,
    parts: tuple[RestListForm, SampleForm, MappingForm],
) -> HttpResponse:
    listed, about, form = parts
    sample, path = str(about["sample"].value() or ""), str(about["records_path"].value() or "")
    records, problem = sample_records(sample, path)
    context = {
        "connection": connection,
        "kind": RESOURCES[resource],
        "resource": resource,
        "listed": listed,
        "about": about,
        "form": form,
        "places": sample_places(records),
        "problem": problem,
        "is_kept": resource in connection.settings.get("resources", {}),
    }
    status = 422 if listed.errors or about.errors or form.errors else 200
    return render(request, "crm/rest_list.html", context, status=status)
