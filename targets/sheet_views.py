"""The spreadsheet page of a plan: export it, upload it edited, see what would change, decide."""

from __future__ import annotations

import re
from typing import Any

from django import forms
from django.contrib import messages
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_POST

from common.errors import DomainError, NotAllowed, NotFound
from crm.services.imports import MOST_BYTES
from metrics.formats import PARTS_PER_MILLION
from metrics.models import Metric
from metrics.templatetags.figures import figure_text
from org.http import Column, PageRequest, form_errors, or_404, page_required, paginate
from targets import policies, selectors
from targets.models import Plan, PlanSheet, SheetState
from targets.selectors.sheets import plan_sheet_get, plan_sheets
from targets.services.sheets import sheet_apply, sheet_discard, sheet_try, sheet_write

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
MOST_SHOWN = 200
SHEETS = (
    Column(gettext_lazy("File")),
    Column(gettext_lazy("State")),
    Column(gettext_lazy("Changes"), is_num=True),
    Column(gettext_lazy("By")),
    Column(gettext_lazy("When")),
)
CHANGES = (
    Column(gettext_lazy("Line"), is_num=True),
    Column(gettext_lazy("Target")),
    Column(gettext_lazy("Year before"), is_num=True),
    Column(gettext_lazy("Year after"), is_num=True),
    Column(gettext_lazy("Change"), is_num=True),
    Column(gettext_lazy("Months changed"), is_num=True),
    Column(gettext_lazy("State")),
)
PROBLEMS = (
    Column(gettext_lazy("Sheet")),
    Column(gettext_lazy("Line"), is_num=True),
    Column(gettext_lazy("Column")),
    Column(gettext_lazy("What is wrong, and the mend")),
)


class SheetForm(forms.Form):
    """An edited workbook."""

    file = forms.FileField(
        label=gettext_lazy("Edited workbook (XLSX)"),
        widget=forms.FileInput(attrs={"accept": ".xlsx", "data-drop-input": "", "data-most": MOST_BYTES}),
    )


@page_required()
def plan_sheet(request: PageRequest, plan_id: int) -> HttpResponse:
    """Export and upload of a plan, and what was uploaded before."""
    scope = request.row_scope
    plan = selectors.plan_get(plan_id, scope=scope)
    may_upload = policies.may_edit(scope, plan)
    form = SheetForm(request.POST or None, request.FILES or None)
    if request.method == "POST":
        _demand(may_upload or plan.status not in policies.OPEN)
        if form.is_valid():
            try:
                return redirect("targets:sheet_trial", sheet_id=_received(request, plan, form).pk)
            except DomainError as error:
                form_errors(form, error)
    page = paginate(request, plan_sheets(plan, scope=scope), per_page=25)
    context = {"plan": plan, "here": "targets:plan_sheet", "form": form, "may_upload": may_upload}
    context |= {"page": page, "rows": page, "columns": SHEETS, "most_mb": MOST_BYTES // 1_000_000}
    return render(request, "targets/sheet.html", context)


def _received(request: PageRequest, plan: Plan, form: SheetForm) -> PlanSheet:
    file: UploadedFile = form.cleaned_data["file"]
    return sheet_try(
        plan=plan,
        file_name=file.name or "",
        content=file.read(),
        scope=request.row_scope,
        actor=request.user,
    )


@page_required()
def plan_sheet_file(request: PageRequest, plan_id: int) -> HttpResponse:
    """The plan as a workbook."""
    plan = selectors.plan_get(plan_id, scope=request.row_scope)
    name = re.sub(r"[^\w\-. ]+", "_", f"{plan.name} {plan.fiscal_year} v{plan.number}")
    answer = HttpResponse(sheet_write(plan, scope=request.row_scope), content_type=XLSX)
    answer["Content-Disposition"] = content_disposition_header(True, f"{name}.xlsx") or ""
    return answer


@page_required()
def sheet_trial(request: PageRequest, sheet_id: int) -> HttpResponse:
    """What an uploaded workbook would change, row by row."""
    sheet = or_404(plan_sheet_get(sheet_id, scope=request.row_scope))
    metrics = {each.metric.code: each.metric for each in selectors.plan_metrics_of(sheet.plan)}
    rows = [_shown(row, metrics) for row in sheet.changes]
    rows.sort(key=lambda row: not row["is_conflict"])
    is_open = sheet.state == SheetState.TRIED and sheet.plan.status in policies.OPEN
    context = {
        "plan": sheet.plan,
        "here": "targets:plan_sheet",
        "sheet": sheet,
        "columns": CHANGES,
        "rows": rows[:MOST_SHOWN],
        "more": max(0, len(rows) - MOST_SHOWN),
        "conflicts": sum(row["is_conflict"] for row in rows),
        "problem_columns": PROBLEMS,
        "problems": sheet.problems[:MOST_SHOWN],
        "may_apply": is_open and bool(rows) and policies.may_edit(request.row_scope, sheet.plan),
        "may_discard": sheet.state == SheetState.TRIED,
    }
    return render(request, "targets/sheet_trial.html", context)


def _shown(row: dict[str, Any], metrics: dict[str, Metric]) -> dict[str, Any]:
    """A change as the table shows it."""
    metric = metrics.get(row["metric"])
    before, after = row["theirs"][0], row["mine"][0]
    months = zip(row["theirs"][1:], row["mine"][1:], strict=True)
    figures = {"before": before, "after": after, "change": after - before}
    if metric is not None:
        scale = PARTS_PER_MILLION if metric.is_ratio else 1
        figures = {
            name: figure_text(value / scale if metric.is_ratio else value, metric)
            for name, value in figures.items()
        }
    return (
        row
        | figures
        | {
            "metric_label": metric.label if metric else row["metric"],
            "is_more": after > before,
            "is_less": after < before,
            "month_count": sum(old != new for old, new in months),
        }
    )


@require_POST
@page_required()
def sheet_decide(request: PageRequest, sheet_id: int, step: str) -> HttpResponse:
    """Take a trial over, or let it go."""
    sheet = or_404(plan_sheet_get(sheet_id, scope=request.row_scope))
    _demand(policies.may_edit(request.row_scope, sheet.plan) or sheet.plan.status not in policies.OPEN)
    actor: Any = request.user
    if step not in ("apply", "discard"):
        raise NotFound(_("There is no such step."))
    if step == "discard":
        sheet_discard(sheet=sheet, actor=actor)
        return redirect("targets:plan_sheet", plan_id=sheet.plan_id)
    chosen = {
        int(pk) for pk in request.POST.getlist("mine") if pk.isascii() and pk.isdigit() and len(pk) < 16
    }
    count = sheet_apply(
        sheet=sheet,
        mine=chosen,
        follow="follow" in request.POST,
        actor=actor,
        reason=request.POST.get("reason", "")[:2000],
    )
    told = ngettext("%(count)s target taken over.", "%(count)s targets taken over.", count)
    messages.success(request, told % {"count": count})
    return redirect("targets:plan", plan_id=sheet.plan_id)


def _demand(allowed: bool) -> None:
    if not allowed:
        raise NotAllowed(_("Your role does not allow this."))
