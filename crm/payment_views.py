"""The pages of payments: the list beside the other lists, and a payment with who is credited for it."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _

from crm import policies, selectors
from crm.forms import PaymentPageFilter
from crm.selectors.payments import payment_get
from crm.selectors.payments import payment_list as payments_of
from crm.views import CREDITS, around, page_of
from org.http import Column, PageRequest, or_404, page_required, sort_asked, sortable
from org.selectors import company_get

PAYMENTS = (
    Column(_("Received"), "day"),
    Column(_("Amount"), "amount", is_num=True, hint=_("Sorted at the plan rate")),
    Column(_("Deal")),
    Column(_("Account")),
    Column(_("Owner")),
    Column(_("Changed"), "changed", hint=_("When the CRM last told something new")),
)


@page_required()
def payment_list(request: PageRequest) -> HttpResponse:
    """The payments in scope; the filters and the order stand in the address."""
    form = PaymentPageFilter(request.GET, scope=request.row_scope)
    order = sort_asked(request, PAYMENTS, "-day")
    found = payments_of(scope=request.row_scope, order=order)
    page = page_of(request, form.narrow(found) if form.is_valid() else found.none())
    rows, scope = page["rows"], request.row_scope
    deals = selectors.opportunities_visible({row.opportunity_id for row in rows} - {None}, scope=scope)
    accounts = selectors.accounts_visible({row.account_id for row in rows} - {None}, scope=scope)
    context = {"columns": sortable(request, PAYMENTS, order), "deals": deals, "accounts": accounts}
    return render(request, "crm/payment_list.html", around(request, form) | context | page)


@page_required()
def payment_detail(request: PageRequest, pk: int) -> HttpResponse:
    """A payment: what it paid for, and for whom it counts."""
    scope = request.row_scope
    payment = or_404(payment_get(pk, scope=scope))
    context = {
        "payment": payment,
        "plan_currency": company_get().currency,
        "credits": CREDITS,
        "may_work": policies.may_work(scope, payment.owner_id),
        "deals": selectors.opportunities_visible([payment.opportunity_id or 0], scope=scope),
        "accounts": selectors.accounts_visible([payment.account_id or 0], scope=scope),
    }
    return render(request, "crm/payment_detail.html", context)
