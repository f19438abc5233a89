"""The first run in five steps: each looked at before it is saved, skipped or come back to at will."""

from __future__ import annotations

import json
from collections.abc import Callable
from copy import copy
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from common.errors import DomainError, NotAllowed
from common.pasted import RowProblem
from common.periods import Period, fiscal_year_of, fiscal_year_period
from crm.services.imports.deal_table import deal_table_import
from dashboards.setup import ORDER, SetupProgress, StepState, sellers_now, setup_progress
from dashboards.setup_calendar import year_calendar
from dashboards.setup_examples import METRICS, company_example, deals_example, people_example, plan_example
from dashboards.setup_forms import CompanyStepForm, InviteForm, MetricsStepForm, PlanStepForm, TableForm
from metrics.selectors import metric_list
from metrics.services.choosing import MOST, metrics_choose
from org.http import PageRequest, form_errors, page_required, translated
from org.models import Company, Role, SetupState, SetupStep
from org.selectors import company_get
from org.services import company_save, invitation_create, token_create
from org.services.people_import import people_table_import
from org.services.setup import setup_mark, setup_reopen
from targets.policies import may_create_plans
from targets.selectors import plan_list
from targets.services.starting import StartedPlan, plan_start

SHOWN_PROBLEMS, SHOWN_LINES, SHOWN_ROWS = 50, 8, 20
LABELS = {
    "number": pgettext_lazy("a column", "number"),
    "name": pgettext_lazy("a column", "name"),
    "email": pgettext_lazy("a column", "e-mail"),
    "unit": pgettext_lazy("a column", "unit"),
    "role": pgettext_lazy("a column", "role"),
    "starts_on": pgettext_lazy("a column", "start date"),
    "customer": pgettext_lazy("a column", "customer"),
    "owner": pgettext_lazy("a column", "owner"),
    "stage": pgettext_lazy("a column", "stage"),
    "amount": pgettext_lazy("a column", "amount"),
    "closed_on": pgettext_lazy("a column", "closing day"),
    "product_line": pgettext_lazy("a column", "product line"),
    "region": pgettext_lazy("a column", "region"),
}
At = tuple[SetupProgress, StepState]


@page_required(Role.ADMIN)
def setup(request: PageRequest) -> HttpResponse:
    """The list of the steps with what is done, skipped and next."""
    progress = setup_progress(scope=request.row_scope, with_names=True)
    return render(request, "dashboards/setup.html", {"setup": progress})


@never_cache
@page_required(Role.ADMIN)
def setup_step(request: PageRequest, step: str) -> HttpResponse:
    """One step: what it is for, its form, an example to look at."""
    if step not in ORDER:
        raise Http404
    progress = _progress(request)
    return _PAGES[SetupStep(step)](request, (progress, progress.get(SetupStep(step))))


@require_POST
@page_required(Role.ADMIN)
def setup_mark_set(request: PageRequest, step: str) -> HttpResponse:
    """Skip a step or take it up again; of the list: put it away or show it again."""
    if step not in SetupStep.values:
        raise Http404
    wanted = SetupStep(step)
    if request.POST.get("state") == "open":
        setup_reopen(step=wanted, actor=request.user)
        return redirect("dashboards:setup" if wanted == SetupStep.LIST else _step_url(wanted))
    setup_mark(step=wanted, state=SetupState.SKIPPED, actor=request.user)
    if wanted == SetupStep.LIST:
        messages.info(request, _("The list is put away; Set-up in the administration menu opens it."))
        return redirect("dashboards:home")
    return _onward(request, wanted)


def _progress(request: PageRequest) -> SetupProgress:
    progress = setup_progress(scope=request.row_scope)
    assert progress is not None, "the page is for administrators only"
    return progress


def _step_url(step: SetupStep) -> str:
    return reverse("dashboards:setup_step", args=[step.value])


def _onward(request: PageRequest, step: SetupStep) -> HttpResponse:
    """To the next step that is not over, else to the list."""
    progress = _progress(request)
    following = progress.after(progress.get(step))
    return redirect(following.url if following else "dashboards:setup")


def _page(request: PageRequest, at: At, **context: Any) -> HttpResponse:
    progress, state = at
    frame = {
        "setup": progress,
        "state": state,
        "back": progress.before(state),
        "has_example": True,
        "is_example": request.method == "GET" and "example" in request.GET,
    }
    return render(request, f"dashboards/setup_{state.step.value}.html", frame | context)


