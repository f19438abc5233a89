"""Forms of the planning pages, and how amounts typed in them are read."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from common.errors import FieldError, Invalid
from common.records import Refused
from crm.calc.cells import amount_read
from metrics.formats import plain_text, plain_value
from metrics.models import Metric
from targets.models import Target
from targets.services import ChildAsk

SPLITS = [
    ("unit", _("Units below")),
    ("person", _("People of the unit")),
    ("product_line", _("Product lines")),
    ("region", _("Regions")),
    ("customer_type", _("Customer types")),
]


class PlanForm(forms.Form):
    """A new plan: which year, which metrics."""

    fiscal_year = forms.IntegerField(label=_("Fiscal year"), min_value=1990, max_value=2200)
    name = forms.CharField(label=pgettext_lazy("of a row", "Name"), max_length=200)
    metrics = forms.MultipleChoiceField(
        label=_("Metrics"), widget=forms.CheckboxSelectMultiple, help_text=_("Three to five are enough.")
    )

    def __init__(self, *args: Any, choices: Sequence[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["metrics"].choices = list(choices)  # type: ignore[attr-defined]


class SplitForm(forms.Form):
    """By what a target is split."""

    by = forms.ChoiceField(label=_("Split by"), choices=SPLITS)


class SeasonForm(forms.Form):
    """How a metric's year is spread: the season of its months, the rhythm inside a month."""

    season = forms.ChoiceField(
        required=False,
        choices=[("", _("Leave as it is")), ("history", _("From history")), ("flat", _("None: flat"))],
        label=_("Season of the year"),
    )
    early = forms.IntegerField(label=_("Early"), min_value=0, max_value=1000)
    mid = forms.IntegerField(label=_("Mid"), min_value=0, max_value=1000)
    late = forms.IntegerField(label=_("Late"), min_value=0, max_value=1000)


@dataclass(frozen=True)
class Amounts:
    """Reads and writes amounts of one metric in one currency, as people type them (ratios in percent)."""

    metric: Metric
    currency: str
    percent: bool = True

    def read(self, text: str) -> int:
        """The stored amount; raises Invalid.

        What people type is understood as in imports: ``1,234.50``, ``1.2万``, ``(300)``, full width.
        """
        plain = self._typed(text) if self.percent else text
        return plain_value(plain, percent=self.percent, **self._kind())

    def write(self, amount: int | None) -> str:
        """The amount as an input shows it; empty for None."""
        return "" if amount is None else plain_text(amount, percent=self.percent, **self._kind())

    def _typed(self, text: str) -> str:
        """The text as a plain number; raises Invalid for what is none, or is in another currency."""
        told = unicodedata.normalize("NFKC", text).strip()
        if self.metric.unit == "percent":
            told = told.removesuffix("%")
        try:
            plain, currency = amount_read(told, home=self.currency)
        except Refused as error:
            raise Invalid(error.message, code=error.code, params=error.params) from None
        if currency and (self.metric.unit != "currency" or currency != self.currency):
            message = _("“%(value)s” is in %(currency)s, not in the unit of this target.")
            raise Invalid(message, code="currency", params={"value": told[:60], "currency": currency})
        return plain

    def _kind(self) -> dict[str, Any]:
        return {"unit": self.metric.unit, "is_ratio": self.metric.is_ratio, "currency": self.currency}


@dataclass(frozen=True)
class GridInput:
    """What a posted grid asks for."""

    children: list[ChildAsk]
    cushion_bp: int


def grid_read(data: Mapping[str, Any], children: Sequence[Target], amounts: Amounts) -> GridInput:
    """The asks of a posted grid: ``weight-7``, ``min-7``, ``max-7``, ``amount-7``, ``locked-7`` of child 7.

    Raises Invalid with an error for each wrong cell.
    """
    errors: list[FieldError] = []

    def amount(name: str) -> int | None:
        raw = str(data.get(name, "") or "").strip()
        if not raw:
            return None
        try:
            return amounts.read(raw)
        except Invalid as error:
            errors.append(FieldError(name, error.message, error.code, error.params))
            return None

    asks = []
    for child in children:
        key = child.pk
        if not any(f"{name}-{key}" in data for name in ("weight", "min", "max", "amount", "locked")):
            # On another page of the grid: it keeps what it has.
            asks.append(
                ChildAsk(child, child.weight, child.lower_amount, child.upper_amount, child.is_locked)
            )
            continue
        asks.append(
            ChildAsk(
                target=child,
                weight=_weight(data, f"weight-{key}", child.weight, errors),
                lower=amount(f"min-{key}"),
                upper=amount(f"max-{key}"),
                locked=bool(data.get(f"locked-{key}")),
                amount=amount(f"amount-{key}"),
            )
        )
    cushion = _percent(data, errors)
    if errors:
        raise Invalid(_("Some cells can't be read."), errors=errors)
    return GridInput(asks, cushion)


def _weight(data: Mapping[str, Any], name: str, default: Decimal, errors: list[FieldError]) -> Decimal:
    raw = str(data.get(name, "") or "").strip()
    if not raw:
        return default
    try:
        weight = Decimal(raw)
    except InvalidOperation:
        weight = Decimal("NaN")
    if not weight.is_finite() or not 0 <= weight < 10**11:
        errors.append(FieldError(name, _("A weight is a number of zero or more."), "weight"))
        return default
    return weight.quantize(Decimal("0.000001"))


def _percent(data: Mapping[str, Any], errors: list[FieldError]) -> int:
    raw = str(data.get("cushion", "") or "0").strip().rstrip("%")
    try:
        points = Decimal(raw) * 100
    except InvalidOperation:
        points = Decimal(-1)
    if not points.is_finite() or points != points.to_integral_value() or not 0 <= points <= 5000:
        errors.append(FieldError("cushion", _("The over-assignment is between 0 and 50 %."), "cushion"))
        return 0
    return int(points)
