"""The filter form of the figures, and the form of a definition with its filter rows."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from common.errors import Invalid
from common.money import decimal_string, to_minor
from common.periods import ONE_DAY, Grain, fiscal_year_of, fiscal_year_period
from metrics.models import Direction, FactSource, Metric, MetricKind, MetricUnit, Nature
from metrics.selectors import BY
from metrics.selectors.sources import OPERATORS, SOURCES, FieldKind
from org.models import Company

OPERATOR_LABELS = {
    "exact": _("is"),
    "in": _("is one of (separated by commas)"),
    "gte": _("is at least"),
    "lte": _("is at most"),
    "isnull": _("is empty (yes or no)"),
}
YES = ("yes", "true", "1")
NO = ("no", "false", "0")


class ActualsFilter(forms.Form):
    """Which figures: ``from`` and ``to`` are both included; empty means the fiscal year up to today."""

    metric = forms.SlugField()
    grain = forms.ChoiceField(choices=[(grain.value, grain.value) for grain in Grain], required=False)
    by = forms.ChoiceField(choices=[(by, by) for by in BY], required=False)
    unit = forms.CharField(required=False, max_length=120)
    page_size = forms.IntegerField(min_value=1, max_value=10_000, required=False)
    cursor = forms.RegexField(r"^\d{4}-\d{2}-\d{2}_\d{1,18}$", required=False)

    def __init__(self, query: Mapping[str, Any], *, company: Company, today: dt.date) -> None:
        super().__init__(query)
        self.company, self.today = company, today
        # "from" is no name for a class attribute.
        self.fields["from"] = forms.DateField(required=False)
        self.fields["to"] = forms.DateField(required=False)

    def clean(self) -> dict[str, Any]:
        """Fill the defaults; adds ``start`` and ``end`` (half-open) and ``after`` (the cursor's key)."""
        values: dict[str, Any] = super().clean() or {}
        values["grain"] = values.get("grain") or Grain.MONTH
        values["by"] = values.get("by") or "unit"
        values["page_size"] = values.get("page_size") or 1000
        month = self.company.fiscal_year_start_month
        first = fiscal_year_period(fiscal_year_of(self.today, month), month).start
        values["start"] = values.get("from") or first
        last = values.get("to") or max(self.today, values["start"])
        if last < values["start"]:
            self.add_error("to", _("The last day is before the first."))
        values["end"] = last + ONE_DAY if last < dt.date.max else last
        values["after"] = self._after(values.get("cursor") or "")
        return values

    def _after(self, cursor: str) -> tuple[dt.date, int] | None:
        if not cursor:
            return None
        day, _sep, key = cursor.partition("_")
        try:
            return dt.date.fromisoformat(day), int(key)
        except ValueError:
            self.add_error("cursor", _("This cursor is not one of ours."))
            return None


class MetricForm(forms.Form):
    """A metric's definition without its filters. Code and kind are asked once, when it is made."""

    code = forms.SlugField(label=_("code"), max_length=60)
    kind = forms.ChoiceField(label=_("kind"), choices=MetricKind.choices)
    name = forms.CharField(label=_("name"), max_length=100)
    description = forms.CharField(
        label=_("definition"), widget=forms.Textarea(attrs={"rows": 2}), required=False
    )
    unit = forms.ChoiceField(label=_("unit"), choices=MetricUnit.choices)
    direction = forms.ChoiceField(label=_("direction"), choices=Direction.choices)
    nature = forms.ChoiceField(label=_("nature"), choices=Nature.choices)
    source = forms.ChoiceField(
        label=_("facts counted"), choices=[("", "–"), *FactSource.choices], required=False
    )
    date_field = forms.ChoiceField(label=_("counts on"), required=False)
    numerator = forms.ModelChoiceField(Metric.objects.none(), label=_("numerator"), required=False)
    denominator = forms.ModelChoiceField(Metric.objects.none(), label=_("denominator"), required=False)
    position = forms.IntegerField(label=_("position"), min_value=0, required=False)
    is_active = forms.BooleanField(label=_("active"), required=False)

    def __init__(self, data: Mapping[str, Any] | None = None, *, metric: Metric | None = None) -> None:
        names = [name for name in self.base_fields if name not in ("numerator", "denominator")]
        initial: dict[str, Any] = {"is_active": True, "position": 100}
        if metric is not None:
            initial = {name: getattr(metric, name) for name in names}
            initial |= {"numerator": metric.numerator_id, "denominator": metric.denominator_id}
        super().__init__(data, initial=initial)
        dates = {name: label for source in SOURCES.values() for name, label in source.dates.items()}
        self.fields["date_field"].choices = [("", "–"), *dates.items()]  # type: ignore[attr-defined]
        parts = Metric.objects.exclude(kind=MetricKind.RATIO)
        for name in ("numerator", "denominator"):
            self.fields[name].queryset = parts  # type: ignore[attr-defined]
        if metric is not None:
            del self.fields["code"], self.fields["kind"]

    def clean_position(self) -> int:
        return self.cleaned_data["position"] or 0


class FilterRow(forms.Form):
    """One filter as typed: field, operator, value. An empty field means no filter."""

    field = forms.ChoiceField(label=_("field"), required=False)
    op = forms.ChoiceField(label=_("operator"), choices=list(OPERATOR_LABELS.items()), required=False)
    value = forms.CharField(label=_("value"), required=False, max_length=500)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        fields = {name: spec.label for source in SOURCES.values() for name, spec in source.fields.items()}
        self.fields["field"].choices = [("", "–"), *fields.items()]  # type: ignore[attr-defined]


FilterRows = forms.formset_factory(FilterRow, extra=3, max_num=20)


def filters_read(source: str, rows: forms.BaseFormSet[FilterRow], currency: str) -> list[dict[str, Any]]:
    """The typed rows as filters; amounts in minor units. Raises Invalid for a value that can't be read."""
    filters = []
    for row in rows.cleaned_data:
        if row.get("field"):
            value = _read(source, row["field"], row["op"], row["value"].strip(), currency)
            filters.append({"field": row["field"], "op": row["op"], "value": value})
    return filters


def filters_typed(metric: Metric, currency: str) -> list[dict[str, str]]:
    """A metric's filters as the rows of the form."""
    typed = []
    for entry in metric.filters:
        value = entry["value"]
        kind = SOURCES[metric.source].fields[entry["field"]].kind
        if isinstance(value, bool):
            text = "yes" if value else "no"
        elif kind == FieldKind.AMOUNT:
            text = decimal_string(value, currency)
        else:
            text = ", ".join(value) if isinstance(value, list) else value
        typed.append({"field": entry["field"], "op": entry["op"], "value": text})
    return typed


def _read(source: str, field: str, op: str, text: str, currency: str) -> Any:
    spec = SOURCES[source].fields.get(field) if source in SOURCES else None
    if spec is None or op not in OPERATORS[spec.kind]:
        return text  # the white list refuses it and says what can be
    if op == "isnull" or spec.kind == FieldKind.FLAG:
        if text.lower() not in (*YES, *NO):
            raise Invalid(_("Write yes or no: %(text)s."), field="filters", params={"text": text})
        return text.lower() in YES
    if spec.kind == FieldKind.AMOUNT:
        return to_minor(text, currency)
    return [part.strip() for part in text.split(",") if part.strip()] if op == "in" else text
