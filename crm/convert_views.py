"""The door where a lead becomes an account with a deal."""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext_lazy as _

from common.errors import Conflict, Invalid
from crm import policies, selectors
from crm.calc.keys import contact_keys
from crm.deal_forms import ConvertForm
from crm.entry_base import currency_choices
from crm.http import wake_refresh
from crm.models import Lead, LeadStatus
from crm.selectors.lookalikes import Lookalike, lookalikes
from crm.selectors.picks import pick_get
from crm.services.convert import Conversion, lead_convert
from org.http import PageRequest, form_errors, or_404, page_required
from org.selectors import company_get


@page_required()
def lead_conversion(request: PageRequest, pk: int) -> HttpResponse:
    """Convert a lead; an account in scope that looks like it is proposed, and asked about once."""
    lead = or_404(selectors.lead_get(pk, scope=request.row_scope))
    if not policies.may_work(request.row_scope, lead.owner_id):
        raise PermissionDenied
    if request.method != "POST" and lead.status == LeadStatus.CONVERTED:
        messages.info(request, _("This lead is converted already."))
        return redirect("crm:lead_detail", pk)
    known = _known(lead, request)
    form = _form(request, lead, known)
    alike: list[Lookalike] = []
    if form.is_valid():
        told = form.cleaned_data
        alike = [] if told["anyway"] or not told["new_name"] else _alike(form, lead, request)
        if not alike:
            try:
                deal = lead_convert(
                    pk=pk, conversion=_conversion(form), actor=request.user, scope=request.row_scope
                )
            except (Invalid, Conflict) as error:
                form_errors(form, error)
            else:
                wake_refresh()
                messages.success(request, _("Converted: here is the deal. It counts within seconds."))
                return redirect("crm:opportunity_detail", deal.pk)
    context = {"form": form, "lead": lead, "alike": alike, "without": f"lead-{lead.pk}"}
    return render(request, "crm/lead_convert.html", context, status=422 if form.errors or alike else 200)


def _form(request: PageRequest, lead: Lead, known: Any) -> ConvertForm:
    company = lead.company_name or lead.name
    initial: dict[str, Any] = {"key": uuid.uuid4(), "name": company, "currency": company_get().currency}
    initial |= {"account": known} if known else {"new_name": company, "new_phone": lead.phone}
    if not known:
        initial["new_website"] = lead.website
    posted = request.POST if request.method == "POST" else None
    currencies = currency_choices(initial["currency"])
    return ConvertForm(posted, scope=request.row_scope, initial=initial, currencies=currencies)


def _known(lead: Lead, request: PageRequest) -> Any | None:
    """The account that the lead names, else the one in scope that looks like it most."""
    if lead.account_id:
        return pick_get(("account",), f"account-{lead.account_id}", scope=request.row_scope)
    name = lead.company_name or lead.name
    found = lookalikes(contact_keys(name, lead.phone, lead.website, lead.email), scope=request.row_scope)
    key = next((each.key for each in found if each.is_account), "")
    return pick_get(("account",), key, scope=request.row_scope)


def _alike(form: ConvertForm, lead: Lead, request: PageRequest) -> list[Lookalike]:
    found = lookalikes(form.keys(), scope=request.row_scope, without=f"lead-{lead.pk}")
    return [each for each in found if each.is_account]


def _conversion(form: ConvertForm) -> Conversion:
    told = form.cleaned_data
    return Conversion(
        key=str(told["key"]), deal=form.deal(), account=told["account"], new_account=form.new_account()
    )
