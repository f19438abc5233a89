"""The page where a calibration is put together: targets, change, preview; then saved as a draft."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from common.errors import DomainError, Invalid, NotAllowed
from org.http import PageRequest, form_errors, or_404, page_required, translated
from org.scope import Scope
from targets import policies, selectors, services
from targets.calibration_forms import CalibrationForm, ChangeForm, months_read
from targets.calibration_page import LINES, line_grid, lines_shown
from targets.models import Calibration, CalibrationLine, CalibrationStatus, Plan, Target

HERE = "targets:calibration"
CHANGE = ("change", "first", "last", "keep")
# More people than this are not listed one by one: they are chosen on their target's own page.
MOST_PEOPLE = 200


@dataclass
class Built:
    """What the form has been brought to: the lines, or what is wrong with it."""

    lines: list[CalibrationLine] = field(default_factory=list)
    asked: dict[str, Any] = field(default_factory=dict)


@page_required()
def calibration_new(request: PageRequest, plan_id: int) -> HttpResponse:
    """A new proposal for a published plan."""
    plan = selectors.plan_get(plan_id, scope=request.row_scope)
    _demand(policies.may_calibrate(request.row_scope, plan))
    return _page(request, plan, None)


@page_required()
def calibration_edit(request: PageRequest, calibration_id: int) -> HttpResponse:
    """A draft taken up again."""
    draft = selectors.calibration_get(calibration_id, scope=request.row_scope)
    _demand(policies.may_calibrate(request.row_scope, draft.plan))
    _demand(policies.may_change_draft(request.row_scope, draft))
    if draft.status != CalibrationStatus.DRAFT or draft.asked.get("how") == "people":
        messages.error(request, _("This cannot be changed here: withdraw it and propose anew."))
        return redirect("targets:calibration_detail", calibration_id=draft.pk)
    return _page(request, draft.plan, draft)


def _page(request: PageRequest, plan: Plan, draft: Calibration | None) -> HttpResponse:
    posted = request.POST if request.method == "POST" else None
    asked = (draft.asked if draft else {}) or {}
    form = CalibrationForm(posted, initial=_words_of(draft))
    change = ChangeForm(posted, plan=plan, initial={name: asked[name] for name in CHANGE if name in asked})
    metric = _metric(request, plan, asked)
    chosen = _chosen(request, plan, asked)
    built = Built()
    if posted is not None:
        built, saved = _posted(request, plan, draft, form, change, chosen)
        if saved is not None:
            messages.success(request, _("Saved as a draft. Propose it when it is ready."))
            return redirect("targets:calibration_detail", calibration_id=saved.pk)
    elif draft is not None and chosen:
        built.lines = list(selectors.calibration_lines(draft, scope=request.row_scope))
    context = {
        "plan": plan,
        "here": HERE,
        "draft": draft,
        "form": form,
        "change": change,
        "metrics": [each.metric for each in selectors.plan_metrics_of(plan)],
        "metric": metric,
        "targets": _offered(plan, metric.pk, chosen, request.row_scope),
        "chosen_ids": {target.pk for target in chosen},
        "is_over": services.first_open_month(plan) > 11,
        **_preview(plan, built.lines, request.row_scope),
    }
    has_errors = bool(form.errors or change.errors)
    return render(request, "targets/calibration_form.html", context, status=422 if has_errors else 200)


def _posted(
    request: PageRequest,
    plan: Plan,
    draft: Calibration | None,
    form: CalibrationForm,
    change: ChangeForm,
    chosen: Sequence[Target],
) -> tuple[Built, Calibration | None]:
    """The lines that the form asks for and, if it is to be saved and nothing is wrong, the draft."""
    built = Built()
    is_saving = request.POST.get("do") == "save"
    if not change.is_valid():
        return built, None
    try:
        built = _build(request, plan, change, chosen)
        if is_saving and form.is_valid():
            saved = services.calibration_save(
                plan=plan, ask=form.ask(built.asked), lines=built.lines, draft=draft, actor=request.user
            )
            return built, saved
    except DomainError as error:
        if isinstance(error, Invalid) and (error.field in change.fields):
            form_errors(change, error)
        elif isinstance(error, Invalid) and error.field in form.fields and is_saving:
            form_errors(form, error)
        else:
            change.add_error(None, error.text(translated))
    if not is_saving:
        # A preview asks for no words yet: what is missing there is said when it is saved.
        form.errors.clear()
    return built, None


def _build(request: PageRequest, plan: Plan, change: ChangeForm, chosen: Sequence[Target]) -> Built:
    """The lines by percentage, or by the amounts typed in the preview's cells."""
    if not chosen:
        raise Invalid(_("Choose at least one target."), field="targets")
    _demand(policies.may_calibrate_targets(request.row_scope, chosen))
    standing = services.Standing.load(plan, sorted({target.metric_id for target in chosen}))
    said = change.cleaned_data
    opens = services.first_open_month(plan)
    by_hand = request.POST.get("how") == "amounts"
    asks = []
    for target in chosen:
        months = standing.months(target)
        typed = (
            months_read(request.POST, target, months, opens=opens, currency=plan.currency)
            if by_hand
            else None
        )
        if typed is None:
            typed = services.months_by_factor(
                target,
                months,
                first=said["first"],
                last=said["last"],
                factor=change.factor(),
                keep_bp=change.keep_bp(),
            )
        asks.append(services.MonthsAsk(target, typed))
    asked = {
        "how": "amounts" if by_hand else "factor",
        "targets": [target.pk for target in chosen],
        **{name: said[name] for name in CHANGE},
    }
    return Built(services.lines_of(standing, asks), asked)


