"""Pages of merging: look for the double, lay the records side by side, merge them, part them again."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from common.errors import DomainError, NotFound
from crm import policies
from crm.http import wake_refresh
from crm.merge_forms import MergeForm
from crm.merge_words import HANGING_LABELS, comparison
from crm.selectors import merging as selectors
from crm.services import Asked, merge_undo, records_merge
from crm.services.merging import KEPT
from org.http import PageRequest, form_errors, or_404, page_required
from org.selectors import company_get

SIDE_BY_SIDE, FOUND, EXACT = 8, 20, 50
DETAIL = {"accounts": "crm:account_detail", "leads": "crm:lead_detail"}
LIST = {"accounts": "crm:account_list", "leads": "crm:lead_list"}
MERGE = {"accounts": "crm:account_merge", "leads": "crm:lead_merge"}
MERGE_WITH = {"accounts": "crm:account_merge_with", "leads": "crm:lead_merge_with"}


@page_required()
def merge(request: PageRequest, resource: str) -> HttpResponse:
    """The records that the address names side by side; what was chosen becomes one."""
    rows = _side_by_side(request, resource)
    if len(rows) < 2:
        messages.info(request, _("Choose the record that it is the double of."))
        return redirect(MERGE_WITH[resource], rows[0].pk)
    placeholders = selectors.placeholders_get()
    posted = request.POST if request.method == "POST" else None
    form = MergeForm(posted, resource=resource, rows=rows, placeholders=placeholders)
    if form.is_bound and form.is_valid():
        try:
            made = records_merge(
                resource=resource, asked=form.asked(), actor=request.user, scope=request.row_scope
            )
        except NotFound:
            raise
        except DomainError as error:
            form_errors(form, error)
        else:
            return _merged(request, resource, made.survivor, len(rows))
    context = _shown(request, resource, rows, form)
    context["lines"] = comparison(resource, rows, form.chosen(), placeholders)
    return render(request, "crm/merge.html", context, status=422 if form.errors else 200)


def _side_by_side(request: PageRequest, resource: str) -> list[Any]:
    """The records named by ``id``, or the one named by ``like`` with those that look like it.

    404 for any that isn't to be seen, 403 for any that is somebody else's to work on; those that only look
    like it are left out instead.
    """
    scope = request.row_scope
    asked = (request.GET if request.method == "GET" else request.POST).getlist("id")
    like = request.GET.get("like", "")
    if like and not asked:
        row = or_404(_row(resource, like, request))
        rows = selectors.mergeable_like(resource, row, scope=scope, limit=SIDE_BY_SIDE)
        own = policies.workable(scope, {each.owner_id for each in rows})
        if row.owner_id not in own:
            raise PermissionDenied
        return [each for each in rows if each.owner_id in own]
    ids = {int(each) for each in asked if each.isascii() and each.isdigit() and len(each) < 16}
    rows = list(selectors.mergeable_list(resource, scope=scope).filter(pk__in=ids)[:SIDE_BY_SIDE])
    if not rows or len(rows) < min(len(ids), SIDE_BY_SIDE):
        raise Http404
    owners = {each.owner_id for each in rows}
    if policies.workable(scope, owners) < owners:
        raise PermissionDenied
    return rows


def _row(resource: str, pk: str, request: PageRequest) -> Any | None:
    if not (pk.isascii() and pk.isdigit() and len(pk) < 16):
        return None
    return selectors.mergeable_list(resource, scope=request.row_scope).filter(pk=int(pk)).first()


def _shown(request: PageRequest, resource: str, rows: list[Any], form: MergeForm) -> dict[str, Any]:
    ids, scope = [row.pk for row in rows], request.row_scope
    counts = selectors.hanging_counts(resource, ids, scope=scope)
    flips = selectors.first_won_flips(ids, scope=scope) if resource == "accounts" else []
    hanging = [
        (HANGING_LABELS[name], [by_id.get(pk, 0) for pk in ids]) for name, by_id in counts.items() if by_id
    ]
    return {
        "resource": resource,
        "rows": rows,
        "form": form,
        "kept": form.kept(),
        "hanging": hanging,
        "flips": flips,
        "flips_minor": sum(flip.plan_amount_minor for flip in flips),
        "plan_currency": company_get().currency,
        "seen_at": timezone.now().isoformat(),
        "detail": DETAIL[resource],
        "list_url": reverse(LIST[resource]),
        "merge_url": reverse(MERGE[resource]),
    }


def _merged(request: PageRequest, resource: str, survivor: int, count: int) -> HttpResponse:
    wake_refresh()
    words = {
        "accounts": ngettext("%(count)s account is one.", "%(count)s accounts are one now.", count),
        "leads": ngettext("%(count)s lead is one.", "%(count)s leads are one now.", count),
    }
    messages.success(request, words[resource] % {"count": count})
    return redirect(DETAIL[resource], survivor)


@page_required()
def merge_with(request: PageRequest, resource: str, pk: int) -> HttpResponse:
    """Look for the doubles of a record: first those that look like it, then by name; a fragment to htmx."""
    scope = request.row_scope
    row = or_404(_row(resource, str(pk), request))
    if not policies.may_work(scope, row.owner_id):
        raise PermissionDenied
    words = request.GET.get("q", "")[:100].replace("\x00", "")
    rows = selectors.mergeable_found(resource, row, words, scope=scope, limit=FOUND)
    own = policies.workable(scope, {each.owner_id for each in rows})
    context = {
        "resource": resource,
        "row": row,
        "found": [each for each in rows if each.owner_id in own],
        "words": words,
        "detail": DETAIL[resource],
        "list_url": reverse(LIST[resource]),
        "merge_url": reverse(MERGE[resource]),
    }
    is_fragment = request.htmx  # type: ignore[attr-defined]
    return render(request, "crm/_merge_found.html" if is_fragment else "crm/merge_with.html", context)


@require_POST
@page_required()
def merge_exact(request: PageRequest) -> HttpResponse:
    """Make one of the accounts that look like one and contradict each other in nothing."""
    scope = request.row_scope
    row = or_404(_row("accounts", request.POST.get("like", ""), request))
    if not policies.may_work(scope, row.owner_id):
        raise PermissionDenied
    rows = selectors.mergeable_like("accounts", row, scope=scope, limit=EXACT)
    own = policies.workable(scope, {each.owner_id for each in rows})
    mine = [each for each in rows if each.owner_id in own]
    into, *others = selectors.exact_group("accounts", mine, selectors.placeholders_get())
    if not others:
        messages.info(request, _("They contradict each other in something: choose what stays."))
        return redirect(f"{reverse('crm:account_merge')}?{urlencode({'like': row.pk})}")
    asked = Asked(into, tuple(others), {})
    records_merge(resource="accounts", asked=asked, actor=request.user, scope=scope)
    return _merged(request, "accounts", into, len(others) + 1)


@require_POST
@page_required()
def undo(request: PageRequest, pk: int) -> HttpResponse:
    """Part what was merged."""
    made = merge_undo(pk=pk, actor=request.user, scope=request.row_scope)
    wake_refresh()
    messages.success(request, _("The merge is undone: every record is as it was."))
    return redirect(DETAIL[made.resource], made.survivor)


def merge_context(request: PageRequest, resource: str, row: Any) -> dict[str, Any]:
    """What a record's page says of merging: where its doubles are looked for, what can be parted again."""
    merges = selectors.merges_undoable(resource, row, since=timezone.now() - KEPT)
    return {"merges": merges, "merge_with_url": reverse(MERGE_WITH[resource], args=[row.pk])}


def merged_redirect(request: PageRequest, resource: str, pk: int) -> HttpResponse:
    """To the record that one went into; 404 if it went nowhere, or out of sight."""
    survivor = or_404(selectors.survivor_get(resource, pk, scope=request.row_scope))
    return redirect(DETAIL[resource], survivor.pk)
