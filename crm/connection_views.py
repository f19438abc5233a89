"""Pages of connections, for administrators: how they do; run, paused, read anew, deleted."""

from __future__ import annotations

from typing import Any, cast

from django import forms
from django.contrib import messages
from django.http import HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_POST
from django_htmx.http import HttpResponseClientRefresh

from common.tables import rows_as_csv
from crm.connection_forms import FORMS
from crm.connection_words import counts_words, kind_name, refused_reasons, resource_name, run_error
from crm.http import wake_connection
from crm.models import Connection
from crm.selectors import connections as selectors
from crm.services import connectors
from crm.services.connectors import RESOURCES
from org.http import Column, PageRequest, or_404, page_required, paginate
from org.models import Role

LIST = (
    Column(gettext_lazy("Connection")),
    Column(gettext_lazy("State")),
    Column(gettext_lazy("Last run")),
    Column(gettext_lazy("Records")),
    Column(gettext_lazy("Refused"), is_num=True),
    Column(
        gettext_lazy("Up to date as of"),
        hint=gettext_lazy("When the resource furthest behind was read to its end"),
    ),
    Column(gettext_lazy("Next run")),
)
STATES = (
    Column(gettext_lazy("What")),
    Column(gettext_lazy("Up to date as of")),
    Column(gettext_lazy("Refused"), is_num=True),
    Column(gettext_lazy("Actions"), is_hidden=True),
)
RUNS = (
    Column(gettext_lazy("When")),
    Column(gettext_lazy("State")),
    Column(gettext_lazy("Records")),
    Column(gettext_lazy("By")),
)
REFUSED = (
    Column(gettext_lazy("What")),
    Column(gettext_lazy("External id")),
    Column(gettext_lazy("Reason")),
    Column(gettext_lazy("Since")),
)
OPEN = ("waiting", "running")


@page_required(Role.ADMIN)
def connection_list(request: PageRequest) -> HttpResponse:
    """All connections and how they do."""
    page = paginate(request, selectors.connection_list())
    rows = [
        {"connection": each, "kind": kind_name(each.kind), "words": counts_words(each.last_counts)}  # type: ignore[attr-defined]
        for each in page
    ]
    context = {"page": page, "rows": rows, "columns": LIST}
    return render(request, "crm/connection_list.html", context)


@page_required(Role.ADMIN)
@require_GET
def connection_trouble(request: PageRequest) -> HttpResponse:
    """For administrators' home: the connections that fail again and again; nothing when all is well."""
    context = {"troubled": selectors.connections_in_trouble()}
    return render(request, "crm/_connection_trouble.html", context)


@page_required(Role.ADMIN)
@require_GET
def connection_detail(request: PageRequest, pk: int) -> HttpResponse:
    """A connection: how far each resource is, its runs, what is refused."""
    connection = or_404(selectors.connection_get(pk))
    page = paginate(request, selectors.connection_runs(connection), per_page=10)
    runs: list[dict[str, Any]] = [
        {"run": run, "words": counts_words(run.counts), "error": run_error(run)} for run in page
    ]
    refused = list(selectors.connection_refused(connection)[:20])
    last = runs[0]["run"] if runs and page.number == 1 else None
    context = {
        "connection": connection,
        "kind_name": kind_name(connection.kind),
        "page": page,
        "runs": runs,
        "run_columns": RUNS,
        "states": _states(connection),
        "state_columns": STATES,
        "refused": [_refused(row) for row in refused],
        "refused_columns": REFUSED,
        "is_working": last is not None and last.state in OPEN,
        "last_error": run_error(last) if last is not None else "",
        "has_form": connection.kind in FORMS,
    }
    return render(request, "crm/connection_detail.html", context)


def _states(connection: Connection) -> list[dict[str, Any]]:
    states = selectors.connection_states(connection)
    refused = selectors.connection_refused_counts(connection)
    return [
        {
            "resource": each,
            "name": resource_name(each),
            "state": states[each],
            "refused": refused.get(each, 0),
        }
        for each in RESOURCES
        if each in states
    ]


