"""The forms of a calibration: what a proposal says, what it changes, and each step of its way."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from common.errors import FieldError, Invalid
from targets.forms import Amounts
from targets.models import CalibrationStatus, Plan, Target, Trigger
from targets.services import CalibrationAsk, first_open_month, month_name
from targets.strategy_forms import percent_read


class CalibrationFilter(forms.Form):
    """Which proposals a list shows."""

    status = forms.ChoiceField(
        required=False, label=_("State"), choices=[("", _("All")), *CalibrationStatus.choices]
    )


class CalibrationForm(forms.Form):
    """What a proposal says."""

    title = forms.CharField(label=_("Title"), max_length=200)
    trigger = forms.ChoiceField(label=_("Caused by"), choices=Trigger.choices)
    evidence = forms.CharField(
        label=_("Evidence"),
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("What shows that a change is needed: figures, news, who left."),
    )
    links = forms.CharField(
        required=False,
        label=_("Links to the evidence"),
        max_length=5000,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("One web address a line."),
    )
    reason = forms.CharField(
        label=_("Reason told to everyone affected"),
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("It stands on the page of everyone whose target changes."),
    )

    def ask(self, asked: Mapping[str, Any]) -> CalibrationAsk:
        """What the valid form says; ``asked`` is how its lines came about."""
        said = self.cleaned_data
        links = [line.strip() for line in said["links"].splitlines() if line.strip()]
        return CalibrationAsk(
            said["title"], said["trigger"], said["evidence"], said["reason"], links, dict(asked)
        )


class ChangeForm(forms.Form):
    """What becomes of the chosen targets' months."""

    change = forms.CharField(
        label=_("Change, %"), max_length=20, initial="-20", help_text=_("Between −30 and +10 for a month.")
    )
    first = forms.TypedChoiceField(label=_("From"), coerce=int)
    last = forms.TypedChoiceField(label=_("To"), coerce=int)
    keep = forms.CharField(
        required=False,
        max_length=20,
        label=_("Keep of the year, %"),
        initial="100",
        help_text=_("Later months make up for a cut until this is kept; empty: the year shrinks."),
    )

    def __init__(self, *args: Any, plan: Plan, **kwargs: Any) -> None:
        opens = first_open_month(plan)
        kept = kwargs.pop("initial", None) or {}
        kwargs["initial"] = {"first": min(opens, 11), "last": min(opens + 1, 11)} | kept
        super().__init__(*args, **kwargs)
        choices = [(at, month_name(plan, at)) for at in range(opens, 12)]
        fields: Any = self.fields
        fields["first"].choices = fields["last"].choices = choices
        fields["change"].widget.attrs["inputmode"] = fields["keep"].widget.attrs["inputmode"] = "decimal"

    def factor(self) -> str:
        """The factor of the months; raises Invalid."""
        points = percent_read(self.cleaned_data["change"], "change")
        if points is None:
            raise Invalid(_("Give the percentage."), field="change")
        return str(1 + Decimal(points) / 10_000)

    def keep_bp(self) -> int | None:
        """What of the year is kept in basis points, None for nothing; raises Invalid."""
        points = percent_read(self.cleaned_data["keep"], "keep")
        if points is not None and not 0 <= points <= 10_000:
            raise Invalid(_("Keep between 0 and 100 % of the year."), field="keep")
        return points


class AnalysisForm(forms.Form):
    """What the head of sales makes of a proposal."""

    analysis = forms.CharField(label=_("Analysis"), max_length=4000, widget=forms.Textarea(attrs={"rows": 4}))


class DecisionForm(forms.Form):
    """What management decides."""

    decision = forms.CharField(label=_("Decision"), max_length=4000, widget=forms.Textarea(attrs={"rows": 3}))


class OverrideForm(forms.Form):
    """Why a floor may be broken."""

    override_reason = forms.CharField(
        label=_("Why the floor may be broken"), max_length=4000, widget=forms.Textarea(attrs={"rows": 2})
    )


class PublishForm(forms.Form):
    """From which day on it counts."""

    effective_on = forms.DateField(
        required=False,
        label=_("Counts from"),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        help_text=_("Today if left empty; the first month it changes must not have begun by then."),
    )


class FloorsForm(forms.Form):
    """How far calibrations may go."""

    year = forms.CharField(label=_("Of the year, %"), max_length=10)
    quarter = forms.CharField(label=_("Of a quarter, %"), max_length=10)

    def points(self, name: str) -> int:
        """A floor in basis points; raises Invalid."""
        points = percent_read(self.cleaned_data[name], name)
        if points is None:
            raise Invalid(_("Give the percentage."), field=name)
        return points


def months_read(
    data: Mapping[str, Any], target: Target, months: Sequence[int], *, opens: int, currency: str
) -> list[int] | None:
    """The months typed for a target, ``month-7-5`` is June of target 7; None where none were typed.

    Months that have begun, and empty cells, stay. Raises Invalid with an error for each wrong cell.
    """
    amounts = Amounts(target.metric, currency)
    typed = list(months)
    errors: list[FieldError] = []
    names = {at: f"month-{target.pk}-{at}" for at in range(opens, 12)}
    if not any(name in data for name in names.values()):
        return None
    for at, name in names.items():
        raw = str(data.get(name, "") or "").strip()
        if not raw:
            continue
        try:
            typed[at] = amounts.read(raw)
        except Invalid as error:
            errors.append(FieldError(name, error.message, error.code, error.params))
    if errors:
        raise Invalid(_("Some months can't be read."), errors=errors)
    return typed
