"""The form of a strategy line, and how what is typed in it is read."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from common.errors import Invalid
from crm.models import Segment
from metrics.models import Metric
from org.models import Assignment, AssignmentKind, Person, Unit
from targets.forms import Amounts
from targets.models import Plan, StrategyKind, StrategyLine
from targets.selectors import plan_metrics_of
from targets.services import StrategyAsk, TiltAsk


class StrategyForm(forms.Form):
    """A goal of the year."""

    text = forms.CharField(
        label=_("Goal"), max_length=200, help_text=_("A sentence, such as “Hold market share 5 %”.")
    )
    kind = forms.ChoiceField(label=_("Kind"), choices=StrategyKind.choices)
    metric = forms.ModelChoiceField(
        Metric.objects.none(), required=False, label=_("Metric"), empty_label=_("none: a focus in words")
    )
    amount = forms.CharField(
        required=False,
        max_length=40,
        label=_("Amount to carry"),
        help_text=_("What the linked targets should add up to."),
    )
    share = forms.CharField(
        required=False, max_length=20, label=_("Share or growth, %"), help_text=_("For example 5 or +30.")
    )
    floor_amount = forms.CharField(
        required=False,
        max_length=40,
        label=_("Floor"),
        help_text=_("Later calibrations may not take the linked targets below it."),
    )
    responsible = forms.ModelChoiceField(Person.objects.none(), required=False, label=_("Responsible"))

    def __init__(self, *args: Any, plan: Plan, line: StrategyLine | None = None, **kwargs: Any) -> None:
        self.plan = plan
        if line is not None:
            kwargs["initial"] = _written(line)
        super().__init__(*args, **kwargs)
        metrics = Metric.objects.filter(pk__in=[each.metric_id for each in plan_metrics_of(plan)])
        fields: Any = self.fields
        fields["metric"].queryset = metrics
        fields["metric"].label_from_instance = lambda metric: metric.label
        fields["responsible"].queryset = _heads(line)
        for name in ("amount", "share", "floor_amount"):
            fields[name].widget.attrs["inputmode"] = "decimal"

    def ask(self, line: StrategyLine | None = None) -> StrategyAsk:
        """What the valid form asks for; raises Invalid for an amount that can't be read."""
        asked = self.cleaned_data
        metric = asked["metric"]
        return StrategyAsk(
            text=asked["text"],
            kind=asked["kind"],
            metric=metric,
            amount=self._amount("amount", metric),
            share_bp=percent_read(asked["share"], "share"),
            floor_amount=self._amount("floor_amount", metric),
            responsible=asked["responsible"],
            **({"status": line.status} if line is not None else {}),
        )

    def _amount(self, name: str, metric: Metric | None) -> int | None:
        raw = self.cleaned_data[name].strip()
        if not raw:
            return None
        if metric is None:
            raise Invalid(_("An amount needs a metric: choose one."), field="metric")
        try:
            return Amounts(metric, self.plan.currency).read(raw)
        except Invalid as error:
            raise Invalid(error.message, field=name, code=error.code, params=error.params) from None


def percent_read(text: str, field: str) -> int | None:
    """A percentage as basis points, None for nothing; raises Invalid."""
    raw = text.strip().rstrip("%").strip().lstrip("+").replace("−", "-")
    if not raw:
        return None
    try:
        points = Decimal(raw) * 100
    except InvalidOperation:
        points = Decimal("NaN")
    if not points.is_finite() or abs(points) > 10**6 or points != points.to_integral_value():
        raise Invalid(_("Write a percentage with at most two decimals."), field=field)
    return int(points)


def tilts_read(data: Mapping[str, Any]) -> list[TiltAsk]:
    """The tilts of a posted form: ``factor-unit-3`` of those kept, ``member`` and ``factor`` of a new one.

    Raises Invalid for a factor that is no number or a member that is not there.
    """
    names = {name.removeprefix("factor-"): str(data[name]) for name in data if name.startswith("factor-")}
    if data.get("member"):
        names[str(data["member"])] = str(data.get("factor", ""))
    return [TiltAsk(_member(name), _factor(text)) for name, text in names.items() if text.strip()]


def _member(name: str) -> Unit | Segment:
    kind, _dash, raw = name.partition("-")
    pk = int(raw) if raw.isascii() and raw.isdigit() and len(raw) < 16 else 0
    found: Unit | Segment | None = None
    if kind == "unit":
        found = Unit.objects.filter(pk=pk, is_placeholder=False).first()
    elif kind == "segment":
        found = Segment.objects.filter(pk=pk, is_placeholder=False).first()
    if found is None:
        raise Invalid(_("Choose a unit or a segment."), field="member")
    return found


def _factor(text: str) -> Decimal:
    try:
        factor = Decimal(text.strip().replace(",", "."))
    except InvalidOperation:
        factor = Decimal("NaN")
    if not factor.is_finite() or not 0 < factor < 1000:
        raise Invalid(_("A tilt is between 0.1 and 5."), field="factor")
    return factor.quantize(Decimal("0.001"))


def _written(line: StrategyLine) -> dict[str, Any]:
    amounts = Amounts(line.metric, line.plan.currency) if line.metric else None
    share = "" if line.share_bp is None else f"{Decimal(line.share_bp) / 100:f}"
    return {
        "text": line.text,
        "kind": line.kind,
        "metric": line.metric_id,
        "amount": amounts.write(line.amount) if amounts else "",
        "share": share.rstrip("0").rstrip(".") if "." in share else share,
        "floor_amount": amounts.write(line.floor_amount) if amounts else "",
        "responsible": line.responsible_id,
    }


def _heads(line: StrategyLine | None) -> QuerySet[Person]:
    """Who may be responsible: the managers of units, and who is it already."""
    managers = Assignment.objects.filter(kind=AssignmentKind.MANAGER).values("person")
    people = Person.objects.filter(pk__in=managers, is_placeholder=False, left_on=None)
    if line is not None and line.responsible_id:
        people |= Person.objects.filter(pk=line.responsible_id)
    return people.order_by("name")
