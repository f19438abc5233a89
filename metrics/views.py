"""Pages of this room: the list of metrics and their definitions, for administrators."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from common.errors import DomainError
from common.periods import Grain, period_containing, previous
from metrics import selectors, services
from metrics.forms import FilterRows, MetricForm, filters_read, filters_typed
from metrics.http import wake
from metrics.models import Metric
from metrics.policies import DEFINERS
from org.http import Column, form_errors, page_required
from org.models import User
from org.selectors import company_get, company_today

METRICS = (
    Column(gettext_lazy("Metric")),
    Column(gettext_lazy("How it is counted")),
    Column(gettext_lazy("State")),
    Column(gettext_lazy("Kind")),
)


@page_required(*DEFINERS)
def metric_list(request: HttpRequest) -> HttpResponse:
    """All metrics with how each is counted."""
    metrics = selectors.metric_list(include_inactive=True)
    rows = [{"metric": metric, "formula": selectors.metric_formula(metric)} for metric in metrics]
    return render(request, "metrics/metric_list.html", {"rows": rows, "columns": METRICS})


@page_required(*DEFINERS)
def metric_edit(request: HttpRequest, code: str = "") -> HttpResponse:
    """One form for a new metric and for changing one; “Preview” counts without saving."""
    metric = selectors.metric_get(code) if code else None
    currency = company_get().currency
    form = MetricForm(request.POST or None, metric=metric)
    typed = filters_typed(metric, currency) if metric and request.method == "GET" else []
    rows = FilterRows(request.POST or None, initial=typed, prefix="filters")
    context: dict[str, Any] = {"form": form, "rows": rows, "metric": metric}
    if request.method == "POST" and form.is_valid() and rows.is_valid():
        try:
            filters = filters_read(form.cleaned_data["source"], rows, currency)
            if "preview" not in request.POST:
                return _saved(request, metric, {**form.cleaned_data, "filters": filters})
            context |= _preview(metric, {**form.cleaned_data, "filters": filters})
        except DomainError as error:
            form_errors(form, error)
    return render(request, "metrics/metric_edit.html", context, status=422 if form.errors else 200)


def _saved(request: HttpRequest, metric: Metric | None, fields: dict[str, Any]) -> HttpResponse:
    assert isinstance(request.user, User)
    saved = services.metric_save(metric=metric, actor=request.user, **fields)
    if saved.recount_requested_at is not None:
        transaction.on_commit(wake)
        messages.success(
            request, _("Saved. All days of “%(name)s” are being counted anew.") % {"name": saved.label}
        )
    else:
        messages.success(request, _("Saved."))
    return redirect("metrics:metric_list")


def _preview(metric: Metric | None, fields: dict[str, Any]) -> dict[str, Any]:
    """What the definition on the form counts in the last full month."""
    month = previous(period_containing(company_today(), Grain.MONTH))
    tried = services.metric_check(metric=metric, **fields)
    if tried.is_ratio:
        return {}
    counted = selectors.definition_preview(tried, month.start, month.end)
    return {"preview": counted, "preview_metric": tried, "preview_month": month}
