"""Handing records over: a deal, a lead, a customer with what belongs to it, a person's whole book."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse

from common.errors import DomainError, NotAllowed
from crm import policies, selectors
from crm.calc.records import Records
from crm.handover_forms import KINDS, MOST_ROWS, HandoverForm
from crm.handover_words import handed_told, movement_told
from crm.http import wake_refresh
from crm.models import Account, Lead, Opportunity
from crm.selectors.handover import (
    Parcel,
    earliest_day,
    movement_of,
    parcel_of,
    parcels_of,
    receivers,
    together,
)
from crm.services import book_transfer, ownership_transfer
from org.http import PageRequest, form_errors, or_404, page_required
from org.models import Person
from org.selectors import company_get

Subject = Account | Lead | Opportunity | Person


@dataclass(frozen=True)
class _Asked:
    """What is handed over: the record or person, whose it is, the page it belongs to, what goes along."""

    subject: Subject
    giver: Person
    back: str
    kinds: tuple[str, ...] = ()

    @property
    def is_book(self) -> bool:
        return isinstance(self.subject, Person)

    def parcels(self, *, with_won: bool) -> list[Parcel]:
        if isinstance(self.subject, (Lead, Opportunity)):
            return [parcel_of(self.subject)]
        account = self.subject if isinstance(self.subject, Account) else None
        return parcels_of(self.giver.pk, with_won=with_won, account=account)


@page_required()
def hand_over_deal(request: PageRequest, pk: int) -> HttpResponse:
    """Hand a deal over."""
    deal = or_404(selectors.opportunity_get(pk, scope=request.row_scope))
    return _page(request, _Asked(deal, deal.owner, reverse("crm:opportunity_detail", args=[pk])))


@page_required()
def hand_over_lead(request: PageRequest, pk: int) -> HttpResponse:
    """Hand a lead over."""
    lead = or_404(selectors.lead_get(pk, scope=request.row_scope))
    return _page(request, _Asked(lead, lead.owner, reverse("crm:lead_detail", args=[pk])))


@page_required()
def hand_over_account(request: PageRequest, pk: int) -> HttpResponse:
    """Hand a customer over, with its owner's open deals, leads and next steps."""
    account = or_404(selectors.account_get(pk, scope=request.row_scope)).account
    back = reverse("crm:account_detail", args=[pk])
    return _page(request, _Asked(account, account.owner, back, tuple(KINDS)))


@page_required()
def hand_over_book(request: PageRequest, pk: int) -> HttpResponse:
    """Hand all that a person works on over, to one or several others."""
    people = request.row_scope.restrict(Person.objects.filter(is_placeholder=False))
    person = or_404(people.filter(pk=pk).first())
    return _page(request, _Asked(person, person, request.path, tuple(KINDS)))


def _page(request: PageRequest, asked: _Asked) -> HttpResponse:
    """The form with what it would do; applied only by its own button, after that was seen."""
    if not policies.may_hand_over(request.row_scope, {asked.giver.pk}):
        raise PermissionDenied
    posted = request.POST if request.method == "POST" else None
    form = HandoverForm(
        posted,
        people=receivers(scope=request.row_scope, giver=asked.giver.pk),
        today=request.row_scope.on,
        kinds=asked.kinds,
        is_book=asked.is_book,
    )
    is_sent = posted is not None and form.is_valid() and "apply" in posted
    parcels = form.narrowed(asked.parcels(with_won=form.with_won))
    if is_sent:
        try:
            return _applied(request, asked, form, parcels)
        except NotAllowed as error:
            raise PermissionDenied from error
        except DomainError as error:
            form_errors(form, error)
    context = _context(asked, form, parcels) | {"first_day": earliest_day(request.row_scope.on)}
    is_part = request.htmx and "apply" not in (posted or {})  # type: ignore[attr-defined]
    template = "crm/_handover_preview.html" if is_part else "crm/handover.html"
    is_wrong = posted is not None and "apply" in posted
    return render(request, template, context, status=422 if is_wrong else 200)


def _applied(request: PageRequest, asked: _Asked, form: HandoverForm, parcels: list[Parcel]) -> HttpResponse:
    asker: dict[str, Any] = {"terms": form.terms(), "actor": request.user, "scope": request.row_scope}
    if asked.is_book:
        parts: dict[Person, Records] = {}
        for parcel, to in form.divided(parcels):
            parts[to] = parts.get(to, Records()) | parcel.records
        done = book_transfer(person=asked.giver, parts=parts, **asker)
    else:
        [to] = form.receivers
        records = together(parcels)
        done = {to: ownership_transfer(records=records, to=to, subject=asked.subject, **asker)}
    wake_refresh()
    for to, records in done.items():
        messages.success(request, handed_told(records, to.name, form))
    return HttpResponseRedirect(asked.back)


def _context(asked: _Asked, form: HandoverForm, parcels: list[Parcel]) -> dict[str, Any]:
    """What the page tells before anything is done."""
    currency = company_get().currency
    moved = movement_of(together(parcels), form.day, giver=asked.giver.pk if asked.is_book else None)
    divided = form.divided(parcels) if asked.is_book else []
    sums: dict[Person, tuple[int, int]] = dict.fromkeys(form.receivers, (0, 0))
    for parcel, to in divided:
        count, minor = sums[to]
        sums[to] = count + 1, minor + parcel.open_minor
    return {
        "subject": asked.subject,
        "giver": asked.giver,
        "back": asked.back,
        "is_book": asked.is_book,
        "form": form,
        "has_parcels": bool(parcels),
        "told": movement_told(moved, currency),
        "moved": moved,
        "currency": currency,
        "receivers": form.receivers,
        "divided": divided[:MOST_ROWS] if len(form.receivers) > 1 else [],
        "sums": [(to, count, minor) for to, (count, minor) in sums.items()],
        "more": max(len(divided) - MOST_ROWS, 0),
        "is_ready": form.is_bound and form.is_valid(),
    }
