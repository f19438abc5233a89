"""Doors where people enter, change and delete records; what is typed is never lost."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from common.errors import Conflict, Invalid
from common.money import money_text
from crm import policies
from crm.deal_forms import DealForm
from crm.entry_base import EntryForm
from crm.entry_forms import AccountForm, ActivityForm, LeadForm, PaymentForm
from crm.http import wake_refresh
from crm.models import Account, Activity, Lead, Opportunity, Payment
from crm.selectors.lookalikes import lookalikes
from crm.selectors.picks import pick_get
from crm.services.entry import deal_enter, record_edit, record_enter, record_remove
from org.http import PageRequest, form_errors, or_404, page_required


@dataclass(frozen=True)
class Kind:
    """What the pages of one kind of record are called and where they lie."""

    form: type[EntryForm]
    model: Any
    list_route: str
    list_label: Any
    new_label: Any
    detail_route: str = ""

    @property
    def resource(self) -> str:
        return self.form.resource

    def page_of(self, row: Any) -> str:
        """Where a record is shown; activities stand in their list."""
        return reverse(self.detail_route, args=[row.pk]) if self.detail_route else reverse(self.list_route)


KINDS = {
    kind.resource: kind
    for kind in (
        Kind(AccountForm, Account, "crm:account_list", _("Accounts"), _("New account"), "crm:account_detail"),
        Kind(LeadForm, Lead, "crm:lead_list", _("Leads"), _("New lead"), "crm:lead_detail"),
        Kind(
            DealForm, Opportunity, "crm:opportunity_list", _("Deals"), _("New deal"), "crm:opportunity_detail"
        ),
        Kind(ActivityForm, Activity, "crm:activity_list", _("Activities"), _("New activity")),
        Kind(PaymentForm, Payment, "crm:payment_list", _("Payments"), _("New payment"), "crm:payment_detail"),
    )
}
# What the address of a new record may name beforehand, and in which of its fields it stands.
_NAMED = {
    "opportunities": {"account": ("account", "account")},
    "activities": {"about": ("about", "account deal lead")},
    "payments": {"deal": ("opportunity", "deal"), "account": ("account", "account")},
}


@page_required()
def record_new(request: PageRequest, resource: str) -> HttpResponse:
    """Enter a record; one that looks like another is asked about once."""
    if not policies.may_enter(request.row_scope):
        raise PermissionDenied
    kind = KINDS[resource]
    posted = request.POST if request.method == "POST" else None
    form = kind.form(posted, scope=request.row_scope, initial=_named(request, resource))
    alike = _alike(form) if form.is_valid() else []
    if form.is_valid() and not alike:
        try:
            made = _entered(form, request)
        except Invalid as error:
            form_errors(form, error)
        else:
            wake_refresh()
            messages.success(request, _("Saved. It counts within seconds."))
            return redirect(_back(request) or kind.page_of(made))
    return _page(request, kind, form, alike=alike)


@page_required()
def record_change(request: PageRequest, pk: int, resource: str) -> HttpResponse:
    """Change a record; what somebody else changed meanwhile is shown before it is written over."""
    kind = KINDS[resource]
    row = or_404(_row(kind, pk, request))
    if not policies.may_work(request.row_scope, row.owner_id):
        raise PermissionDenied
    posted = request.POST if request.method == "POST" else None
    form = kind.form(posted, scope=request.row_scope, row=row)
    meanwhile = form.meanwhile() if posted is not None else []
    alike = _alike(form) if not meanwhile and form.is_valid() else []
    if meanwhile:
        form.see_again()
    elif form.is_valid() and not alike:
        try:
            record_edit(
                resource=resource,
                pk=pk,
                changes=form.changes(),
                seen=row.updated_at,
                actor=request.user,
                scope=request.row_scope,
            )
        except (Invalid, Conflict) as error:
            form_errors(form, error)
        else:
            wake_refresh()
            messages.success(request, _("Saved. It counts within seconds."))
            return redirect(_back(request) or kind.page_of(row))
    return _page(request, kind, form, alike=alike, meanwhile=meanwhile)


@require_POST
@page_required()
def record_delete(request: PageRequest, pk: int, resource: str) -> HttpResponse:
    """Delete a record after the question; back to its list."""
    kind = KINDS[resource]
    record_remove(resource=resource, pk=pk, actor=request.user, scope=request.row_scope)
    wake_refresh()
    messages.success(request, _("Deleted."))
    return redirect(kind.list_route)


def _row(kind: Kind, pk: int, request: PageRequest) -> Any | None:
    """The record in scope with what its form shows; one query, and one for a deal's lines."""
    joined = [field.name for field in kind.model._meta.concrete_fields if field.is_relation]
    rows = kind.model.objects.filter(pk=pk, deleted_at=None).select_related(*joined)
    return request.row_scope.restrict(rows, "owner").first()


