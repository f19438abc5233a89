"""The forms of accounts, leads, activities and payments."""

from __future__ import annotations

from typing import Any, ClassVar

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from common.money import decimal_string
from crm.calc.keys import contact_keys, web_address
from crm.entry_base import AmountField, EntryForm, Group, code_of, segment_field
from crm.models import Account, ActivityKind, Lead, LeadPriority, LeadStatus, Opportunity
from crm.pick_fields import PickField
from crm.work_forms import DayInput
from org.models import Person

LOOKED_UP = {"data-alike": ""}


def _text(label: Any, most: int, *, type_: str = "text", alike: bool = False, **more: Any) -> forms.CharField:
    attrs = {"type": type_, "autocomplete": "off", **(LOOKED_UP if alike else {})}
    return forms.CharField(
        label=label,
        max_length=most,
        required=more.pop("required", False),
        widget=forms.TextInput(attrs=attrs),
        **more,
    )


class ContactForm(EntryForm):
    """How a customer is reached; what is typed here is compared with the customers that are known."""

    contact_name = _text(_("Contact person"), 200)
    phone = _text(_("Phone"), 60, type_="tel", alike=True)
    website = _text(_("Website"), 200, alike=True)
    anyway = forms.BooleanField(required=False, widget=forms.HiddenInput)
    beside = frozenset({"anyway"})

    def clean_website(self) -> str:
        typed: str = self.cleaned_data["website"]
        stored = self.row.website if self.row is not None else ""
        if typed and typed != stored and not web_address(typed):
            raise forms.ValidationError(_("This is no web address; write it like www.example.com."))
        return typed

    def keys(self) -> dict[str, str]:
        """By which keys a customer like this one may be known."""
        return keys_typed(self.cleaned_data)

    def changes_a_key(self) -> bool:
        """Whether to look for customers like it: it is new, or goes by something else than before."""
        return self.row is None or self.keys() != keys_typed(self.initial)


def keys_typed(typed: Any, prefix: str = "") -> dict[str, str]:
    """The keys of what stands in a form's fields, whole or half typed."""

    def said(name: str) -> str:
        return str(typed.get(f"{prefix}{name}") or "")[:300]

    name = said("company_name") or said("name")
    return contact_keys(name, said("phone"), said("website"), said("email"))


class AccountForm(ContactForm):
    """A customer."""

    resource = "accounts"
    segments = ("customer_type", "region")
    groups: ClassVar[tuple[Group, ...]] = (
        Group(_("Customer"), ("name", "contact_name", "phone", "website", "owner")),
        Group(_("What it is"), ("customer_type", "region", "industry")),
        Group(
            _("More about it"),
            (
                *("country", "employees", "annual_revenue", "currency"),
                *("founded_year", "decision_chain_length", "parent"),
            ),
            is_folded=True,
        ),
    )
    name = _text(pgettext_lazy("of a record", "Name"), 200, required=True, alike=True)
    customer_type = segment_field(_("Customer type"))
    region = segment_field(_("Region"))
    industry = _text(_("Industry"), 100)
    country = _text(_("Country"), 100)
    employees = forms.IntegerField(label=_("Employees"), required=False, min_value=0, max_value=2_000_000_000)
    annual_revenue = AmountField(label=_("Annual revenue"), required=False)
    currency = forms.ChoiceField(label=_("Currency"), required=False)
    founded_year = forms.IntegerField(label=_("Founded in"), required=False, min_value=1000, max_value=2200)
    decision_chain_length = forms.IntegerField(
        label=_("Decision-chain length"),
        required=False,
        min_value=0,
        max_value=1000,
        help_text=_("How many people have to agree."),
    )
    parent = PickField("account", label=_("Belongs to"), required=False)

    def told(self, row: Account) -> dict[str, Any]:
        plain = (
            *("name", "contact_name", "phone", "website", "industry", "country", "employees"),
            *("founded_year", "decision_chain_length", "currency", "parent"),
        )
        return {
            **{name: getattr(row, name) for name in plain},
            "annual_revenue": amount_text(row.annual_revenue_minor, row.currency),
            "customer_type": code_of(row.customer_type),
            "region": code_of(row.region),
        }

    def clean(self) -> dict[str, Any]:
        told = super().clean() or {}
        self.demand_currency("annual_revenue")
        parent = told.get("parent")
        if parent is not None and self.row is not None and parent.pk == self.row.pk:
            self.add_error("parent", _("An account doesn't belong to itself."))
        return told


