"""The filter of the SMART check, shared by its page and the API."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from metrics.models import Metric
from org.models import Unit
from org.scope import Scope
from targets.calc.smart import Grade, Letter
from targets.models import Plan
from targets.selectors import plan_metrics_of
from targets.selectors.checks import CheckAsk

LETTERS = {
    Letter.SPECIFIC: _("Specific"),
    Letter.MEASURABLE: _("Measurable"),
    Letter.ACHIEVABLE: _("Achievable"),
    Letter.RELEVANT: _("Relevant"),
    Letter.TIME_BOUND: _("Time-bound"),
}
GRADES = {
    Grade.MISSING: pgettext_lazy("grade", "missing"),
    Grade.WEAK: pgettext_lazy("grade", "weak"),
    Grade.UNKNOWN: pgettext_lazy("grade", "not known"),
    Grade.GOOD: pgettext_lazy("grade", "good"),
}


class CheckFilter(forms.Form):
    """Which findings a list shows."""

    letter = forms.ChoiceField(
        required=False,
        label=_("Criterion"),
        choices=[("", _("All")), *((key.value, label) for key, label in LETTERS.items())],
    )
    grade = forms.ChoiceField(
        required=False,
        label=_("Grade"),
        choices=[("", _("All")), *((key.value, label) for key, label in GRADES.items())],
    )
    metric = forms.ModelChoiceField(
        Metric.objects.none(), required=False, to_field_name="code", label=_("Metric"), empty_label=_("All")
    )
    unit = forms.ModelChoiceField(
        Unit.objects.none(), required=False, label=_("Unit with all below it"), empty_label=_("All")
    )

    def __init__(self, *args: Any, plan: Plan, scope: Scope, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        fields: Any = self.fields
        planned = [each.metric_id for each in plan_metrics_of(plan)]
        fields["metric"].queryset = Metric.objects.filter(pk__in=planned)
        units = Unit.objects.filter(is_placeholder=False, targets__plan=plan)
        fields["unit"].queryset = scope.restrict(units).order_by("name").distinct()

    def ask(self) -> CheckAsk:
        """What was asked for; a part that can't be read is left out."""
        self.is_valid()
        said = self.cleaned_data
        unit = said.get("unit")
        return CheckAsk(
            said.get("metric"), unit.pk if unit else None, said.get("letter", ""), said.get("grade", "")
        )
