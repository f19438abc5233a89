"""What forms ask while one types: records to choose from, customers that look like the one being entered."""

from __future__ import annotations

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_POST

from crm import policies
from crm.entry_forms import keys_typed
from crm.pick_fields import KINDS
from crm.selectors.lookalikes import lookalikes
from crm.selectors.picks import pick_of, picks_find
from org.http import PageRequest, page_required


@page_required()
def pick(request: PageRequest, kind: str) -> HttpResponse:
    """The records in scope that hold the words typed into a field, as options of its list."""
    if kind not in KINDS:
        raise Http404
    if not policies.may_enter(request.row_scope):
        raise PermissionDenied
    field = request.GET.get("field", "")
    text = request.GET.get(f"{field}_text", "")[:100]
    found = [pick_of(row) for row in picks_find(KINDS[kind], text, scope=request.row_scope)]
    context = {"picks": found, "text": text.strip(), "offers_new": request.GET.get("new") == "1"}
    return render(request, "crm/_pick_options.html", context)


@require_POST
@page_required()
def alike(request: PageRequest) -> HttpResponse:
    """The customers in scope that look like what is typed; posted, so that no log holds a phone number."""
    if not policies.may_enter(request.row_scope):
        raise PermissionDenied
    prefix = request.POST.get("prefix", "")[:10]
    without = request.POST.get("without", "")[:30]
    found = lookalikes(keys_typed(request.POST, prefix), scope=request.row_scope, without=without)
    return render(request, "crm/_lookalikes.html", {"alike": found, "is_pick": bool(prefix)})
