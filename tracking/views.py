"""Pages of this room: the alerts in one's scope, and the rules that raise them."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from common.errors import DomainError, NotAllowed
from common.periods import period_containing
from org.http import Column, form_errors, opens_as_saved, or_404, page_required, paginate
from org.http.pages import PageRequest
from org.models import Role
from org.selectors import company_get
from tracking import policies, services
from tracking.forms import AlertFilter, RuleForm
from tracking.models import AlertRule
from tracking.selectors.alerts import alert_get, alert_list, rule_list

ALERTS = (
    Column(gettext_lazy("Who")),
    Column(gettext_lazy("Metric")),
    Column(gettext_lazy("Behind"), is_num=True, hint=gettext_lazy("Of what was due when it was last judged")),
    Column(gettext_lazy("Level")),
    Column(
        gettext_lazy("Chance while on plan"),
        is_num=True,
        hint=gettext_lazy("How often somebody exactly on plan would look this bad by luck alone"),
    ),
    Column(gettext_lazy("Since")),
    Column(gettext_lazy("Seen"), is_hidden=True),
)
RULES = (
    Column(gettext_lazy("Rule")),
    Column(gettext_lazy("State")),
    Column(gettext_lazy("Alert from"), is_num=True),
    Column(gettext_lazy("Critical from"), is_num=True),
    Column(gettext_lazy("Metric")),
    Column(gettext_lazy("Period")),
    Column(gettext_lazy("Guards")),
)


@page_required()
@opens_as_saved
def alerts(request: PageRequest) -> HttpResponse:
    """The alerts in scope, open ones first."""
    form = AlertFilter(request.GET)
    page = paginate(request, alert_list(scope=request.row_scope, **form.filters()))
    fiscal_start = company_get().fiscal_year_start_month
    rows = [
        {
            "alert": alert,
            "period": period_containing(alert.period_start, alert.grain, fiscal_start),
            "may_acknowledge": policies.may_acknowledge(request.row_scope, alert),
        }
        for alert in page
    ]
    context = {"form": form, "page": page, "rows": rows, "columns": ALERTS}
    context["may_edit_rules"] = policies.may_edit_rules(request.row_scope)
    return render(request, "tracking/alert_list.html", context)


@require_POST
@page_required()
def alert_acknowledge(request: PageRequest, pk: int) -> HttpResponse:
    """Say that an alert has been seen."""
    alert = or_404(alert_get(pk, scope=request.row_scope))
    if alert.acknowledged_at is None and not policies.may_acknowledge(request.row_scope, alert):
        raise NotAllowed(_("Whom an alert is about, or who leads them, says that it was seen."))
    services.alert_acknowledge(alert=alert, actor=request.user)
    messages.success(request, _("Noted."))
    return redirect("tracking:alert_list")


@page_required(Role.ADMIN)
def rules(request: PageRequest) -> HttpResponse:
    """All rules of alerting."""
    return render(request, "tracking/rule_list.html", {"rules": rule_list(), "columns": RULES})


@page_required(Role.ADMIN)
def rule_edit(request: PageRequest, pk: int | None = None) -> HttpResponse:
    """One form for a new rule and for changing one."""
    rule = (
        or_404(AlertRule.objects.select_related("metric").filter(pk=pk).first()) if pk is not None else None
    )
    form = RuleForm(request.POST or None, rule=rule)
    if request.method == "POST" and form.is_valid():
        try:
            services.rule_save(rule=rule, actor=request.user, **form.cleaned_data)
        except DomainError as error:
            form_errors(form, error)
        else:
            messages.success(request, _("Saved. The rule applies from the next finished workday on."))
            return redirect("tracking:rule_list")
    context = {"form": form, "rule": rule}
    return render(request, "tracking/rule_edit.html", context, status=422 if form.errors else 200)
