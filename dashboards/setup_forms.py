"""Input forms of the first run's steps."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from zoneinfo import available_timezones

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.utils.dates import MONTHS
from django.utils.translation import gettext_lazy as _

from common.errors import DomainError, Invalid
from common.money import CURRENCY_EXPONENTS
from common.pasted import pasted_text
from dashboards.setup_calendar import country_choices
from metrics.formats import plain_value
from metrics.models import Metric, MetricUnit, Nature
from org.http import translated
from org.models import Company
from org.models.access import GRANTABLE_ROLES

FIXED = ("currency", "time_zone", "fiscal_year_start_month")
MOST_BYTES = 2_000_000  # beyond that the command line is the better door


class CompanyStepForm(forms.ModelForm):
    """The company and the calendar it works by; what figures rest on is fixed once it is saved."""

    class Meta:
        model = Company
        fields = ("name", "currency", "fiscal_year_start_month", "time_zone", "country", "subdivision")

    currency = forms.ChoiceField(
        label=_("Plan currency"), choices=[(code, code) for code in sorted(CURRENCY_EXPONENTS)]
    )
    fiscal_year_start_month = forms.TypedChoiceField(
        label=_("First month of the fiscal year"), coerce=int, choices=list(MONTHS.items())
    )
    time_zone = forms.ChoiceField(
        label=_("Time zone"),
        choices=[(name, name) for name in sorted(available_timezones()) if "/" in name],
        help_text=_("A day ends at midnight there."),
    )
    country = forms.ChoiceField(label=_("Public holidays of"), required=False, choices=country_choices)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["subdivision"].help_text = _(
            "Its code, such as BY for Bavaria; empty for the whole country."
        )
        for name in FIXED if self.instance.is_set_up else ():
            self.fields[name].disabled = True
            self.fields[name].help_text = _("Fixed: figures may already rest on it.")


class TableForm(forms.Form):
    """A table pasted or uploaded; what was uploaded is shown in the field for pasting from then on."""

    table = forms.CharField(
        label=_("Table"),
        required=False,
        strip=False,
        help_text=_("Copy it from a spreadsheet with its headers, or write it with commas."),
        widget=forms.Textarea(
            attrs={"rows": 12, "class": "font-monospace", "spellcheck": "false", "wrap": "off"}
        ),
    )
    file = forms.FileField(
        label=_("Or a CSV file"),
        required=False,
        widget=forms.ClearableFileInput(attrs={"accept": ".csv,.tsv,.txt,text/csv,text/plain"}),
    )

    @classmethod
    def read(cls, data: Mapping[str, Any], files: Mapping[str, Any]) -> TableForm:
        """The posted form with the text of its file in the field for pasting."""
        text, error = str(data.get("table", "")), None
        try:
            text = _text_of(files.get("file")) or text
        except DomainError as refused:
            error = refused
        form = cls({"table": text})
        if error is not None:
            form.add_error("file", error.text(translated))
        elif not text.strip():
            form.add_error("table", _("Paste a table or choose a file first."))
        return form

    @property
    def text(self) -> str:
        return str(self.data.get("table", ""))


def _text_of(file: UploadedFile | None) -> str:
    if file is None:
        return ""
    if (file.size or 0) > MOST_BYTES:
        raise Invalid(_("The file has more than 2 MB: load it by ./run manage load_crm."), field="file")
    return pasted_text(file.read())


class InviteForm(forms.Form):
    """Whom to invite, and as what."""

    email = forms.EmailField(label=_("E-mail"))
    roles = forms.MultipleChoiceField(
        label=_("Company-wide roles"),
        choices=GRANTABLE_ROLES,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("Sellers and managers need none: their rights follow from their assignments."),
    )


class MetricsStepForm(forms.Form):
    """The metrics to work with."""

    metrics = forms.MultipleChoiceField(
        label=_("Metrics"),
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("Choose three to five metrics.")},
    )

    def __init__(self, *args: Any, metrics: Sequence[Metric], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.known = metrics
        self.fields["metrics"].choices = [(each.code, each.label) for each in metrics]  # type: ignore[attr-defined]

    def groups(self) -> list[tuple[str, list[tuple[Metric, bool]]]]:
        """Result and process metrics under their heading, each with whether it is ticked."""
        ticked = set(self["metrics"].value() or ())
        titles = {Nature.RESULT: _("Results: what is won"), Nature.PROCESS: _("Process: what leads there")}
        return [
            (str(title), [(each, each.code in ticked) for each in self.known if each.nature == nature])
            for nature, title in titles.items()
        ]


class PlanStepForm(forms.Form):
    """The first plan: its year, its name, the company's target of each metric."""

    fiscal_year = forms.IntegerField(label=_("Fiscal year"), min_value=1990, max_value=2200)
    name = forms.CharField(label=_("Plan"), max_length=200)

    def __init__(self, *args: Any, metrics: Iterable[Metric], currency: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.metrics, self.currency = list(metrics), currency
        for at, metric in enumerate(self.metrics):
            unit = currency if metric.unit == MetricUnit.CURRENCY else metric.get_unit_display()
            self.fields[f"amount_{metric.code}"] = forms.CharField(
                label=f"{metric.label} ({unit})",
                required=at == 0,
                max_length=40,
                help_text="" if at == 0 else _("Empty: not in this plan."),
                widget=forms.TextInput(attrs={"inputmode": "decimal", "class": "num"}),
            )

    def amount_fields(self) -> list[forms.BoundField]:
        return [self[f"amount_{metric.code}"] for metric in self.metrics]

    def clean(self) -> dict[str, Any]:
        """Add ``amounts``: the stored amount of each metric that has one."""
        clean: dict[str, Any] = super().clean() or {}
        clean["amounts"] = {}
        for metric in self.metrics:
            text = clean.get(f"amount_{metric.code}", "")
            if text:
                try:
                    clean["amounts"][metric] = self._amount(metric, text)
                except DomainError as error:
                    self.add_error(f"amount_{metric.code}", error.text(translated))
        return clean

    def _amount(self, metric: Metric, text: str) -> int:
        kind: dict[str, Any] = {"unit": metric.unit, "is_ratio": metric.is_ratio, "currency": self.currency}
        amount = plain_value(text, percent=True, **kind)
        if amount <= 0:
            raise Invalid(_("A target is above zero."))
        return amount
