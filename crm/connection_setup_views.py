"""Setting up connections: the kind, its settings, what means what; tested before anything is read."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from common.errors import DomainError
from crm.connection_forms import FORMS, ConnectionForm, OdooMappingForm
from crm.connection_words import kind_name
from crm.models import Connection
from crm.selectors import connections as selectors
from crm.services import connectors
from crm.services.connectors import KINDS
from crm.services.connectors.odoo import odoo_choices
from crm.services.connectors.secrets import credentials_opened
from org.http import PageRequest, form_errors, or_404, page_required
from org.models import Role

_DETAIL = "crm:connection_detail"
# Where the setup of a kind goes on once the source has answered.
_AFTER = {"odoo": "crm:connection_mapping", "rest": "crm:rest_lists"}


@page_required(Role.ADMIN)
def connection_kinds(request: PageRequest) -> HttpResponse:
    """Which kind of system shall be connected."""
    return render(request, "crm/connection_kinds.html", {"kinds": [KINDS[code] for code in FORMS]})


@page_required(Role.ADMIN)
def connection_new(request: PageRequest, kind: str) -> HttpResponse:
    """A new connection; it is off until it has worked and somebody turns it on."""
    form_class = or_404(FORMS.get(kind))
    return _edit(request, form_class(request.POST or None), None, kind)


@page_required(Role.ADMIN)
def connection_edit(request: PageRequest, pk: int) -> HttpResponse:
    """The settings of a connection; keys are never shown."""
    connection = or_404(selectors.connection_get(pk))
    form_class = or_404(FORMS.get(connection.kind))
    form = form_class(request.POST or None, connection=connection)
    return _edit(request, form, connection, connection.kind)


def _edit(
    request: PageRequest, form: ConnectionForm, connection: Connection | None, kind: str
) -> HttpResponse:
    if request.method == "POST" and form.is_valid():
        try:
            saved = connectors.connection_save(
                connection=connection,
                values=form.values(kind),
                credentials=form.credentials(),
                actor=request.user,
            )
        except DomainError as error:
            form_errors(form, error)
        else:
            has_worked = _tested(request, saved)
            is_first = has_worked and connection is None
            return redirect(_AFTER.get(kind, _DETAIL) if is_first else _DETAIL, saved.pk)
    context = {"form": form, "connection": connection, "kind": kind, "kind_name": kind_name(kind)}
    status = 422 if form.errors else 200
    return render(request, "crm/connection_edit.html", context, status=status)


@page_required(Role.ADMIN)
@require_POST
def connection_try(request: PageRequest, kind: str) -> HttpResponse:
    """Try what stands in the form, before it is saved; who we would be connected as."""
    connection = _stored(request)
    form = or_404(FORMS.get(kind))(request.POST, connection=connection)
    context: dict[str, Any] = {}
    if form.is_valid():
        kept = credentials_opened(connection.credentials) if connection is not None else {}
        given = {name: value for name, value in form.credentials().items() if value}
        try:
            context["connected_as"] = connectors.connection_check(
                values={"source": "test", **form.values(kind)}, credentials=kept | given
            )
        except DomainError as error:
            context["problem"] = error.text(_)
    else:
        context["errors"] = [
            (form[name].label, errors) for name, errors in form.errors.items() if name in form.fields
        ]
    return render(request, "crm/_connection_try.html", context)


def _stored(request: PageRequest) -> Connection | None:
    """The connection whose form is tried, when it is one that exists."""
    raw = request.POST.get("connection", "")
    return or_404(selectors.connection_get(int(raw))) if raw.isdigit() else None


@page_required(Role.ADMIN)
def connection_mapping(request: PageRequest, pk: int) -> HttpResponse:
    """What the source's stages, teams and activities are here; read from the source just now."""
    connection = or_404(selectors.connection_get(pk))
    or_404(connection if connection.kind == "odoo" else None)
    try:
        choices = odoo_choices(connectors.connector_of(connection))
    except DomainError as error:
        messages.error(request, error.text(_))
        return redirect("crm:connection_detail", pk)
    form = OdooMappingForm(request.POST or None, connection=connection, choices=choices)
    if request.method == "POST" and form.is_valid():
        connectors.connection_save(
            connection=connection, values={"settings": form.settings()}, actor=request.user
        )
        messages.success(request, _("Saved. Turn the connection on, or run it now."))
        return redirect("crm:connection_detail", pk)
    return render(request, "crm/connection_mapping.html", {"form": form, "connection": connection})


@page_required(Role.ADMIN)
@require_POST
def connection_test(request: PageRequest, pk: int) -> HttpResponse:
    """Sign in with what is stored, and say as whom."""
    _tested(request, or_404(selectors.connection_get(pk)))
    return redirect("crm:connection_detail", pk)


def _tested(request: PageRequest, connection: Connection) -> bool:
    try:
        connected_as = connectors.connector_of(connection, sleep=lambda _seconds: None).check()
    except DomainError as error:
        messages.error(request, _("Not connected: %(problem)s") % {"problem": error.text(_)})
        return False
    connectors.connection_tested(connection=connection, connected_as=connected_as)
    messages.success(request, _("Connected as %(who)s.") % {"who": connected_as})
    return True
