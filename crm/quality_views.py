"""The page of data quality: every check with what it found, and a list of the records for each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _

from crm.forms import QualityForm
from crm.policies import CHECKERS, workable
from crm.quality_words import WORDS, Words, numbers_of, share_text
from crm.selectors import quality as selectors
from crm.selectors.links import accounts_visible, opportunities_visible
from crm.selectors.quality import ACCOUNT_CHECKS, DEAL_CHECKS, PAYMENT_CHECKS, Tally
from crm.selectors.quality_rules import QualityBasis
from crm.views import ACCOUNTS, page_of
from crm.work_views import LEADS
from org.http import Column, PageRequest, page_required, sort_asked, sortable
from org.scope import Scope

DEALS = (
    Column(_("Deal")),
    Column(_("Amount"), "amount", is_num=True, hint=_("Sorted at the plan rate")),
    Column(_("Stage")),
    Column(_("Opened")),
    Column(_("Expected")),
    Column(_("Closed")),
    Column(_("Owner")),
    Column(_("Changed"), "changed", hint=_("When the CRM last told something new")),
)
PAYMENTS = (
    Column(_("Payment")),
    Column(_("Received")),
    Column(_("Amount"), is_num=True),
    Column(_("Account")),
    Column(_("Owner")),
)


@dataclass(frozen=True)
class CheckShown:
    """A check as the page shows it, its numbers filled in."""

    slug: str
    words: Words
    tally: Tally
    what: str
    effect: str


@page_required(*CHECKERS)
def quality(request: PageRequest) -> HttpResponse:
    """All checks: first those that found something, then those in order."""
    form = QualityForm(request.GET)
    basis = selectors.quality_basis(scope=request.row_scope, **form.days())
    found = selectors.quality_get(basis, scope=request.row_scope)
    checks = [_shown(slug, tally, found.whole, basis) for slug, tally in found.tallies.items()]
    context = {
        "form": form,
        "findings": [check for check in checks if check.tally.count],
        "sound": [check for check in checks if not check.tally.count],
        "quality": found,
        "doubtful_share": share_text(found.doubtful.won_minor, found.whole.won_minor),
        "currency": basis.currency,
        "query": form.query(),
    }
    return render(request, "crm/quality.html", context)


@page_required(*CHECKERS)
def quality_rows(request: PageRequest, check: str) -> HttpResponse:
    """The records that one check finds, page by page."""
    scope = request.row_scope
    if check not in selectors.quality_checks(scope=scope):
        raise Http404
    form = QualityForm(request.GET)
    basis = selectors.quality_basis(scope=scope, **form.days())
    columns, row_template, first = _list_of(check)
    order = sort_asked(request, columns, first)
    page = page_of(request, selectors.quality_rows(check, basis, scope=scope, order=order))
    context = {"check": _shown(check, Tally(), Tally(), basis), "query": form.query()}
    context |= {"columns": sortable(request, columns, order), "row_template": row_template}
    links: dict[str, Any] = _links(page["rows"] if check in PAYMENT_CHECKS else [], scope)
    if check in ACCOUNT_CHECKS:
        links["workable"] = workable(scope, {row.owner_id for row in page["rows"]})
    return render(request, "crm/quality_rows.html", context | page | links)


def _shown(slug: str, tally: Tally, whole: Tally, basis: QualityBasis) -> CheckShown:
    words, numbers = WORDS[slug], numbers_of(tally, whole, basis)
    return CheckShown(slug, words, tally, str(words.what) % numbers, str(words.effect) % numbers)


def _list_of(check: str) -> tuple[tuple[Column, ...], str, str]:
    """The columns of a check's list, the template of a row, and the order it opens in."""
    if check in DEAL_CHECKS:
        return DEALS, "crm/_quality_deal_row.html", "-amount"
    if check in PAYMENT_CHECKS:
        return PAYMENTS, "crm/_quality_payment_row.html", ""
    if check in ACCOUNT_CHECKS:
        return ACCOUNTS, "crm/_quality_account_row.html", ""
    return LEADS, "crm/_lead_row.html", "created"


def _links(rows: list[Any], scope: Scope) -> dict[str, set[int]]:
    """Which deals and accounts that payments name may be opened."""
    deals = {row.opportunity_id for row in rows} - {None}
    accounts = {row.account_id for row in rows} - {None}
    return {
        "deals": opportunities_visible(deals, scope=scope),
        "accounts": accounts_visible(accounts, scope=scope),
    }
