"""The forms of deals: the deal itself with its lines, and a lead that becomes one."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any, ClassVar

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from common.money import MoneyError, decimal_string, to_minor
from crm.entry_base import AmountField, EntryForm, Group, code_of, segment_field
from crm.entry_forms import LOOKED_UP, amount_text, keys_typed
from crm.models import Opportunity, Outcome, Stage
from crm.pick_fields import PickField
from crm.services.references import own_key
from crm.work_forms import DayInput
from org.scope import Scope

NEW = "new_"
_EXTRA, _MOST = 2, 50


class LineForm(forms.Form):
    """A part of a deal's amount; a line left empty is none."""

    product = PickField("product", label=_("Product"), required=False)
    product_line = segment_field(_("Product line"))
    quantity = AmountField(label=_("Quantity"), initial="1", required=False)
    amount = AmountField(label=_("Amount"))

    def __init__(self, *args: Any, scope: Scope, choices: list[tuple[str, str]], **more: Any) -> None:
        super().__init__(*args, **more)
        self.fields["product"].scope = scope  # type: ignore[attr-defined]
        self.fields["product_line"].choices = choices  # type: ignore[attr-defined]


class _Lines(forms.BaseFormSet):
    """Every line may be emptied, those that are stored too."""

    def initial_form_count(self) -> int:
        return 0


def lines_of(
    posted: Mapping[str, Any] | None,
    *,
    stored: list[dict[str, Any]],
    scope: Scope,
    choices: list[tuple[str, str]],
) -> Any:
    """The lines of a deal as a formset, with empty ones below."""
    kind = forms.formset_factory(
        LineForm, formset=_Lines, extra=len(stored) + _EXTRA, max_num=_MOST, absolute_max=_MOST
    )
    asked: dict[str, Any] = {"prefix": "lines", "form_kwargs": {"scope": scope, "choices": choices}}
    # What is sent stands for itself: a stored line that comes back unchanged is a line all the same.
    return kind(posted, **asked) if posted is not None else kind(initial=stored, **asked)


class NewAccountMixin(forms.Form):
    """An account named on the way: chosen among those that are there, or new with how it is reached."""

    new_name = forms.CharField(
        label=_("Name of the new account"),
        max_length=200,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off", **LOOKED_UP}),
    )
    new_phone = forms.CharField(
        label=_("Phone"),
        max_length=60,
        required=False,
        widget=forms.TextInput(attrs={"type": "tel", "autocomplete": "off", **LOOKED_UP}),
    )
    new_website = forms.CharField(
        label=_("Website"),
        max_length=200,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off", **LOOKED_UP}),
    )
    anyway = forms.BooleanField(required=False, widget=forms.HiddenInput)

    def new_account(self) -> dict[str, str]:
        """The fields of the new account; none without a name."""
        told = self.cleaned_data
        if not told.get("new_name"):
            return {}
        return {name: told[f"{NEW}{name}"] for name in ("name", "phone", "website")}

    def keys(self) -> dict[str, str]:
        """By which keys the new account may be known already."""
        return keys_typed(self.cleaned_data, NEW)

    def changes_a_key(self) -> bool:
        return bool(self.cleaned_data.get("new_name"))

    def demand_one_account(self) -> None:
        """Refuse a chosen account beside a new one, and a new one without a name."""
        told = self.cleaned_data
        if told.get("account") and told.get("new_name"):
            self.add_error("account", _("Choose an account or name a new one, not both."))
        if not told.get("new_name") and (told.get("new_phone") or told.get("new_website")):
            self.add_error("new_name", _("The new account needs a name."))


