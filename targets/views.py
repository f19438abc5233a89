"""Planning pages: the list of plans, a plan's tree with the grid of a target's children, publishing."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_POST

from common.errors import DomainError, Invalid, NotAllowed, NotFound
from metrics.selectors import metric_list
from metrics.templatetags.figures import figure_text
from org.http import Column, form_errors, page_required, paginate, translated
from org.scope import Scope
from org.selectors import company_today
from targets import policies, selectors, services
from targets.forms import Amounts, PlanForm, SeasonForm, SplitForm
from targets.http import target_back, wake_tracking
from targets.job_views import job_asked
from targets.models import Plan, PlanJob, PlanMetric, Target
from targets.plan_page import plan_context, unfolded

DEFAULT_METRICS = ("sales", "collections", "effective_visits", "leads")
PLANS = (
    Column(gettext_lazy("Plan")),
    Column(gettext_lazy("Year")),
    Column(gettext_lazy("Status")),
    Column(gettext_lazy("Version")),
    Column(gettext_lazy("Targets"), is_num=True, hint=gettext_lazy("Those that you may see")),
    Column(gettext_lazy("Published")),
)


def _scope(request: HttpRequest) -> Scope:
    return request.row_scope  # type: ignore[attr-defined]


@page_required()
def plan_list(request: HttpRequest) -> HttpResponse:
    """The plans one sees something of, and the form for a new one."""
    scope = _scope(request)
    form = _plan_form(request)
    if request.method == "POST":
        _demand(policies.may_create_plans(scope))
        if form.is_valid():
            try:
                plan = _plan_made(request, form)
                return redirect("targets:plan", plan_id=plan.pk)
            except DomainError as error:
                form_errors(form, error)
    plans = paginate(request, selectors.plan_list(scope=scope))
    may_create = policies.may_create_plans(scope)
    context = {"plans": plans, "columns": PLANS, "form": form, "may_create": may_create}
    return render(request, "targets/plan_list.html", context)


def _plan_form(request: HttpRequest) -> PlanForm:
    metrics = metric_list()
    year = company_today().year
    initial = {"fiscal_year": year, "name": _("Sales plan"), "metrics": DEFAULT_METRICS}
    choices = [(metric.code, metric.label) for metric in metrics]
    return PlanForm(request.POST if request.method == "POST" else None, initial=initial, choices=choices)


def _plan_made(request: HttpRequest, form: PlanForm) -> Plan:
    codes = form.cleaned_data["metrics"]
    return services.plan_create(
        fiscal_year=form.cleaned_data["fiscal_year"],
        name=form.cleaned_data["name"],
        metrics=[metric for metric in metric_list() if metric.code in codes],
        actor=request.user,  # type: ignore[arg-type]
    )


@page_required()
def plan(request: HttpRequest, plan_id: int) -> HttpResponse:
    """A plan: the tree of a metric's targets, and the chosen target with its children."""
    scope = _scope(request)
    target = _asked_for(request, plan_id, scope)
    # Who sees a target sees its plan.
    shown = target.plan if target else selectors.plan_get(plan_id, scope=scope)
    target = target or _first(request, shown, scope)
    return render(request, "targets/plan.html", plan_context(request, shown, target))


@page_required()
@require_GET
def plan_branch(request: HttpRequest, plan_id: int, target_id: int) -> HttpResponse:
    """What lies right below a target in the tree, to be put under it; ``depth`` is the first row's."""
    scope = _scope(request)
    target = selectors.target_get(target_id, scope=scope)
    if target.plan_id != plan_id:
        raise NotFound(_("There is no such target."))
    depth = request.GET.get("depth", "")
    at = int(depth) if depth.isascii() and depth.isdigit() and len(depth) < 3 else 0
    nodes = unfolded(selectors.plan_below(target, scope=scope), depth=at)
    context = {"nodes": nodes, "metric": target.metric, "plan": target.plan}
    return render(request, "targets/_branch.html", context)


def _asked_for(request: HttpRequest, plan_id: int, scope: Scope) -> Target | None:
    """The plan's target that the address names."""
    raw = request.GET.get("target", "")
    if raw.isascii() and raw.isdigit() and len(raw) < 16:
        target = selectors.target_get(int(raw), scope=scope)
        if target.plan_id == plan_id:
            return target
    return None


def _first(request: HttpRequest, shown: Plan, scope: Scope) -> Target | None:
    """The top visible target of the metric asked for, else of the first that has one."""
    metrics = [each.metric for each in selectors.plan_metrics_of(shown)]
    wanted = next((metric for metric in metrics if metric.code == request.GET.get("metric")), None)
    for metric in [wanted] if wanted else metrics:
        top = selectors.plan_top(shown, metric, scope=scope)
        if top is not None:
            return top
    return None


def _refused(request: HttpRequest, target: Target, error: DomainError) -> HttpResponse:
    """The page again, and why it does not work."""
    gap = error.params.get("gap") if hasattr(error, "kind") else None
    text = error.text(translated)
    if isinstance(gap, int):
        text += " " + _("By: %(gap)s.") % {"gap": figure_text(gap, target.metric)}
    for each in getattr(error, "errors", ()):
        if each.field and each.text(translated) not in text:
            text += f" {each.field}: {each.text(translated)}"
    messages.error(request, text)
    context = plan_context(request, target.plan, target)
    return render(request, "targets/plan.html", context, status=422)