class LeadForm(ContactForm):
    """Somebody who may buy; converting is a step of its own."""

    resource = "leads"
    segments = ("product_line", "region", "customer_type")
    groups: ClassVar[tuple[Group, ...]] = (
        Group(_("Who it is"), ("name", "company_name", "phone", "email", "website", "owner")),
        Group(_("Where it stands"), ("status", "priority", "channel", "created_on")),
        Group(
            _("More about it"),
            ("contact_name", "industry", "product_line", "region", "customer_type"),
            is_folded=True,
        ),
    )
    name = _text(_("Name"), 200, required=True, alike=True)
    company_name = _text(_("Company"), 200, alike=True)
    email = forms.EmailField(
        label=_("E-mail"),
        required=False,
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "off", **LOOKED_UP}),
    )
    status = forms.ChoiceField(
        label=_("Status"),
        choices=[choice for choice in LeadStatus.choices if choice[0] != LeadStatus.CONVERTED],
        initial=LeadStatus.NEW,
    )
    priority = forms.ChoiceField(
        label=_("Priority"), choices=LeadPriority.choices, initial=LeadPriority.NORMAL
    )
    channel = _text(_("Source channel"), 60)
    created_on = forms.DateField(label=_("Created on"), widget=DayInput())
    industry = _text(_("Industry"), 100)
    product_line = segment_field(_("Product line"))
    region = segment_field(_("Region"))
    customer_type = segment_field(_("Customer type"))

    def __init__(self, posted: Any, **asked: Any) -> None:
        super().__init__(posted, **asked)
        self.initial.setdefault("created_on", self.scope.on)
        if self.row is not None and self.row.status == LeadStatus.CONVERTED:
            del self.fields["status"]
            self.before.pop("status")
            self.initial["seen"] = self._seen()

    def told(self, row: Lead) -> dict[str, Any]:
        plain = (
            *("name", "company_name", "contact_name", "phone", "email", "website", "status", "priority"),
            *("channel", "created_on", "industry"),
        )
        kinds = self.segments
        return {name: getattr(row, name) for name in plain} | {k: code_of(getattr(row, k)) for k in kinds}

    def wired(self) -> dict[str, Any]:
        """With the days that follow from the status: qualified and closed today, unless they were before."""
        told = super().wired()
        status, row = told.get("status"), self.row
        if status == LeadStatus.QUALIFIED and (row is None or row.qualified_on is None):
            told["qualified_on"] = self.scope.on.isoformat()
        if status == LeadStatus.DISQUALIFIED and (row is None or row.closed_on is None):
            told["closed_on"] = self.scope.on.isoformat()
        elif status not in (None, LeadStatus.DISQUALIFIED) and row is not None and row.closed_on is not None:
            told["closed_on"] = None
        return told

    def changes(self) -> dict[str, Any]:
        changed = super().changes()
        # A day that is taken away differs from nothing that the form showed.
        if "status" in changed and "closed_on" in self.wired():
            changed["closed_on"] = self.wired()["closed_on"]
        return changed