def _preview(plan: Plan, lines: Sequence[CalibrationLine], scope: Scope) -> dict[str, Any]:
    if not lines:
        return {"preview": None}
    chosen = [line for line in lines if line.is_chosen]
    visible = [line for line in lines if line.target is None or _sees(scope, line.target)]
    return {
        "preview": {
            "grids": [line_grid(plan, line) for line in chosen],
            "broken": selectors.floors_broken(plan, visible),
            "rows": lines_shown(plan, visible[:60], scope=scope),
            "more": max(0, len(visible) - 60),
        },
        "columns": LINES,
    }


def _sees(scope: Scope, target: Target) -> bool:
    return scope.sees_unit(target.unit_id) or (
        target.person_id is not None and target.person_id == scope.person_id
    )


def _metric(request: PageRequest, plan: Plan, asked: dict[str, Any]) -> Any:
    metrics = [each.metric for each in selectors.plan_metrics_of(plan)]
    wanted = request.POST.get("metric") or request.GET.get("metric", "")
    if not wanted and (first := (asked.get("targets") or [_number(request.GET.get("target"))])[0]):
        owner = Target.objects.filter(pk=first, plan=plan).select_related("metric").first()
        wanted = owner.metric.code if owner else ""
    found = next((metric for metric in metrics if metric.code == wanted), None)
    return found or or_404(next(iter(metrics), None))


def _chosen(request: PageRequest, plan: Plan, asked: dict[str, Any]) -> list[Target]:
    """The targets ticked in the form, named in the address, or of the draft."""
    if request.method == "POST":
        ids = [_number(raw) for raw in request.POST.getlist("targets")]
    else:
        ids = asked.get("targets") or [_number(raw) for raw in request.GET.getlist("target")]
    rows = selectors.targets_visible(scope=request.row_scope).filter(
        plan=plan, pk__in=[pk for pk in ids if pk]
    )
    return list(rows.order_by("pk"))


def _number(raw: Any) -> int:
    text = str(raw or "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 16 else 0


def _offered(plan: Plan, metric_id: int, chosen: Sequence[Target], scope: Scope) -> list[tuple[Target, int]]:
    """What can be ticked: the units of the metric, their people where they are few, and what is chosen."""
    rows = selectors.targets_visible(scope=scope).filter(plan=plan, metric=metric_id)
    if rows.exclude(person=None).count() > MOST_PEOPLE:
        rows = rows.filter(person=None) | rows.filter(pk__in=[target.pk for target in chosen])
    return selectors.in_tree_order(rows)


def _words_of(draft: Calibration | None) -> dict[str, Any]:
    if draft is None:
        return {}
    return {
        "title": draft.title,
        "trigger": draft.trigger,
        "evidence": draft.evidence,
        "links": "\n".join(draft.links),
        "reason": draft.reason,
    }


def _demand(allowed: bool) -> None:
    if not allowed:
        raise NotAllowed(_("Your role does not allow this."))
