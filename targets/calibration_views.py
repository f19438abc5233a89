"""Calibrations of a plan: the list with its floors, a proposal with its way, each step of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from common.errors import DomainError, NotAllowed, NotFound
from org.http import Column, PageRequest, form_errors, page_required, paginate
from org.scope import Scope
from targets import policies, selectors, services
from targets.calibration_forms import (
    AnalysisForm,
    CalibrationFilter,
    DecisionForm,
    FloorsForm,
    OverrideForm,
    PublishForm,
)
from targets.calibration_page import LINES, line_grid, lines_shown
from targets.models import Calibration, CalibrationStatus, Plan
from targets.templatetags.basis_points import basis_points

HERE = "targets:calibration"
LIST = (
    Column(gettext_lazy("Calibration")),
    Column(gettext_lazy("State")),
    Column(gettext_lazy("Months")),
    Column(gettext_lazy("Counts from")),
    Column(gettext_lazy("Targets"), is_num=True, hint=gettext_lazy("Those that you may see")),
    Column(gettext_lazy("Proposed by")),
)
MOST_GRIDS = 12


@page_required()
def calibration(request: PageRequest, plan_id: int) -> HttpResponse:
    """The proposals of a plan, and how far they may go."""
    plan = selectors.plan_get(plan_id, scope=request.row_scope)
    _demand(policies.may_see_calibrations(request.row_scope, plan))
    return _list(request, plan, FloorsForm(initial=_floors(plan)))


def _list(request: PageRequest, plan: Plan, floors: FloorsForm) -> HttpResponse:
    scope = request.row_scope
    form = CalibrationFilter(request.GET)
    status = form.cleaned_data["status"] if form.is_valid() else ""
    rows = selectors.calibration_list(plan, scope=scope, status=status)
    context = {
        "plan": plan,
        "here": HERE,
        "rows": paginate(request, rows),
        "columns": LIST,
        "form": form,
        "reset": request.path,
        "floors": selectors.plan_floors(plan),
        "floors_form": floors if policies.may_set_floors(scope) else None,
        "may_propose": policies.may_calibrate(scope, plan),
    }
    return render(request, "targets/calibration_list.html", context, status=422 if floors.errors else 200)


@require_POST
@page_required()
def calibration_floors(request: PageRequest, plan_id: int) -> HttpResponse:
    """Set how far calibrations of a plan may go."""
    plan = selectors.plan_get(plan_id, scope=request.row_scope)
    _demand(policies.may_set_floors(request.row_scope))
    form = FloorsForm(request.POST)
    if form.is_valid():
        try:
            services.plan_floors_set(
                plan=plan,
                year_bp=form.points("year"),
                quarter_bp=form.points("quarter"),
                actor=request.user,
            )
            messages.success(request, _("Saved: proposals are checked against these floors."))
            return redirect(HERE, plan_id=plan.pk)
        except DomainError as error:
            form_errors(form, error)
    return _list(request, plan, form)


@page_required()
def calibration_detail(request: PageRequest, calibration_id: int) -> HttpResponse:
    """A proposal: why, what it changes, whom it meets, and how far it has come."""
    row = selectors.calibration_get(calibration_id, scope=request.row_scope)
    return render(request, "targets/calibration_detail.html", _context(request, row, {}))


def _context(request: PageRequest, row: Calibration, bound: dict[str, forms.Form]) -> dict[str, Any]:
    scope = request.row_scope
    lines = selectors.calibration_lines(row, scope=scope)
    page = paginate(request, lines)
    shown = list(page.object_list)
    is_open = row.status not in (
        CalibrationStatus.PUBLISHED,
        CalibrationStatus.REJECTED,
        CalibrationStatus.WITHDRAWN,
    )
    chosen = list(lines.filter(is_chosen=True)[:MOST_GRIDS])
    broken = (
        selectors.floors_broken(row.plan, list(selectors.calibration_lines(row, scope=scope)))
        if is_open
        else []
    )
    return {
        "plan": row.plan,
        "here": HERE,
        "row": row,
        "page": page,
        "rows": lines_shown(row.plan, shown, scope=scope),
        "columns": LINES,
        "grids": [line_grid(row.plan, line) for line in chosen or shown[:MOST_GRIDS]],
        "broken": broken,
        "tables": selectors.effect_tables(row, shown, scope=scope),
        "steps": steps_shown(row),
        "sees_plan": policies.may_see_calibrations(scope, row.plan),
        **_doors(scope, row, bound, is_broken=bool(broken)),
    }


def _doors(
    scope: Scope, row: Calibration, bound: dict[str, forms.Form], *, is_broken: bool
) -> dict[str, Any]:
    """The forms of the steps that the asker may take now; None for the others."""
    may = may_of(scope, row)
    kinds: dict[str, tuple[type[forms.Form], bool]] = {
        "analyse": (AnalysisForm, may["analyse"]),
        "decide": (DecisionForm, may["decide"]),
        "override": (OverrideForm, may["override"] and is_broken and not row.is_floor_overridden),
        "publish": (PublishForm, may["publish"]),
    }
    doors: dict[str, Any] = {
        f"{name}_form": bound.get(name, kind()) if allowed else None
        for name, (kind, allowed) in kinds.items()
    }
    return doors | {"may_propose": may["propose"], "may_withdraw": may["withdraw"]}


def may_of(scope: Scope, row: Calibration) -> dict[str, bool]:
    """Which steps the asker may take with a proposal as it stands."""
    is_sole = selectors.is_sole_executive(row.proposer_id)
    above = [target.unit.parent_id for target in selectors.chosen_targets(row)]
    may_decide = policies.may_decide(scope, row, is_sole=is_sole)
    state = row.status
    return {
        "propose": state == CalibrationStatus.DRAFT and policies.may_change_draft(scope, row),
        "analyse": state == CalibrationStatus.PROPOSED
        and policies.may_analyse(scope, row, units_above=above, is_sole=is_sole),
        "decide": state == CalibrationStatus.ANALYSED and may_decide,
        "publish": state == CalibrationStatus.APPROVED and may_decide,
        "override": state in (CalibrationStatus.DRAFT, CalibrationStatus.PROPOSED, CalibrationStatus.ANALYSED)
        and policies.may_set_floors(scope),
        "withdraw": policies.may_withdraw(scope, row),
    }


def allowed_ever(scope: Scope, row: Calibration, step: str) -> bool:
    """Whether the asker may take a step at all, in whatever state it is: 403, or else a refusal with why."""
    is_sole = selectors.is_sole_executive(row.proposer_id)
    if step == "analyse":
        above = [target.unit.parent_id for target in selectors.chosen_targets(row)]
        return policies.may_analyse(scope, row, units_above=above, is_sole=is_sole)
    if step in ("decide", "publish"):
        return policies.may_decide(scope, row, is_sole=is_sole)
    if step == "override":
        return policies.may_set_floors(scope)
    return policies.may_change_draft(scope, row)


def steps_shown(row: Calibration) -> list[dict[str, Any]]:
    """The way of a proposal: who did what when, in what words, and what is still to come."""
    is_rejected = row.status == CalibrationStatus.REJECTED
    return [
        {"name": _("Proposed"), "at": row.proposed_at, "by": row.proposer, "text": ""},
        {"name": _("Analysed"), "at": row.analysed_at, "by": row.analysed_by, "text": row.analysis},
        {
            "name": _("Rejected") if is_rejected else _("Decided"),
            "at": row.decided_at,
            "by": row.decided_by,
            "text": row.decision,
        },
        {"name": _("Published"), "at": row.published_at, "by": row.published_by, "text": ""},
    ]


@require_POST
@page_required()
def calibration_step(request: PageRequest, calibration_id: int, step: str) -> HttpResponse:
    """Propose, analyse, decide, override a floor, publish, withdraw."""
    row = selectors.calibration_get(calibration_id, scope=request.row_scope)
    if step not in STEPS:
        raise NotFound(_("There is no such step."))
    _demand(allowed_ever(request.row_scope, row, step))
    kind, take, done = STEPS[step]
    form = kind(request.POST)
    if form.is_valid():
        try:
            take(request, row, form)
            messages.success(request, done)
            return redirect("targets:calibration_detail", calibration_id=row.pk)
        except DomainError as error:
            form_errors(form, error)
            if step in ("propose", "withdraw"):
                raise
    context = _context(request, row, {step: form})
    return render(request, "targets/calibration_detail.html", context, status=422)


def _propose(request: PageRequest, row: Calibration, form: forms.Form) -> None:
    services.calibration_propose(calibration=row, actor=request.user)


def _analyse(request: PageRequest, row: Calibration, form: forms.Form) -> None:
    services.calibration_analyse(calibration=row, text=form.cleaned_data["analysis"], actor=request.user)


def _decide(request: PageRequest, row: Calibration, form: forms.Form) -> None:
    services.calibration_decide(
        calibration=row,
        approve=request.POST.get("do") == "approve",
        note=form.cleaned_data["decision"],
        actor=request.user,
    )


def _override(request: PageRequest, row: Calibration, form: forms.Form) -> None:
    services.calibration_floor_override(
        calibration=row, reason=form.cleaned_data["override_reason"], actor=request.user
    )


def _publish(request: PageRequest, row: Calibration, form: forms.Form) -> None:
    services.calibration_publish(
        calibration=row, effective_on=form.cleaned_data["effective_on"], actor=request.user
    )


def _withdraw(request: PageRequest, row: Calibration, form: forms.Form) -> None:
    services.calibration_withdraw(calibration=row, actor=request.user)


Take = Callable[[PageRequest, Calibration, Any], None]
STEPS: dict[str, tuple[type[forms.Form], Take, Any]] = {
    "propose": (forms.Form, _propose, gettext_lazy("Proposed: the head of sales looks at it next.")),
    "analyse": (AnalysisForm, _analyse, gettext_lazy("Analysed: management decides next.")),
    "decide": (DecisionForm, _decide, gettext_lazy("Decided; whoever proposed it has been told.")),
    "override": (OverrideForm, _override, gettext_lazy("The floor may be broken; the reason is recorded.")),
    "publish": (PublishForm, _publish, gettext_lazy("Published: everyone affected has been told why.")),
    "withdraw": (forms.Form, _withdraw, gettext_lazy("Withdrawn: nothing changes.")),
}


def _floors(plan: Plan) -> dict[str, str]:
    floors = selectors.plan_floors(plan)
    return {
        "year": basis_points(floors.year_bp).rstrip(" %"),
        "quarter": basis_points(floors.quarter_bp).rstrip(" %"),
    }


def _demand(allowed: bool) -> None:
    if not allowed:
        raise NotAllowed(_("Your role does not allow this."))
