"""Doors of what sellers write: a visit logged, a note added, a next step taken."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST
from django_htmx.http import HttpResponseClientRefresh

from common.errors import Invalid
from crm import policies, selectors
from crm.http import wake_refresh
from crm.models import Account, FollowUp, Opportunity
from crm.services import follow_up_add, follow_up_done, visit_log
from crm.work_forms import FollowUpForm, VisitForm
from org.http import PageRequest, form_errors, or_404, page_required


@page_required()
def visit_new(request: PageRequest) -> HttpResponse:
    """Log a visit: in the sheet that the floating button opens, or as a page."""
    if not policies.may_log(request.row_scope):
        raise PermissionDenied
    form = _visit_form(request)
    if request.method == "POST" and form.is_valid():
        step, on = form.cleaned_data["next_step"], form.cleaned_data["next_step_on"]
        asker: dict[str, Any] = {"actor": request.user, "scope": request.row_scope}
        try:
            visit_log(visit=form.visit(), next_step=step, next_step_on=on, **asker)
        except Invalid as error:
            form_errors(form, error)
        else:
            return _logged(request)
    is_sheet = request.htmx  # type: ignore[attr-defined]
    template = "crm/_visit_form.html" if is_sheet else "crm/visit_new.html"
    return render(request, template, {"form": form}, status=422 if form.errors else 200)


def _visit_form(request: PageRequest) -> VisitForm:
    """The form with what is at hand; what the address names comes first and is chosen."""
    listed = selectors.visitable_list(scope=request.row_scope)
    posted = request.POST if request.method == "POST" else None
    asked = (request.GET if posted is None else posted).get("about", "")
    if asked:
        named = selectors.visitable_get(asked, scope=request.row_scope)
        if named is None:
            raise Http404
        first = selectors.Visitable.of(named)
        listed = [first, *(each for each in listed if each != first)]
    return VisitForm(posted, listed=listed, about=asked)


def _logged(request: PageRequest) -> HttpResponse:
    """Back where one was; the figures follow within seconds."""
    wake_refresh()
    messages.success(request, _("Logged. It counts within seconds."))
    if request.htmx:  # type: ignore[attr-defined]
        return HttpResponseClientRefresh()
    return redirect("crm:activity_list")


@require_POST
@page_required()
def deal_follow_up(request: PageRequest, pk: int) -> HttpResponse:
    """Note something on a deal."""
    return _follow_up(request, or_404(selectors.opportunity_get(pk, scope=request.row_scope)))


@require_POST
@page_required()
def account_follow_up(request: PageRequest, pk: int) -> HttpResponse:
    """Note something on an account."""
    return _follow_up(request, or_404(selectors.account_get(pk, scope=request.row_scope)).account)


def _follow_up(request: PageRequest, record: Account | Opportunity) -> HttpResponse:
    form = FollowUpForm(request.POST)
    if form.is_valid():
        try:
            follow_up_add(record=record, words=form.words(), actor=request.user, scope=request.row_scope)
        except Invalid as error:
            form_errors(form, error)
        else:
            messages.success(request, _("Noted."))
            return HttpResponseRedirect(f"{_page_of(record)}#follow-up")
    context = {"form": form, "record": record, "back": _page_of(record)}
    return render(request, "crm/follow_up.html", context, status=422)


@require_POST
@page_required()
def follow_up_take(request: PageRequest, pk: int) -> HttpResponse:
    """Say that a next step was taken."""
    note: FollowUp = follow_up_done(pk=pk, actor=request.user, scope=request.row_scope)
    messages.success(request, _("Done."))
    record = note.opportunity or note.account
    return HttpResponseRedirect(f"{_page_of(record)}#follow-up")


def _page_of(record: Account | Opportunity | None) -> str:
    route = "crm:opportunity_detail" if isinstance(record, Opportunity) else "crm:account_detail"
    return reverse(route, args=[record.pk if record else 0])


def follow_up_context(request: HttpRequest, record: Account | Opportunity) -> dict[str, Any]:
    """What the card of notes on a deal's or an account's page needs; one query, two for who may write."""
    scope = request.row_scope  # type: ignore[attr-defined]
    route = "crm:deal_follow_up" if isinstance(record, Opportunity) else "crm:account_follow_up"
    about = selectors.Visitable.of(record).key
    return {
        "follow_ups": selectors.follow_ups_of(record),
        "follow_up_form": FollowUpForm(auto_id="follow_%s"),
        "follow_up_url": reverse(route, args=[record.pk]),
        "may_work": policies.may_work(scope, record.owner_id),
        "visit_url": f"{reverse('crm:visit_new')}?about={about}" if policies.may_log(scope) else "",
        "today": scope.on,
        "me": scope.person_id,
    }
