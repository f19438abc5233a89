"""Assistants for people: who joined, left or moved since the plan, each with a proposal made ready."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import formats
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from common.errors import DomainError, NotAllowed, NotFound
from org.http import Column, PageRequest, form_errors, page_required, paginate, translated
from org.selectors import company_today
from targets import policies, selectors, services
from targets.calibration_forms import CalibrationForm
from targets.calibration_page import LINES, line_grid, lines_shown
from targets.models import CalibrationLine, Plan, Target
from targets.selectors.people_changes import JOINS, LEAVES, MOVES, PeopleChange

HERE = "targets:calibration"
PEOPLE = (
    Column(gettext_lazy("Person")),
    Column(gettext_lazy("What happened")),
    Column(gettext_lazy("Since")),
    Column(gettext_lazy("From")),
    Column(gettext_lazy("To")),
    Column(gettext_lazy("Next"), is_hidden=True),
)


@page_required()
def calibration_people(request: PageRequest, plan_id: int) -> HttpResponse:
    """The people whose targets should follow what happened to them."""
    plan = _plan(request, plan_id)
    changes = selectors.people_changes(plan, scope=request.row_scope, today=company_today())
    context = {
        "plan": plan,
        "here": HERE,
        "columns": PEOPLE,
        "rows": paginate(request, changes),  # type: ignore[arg-type]
    }
    return render(request, "targets/calibration_people.html", context)


@page_required()
def calibration_person(request: PageRequest, plan_id: int, person_id: int) -> HttpResponse:
    """The proposal for one of them: what everybody in the teams gets, and the words to be checked."""
    plan = _plan(request, plan_id)
    changes = selectors.people_changes(plan, scope=request.row_scope, today=company_today())
    change = next((each for each in changes if each.person.pk == person_id), None)
    if change is None:
        raise NotFound(_("The plan reflects this person already."))
    form = CalibrationForm(request.POST if request.method == "POST" else None, initial=words_of(change))
    lines: list[CalibrationLine] = []
    trouble = ""
    try:
        lines = _lines(plan, change)
        chosen = [target for line in lines if line.is_chosen and (target := line.target or line.joins_parent)]
        _demand(policies.may_calibrate_targets(request.row_scope, chosen))
        if request.method == "POST" and form.is_valid():
            asked = {"how": "people", "person": person_id}
            row = services.calibration_save(plan=plan, ask=form.ask(asked), lines=lines, actor=request.user)
            messages.success(request, _("Saved as a draft. Propose it when it is ready."))
            return redirect("targets:calibration_detail", calibration_id=row.pk)
    except DomainError as error:
        if isinstance(error, NotAllowed):
            raise
        if error.field in form.fields:
            form_errors(form, error)
        trouble = error.text(translated)
    context = {
        "plan": plan,
        "here": HERE,
        "change": change,
        "form": form,
        "trouble": trouble,
        "grids": [line_grid(plan, line) for line in lines if line.is_chosen][:60],
        "rows": lines_shown(plan, lines[:60], scope=request.row_scope),
        "columns": LINES,
    }
    status = 422 if form.errors or trouble else 200
    return render(request, "targets/calibration_person.html", context, status=status)


def _lines(plan: Plan, change: PeopleChange) -> list[CalibrationLine]:
    metrics = Target.objects.filter(plan=plan, is_additive=True).values_list("metric", flat=True).distinct()
    standing = services.Standing.load(plan, sorted(set(metrics)))
    asks, joiners = services.people_asks(standing, change)
    return services.lines_of(standing, asks, joiners)


def words_of(change: PeopleChange) -> dict[str, Any]:
    """What the proposal says to begin with."""
    day = formats.date_format(change.on, "DATE_FORMAT") if change.on else ""
    names = {
        "person": change.person.name,
        "from": change.leaves_unit.name if change.leaves_unit else "",
        "to": change.joins_unit.name if change.joins_unit else "",
        "day": day,
    }
    titles = {
        LEAVES: _("%(person)s leaves %(from)s"),
        JOINS: _("%(person)s joins %(to)s"),
        MOVES: _("%(person)s moves from %(from)s to %(to)s"),
    }
    reasons = {
        LEAVES: _("%(person)s leaves %(from)s on %(day)s; the team takes over what is left of the year."),
        JOINS: _("%(person)s is in %(to)s from %(day)s and takes a share of the team's months ahead."),
        MOVES: _(
            "%(person)s moves from %(from)s to %(to)s on %(day)s; what was planned so far stays, each team "
            "keeps its sum."
        ),
    }
    reason = reasons[change.kind] % names
    return {"title": titles[change.kind] % names, "trigger": "people", "evidence": reason, "reason": reason}


def _plan(request: PageRequest, plan_id: int) -> Plan:
    plan = selectors.plan_get(plan_id, scope=request.row_scope)
    _demand(policies.may_calibrate(request.row_scope, plan))
    return plan


def _demand(allowed: bool) -> None:
    if not allowed:
        raise NotAllowed(_("Your role does not allow this."))