def _company(request: PageRequest, at: At) -> HttpResponse:
    company = copy(company_get())  # the form writes into it, saved or not
    is_example = "example" in request.GET and not company.is_set_up
    example = company_example() if is_example else None
    form = CompanyStepForm(request.POST or None, instance=company, initial=example)
    shown = Company(**example) if example and not form.is_bound else company
    calendar = None
    try:
        if not form.is_bound or form.is_valid():
            calendar = year_calendar(shown, request.row_scope.on)
        if form.is_bound and form.is_valid() and request.POST.get("action") == "save":
            company_save(actor=request.user, **form.cleaned_data)
            messages.success(request, _("Saved."))
            return _onward(request, SetupStep.COMPANY)
    except DomainError as error:
        form_errors(form, error) if form.is_bound else messages.error(request, error.text(translated))
    has_example = not company.is_set_up
    return _page(request, at, form=form, calendar=calendar, has_example=has_example)


def _people(request: PageRequest, at: At) -> HttpResponse:
    invite, link = InviteForm(), ""
    if request.POST.get("action") == "invite":
        invite, link = _invited(request)
    return _table_step(
        request,
        at,
        importer=people_table_import,
        example=people_example(_year(request).start),
        told=lambda count: ngettext("%(count)s person is imported.", "%(count)s people are imported.", count),
        invite=invite,
        link=link,
    )


def _invited(request: PageRequest) -> tuple[InviteForm, str]:
    """The invitation's link with an empty form, or the form with what was wrong."""
    form = InviteForm(request.POST)
    if form.is_valid():
        try:
            _invitation, link = invitation_create(**form.cleaned_data, actor=request.user)
        except DomainError as error:
            form_errors(form, error)
        else:
            return InviteForm(), link
    return form, ""


def _table_step(
    request: PageRequest,
    at: At,
    *,
    importer: Callable[..., Any],
    example: str,
    told: Callable[[int], str],
    **context: Any,
) -> HttpResponse:
    """A table is pasted, tried, and taken as a whole; what was typed stays until then."""
    form, action = _table_form(request, example), request.POST.get("action")
    tried = None
    if form.is_bound and form.is_valid():
        try:
            tried = importer(text=form.text, actor=request.user, apply=action == "import")
        except DomainError as error:
            form.add_error("table", error.text(translated))
    if tried is not None and action == "import" and not tried.problems:
        count = len(tried.lines)
        messages.success(request, told(count) % {"count": count})
        return _onward(request, at[1].step)
    return _page(request, at, form=form, tried=tried, **_found(tried), **context)


def _year(request: PageRequest) -> Period:
    """The fiscal year of today."""
    first_month = company_get().fiscal_year_start_month
    return fiscal_year_period(fiscal_year_of(request.row_scope.on, first_month), first_month)


def _table_form(request: PageRequest, example: str) -> TableForm:
    """The form for a table: posted, filled with the example, or with what stood there before."""
    if request.POST.get("action") in ("check", "import"):
        return TableForm.read(request.POST, request.FILES)
    typed = request.POST.get("table", "")
    return TableForm(initial={"table": example if "example" in request.GET else typed})


def _found(tried: Any) -> dict[str, Any]:
    """What is wrong in a tried table, the same in many lines told once, and its first rows."""
    if tried is None:
        return {}
    told: dict[tuple[str, str], list[int]] = {}
    problems: list[RowProblem] = tried.problems
    for each in problems:
        column = str(LABELS.get(each.column, each.column))
        told.setdefault((column, each.error.text(translated)), []).append(each.line)
    return {
        "problems": [
            {"lines": lines[:SHOWN_LINES], "rest": len(lines) - SHOWN_LINES, "column": column, "text": text}
            for (column, text), lines in list(told.items())[:SHOWN_PROBLEMS]
        ],
        "problem_count": len(told),
        "rows": tried.lines[:SHOWN_ROWS],
        "rest": max(0, len(tried.lines) - SHOWN_ROWS),
    }


def _metrics(request: PageRequest, at: At) -> HttpResponse:
    known = metric_list(include_inactive=True)
    chosen = [metric.code for metric in known if metric.is_active] if at[1].is_done else []
    initial = {"metrics": METRICS if "example" in request.GET else chosen}
    form = MetricsStepForm(request.POST or None, metrics=known, initial=initial)
    if form.is_bound and form.is_valid():
        try:
            with transaction.atomic():
                metrics_choose(codes=form.cleaned_data["metrics"], actor=request.user)
                setup_mark(step=SetupStep.METRICS, state=SetupState.CONFIRMED, actor=request.user)
            messages.success(request, _("Saved."))
            return _onward(request, SetupStep.METRICS)
        except DomainError as error:
            form_errors(form, error)
    return _page(request, at, form=form)


