"""The pages a seller works in beside deals and accounts: leads, activities, an account's timeline."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from crm import policies, selectors
from crm.forms import ActivityPageFilter, LeadPageFilter
from crm.merge_views import merge_context, merged_redirect
from crm.models import Account
from crm.selectors.timeline import MOST_PAGES
from crm.views import around, page_of
from org.http import Column, PageRequest, opens_as_saved, or_404, page_required, sort_asked, sortable

LEADS = (
    Column(_("Lead"), "name"),
    Column(_("Status")),
    Column(_("Priority")),
    Column(_("Owner")),
    Column(_("Source channel")),
    Column(_("Created"), "created"),
    Column(_("Changed"), "changed", hint=_("When the CRM last told something new")),
)
ACTIVITIES = (
    Column(_("When"), "day"),
    Column(_("Kind")),
    Column(_("With whom")),
    Column(_("Note")),
    Column(_("Owner")),
)


@page_required()
@opens_as_saved
def lead_list(request: PageRequest) -> HttpResponse:
    """The leads in scope; the filters and the order stand in the address."""
    form = LeadPageFilter(request.GET, scope=request.row_scope)
    order = sort_asked(request, LEADS, "-changed")
    leads = selectors.lead_list(scope=request.row_scope, order=order)
    leads = form.narrow(leads) if form.is_valid() else leads.none()
    context = around(request, form) | {"columns": sortable(request, LEADS, order)}
    return render(request, "crm/lead_list.html", context | page_of(request, leads))


@page_required()
def lead_detail(request: PageRequest, pk: int) -> HttpResponse:
    """A lead and what was done about it."""
    lead = selectors.lead_get(pk, scope=request.row_scope)
    if lead is None:
        return merged_redirect(request, "leads", pk)
    known = [lead.account_id] if lead.account_id else []
    opens = selectors.accounts_visible(known, scope=request.row_scope)
    context = {"lead": lead, "account_opens": bool(opens)} | merge_context(request, "leads", lead)
    context["may_work"] = policies.may_work(request.row_scope, lead.owner_id)
    return render(request, "crm/lead_detail.html", context)


@page_required()
@opens_as_saved
def activity_list(request: PageRequest) -> HttpResponse:
    """The activities in scope; what they were about is a link where it may be opened."""
    form = ActivityPageFilter(request.GET, scope=request.row_scope)
    order = sort_asked(request, ACTIVITIES, "-day")
    found = selectors.activity_list(scope=request.row_scope, order=order)
    found = form.narrow(found) if form.is_valid() else found.none()
    page = page_of(request, found)
    rows, scope = page["rows"], request.row_scope
    deals = selectors.opportunities_visible({row.opportunity_id for row in rows} - {None}, scope=scope)
    accounts = selectors.accounts_visible({row.account_id for row in rows} - {None}, scope=scope)
    context = {"columns": sortable(request, ACTIVITIES, order), "deals": deals, "accounts": accounts}
    context["workable"] = policies.workable(scope, {row.owner_id for row in rows})
    return render(request, "crm/activity_list.html", around(request, form) | context | page)


@page_required()
def account_timeline(request: PageRequest, pk: int) -> HttpResponse:
    """What happened with an account, page by page; as a fragment for the list that asks for more."""
    account = or_404(selectors.account_get(pk, scope=request.row_scope)).account
    asked = request.GET.get("page", "")
    number = min(max(int(asked), 1), MOST_PAGES) if asked.isascii() and asked.isdigit() else 1
    context = {"account": account} | timeline_context(request, account, number)
    is_fragment = request.htmx  # type: ignore[attr-defined]
    return render(request, "crm/_timeline.html" if is_fragment else "crm/account_timeline.html", context)


def timeline_context(request: PageRequest, account: Account, number: int = 1) -> dict[str, Any]:
    """A page of an account's moments and the address of the page before it."""
    moments, has_more = selectors.account_timeline(account, scope=request.row_scope, page=number)
    address = reverse("crm:account_timeline", args=[account.pk])
    return {"moments": moments, "earlier": f"{address}?page={number + 1}" if has_more else ""}
