"""The strategy of a plan: its lines with what carries them; a line with its targets and tilts."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from common.errors import DomainError, Invalid, NotAllowed, NotFound
from crm.models import Segment
from org.http import Column, PageRequest, form_errors, page_required, paginate, translated
from org.models import Unit
from targets import policies, selectors, services
from targets.models import Plan, StrategyLine, StrategyStatus
from targets.selectors.strategy import rows_of
from targets.strategy_forms import StrategyForm, tilts_read

HERE = "targets:strategy"
LINES = (
    Column(gettext_lazy("Goal")),
    Column(gettext_lazy("Carried by targets")),
    Column(gettext_lazy("To carry"), is_num=True),
    Column(gettext_lazy("Carried"), is_num=True),
    Column(gettext_lazy("Still missing"), is_num=True),
    Column(gettext_lazy("Floor"), is_num=True),
    Column(gettext_lazy("Responsible")),
    Column(gettext_lazy("Order"), is_hidden=True),
)
BRANCHES = (
    Column(gettext_lazy("Target")),
    Column(gettext_lazy("Metric")),
    Column(gettext_lazy("Amount"), is_num=True),
)


@page_required()
def strategy(request: PageRequest, plan_id: int) -> HttpResponse:
    """The lines of a plan, what carries none of them, and the form for a new one."""
    plan = _plan(request, plan_id)
    may_edit = policies.may_edit_strategy(request.row_scope, plan)
    form = StrategyForm(request.POST if request.method == "POST" else None, plan=plan)
    if request.method == "POST":
        _demand(may_edit)
        if form.is_valid() and (made := _saved(request, plan, form)):
            messages.success(request, _("Saved. Now link the targets that carry it."))
            return redirect("targets:strategy_line", line_id=made.pk)
    unlinked = selectors.strategy_unlinked(plan, scope=request.row_scope)
    context = {
        "plan": plan,
        "here": HERE,
        "rows": selectors.strategy_rows(plan),
        "columns": LINES,
        "unlinked": paginate(request, unlinked),  # type: ignore[arg-type]
        "branch_columns": BRANCHES,
        "form": form,
        "may_edit": may_edit,
    }
    return render(request, "targets/strategy.html", context, status=422 if form.errors else 200)


@page_required()
def strategy_line(request: PageRequest, line_id: int) -> HttpResponse:
    """A line: its words, the targets that carry it, what it leans towards."""
    line, plan = _line(request, line_id)
    may_edit = policies.may_edit_strategy(request.row_scope, plan)
    form = StrategyForm(request.POST if request.method == "POST" else None, plan=plan, line=line)
    if request.method == "POST":
        _demand(may_edit)
        if form.is_valid() and _saved(request, plan, form, line):
            messages.success(request, _("Saved."))
            return redirect("targets:strategy_line", line_id=line.pk)
    return render(
        request,
        "targets/strategy_line.html",
        _context(request, line, form),
        status=422 if form.errors else 200,
    )


def _context(request: PageRequest, line: StrategyLine, form: StrategyForm) -> dict[str, Any]:
    plan, scope = line.plan, request.row_scope
    may_edit = policies.may_edit_strategy(scope, plan)
    linked = selectors.strategy_targets(line, scope=scope)
    candidates = selectors.strategy_candidates(line, scope=scope) if may_edit else []
    known = {target.pk for target in linked}
    extra = [(target, 0) for target in linked if target.person_id] if may_edit else []
    [row] = rows_of([line])
    return {
        "plan": plan,
        "here": HERE,
        "line": line,
        "row": row,
        "form": form,
        "linked": linked,
        "candidates": [(target, depth, target.pk in known) for target, depth in [*candidates, *extra]],
        "branch_columns": BRANCHES,
        "tilts": line.tilts.select_related("unit", "segment"),
        "members": _members() if may_edit else (),
        "may_edit": may_edit,
        "may_close": policies.may_close_strategy(scope),
        "seen_at": request.POST.get("seen_at") or line.updated_at.isoformat(),
    }


def _members() -> list[tuple[str, list[tuple[str, str]]]]:
    """What a line may lean towards, in groups: (value, name)."""
    units = Unit.objects.filter(is_placeholder=False).exclude(parent=None)
    segments = Segment.objects.filter(is_placeholder=False).order_by("kind", "position", "name")
    return [
        (_("Units"), [(f"unit-{unit.pk}", unit.name) for unit in units]),
        (_("Segments"), [(f"segment-{segment.pk}", segment.name) for segment in segments]),
    ]


@require_POST
@page_required()
def strategy_links(request: PageRequest, line_id: int) -> HttpResponse:
    """Link a line to the targets that are ticked."""
    line, plan = _line(request, line_id)
    _demand(policies.may_edit_strategy(request.row_scope, plan))
    ticked = {int(raw) for raw in request.POST.getlist("targets") if raw.isascii() and raw.isdigit()}
    offered = [target for target, _depth in selectors.strategy_candidates(line, scope=request.row_scope)]
    offered += selectors.strategy_targets(line, scope=request.row_scope)
    chosen = {target.pk: target for target in offered if target.pk in ticked}
    services.strategy_links_set(
        line=line, targets=list(chosen.values()), actor=request.user, seen_at=request.POST.get("seen_at")
    )
    messages.success(request, _("Saved: the line is carried by these targets now."))
    return redirect("targets:strategy_line", line_id=line.pk)


@require_POST
@page_required()
def strategy_tilts(request: PageRequest, line_id: int) -> HttpResponse:
    """Say what a line leans towards."""
    line, plan = _line(request, line_id)
    _demand(policies.may_edit_strategy(request.row_scope, plan))
    try:
        services.strategy_tilts_set(line=line, tilts=tilts_read(request.POST), actor=request.user)
    except Invalid as error:
        messages.error(request, error.text(translated))
        form = StrategyForm(plan=plan, line=line)
        context = _context(request, line, form) | {"typed": request.POST}
        return render(request, "targets/strategy_line.html", context, status=422)
    messages.success(request, _("Saved: splits may now lean on it."))
    return redirect("targets:strategy_line", line_id=line.pk)


@require_POST
@page_required()
def strategy_step(request: PageRequest, line_id: int, step: str) -> HttpResponse:
    """Move a line up or down, delete it, or say how it stands."""
    line, plan = _line(request, line_id)
    if step in StrategyStatus.values:
        _demand(policies.may_close_strategy(request.row_scope))
        services.strategy_status_set(line=line, status=step, actor=request.user)
        return redirect("targets:strategy_line", line_id=line.pk)
    if step not in ("up", "down", "delete"):
        raise NotFound(_("There is no such step."))
    _demand(policies.may_edit_strategy(request.row_scope, plan))
    if step == "delete":
        services.strategy_line_delete(line=line, actor=request.user)
        messages.success(request, _("The line is deleted."))
    else:
        services.strategy_line_move(line=line, up=step == "up", actor=request.user)
    return redirect(HERE, plan_id=plan.pk)


def _saved(
    request: PageRequest, plan: Plan, form: StrategyForm, line: StrategyLine | None = None
) -> StrategyLine | None:
    """The line as it was saved, or None with the errors in the form."""
    try:
        return services.strategy_line_save(
            plan=plan,
            ask=form.ask(line),
            line=line,
            actor=request.user,
            seen_at=request.POST.get("seen_at") if line else None,
        )
    except DomainError as error:
        form_errors(form, error)
        return None


def _plan(request: PageRequest, plan_id: int) -> Plan:
    plan = selectors.plan_get(plan_id, scope=request.row_scope)
    _demand(policies.may_see_strategy(request.row_scope, plan))
    return plan


def _line(request: PageRequest, line_id: int) -> tuple[StrategyLine, Plan]:
    line = selectors.strategy_line_get(line_id, scope=request.row_scope)
    _demand(policies.may_see_strategy(request.row_scope, line.plan))
    return line, line.plan


def _demand(allowed: bool) -> None:
    if not allowed:
        raise NotAllowed(_("Your role does not allow this."))