def _facts(request: PageRequest, at: At) -> HttpResponse:
    today, plain = request.row_scope.on, ""
    sellers = sellers_now(on=today)
    if request.POST.get("action") == "token":
        name = _("CRM, from the first run")
        _token, plain = token_create(user=request.user, name=name, scopes=["crm", "org"], actor=request.user)
    return _table_step(
        request,
        at,
        importer=deal_table_import,
        example=deals_example(sellers[:6], _year(request).start, today),
        told=lambda count: ngettext("%(count)s deal is loaded.", "%(count)s deals are loaded.", count),
        plain=plain,
        curl=_curl(plain, sellers[0] if sellers else "N01", today.isoformat()),
        currency=company_get().currency,
        sellers=len(sellers),
    )


def _curl(plain: str, owner: str, day: str) -> str:
    """A command that sends one deal to this very site."""
    deal = {"name": "Kitchen", "stage": "won", "amount": "12500.00", "closed_on": day, "owner": owner}
    body = json.dumps(deal, ensure_ascii=False).replace("'", "\\u0027")
    return (
        f"curl -X PUT {settings.SITE_URL}/api/v1/crm/opportunities/mycrm/1001 \\\n"
        f'  -H "Authorization: Bearer {plain or "sg_…"}" -H "Content-Type: application/json" \\\n'
        f"  -d '{body}'"
    )


def _plan(request: PageRequest, at: At) -> HttpResponse:
    may_plan, sellers = may_create_plans(request.row_scope), len(sellers_now(on=request.row_scope.on))
    plans = list(plan_list(scope=request.row_scope)[:10])
    if request.method == "POST" and not may_plan:
        raise NotAllowed(_("Your role does not allow this."))
    if request.method == "POST" and plans:
        return redirect(at[1].url)  # sent twice: the first one has made it
    form, action = _plan_form(request, sellers), request.POST.get("action")
    started = _started(request, form, action) if form.is_bound and form.is_valid() else None
    if started is not None and action in ("draft", "publish"):
        return _planned(request, started, action)
    shown = {"form": form, "started": started, "plans": plans, "sellers": sellers, "may_plan": may_plan}
    return _page(request, at, has_example=may_plan and not plans, **shown)


def _plan_form(request: PageRequest, sellers: int) -> PlanStepForm:
    """The form for the metrics chosen, or for some usual ones while nobody has chosen."""
    company, metrics = company_get(), metric_list()
    if len(metrics) > MOST:
        metrics = [metric for metric in metrics if metric.code in METRICS] or metrics[:MOST]
    # Sums before ratios: the first metric is the one whose spread is shown.
    metrics = sorted(metrics, key=lambda metric: metric.is_ratio)
    year = fiscal_year_of(request.row_scope.on, company.fiscal_year_start_month)
    initial: dict[str, Any] = {"fiscal_year": year, "name": _("Sales plan %(year)s") % {"year": year}}
    if "example" in request.GET:
        wanted = plan_example(metrics, sellers, company.currency)
        initial |= {f"amount_{code}": text for code, text in wanted.items()}
    return PlanStepForm(request.POST or None, metrics=metrics, currency=company.currency, initial=initial)


def _started(request: PageRequest, form: PlanStepForm, action: str | None) -> StartedPlan | None:
    """The plan made, or only tried; None when it was refused, with the reason on the form."""
    try:
        return plan_start(
            fiscal_year=form.cleaned_data["fiscal_year"],
            name=form.cleaned_data["name"],
            amounts=form.cleaned_data["amounts"],
            publish=action == "publish",
            actor=request.user,
            apply=action in ("draft", "publish"),
        )
    except DomainError as error:
        form_errors(form, error)
        return None


def _planned(request: PageRequest, started: StartedPlan, action: str) -> HttpResponse:
    """A draft is worked on in its own page; a published plan ends the first run."""
    if action == "draft":
        messages.success(request, _("The draft is made. Change what you like, then publish it."))
        return redirect("targets:plan", plan_id=started.plan.pk)
    messages.success(request, _("Published. Progress against it is being reckoned now."))
    return _onward(request, SetupStep.PLAN)


_PAGES = {
    SetupStep.COMPANY: _company,
    SetupStep.PEOPLE: _people,
    SetupStep.METRICS: _metrics,
    SetupStep.FACTS: _facts,
    SetupStep.PLAN: _plan,
}
