"""Pages of this room: deals and accounts, where every figure's drill-down ends."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from crm import selectors
from crm.forms import AccountFilter, OpportunityPageFilter
from org.http import or_404, page_required
from org.selectors import company_get

PER_PAGE = 50


@page_required()
def opportunity_list(request: HttpRequest) -> HttpResponse:
    """The deals in scope; the filters stand in the address."""
    form = OpportunityPageFilter(request.GET)
    deals = selectors.opportunity_list(scope=request.row_scope)  # type: ignore[attr-defined]
    deals = form.narrow(deals) if form.is_valid() else deals.none()
    return render(request, "crm/opportunity_list.html", {"form": form, **_page(request, deals)})


@page_required()
def opportunity_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """A deal with its history, who is credited for it, and what was paid."""
    deal = or_404(selectors.opportunity_get(pk, scope=request.row_scope))  # type: ignore[attr-defined]
    context = {"deal": deal, "plan_currency": company_get().currency}
    return render(request, "crm/opportunity_detail.html", context)


@page_required()
def account_list(request: HttpRequest) -> HttpResponse:
    """The accounts in scope."""
    form = AccountFilter(request.GET)
    accounts = selectors.account_list(scope=request.row_scope)  # type: ignore[attr-defined]
    accounts = form.narrow(accounts) if form.is_valid() else accounts.none()
    return render(request, "crm/account_list.html", {"form": form, **_page(request, accounts)})


@page_required()
def account_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """An account with the deals of it that are in scope."""
    page = or_404(selectors.account_get(pk, scope=request.row_scope))  # type: ignore[attr-defined]
    deals = selectors.opportunity_list(scope=request.row_scope)  # type: ignore[attr-defined]
    context = {"page": page, "plan_currency": company_get().currency}
    return render(
        request, "crm/account_detail.html", context | _page(request, deals.filter(account=page.account))
    )


def _page(request: HttpRequest, rows: QuerySet[Any]) -> dict[str, Any]:
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
