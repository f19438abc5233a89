"""Pages of incoming webhooks: endpoints, their secrets, the log of what was pushed, trying it again."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from common.errors import DomainError
from crm.http import wake_incoming
from crm.import_words import told
from crm.incoming_forms import IncomingFilter, IncomingForm
from crm.mapping_words import RESOURCES, problem_told
from crm.models import IncomingAuth, IncomingEndpoint
from crm.selectors import incoming as selectors
from crm.services import incoming as services
from org.http import Column, PageRequest, form_errors, or_404, page_required, paginate
from org.models import Role

ENDPOINTS = (
    Column(gettext_lazy("Endpoint")),
    Column(gettext_lazy("What is pushed")),
    Column(gettext_lazy("State")),
    Column(gettext_lazy("Waiting"), is_num=True),
    Column(gettext_lazy("Refused"), is_num=True),
    Column(gettext_lazy("Last message")),
)
MESSAGES = (
    Column(gettext_lazy("Message")),
    Column(gettext_lazy("State")),
    Column(gettext_lazy("Records")),
    Column(gettext_lazy("Actions"), is_hidden=True),
)
RECORDS = (
    Column(gettext_lazy("Number")),
    Column(gettext_lazy("State")),
    Column(gettext_lazy("Reason")),
)


@page_required(Role.ADMIN)
def incoming_list(request: PageRequest) -> HttpResponse:
    """All endpoints and what waits or was refused."""
    page = paginate(request, selectors.incoming_endpoints())
    rows = [{"endpoint": each, "kind": RESOURCES[each.resource]} for each in page]
    return render(request, "crm/incoming_list.html", {"page": page, "rows": rows, "columns": ENDPOINTS})


@page_required(Role.ADMIN)
def incoming_create(request: PageRequest) -> HttpResponse:
    """A new endpoint; its fields come next."""
    return _form(request, None)


@page_required(Role.ADMIN)
def incoming_edit(request: PageRequest, pk: int) -> HttpResponse:
    """What an endpoint takes, and how its sender proves itself."""
    return _form(request, or_404(selectors.incoming_endpoint(pk)))


def _form(request: PageRequest, endpoint: IncomingEndpoint | None) -> HttpResponse:
    form = IncomingForm(endpoint, request.POST or None)
    if request.method == "POST" and form.is_valid():
        kept = {"records_path": endpoint.records_path if endpoint else ""}
        try:
            saved = services.incoming_save(
                endpoint=endpoint, values=form.cleaned_data | kept, actor=request.user
            )
        except DomainError as error:
            form_errors(form, error)
        else:
            messages.success(request, _("Saved."))
            return redirect("crm:incoming_detail", saved.pk)
    return render(request, "crm/incoming_edit.html", {"form": form, "endpoint": endpoint})


@never_cache
@page_required(Role.ADMIN)
def incoming_detail(request: PageRequest, pk: int) -> HttpResponse:
    """An endpoint: its address and secret, and the log of what was pushed."""
    endpoint = or_404(selectors.incoming_endpoint(pk))
    form = IncomingFilter(request.GET)
    state = form.cleaned_data["state"] if form.is_valid() else ""
    page = paginate(request, selectors.incoming_messages(endpoint=endpoint, state=state), per_page=25)
    context: dict[str, Any] = {"endpoint": endpoint, "form": form, "columns": MESSAGES, "page": page}
    context["secret"] = services.secret_of(endpoint)
    context["address"] = _address(endpoint, context["secret"])
    context["kind"] = RESOURCES[endpoint.resource]
    return render(request, "crm/incoming_detail.html", context)


def _address(endpoint: IncomingEndpoint, secret: str) -> str:
    """Where the sender pushes to; the secret stands in it only if it has to."""
    address = f"{settings.SITE_URL}/api/v1/hooks/in/{endpoint.public_id}"
    return f"{address}/{secret}" if endpoint.auth == IncomingAuth.ADDRESS else address


@require_POST
@page_required(Role.ADMIN)
def incoming_turn(request: PageRequest, pk: int) -> HttpResponse:
    """Turn an endpoint on, or off."""
    endpoint = or_404(selectors.incoming_endpoint(pk))
    is_active = request.POST.get("is_active") == "yes"
    services.incoming_switch(endpoint=endpoint, is_active=is_active, actor=request.user)
    messages.success(request, _("The endpoint is on.") if is_active else _("The endpoint is off."))
    wake_incoming()
    return redirect("crm:incoming_detail", pk)


@require_POST
@page_required(Role.ADMIN)
def incoming_secret(request: PageRequest, pk: int) -> HttpResponse:
    """A new secret; the former one is believed for a day."""
    endpoint = or_404(selectors.incoming_endpoint(pk))
    services.incoming_secret_renew(endpoint=endpoint, actor=request.user)
    messages.success(request, _("Here is the new secret; for a day the former one is believed as well."))
    return redirect("crm:incoming_detail", pk)


@require_POST
@page_required(Role.ADMIN)
def incoming_remove(request: PageRequest, pk: int) -> HttpResponse:
    """Delete an endpoint with its log."""
    endpoint = or_404(selectors.incoming_endpoint(pk))
    services.incoming_delete(endpoint=endpoint, actor=request.user)
    messages.success(request, _("The endpoint is deleted; the records it brought stay."))
    return redirect("crm:incoming_list")


@page_required(Role.ADMIN)
def incoming_message(request: PageRequest, pk: int) -> HttpResponse:
    """A message as it came, and what became of each of its records."""
    message = or_404(selectors.incoming_message(pk))
    page = paginate(request, selectors.incoming_records(message), per_page=100)
    rows = [{"row": row, "problems": [problem_told(each) for each in row.errors]} for row in page]
    context = {"message": message, "page": page, "rows": rows, "columns": RECORDS}
    context["problem"] = told(message.problem, message.problem_params)
    return render(request, "crm/incoming_message.html", context)


@require_POST
@page_required(Role.ADMIN)
def incoming_retry(request: PageRequest, pk: int) -> HttpResponse:
    """Apply a message anew."""
    message = or_404(selectors.incoming_message(pk))
    services.message_retry(message=message, actor=request.user)
    wake_incoming()
    messages.success(request, _("The message is tried again within seconds."))
    return redirect("crm:incoming_message", pk)


@require_POST
@page_required(Role.ADMIN)
def incoming_retry_all(request: PageRequest, pk: int) -> HttpResponse:
    """Apply all refused messages of an endpoint anew."""
    endpoint = or_404(selectors.incoming_endpoint(pk))
    count = services.refused_retry(endpoint=endpoint, actor=request.user)
    wake_incoming()
    text = ngettext("%(count)s message is tried again.", "%(count)s messages are tried again.", count)
    messages.success(request, text % {"count": count})
    return redirect("crm:incoming_detail", pk)