class DealForm(NewAccountMixin, EntryForm):
    """A deal with its lines; splits that are stored stay as they are."""

    resource = "opportunities"
    segments = ("product_line", "region", "customer_type")
    beside = frozenset({"anyway", "new_name", "new_phone", "new_website"})
    groups: ClassVar[tuple[Group, ...]] = (
        Group(_("Deal"), ("name", "account")),
        Group(_("What it is worth"), ("amount", "currency", "stage", "expected_close_on", "owner")),
        Group(_("How it ended"), ("closed_on", "loss_reason"), is_folded=True),
        Group(
            _("More about it"),
            ("opened_on", "quote_sent_at", "product_line", "region", "customer_type"),
            is_folded=True,
        ),
    )
    name = forms.CharField(
        label=pgettext_lazy("of a record", "Name"),
        max_length=200,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    account = PickField("account", offers_new=True, label=_("Account"), required=False)
    stage = forms.ChoiceField(label=_("Stage"))
    amount = AmountField(label=_("Amount"), required=False, help_text=_("Empty: the sum of the lines."))
    currency = forms.ChoiceField(label=_("Currency"))
    expected_close_on = forms.DateField(label=_("Expected close"), required=False, widget=DayInput())
    opened_on = forms.DateField(label=_("Opened on"), required=False, widget=DayInput())
    closed_on = forms.DateField(
        label=_("Closed on"),
        required=False,
        widget=DayInput(),
        help_text=_("Empty: today, if the stage closes it."),
    )
    loss_reason = forms.CharField(label=_("Loss reason"), required=False, max_length=200)
    quote_sent_at = forms.DateField(label=_("Quote sent on"), required=False, widget=DayInput())
    product_line = forms.ChoiceField(
        label=_("Product line"), required=False, help_text=_("Empty: that of the largest line.")
    )
    region = segment_field(_("Region"))
    customer_type = segment_field(_("Customer type"))

    def __init__(
        self, posted: Mapping[str, Any] | None, *, scope: Scope, row: Any = None, initial: Any = None
    ) -> None:
        self.settled: list[dict[str, Any]] = []
        super().__init__(posted, scope=scope, row=row, initial=initial)
        self.stages = {stage.code: stage for stage in Stage.objects.all()}
        self.fields["stage"].choices = [(each.code, each.name) for each in self.stages.values()]  # type: ignore[attr-defined]
        if row is None:
            self.initial.setdefault("opened_on", scope.on)
        else:
            for name in ("new_name", "new_phone", "new_website"):
                del self.fields[name]
            self.fields["name"].required = bool(row.name)
        self.stored = _stored_lines(row) if row is not None else []
        self.lines = self._lines(posted, self.stored)
        if row is not None:
            self.before["lines"] = [_wired_line(line) for line in self.stored]
            self.initial["seen"] = self._seen()

    def see_again(self) -> None:
        was = self._was()
        super().see_again()
        if self.lines.is_valid() and self.sent_lines() == was.get("lines", ([], ""))[0]:
            self.lines = self._lines(None, self.stored)

    def _lines(self, posted: Any, stored: list[dict[str, Any]]) -> Any:
        choices = self.fields["product_line"].choices  # type: ignore[attr-defined]
        return lines_of(posted, stored=stored, scope=self.scope, choices=choices)

    def told(self, row: Opportunity) -> dict[str, Any]:
        plain = (
            *("name", "account", "currency", "expected_close_on", "opened_on", "closed_on", "loss_reason"),
        )
        return {
            **{name: getattr(row, name) for name in plain},
            **{kind: code_of(getattr(row, kind)) for kind in self.segments},
            "stage": row.stage.code,
            "amount": amount_text(row.amount_minor, row.currency),
            "quote_sent_at": row.quote_sent_on,
        }

    def is_valid(self) -> bool:
        return bool(self.lines.is_valid()) and super().is_valid()

    def clean(self) -> dict[str, Any]:
        told = super().clean() or {}
        self.demand_currency("amount")
        self.demand_one_account()
        stage = self.stages.get(told.get("stage", ""))
        if stage is not None and stage.outcome == Outcome.OPEN:
            told["closed_on"], told["loss_reason"] = None, ""
        elif stage is not None:
            told["closed_on"] = told.get("closed_on") or self.scope.on
            if told["closed_on"] > self.scope.on:
                self.add_error("closed_on", _("A deal can't have closed in the future."))
            if stage.outcome == Outcome.WON:
                told["loss_reason"] = ""
        if told.get("currency") and "amount" in told and self.lines.is_valid():
            self._settle_lines(told)
        return told

    def sent_lines(self) -> list[dict[str, Any]]:
        """The lines that hold something, as the API takes them."""
        return [_wired_line(form.cleaned_data) for form in self.lines if form.cleaned_data]

    def wired(self) -> dict[str, Any]:
        told = super().wired() | {"lines": self.settled}
        if told["amount"] is None:
            told["amount"] = "0"
        return told

    def wire(self, name: str, value: Any) -> Any:
        if name == "quote_sent_at" and isinstance(value, dt.date):
            noon = dt.datetime.combine(value, dt.time(12))
            return timezone.make_aware(noon).isoformat()
        return super().wire(name, value)

    def changes(self) -> dict[str, Any]:
        """Lines that change bring their product line, unless one is chosen; without lines it stays."""
        changed = super().changes()
        if "lines" in changed and "product_line" not in changed:
            told = self.cleaned_data["product_line"]
            changed["product_line"] = None if changed["lines"] else told or None
        return changed

    def shown(self, name: str, value: Any) -> str:
        if name == "lines":
            return "; ".join(f"{line['quantity']} × … = {line['amount']}" for line in value)
        if name == "quote_sent_at":
            return str(value or "")[:10]
        return super().shown(name, value)

    def label_of(self, name: str) -> Any:
        return _("Product lines") if name == "lines" else super().label_of(name)

    def _settle_lines(self, told: dict[str, Any]) -> None:
        """The amount follows the lines, a single line that stayed the amount; else they must agree."""
        self.settled = lines = self.sent_lines()
        if not lines:
            return
        currency = told["currency"]
        try:
            parts = [to_minor(line["amount"], currency) for line in lines]
            amount = to_minor(told["amount"], currency) if told["amount"] else sum(parts)
        except MoneyError:
            return  # the service says which amount, and why
        told["amount"] = decimal_string(amount, currency)
        if len(lines) == 1 and lines == self.before.get("lines"):
            self.settled = [{**lines[0], "amount": self.wire("amount", told["amount"])}]
        elif sum(parts) != amount:
            message = _(
                "The lines sum to %(lines)s, the amount says %(amount)s; mend one, or leave it empty."
            )
            params = {"lines": decimal_string(sum(parts), currency), "amount": told["amount"]}
            self.add_error("amount", forms.ValidationError(message, code="sum", params=params))


class ConvertForm(NewAccountMixin):
    """What a lead becomes: an account that is there or a new one, and a deal with it."""

    key = forms.UUIDField(widget=forms.HiddenInput)
    account = PickField("account", offers_new=True, label=_("Account"), required=False)
    name = forms.CharField(label=_("Name of the deal"), max_length=200)
    stage = forms.ChoiceField(label=_("Stage"))
    amount = AmountField(label=_("Amount"), required=False)
    currency = forms.ChoiceField(label=_("Currency"))
    expected_close_on = forms.DateField(label=_("Expected close"), required=False, widget=DayInput())
    ACCOUNT, DEAL = ("account",), ("name", "amount", "currency", "stage", "expected_close_on")

    def __init__(
        self, posted: Mapping[str, Any] | None, *, scope: Scope, initial: Mapping[str, Any], currencies: Any
    ) -> None:
        super().__init__(posted, initial=dict(initial))
        self.fields["account"].scope = scope  # type: ignore[attr-defined]
        stages = Stage.objects.filter(outcome=Outcome.OPEN).values_list("code", "name")
        self.fields["stage"].choices = list(stages)  # type: ignore[attr-defined]
        self.fields["currency"].choices = currencies  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        told = super().clean() or {}
        self.demand_one_account()
        if not told.get("account") and not told.get("new_name") and "account" not in self.errors:
            self.add_error("account", _("Choose an account, or name a new one."))
        field: Any = self.fields["amount"]
        if field.named and field.named != told.get("currency"):
            self.add_error("amount", _("The amount names another currency than the one beside it."))
        return told

    def deal(self) -> dict[str, Any]:
        """The deal as the API takes it."""
        told = self.cleaned_data
        day = told["expected_close_on"]
        plain = {name: told[name] for name in ("name", "stage", "currency")}
        return plain | {
            "amount": told["amount"] or "0",
            "opened_on": self.fields["account"].scope.on.isoformat(),  # type: ignore[attr-defined]
            "expected_close_on": day.isoformat() if day else None,
        }


def _stored_lines(row: Opportunity) -> list[dict[str, Any]]:
    return [
        {
            "product": line.product,
            "product_line": code_of(line.product_line),
            "quantity": f"{line.quantity.normalize():f}",
            "amount": decimal_string(line.amount_minor, row.currency),
        }
        for line in row.lines.select_related("product", "product_line")
    ]


def _wired_line(line: Mapping[str, Any]) -> dict[str, Any]:
    product = line.get("product")
    return {
        "product": own_key(product.pk) if product else None,
        "product_line": line.get("product_line") or None,
        "quantity": _plain(line.get("quantity") or "1"),
        "amount": _plain(line["amount"]),
    }


def _plain(amount: str) -> str:
    try:
        return f"{Decimal(amount).normalize():f}"
    except InvalidOperation:
        return amount
