"""Pages of webhooks: endpoints, their tests and secrets, the log of what was sent, sending it again."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from common.errors import DomainError
from org.forms import HookDeliveryFilter, HookForm
from org.http import Column, PageRequest, form_errors, page_required, paginate
from org.models import DeliveryState, HookEndpoint, Role
from org.selectors import hook_deliveries, hook_endpoints
from org.services import (
    body_of,
    delivery_replay,
    endpoint_delete,
    endpoint_save,
    endpoint_secret_renew,
    endpoint_switch,
    endpoint_test,
    secret_of,
)

ENDPOINTS = (
    Column(gettext_lazy("Endpoint")),
    Column(gettext_lazy("Events")),
    Column(gettext_lazy("State")),
    Column(gettext_lazy("Waiting"), is_num=True),
    Column(gettext_lazy("Given up"), is_num=True),
    Column(gettext_lazy("Last try")),
)
MESSAGES = (
    Column(gettext_lazy("Event")),
    Column(gettext_lazy("Happened")),
    Column(gettext_lazy("State")),
    Column(gettext_lazy("Answer")),
    Column(gettext_lazy("Tries"), is_num=True),
    Column(gettext_lazy("Actions"), is_hidden=True),
)


@page_required(Role.ADMIN)
def hook_list(request: PageRequest) -> HttpResponse:
    """All endpoints and how they do."""
    page = paginate(request, hook_endpoints())
    return render(request, "org/hook_list.html", {"page": page, "columns": ENDPOINTS})


@page_required(Role.ADMIN)
def hook_create(request: PageRequest) -> HttpResponse:
    """A new endpoint; it is off until a test has arrived."""
    return _hook_form(request, None)


@page_required(Role.ADMIN)
def hook_edit(request: PageRequest, pk: int) -> HttpResponse:
    """Name, address and events of an endpoint."""
    return _hook_form(request, get_object_or_404(HookEndpoint, pk=pk))


def _hook_form(request: PageRequest, endpoint: HookEndpoint | None) -> HttpResponse:
    form = HookForm(request.POST or None, instance=endpoint)
    if request.method == "POST" and form.is_valid():
        try:
            saved = endpoint_save(endpoint=endpoint, actor=request.user, **form.cleaned_data)
        except DomainError as error:
            form_errors(form, error)
        else:
            messages.success(request, _("Saved."))
            return redirect("org:hook_detail", saved.pk)
    return render(request, "org/hook_edit.html", {"form": form, "endpoint": endpoint})


@never_cache
@page_required(Role.ADMIN)
def hook_detail(request: PageRequest, pk: int) -> HttpResponse:
    """An endpoint, its secret, and the log of what was sent to it."""
    endpoint = get_object_or_404(HookEndpoint, pk=pk)
    form = HookDeliveryFilter(request.GET)
    state = form.cleaned_data["state"] if form.is_valid() else ""
    context: dict[str, Any] = {"endpoint": endpoint, "form": form, "columns": MESSAGES}
    context["page"] = paginate(request, hook_deliveries(endpoint=endpoint, state=state), per_page=25)
    context["secret"] = secret_of(endpoint)
    return render(request, "org/hook_detail.html", context)


@require_POST
@page_required(Role.ADMIN)
def hook_test(request: PageRequest, pk: int) -> HttpResponse:
    """Send a test and say how it went."""
    delivery = endpoint_test(endpoint=get_object_or_404(HookEndpoint, pk=pk), actor=request.user)
    if delivery.state == DeliveryState.DONE:
        messages.success(request, _("The test has arrived."))
    else:
        text = _("The test did not arrive: %(problem)s")
        messages.error(request, text % {"problem": delivery.get_problem_display()})
    return redirect("org:hook_detail", pk)


@require_POST
@page_required(Role.ADMIN)
def hook_switch(request: PageRequest, pk: int) -> HttpResponse:
    """Turn an endpoint on, or off."""
    endpoint = get_object_or_404(HookEndpoint, pk=pk)
    is_active = request.POST.get("is_active") == "yes"
    endpoint_switch(endpoint=endpoint, is_active=is_active, actor=request.user)
    messages.success(request, _("The endpoint is on.") if is_active else _("The endpoint is off."))
    return redirect("org:hook_detail", pk)


@require_POST
@page_required(Role.ADMIN)
def hook_secret(request: PageRequest, pk: int) -> HttpResponse:
    """A new secret; the former one signs along for a day."""
    endpoint_secret_renew(endpoint=get_object_or_404(HookEndpoint, pk=pk), actor=request.user)
    messages.success(request, _("Here is the new secret; for a day the former one signs as well."))
    return redirect("org:hook_detail", pk)


@require_POST
@page_required(Role.ADMIN)
def hook_delete(request: PageRequest, pk: int) -> HttpResponse:
    """Delete an endpoint with its log."""
    endpoint_delete(endpoint=get_object_or_404(HookEndpoint, pk=pk), actor=request.user)
    messages.success(request, _("The endpoint is deleted."))
    return redirect("org:hook_list")


@page_required(Role.ADMIN)
def hook_message(request: PageRequest, pk: int) -> HttpResponse:
    """A message as it was sent, and what came back at the last try."""
    delivery = get_object_or_404(hook_deliveries(), pk=pk)
    return render(request, "org/hook_message.html", {"delivery": delivery, "body": body_of(delivery.event)})


@require_POST
@page_required(Role.ADMIN)
def hook_replay(request: PageRequest, pk: int) -> HttpResponse:
    """Send a message again."""
    delivery = get_object_or_404(hook_deliveries(), pk=pk)
    delivery_replay(delivery=delivery, actor=request.user)
    if delivery.endpoint.is_active:
        messages.success(request, _("The message goes out again within seconds."))
    else:
        messages.info(request, _("The message goes out again once the endpoint is on."))
    return redirect("org:hook_message", pk)