def _refused(row: Any) -> dict[str, Any]:
    return {"row": row, "name": resource_name(row.resource), "reasons": refused_reasons(row)}


@page_required(Role.ADMIN)
@require_GET
def connection_progress(request: PageRequest, pk: int) -> HttpResponse:
    """How far the run is; once it is over, the page is loaded anew."""
    connection = or_404(selectors.connection_get(pk))
    run = selectors.connection_runs(connection).first()
    if run is None or run.state not in OPEN:
        return HttpResponseClientRefresh()
    context = {"connection": connection, **_progress(run)}
    return render(request, "crm/_connection_progress.html", context)


def _progress(run: Any) -> dict[str, Any]:
    return {"run": run, "words": counts_words(run.counts), "resource": resource_name(run.resource)}


@page_required(Role.ADMIN)
@require_POST
def connection_switch(request: PageRequest, pk: int) -> HttpResponse:
    """Turn a connection on, or pause it."""
    connection = or_404(selectors.connection_get(pk))
    is_active = request.POST.get("is_active") == "yes"
    connectors.connection_switch(connection=connection, is_active=is_active, actor=request.user)
    messages.success(request, _("The connection is on.") if is_active else _("The connection is paused."))
    return redirect("crm:connection_detail", pk)


@page_required(Role.ADMIN)
@require_POST
def connection_run(request: PageRequest, pk: int) -> HttpResponse:
    """Run it now."""
    run = connectors.connection_run_request(
        connection=or_404(selectors.connection_get(pk)), actor=request.user
    )
    wake_connection(run.pk)
    return redirect("crm:connection_detail", pk)


class _ResourceForm(forms.Form):
    resource = forms.ChoiceField(choices=[(each, each) for each in RESOURCES])


@page_required(Role.ADMIN)
@require_POST
def connection_reset(request: PageRequest, pk: int) -> HttpResponse:
    """Let the next run read a resource from the beginning."""
    connection, resource = or_404(selectors.connection_get(pk)), _resource(request)
    connectors.connection_reset(connection=connection, resource=resource, actor=request.user)
    messages.success(request, _("The next run reads it from the beginning."))
    return redirect("crm:connection_detail", pk)


@page_required(Role.ADMIN)
@require_POST
def connection_missing(request: PageRequest, pk: int) -> HttpResponse:
    """Believe that so many records are gone."""
    connection, resource = or_404(selectors.connection_get(pk)), _resource(request)
    connectors.connection_missing_accept(connection=connection, resource=resource, actor=request.user)
    messages.success(request, _("The next run deletes them here."))
    return redirect("crm:connection_detail", pk)


def _resource(request: PageRequest) -> str:
    form = _ResourceForm(request.POST)
    return str(or_404(form.cleaned_data["resource"] if form.is_valid() else None))


@page_required(Role.ADMIN)
@require_POST
def connection_delete(request: PageRequest, pk: int) -> HttpResponse:
    """Delete a connection; its records stay."""
    connectors.connection_delete(connection=or_404(selectors.connection_get(pk)), actor=request.user)
    messages.success(request, _("The connection is deleted; the records that it has brought stay."))
    return redirect("crm:connection_list")


@page_required(Role.ADMIN)
@require_GET
def connection_refused(request: PageRequest, pk: int) -> HttpResponse:
    """All refused records with their reasons, as CSV."""
    connection = or_404(selectors.connection_get(pk))
    rows = (
        [resource_name(row.resource), row.external_id, refused_reasons(row), row.first_at.isoformat()]
        for row in selectors.connection_refused_all(connection)
    )
    chunks = rows_as_csv([_("What"), _("External id"), _("Reason"), _("Since")], rows)
    answer = StreamingHttpResponse(chunks, content_type="text/csv; charset=utf-8")
    disposition = content_disposition_header(as_attachment=True, filename=f"{connection.source}-refused.csv")
    answer.headers["Content-Disposition"] = disposition or "attachment"
    return cast("HttpResponse", answer)  # a stream is an answer to every caller, though not to the types
