"""The SMART check: the list of a plan, the card of a target, and the counts that publishing tells of."""

from __future__ import annotations

from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET

from common.errors import NotFound
from org.http import Column, PageRequest, page_required
from targets import selectors
from targets.check_forms import CheckFilter
from targets.check_page import check_shown, letters_shown
from targets.selectors.checks import MOST_CHECKED, checks_of, plan_check

HERE = "targets:check"
PER_PAGE = 50
ROWS = (
    Column(gettext_lazy("Target")),
    Column(gettext_lazy("Findings")),
    Column(gettext_lazy("What to mend")),
)


@require_GET
@page_required()
def check(request: PageRequest, plan_id: int) -> HttpResponse:
    """The findings of every target one may see, the worst first."""
    scope = request.row_scope
    plan = selectors.plan_get(plan_id, scope=scope)
    form = CheckFilter(request.GET, plan=plan, scope=scope)
    found = plan_check(plan, scope=scope, ask=form.ask())
    page = Paginator(found.rows, PER_PAGE).get_page(request.GET.get("page"))
    context = {
        "plan": plan,
        "here": HERE,
        "form": form,
        "reset": request.path,
        "found": found,
        "most": MOST_CHECKED,
        "letters": letters_shown(found),
        "page": page,
        "rows": [check_shown(row, scope) for row in page.object_list],
        "columns": ROWS,
    }
    return render(request, "targets/check.html", context)


@require_GET
@page_required()
def check_target(request: PageRequest, plan_id: int, target_id: int) -> HttpResponse:
    """The card of a single target, put into the plan's page once that is shown."""
    target = selectors.target_get(target_id, scope=request.row_scope)
    if target.plan_id != plan_id:
        raise NotFound(_("There is no such target."))
    [found] = checks_of(target.plan, [target])
    return render(
        request,
        "targets/_check_card.html",
        {"plan": target.plan, "row": check_shown(found, request.row_scope)},
    )


@require_GET
@page_required()
def check_counts(request: PageRequest, plan_id: int) -> HttpResponse:
    """What the check says of a whole plan, for the dialog that publishes it: a warning, no refusal."""
    plan = selectors.plan_get(plan_id, scope=request.row_scope)
    found = plan_check(plan, scope=request.row_scope)
    context = {"plan": plan, "found": found, "letters": letters_shown(found), "most": MOST_CHECKED}
    return render(request, "targets/_check_counts.html", context)
