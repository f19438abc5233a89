"""The board of deals, and moving a deal from stage to stage."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from common.errors import Invalid, gettext_noop
from crm import policies, selectors
from crm.http import wake_refresh
from crm.models import Stage
from crm.services import deal_stage_set
from crm.work_forms import MoveForm
from org.http import PageRequest, or_404, page_required
from org.selectors import company_get, person_get


@page_required()
def board(request: PageRequest) -> HttpResponse:
    """The deals in scope by stage; ``?owner=`` shows one person's."""
    scope, asked = request.row_scope, request.GET.get("owner", "")
    owner = or_404(person_get(int(asked), scope=scope)) if asked.isascii() and asked.isdigit() else None
    columns = selectors.deal_board(scope=scope, owner_id=owner.pk if owner else None)
    owners = {deal.owner_id for column in columns for deal in column.deals}
    context = {
        "columns": columns,
        "owner": owner,
        "back": "?" + urlencode({"back": "board"} | ({"owner": owner.pk} if owner else {})),
        "plan_currency": company_get().currency,
        "workable": policies.workable(scope, owners),
        "form": MoveForm(stages=[column.stage for column in columns]),
        "today": scope.on,
        "may_enter": policies.may_enter(scope),
    }
    return render(request, "crm/board.html", context)


@require_POST
@page_required()
def deal_move(request: PageRequest, pk: int) -> HttpResponse:
    """Move a deal; back to the page it was moved on, which says where it is."""
    form = MoveForm(request.POST, stages=Stage.objects.all())
    if not form.is_valid():
        # A deal out of scope is not found, whatever was sent about it.
        or_404(selectors.opportunity_get(pk, scope=request.row_scope))
        raise Invalid(gettext_noop("Choose a stage, and a day if you name one."))
    deal = deal_stage_set(pk=pk, actor=request.user, scope=request.row_scope, **form.cleaned_data)
    wake_refresh()
    told = {"deal": deal.name or deal.external_id, "stage": deal.stage.name}
    messages.success(request, _("“%(deal)s” is in “%(stage)s” now.") % told)
    if request.GET.get("back") != "board":
        return redirect("crm:opportunity_detail", pk)
    owner = request.GET.get("owner", "")
    return redirect(reverse("crm:board") + (f"?{urlencode({'owner': owner})}" if owner else ""))
