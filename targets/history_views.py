"""The history of a target as a timeline, and two versions of a plan beside each other."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from common.tables import rows_as_csv
from org.http import Column, PageRequest, page_required, paginate
from targets import selectors
from targets.forms import Amounts
from targets.models import Plan
from targets.selectors.diffs import ADDED, CHANGED, REMOVED, DiffRow, diff_named

HERE = "targets:plan_diff"
STATES = (("", gettext_lazy("All")), (ADDED, gettext_lazy("added")), (REMOVED, gettext_lazy("removed")))
DIFF = (
    Column(gettext_lazy("Target")),
    Column(gettext_lazy("Metric")),
    Column(gettext_lazy("What happened")),
    Column(gettext_lazy("Before"), is_num=True),
    Column(gettext_lazy("After"), is_num=True),
    Column(gettext_lazy("Change"), is_num=True),
    Column(gettext_lazy("Months changed"), is_num=True),
)


class DiffForm(forms.Form):
    """Which version to compare with, and what to show of it."""

    other = forms.TypedChoiceField(label=gettext_lazy("Compared with"), coerce=int)
    metric = forms.ChoiceField(required=False, label=gettext_lazy("Metric"))
    state = forms.ChoiceField(
        required=False,
        label=gettext_lazy("What happened"),
        choices=[*STATES, (CHANGED, gettext_lazy("changed"))],
    )

    def __init__(self, *args: Any, others: list[Plan], plan: Plan, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        fields: Any = self.fields
        fields["other"].choices = [
            (each.pk, f"{each.name} · {_('version')} {each.number} · {each.get_status_display()}")
            for each in others
        ]
        metrics = [each.metric for each in selectors.plan_metrics_of(plan)]
        fields["metric"].choices = [("", _("All"))] + [(metric.code, metric.label) for metric in metrics]


@page_required()
def target_history(request: PageRequest, target_id: int) -> HttpResponse:
    """What happened to a target, by whom and why."""
    target = selectors.target_get(target_id, scope=request.row_scope)
    context = {
        "plan": target.plan,
        "here": "targets:plan",
        "target": target,
        "happenings": selectors.target_history(target, scope=request.row_scope),
        "earlier": selectors.earlier_version(target, scope=request.row_scope),
        "revised": sum(selectors.revised_months(target)) if target.is_additive else target.amount,
    }
    return render(request, "targets/target_history.html", context)


@page_required()
def plan_diff(request: PageRequest, plan_id: int) -> HttpResponse:
    """What another version of the year has otherwise, as a page or as CSV."""
    scope = request.row_scope
    plan = selectors.plan_get(plan_id, scope=scope)
    others = selectors.plans_comparable(plan, plans=list(selectors.plan_list(scope=scope)))
    context: dict[str, Any] = {"plan": plan, "here": HERE, "columns": DIFF, "others": others}
    if not others:
        return render(request, "targets/plan_diff.html", context)
    asked = request.GET.copy()
    first = next((each for each in others if each.pk == plan.based_on_id), others[0])
    asked.setdefault("other", str(first.pk))
    form = DiffForm(asked, others=others, plan=plan)
    said = form.cleaned_data if form.is_valid() else {"other": first.pk, "metric": "", "state": ""}
    other = next((each for each in others if each.pk == said.get("other")), first)
    metrics = [each.metric for each in selectors.plan_metrics_of(plan)]
    metric = next((each for each in metrics if each.code == said.get("metric")), None)
    rows = selectors.plan_diff(other, plan, scope=scope, metric_id=metric.pk if metric else None)
    tops = [row for row in rows if row.is_top]
    counts = {state: sum(row.state == state for row in rows) for state in (ADDED, REMOVED, CHANGED)}
    if said.get("state"):
        rows = [row for row in rows if row.state == said["state"]]
    if request.GET.get("export") == "csv":
        return _file(rows, other, plan)
    page: Any = paginate(request, rows)  # type: ignore[arg-type]
    context |= {
        "form": form,
        "reset": request.path,
        "other": other,
        "page": page,
        "rows": diff_named(page.object_list),
        "tops": diff_named(tops),
        "counts": counts,
    }
    return render(request, "targets/plan_diff.html", context)


def _file(rows: list[DiffRow], before: Plan, after: Plan) -> HttpResponse:
    months = [str(at) for at in range(1, 13)]
    headers = [
        *(_("Metric"), _("Target"), _("Segment"), _("What happened"), _("Before"), _("After")),
        *(f"{_('Before')} {month}" for month in months),
        *(f"{_('After')} {month}" for month in months),
    ]
    words = {ADDED: _("added"), REMOVED: _("removed"), CHANGED: _("changed")}

    def cells() -> Any:
        for named in diff_named(rows):
            amounts = Amounts(named.metric, after.currency)
            was, now = named.row.before or (None,) * 13, named.row.after or (None,) * 13
            texts = [amounts.write(value) for value in (was[0], now[0], *was[1:], *now[1:])]
            yield [named.metric.label, named.name, named.segment, words[named.row.state], *texts]

    answer = HttpResponse(rows_as_csv(headers, cells()), content_type="text/csv; charset=utf-8")
    name = f"{after.fiscal_year}-v{before.number}-v{after.number}.csv"
    answer["Content-Disposition"] = content_disposition_header(as_attachment=True, filename=name)
    return answer