@require_POST
@page_required()
def target_set(request: HttpRequest, target_id: int) -> HttpResponse:
    """Set the amount, or one month, of a target."""
    scope = _scope(request)
    target = selectors.target_get(target_id, scope=scope)
    _demand(policies.may_set_amount(scope, target))
    amounts = Amounts(target.metric, target.plan.currency)
    actor: Any = request.user
    seen_at = request.POST.get("seen_at")
    try:
        amount = amounts.read(request.POST.get("amount", ""))
        month = request.POST.get("month", "")
        if month.isdigit() and len(month) < 3:
            services.target_month_set(
                target=target, month=int(month), amount=amount, actor=actor, seen_at=seen_at
            )
        else:
            services.target_amount_set(target=target, amount=amount, actor=actor, seen_at=seen_at)
    except DomainError as error:
        return _refused(request, target, error)
    messages.success(request, _("Saved; everything below follows."))
    return target_back(target)


@require_POST
@page_required()
def target_split(request: HttpRequest, target_id: int) -> HttpResponse:
    """Add the children that a split names."""
    scope = _scope(request)
    target = selectors.target_get(target_id, scope=scope)
    _demand(policies.may_split(scope, target))
    form = SplitForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("Choose by what to split."))
        return target_back(target)
    members = selectors.child_candidates(target, form.cleaned_data["by"], scope=scope)
    try:
        made = services.target_children_add(target=target, members=members, actor=request.user)  # type: ignore[arg-type]
    except DomainError as error:
        return _refused(request, target, error)
    if made:
        messages.success(request, _("Added. Give weights and distribute."))
    else:
        messages.info(request, _("There is nothing to add: nobody is there, or all of them have a target."))
    return target_back(target)


@require_POST
@page_required()
def target_delete(request: HttpRequest, target_id: int) -> HttpResponse:
    """Remove a target with everything below it."""
    scope = _scope(request)
    target = selectors.target_get(target_id, scope=scope)
    parent = target.parent
    _demand(parent is not None and policies.may_split(scope, parent))
    services.target_delete(target=target, actor=request.user)  # type: ignore[arg-type]
    return target_back(parent or target)


@require_POST
@page_required()
def season_set(request: HttpRequest, plan_id: int, metric_id: int) -> HttpResponse:
    """Set a metric's season and rhythm."""
    scope = _scope(request)
    shown = selectors.plan_get(plan_id, scope=scope)
    _demand(policies.may_create_plans(scope))
    chosen = next((each for each in selectors.plan_metrics_of(shown) if each.metric_id == metric_id), None)
    if chosen is None:
        raise NotFound(_("This plan has no such metric."))
    form = SeasonForm(request.POST)
    if form.is_valid():
        try:
            _season_saved(request, chosen, form.cleaned_data)
            messages.success(request, _("Saved; all months follow."))
        except Invalid as error:
            messages.error(request, error.text(translated))
    else:
        messages.error(request, _("A rhythm needs shares of zero or more, not all zero."))
    return redirect(f"{reverse('targets:plan', args=[shown.pk])}?metric={chosen.metric.code}")


@transaction.atomic
def _season_saved(request: HttpRequest, chosen: PlanMetric, asked: dict[str, Any]) -> None:
    actor: Any = request.user
    phases = [asked["early"], asked["mid"], asked["late"]]
    season: list[float] | None = [] if asked["season"] == "flat" else None
    services.plan_metric_set(plan_metric=chosen, phases=phases, season=season, actor=actor)
    if asked["season"] == "history":
        services.season_learn(plan_metric=chosen, actor=actor)


@require_POST
@page_required()
def plan_step(request: HttpRequest, plan_id: int, step: str) -> HttpResponse:
    """Submit, publish, copy or delete a plan."""
    scope = _scope(request)
    shown = selectors.plan_get(plan_id, scope=scope)
    _demand(policies.may_create_plans(scope))
    actor: Any = request.user
    if step in (PlanJob.Kind.COPY, PlanJob.Kind.PUBLISH) and services.is_large(shown):
        return job_asked(services.plan_job_ask(plan=shown, kind=step, actor=actor))
    if step == "copy":
        return redirect("targets:plan", plan_id=services.plan_copy(plan=shown, actor=actor).pk)
    if step == "delete":
        services.plan_delete(plan=shown, actor=actor)
        return redirect("targets:plan_list")
    steps = {"submit": services.plan_submit, "publish": services.plan_publish}
    if step not in steps:
        raise NotFound(_("There is no such step."))
    steps[step](plan=shown, actor=actor)
    if step == "publish":
        wake_tracking()
        messages.success(request, _("Published. Progress against it is being reckoned now."))
    return redirect("targets:plan", plan_id=shown.pk)


def _demand(allowed: bool) -> None:
    if not allowed:
        raise NotAllowed(_("Your role does not allow this."))
