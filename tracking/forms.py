"""Filter forms of progress and alerts, shared by pages and API, and the form of an alert rule."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from metrics.models import Metric
from tracking.models import AlertLevel, AlertRule, SnapshotGrain

OWNER = r"^(children:)?(unit|person):[^:\s]{1,120}$"


class PercentField(forms.FloatField):
    """A share stored as 0.2 and typed as 20."""

    def __init__(self, **options: Any) -> None:
        widget = forms.NumberInput(attrs={"step": "any", "inputmode": "decimal"})
        super().__init__(min_value=0, max_value=100, widget=widget, help_text=_("in percent"), **options)

    def prepare_value(self, value: Any) -> Any:
        """Show a stored share; what was typed stays as typed."""
        return round(value * 100, 6) if isinstance(value, float) else value

    def clean(self, value: Any) -> Any:
        """The typed percent as a share."""
        percent = super().clean(value)
        return None if percent is None else round(percent / 100, 8)


class WorkdaysField(forms.CharField):
    """Rising numbers of workdays, typed with commas."""

    def prepare_value(self, value: Any) -> Any:
        """Show a stored list."""
        return ", ".join(map(str, value)) if isinstance(value, list) else value

    def clean(self, value: Any) -> Any:
        """The numbers; raises ValidationError for anything else."""
        typed = super().clean(value).replace("，", ",").split(",")
        try:
            return [int(part) for part in typed if part.strip()]
        except ValueError:
            raise forms.ValidationError(_("Give rising numbers of workdays, such as 3, 6.")) from None


class RuleForm(forms.Form):
    """An alert rule."""

    name = forms.CharField(label=_("name"), max_length=100)
    metric = forms.ModelChoiceField(
        label=_("metric"), queryset=Metric.objects.none(), required=False, empty_label=_("every metric")
    )
    grain = forms.ChoiceField(label=_("period"), choices=SnapshotGrain.choices)
    watch_ratio = PercentField(label=_("watch from"))
    threshold_ratio = PercentField(label=_("alert from"))
    critical_ratio = PercentField(label=_("critical from"))
    clear_ratio = PercentField(label=_("clears under"))
    min_workdays = forms.IntegerField(label=_("after workdays"), min_value=0, max_value=60)
    min_plan_ratio = PercentField(label=_("after share of the plan"))
    alpha = PercentField(label=_("chance of a false alarm"))
    confirmations = forms.IntegerField(label=_("confirmed by evaluations"), min_value=1, max_value=5)
    clear_confirmations = forms.IntegerField(label=_("cleared by evaluations"), min_value=1, max_value=5)
    escalate_workdays = WorkdaysField(label=_("escalates after workdays"), required=False)
    is_literal = forms.BooleanField(
        label=_("literal rule"),
        required=False,
        help_text=_("The bare threshold: no waiting, no guard against chance, no confirmation."),
    )
    is_active = forms.BooleanField(label=_("active"), required=False)

    def __init__(self, typed: Mapping[str, Any] | None, *, rule: AlertRule | None) -> None:
        shown = rule or AlertRule(escalate_workdays=[3, 6])
        super().__init__(typed, initial={name: getattr(shown, name) for name in self.base_fields})
        self.fields["metric"].queryset = Metric.objects.order_by("position", "pk")  # type: ignore[attr-defined]


class AlertFilter(forms.Form):
    """Which alerts: open ones unless told otherwise."""

    STATES = (("open", _("open")), ("cleared", _("cleared")), ("all", _("all")))
    state = forms.ChoiceField(label=_("State"), choices=STATES, required=False)
    level = forms.ChoiceField(
        label=_("Level"),
        choices=[("", _("any level")), *(each for each in AlertLevel.choices if each[0] != AlertLevel.OK)],
        required=False,
    )
    metric = forms.ModelChoiceField(
        label=_("Metric"),
        queryset=Metric.objects.none(),
        to_field_name="code",
        required=False,
        empty_label=_("every metric"),
    )
    period = forms.ChoiceField(
        label=_("Period"), choices=[("", _("any period")), *SnapshotGrain.choices], required=False
    )

    def __init__(self, query: Mapping[str, Any]) -> None:
        super().__init__(query)
        self.fields["metric"].queryset = Metric.objects.order_by("position", "pk")  # type: ignore[attr-defined]

    def filters(self) -> dict[str, Any]:
        """The filters of ``selectors.alerts.alert_list``; wrong parts filter nothing."""
        self.is_valid()
        clean = self.cleaned_data
        state = clean.get("state") or "open"
        metric = clean.get("metric")
        return {
            "state": "" if state == "all" else state,
            "level": clean.get("level", ""),
            "metric_id": metric.pk if metric else None,
            "grain": clean.get("period", ""),
        }


class OwnerFilter(forms.Form):
    """Whose: ``unit:<id>``, ``person:<id>`` or ``children:unit:<id>``; our id or the external one."""

    owner = forms.RegexField(OWNER, required=False)


class ProgressFilter(OwnerFilter):
    """Which progress: month and today unless told otherwise."""

    metric = forms.SlugField(required=False)
    period = forms.ChoiceField(choices=SnapshotGrain.choices, required=False)
    as_of = forms.DateField(required=False, input_formats=["%Y-%m-%d"])

    def __init__(self, query: Mapping[str, Any], *, today: dt.date) -> None:
        super().__init__(query)
        self.today = today

    def clean_as_of(self) -> dt.date:
        """A day that has begun."""
        as_of: dt.date = self.cleaned_data.get("as_of") or self.today
        if as_of > self.today:
            raise forms.ValidationError(_("Figures of days to come do not exist."))
        return as_of

    def clean_period(self) -> str:
        """Month unless told otherwise."""
        return self.cleaned_data.get("period") or SnapshotGrain.MONTH
