"""The switchers of every progress page: period, metric and as-of date, all kept in the URL."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from dashboards.selectors import Choice
from metrics.models import Metric
from tracking.models import SnapshotGrain


class ChoiceForm(forms.Form):
    """Reads a ``Choice`` from a query; anything wrong or missing falls back to the reader's own first period,
    the first metric, today.
    """

    period = forms.ChoiceField(label=_("Period"), choices=SnapshotGrain.choices, required=False)
    metric = forms.ChoiceField(label=_("Metric"), required=False)
    as_of = forms.DateField(
        label=_("As of"), required=False, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )

    def __init__(
        self,
        query: Mapping[str, Any],
        *,
        metrics: Sequence[Metric],
        today: dt.date,
        period: str = SnapshotGrain.MONTH,
    ) -> None:
        self.metrics = {metric.code: metric for metric in metrics}
        self.today = today
        self.first_period = period
        first = next(iter(self.metrics), "")
        super().__init__(
            {
                "period": query.get("period") or period,
                "metric": query.get("metric") or first,
                "as_of": query.get("as_of") or today.isoformat(),
            }
        )
        choices = [(metric.code, metric.label) for metric in metrics]
        self.fields["metric"].choices = choices  # type: ignore[attr-defined]
        self.fields["as_of"].widget.attrs["max"] = today.isoformat()
        for field in self.fields.values():
            field.widget.attrs["data-submit-on-change"] = "yes"

    def clean_as_of(self) -> dt.date:
        """A day that has begun; figures of days to come do not exist."""
        as_of = self.cleaned_data.get("as_of") or self.today
        if as_of > self.today:
            raise forms.ValidationError(_("Choose a day up to today."))
        return as_of

    def choice(self) -> Choice:
        """The choice to show; wrong parts are replaced, and the form keeps saying what was wrong."""
        self.is_valid()
        clean = self.cleaned_data
        metric = self.metrics.get(clean.get("metric", "")) or next(iter(self.metrics.values()))
        as_of = clean.get("as_of") or self.today
        return Choice(metric, clean.get("period") or self.first_period, as_of, as_of == self.today)