def _named(request: PageRequest, resource: str) -> dict[str, Any]:
    """What the address names, where it is in scope; 404 where it isn't."""
    found = {}
    for asked, (field, kinds) in _NAMED.get(resource, {}).items():
        key = request.GET.get(asked, "")
        if key:
            full = key if "-" in key else f"{kinds.split()[0]}-{key}"
            found[field] = or_404(pick_get(tuple(kinds.split()), full, scope=request.row_scope))
    return found


def _alike(form: Any) -> list[Any]:
    """The customers in scope that this one may be; none if it is saved anyway, or is no customer."""
    keys: Callable[[], dict[str, str]] | None = getattr(form, "keys", None)
    if keys is None or form.cleaned_data.get("anyway") or not form.changes_a_key():
        return []
    return lookalikes(keys(), scope=form.scope, without="" if form.row is None else _alike_key(form))


def _alike_key(form: Any) -> str:
    """What the record in the form is called among those that look like it."""
    return f"{'account' if form.resource == 'accounts' else 'lead'}-{form.row.pk}"


def _entered(form: Any, request: PageRequest) -> Any:
    asker: dict[str, Any] = {"actor": request.user, "scope": request.row_scope, "owner": form.new_owner()}
    key = str(form.cleaned_data["key"])
    if isinstance(form, DealForm):
        return deal_enter(key=key, fields=form.wired(), new_account=form.new_account(), **asker)
    return record_enter(resource=form.resource, key=key, fields=form.wired(), **asker)


def _title(row: Any) -> str:
    """What a record is called; a payment has no name but its amount."""
    if isinstance(row, Payment):
        return _("Payment of %(amount)s") % {"amount": money_text(row.amount_minor, row.currency)}
    return str(row)


def _delete_url(row: Any) -> str:
    return "" if row is None else reverse(f"crm:{row._meta.model_name}_delete", args=[row.pk])


def _splits(row: Any) -> list[str]:
    """Who has which part of a deal's credit, for people."""
    if not isinstance(row, Opportunity):
        return []
    listed = row.splits.select_related("person")
    return [f"{split.person.name} {split.share_bp / 100:g} %" for split in listed]


def _back(request: HttpRequest) -> str:
    """The page of ours that the address asks to come back to."""
    asked = request.GET.get("next", "")
    is_ours = asked.startswith("/") and url_has_allowed_host_and_scheme(asked, None)
    return asked if is_ours else ""


def _page(request: PageRequest, kind: Kind, form: Any, **told: Any) -> HttpResponse:
    row, scope = form.row, request.row_scope
    form.focus()
    context = {
        "form": form,
        "kind": kind,
        "row": row,
        "title": str(kind.new_label) if row is None else _title(row),
        "list_url": reverse(kind.list_route),
        "cancel_url": _back(request) or (kind.page_of(row) if row is not None else reverse(kind.list_route)),
        "may_remove": row is not None and policies.may_remove(scope, row.owner_id, row.source),
        "is_customer": form.resource in ("accounts", "leads"),
        "delete_url": _delete_url(row),
        "without": "" if row is None else _alike_key(form),
        "splits": _splits(row),
        **told,
    }
    refused = bool(form.errors or told.get("alike") or told.get("meanwhile"))
    if isinstance(form, DealForm):
        refused = refused or (form.is_bound and not form.lines.is_valid())
    return render(request, "crm/entry.html", context, status=422 if refused else 200)