class ActivityForm(EntryForm):
    """A visit, a call or a meeting."""

    resource = "activities"
    groups: ClassVar[tuple[Group, ...]] = (
        Group(
            _("What happened"), ("about", "kind", "occurred_at", "is_effective", "subject", "note", "owner")
        ),
    )
    beside = frozenset({"about"})
    about = PickField("about", label=_("With whom"), help_text=_("An account, a deal or a lead."))
    kind = forms.ChoiceField(label=_("Kind"), choices=ActivityKind.choices, initial=ActivityKind.VISIT)
    occurred_at = forms.DateTimeField(
        label=_("When"),
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
        input_formats=["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"],
    )
    is_effective = forms.BooleanField(label=_("It was effective"), required=False)
    subject = _text(_("Subject"), 200)
    note = forms.CharField(
        label=_("Note"), required=False, max_length=10_000, widget=forms.Textarea(attrs={"rows": 4})
    )

    def __init__(self, posted: Any, **asked: Any) -> None:
        super().__init__(posted, **asked)
        self.initial.setdefault("occurred_at", timezone.localtime().replace(second=0, microsecond=0))

    def told(self, row: Any) -> dict[str, Any]:
        plain = ("kind", "is_effective", "subject", "note")
        return {
            **{name: getattr(row, name) for name in plain},
            "about": row.opportunity or row.lead or row.account,
            # What the form can't show, seconds, is no change.
            "occurred_at": timezone.localtime(row.occurred_at).replace(second=0, microsecond=0),
        }

    def clean_occurred_at(self) -> Any:
        moment = self.cleaned_data["occurred_at"]
        if moment > timezone.now():
            raise forms.ValidationError(_("This is still to come; note what happened, not what is planned."))
        return moment

    def changes(self) -> dict[str, Any]:
        """Another record it was with replaces all that the old one brought along."""
        changed, links = super().changes(), ("account", "opportunity", "lead")
        if changed.keys() & set(links):
            changed |= {name: self.wired()[name] for name in links}
        return changed

    def _wired(self, values: Any) -> dict[str, Any]:
        """The one record it was with, in the field of its kind."""
        about = values.get("about")
        links = {"account": Account, "opportunity": Opportunity, "lead": Lead}
        of_kind = {
            name: self.wire(name, about) if isinstance(about, kind) else None for name, kind in links.items()
        }
        return super()._wired(values) | of_kind

    def is_untouched(self, name: str, was: Any) -> bool:
        if name != "about":
            return super().is_untouched(name, was)
        told, links = self.wired(), ("account", "opportunity", "lead")
        return all(link in was and told[link] == was[link][0] for link in links)

    def shown(self, name: str, value: Any) -> str:
        if name in ("account", "opportunity", "lead"):
            return super().shown("about", value) if value else ""
        return super().shown(name, value)

    def label_of(self, name: str) -> Any:
        return self.fields["about" if name in ("account", "opportunity", "lead") else name].label


class PaymentForm(EntryForm):
    """Money received; a refund is below zero."""

    resource = "payments"
    groups: ClassVar[tuple[Group, ...]] = (
        Group(_("Money received"), ("opportunity", "account", "amount", "currency", "received_on", "owner")),
    )
    opportunity = PickField("deal", label=_("Deal"), required=False)
    account = PickField(
        "account", label=_("Account"), required=False, help_text=_("Empty: the deal's account.")
    )
    amount = AmountField(label=_("Amount"), help_text=_("Below zero for a refund, such as -500."))
    currency = forms.ChoiceField(label=_("Currency"))
    received_on = forms.DateField(label=_("Received on"), widget=DayInput())
    owner = PickField("owner", label=_("Owner"), required=False, help_text=_("Empty: the deal's owner."))

    def __init__(self, posted: Any, *, initial: Any = None, **asked: Any) -> None:
        told = dict(initial or {})
        deal = told.get("opportunity")
        if deal is not None:
            told.setdefault("currency", deal.currency)
        super().__init__(posted, initial=told, **asked)
        self.initial.setdefault("received_on", self.scope.on)
        if self.row is None:
            self.initial.pop("owner", None)

    def told(self, row: Any) -> dict[str, Any]:
        plain = ("opportunity", "account", "currency", "received_on")
        told = {name: getattr(row, name) for name in plain}
        return told | {"amount": amount_text(row.amount_minor, row.currency)}

    def clean(self) -> dict[str, Any]:
        told = super().clean() or {}
        self.demand_currency("amount")
        if told.get("received_on") and told["received_on"] > self.scope.on:
            self.add_error("received_on", _("Money can't have been received in the future."))
        if told.get("amount") and float(told["amount"]) == 0:
            self.add_error("amount", _("A payment of nothing is none; write what was received."))
        if not told.get("opportunity") and not told.get("account") and not self.errors:
            self.add_error("opportunity", _("Choose the deal that was paid for, or at least the account."))
        return told

    def changes(self) -> dict[str, Any]:
        """Another deal brings its own account, unless one is chosen."""
        changed = super().changes()
        if changed.get("opportunity") and "account" not in changed:
            changed["account"] = None
        return changed

    def new_owner(self) -> Person:
        """The chosen person, else the deal's or the account's owner: it counts for whoever sold."""
        told = self.cleaned_data
        if told.get("owner") is not None:
            return told["owner"]
        of = told.get("opportunity") or told.get("account")
        return of.owner if of is not None else super().new_owner()


def amount_text(minor: int | None, currency: str) -> str:
    """A stored amount as the form shows it."""
    return "" if minor is None else decimal_string(minor, currency)
