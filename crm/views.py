"""Pages of this room: deals and accounts, where every figure's drill-down ends."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _

from crm import policies, selectors
from crm.followup_views import follow_up_context
from crm.forms import AccountPageFilter, OpportunityPageFilter, PageFilter
from crm.merge_views import merge_context, merged_redirect
from crm.models import Stage
from crm.work_forms import MoveForm
from org.http import Column, PageRequest, opens_as_saved, or_404, page_required, sort_asked, sortable
from org.models import Person
from org.selectors import company_get

PER_PAGE = 50
DEALS = (
    Column(_("Deal")),
    Column(_("Amount"), "amount", is_num=True, hint=_("Sorted at the plan rate")),
    Column(_("Stage")),
    Column(_("Closed or expected"), "day"),
    Column(_("Owner")),
    Column(_("Product line")),
    Column(_("Region")),
    Column(_("Changed"), "changed", hint=_("When the CRM last told something new")),
)
ACCOUNTS = (
    Column(_("Account")),
    Column(_("Owner")),
    Column(_("Industry")),
    Column(_("Customer type")),
    Column(_("Region")),
)
HISTORY = (Column(_("Day")), Column(_("From")), Column(_("To")))
LINES = (
    Column(_("Product")),
    Column(_("Amount"), is_num=True),
    Column(_("Quantity"), is_num=True),
    Column(_("Product line")),
)
CREDITS = (Column(_("Person")), Column(_("Credit"), is_num=True), Column(_("Product line")))
PAYMENTS = (Column(_("Received")), Column(_("Amount"), is_num=True))


@page_required()
@opens_as_saved
def opportunity_list(request: PageRequest) -> HttpResponse:
    """The deals in scope; the filters and the order stand in the address."""
    form = OpportunityPageFilter(request.GET, scope=request.row_scope)
    order = sort_asked(request, DEALS, "-changed")
    deals = selectors.opportunity_list(scope=request.row_scope, order=order)
    deals = form.narrow(deals) if form.is_valid() else deals.none()
    context = around(request, form) | {"columns": sortable(request, DEALS, order)}
    context["may_check"] = policies.may_check(request.row_scope)
    return render(request, "crm/opportunity_list.html", context | page_of(request, deals))


@page_required()
def opportunity_detail(request: PageRequest, pk: int) -> HttpResponse:
    """A deal with its history, who is credited for it, and what was paid."""
    deal = or_404(selectors.opportunity_get(pk, scope=request.row_scope))
    known = [deal.account_id] if deal.account_id else []
    context = {
        "deal": deal,
        "plan_currency": company_get().currency,
        "account_opens": bool(selectors.accounts_visible(known, scope=request.row_scope)),
        "history": HISTORY,
        "lines": LINES,
        "credits": CREDITS,
        "payments": PAYMENTS,
        "opens": selectors.payments_visible(
            [each.pk for each in deal.payments.all()], scope=request.row_scope
        ),
    }
    context |= follow_up_context(request, deal)
    if context["may_work"]:
        context["stages"] = stages = list(Stage.objects.all())
        context["move_form"] = MoveForm(stages=stages, stage=deal.stage.code)
    return render(request, "crm/opportunity_detail.html", context)


@page_required()
@opens_as_saved
def account_list(request: PageRequest) -> HttpResponse:
    """The accounts in scope."""
    form = AccountPageFilter(request.GET, scope=request.row_scope)
    accounts = selectors.account_list(scope=request.row_scope)
    accounts = form.narrow(accounts) if form.is_valid() else accounts.none()
    context = around(request, form) | {"columns": ACCOUNTS}
    return render(request, "crm/account_list.html", context | page_of(request, accounts))


@page_required()
def account_detail(request: PageRequest, pk: int) -> HttpResponse:
    """An account with the deals of it that are in scope."""
    page = selectors.account_get(pk, scope=request.row_scope)
    if page is None:
        return merged_redirect(request, "accounts", pk)
    order = sort_asked(request, DEALS, "-changed")
    deals = selectors.opportunity_list(scope=request.row_scope, order=order).filter(account=page.account)
    context = {"page": page, "plan_currency": company_get().currency}
    context["columns"] = sortable(request, DEALS, order)
    context["may_enter"] = policies.may_enter(request.row_scope)
    context |= follow_up_context(request, page.account) | merge_context(request, "accounts", page.account)
    return render(request, "crm/account_detail.html", context | page_of(request, deals))


def around(request: PageRequest, form: PageFilter) -> dict[str, Any]:
    """What stands around a list: its filter, whose rows alone it shows, and who may bring in more."""
    owner: Person | None = form.cleaned_data.get("owner") if form.is_valid() else None
    return {
        "form": form,
        "owner": owner,
        "may_integrate": policies.may_integrate(request.row_scope),
        "may_enter": policies.may_enter(request.row_scope),
    }


def page_of(request: HttpRequest, rows: QuerySet[Any]) -> dict[str, Any]:
    """One page of rows and the addresses beside it; nothing is counted, so a long list costs no more."""
    text = request.GET.get("page", "1")
    number = min(max(int(text), 1), 10_000) if text.isascii() and text.isdigit() else 1
    start = (number - 1) * PER_PAGE
    found = list(rows[start : start + PER_PAGE + 1])
    return {
        "rows": found[:PER_PAGE],
        "number": number,
        "previous": _address(request, number - 1) if number > 1 else "",
        "next": _address(request, number + 1) if len(found) > PER_PAGE else "",
    }


def _address(request: HttpRequest, number: int) -> str:
    query = request.GET.copy()
    query["page"] = str(number)
    return f"?{query.urlencode()}"
