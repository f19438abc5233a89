"""One filter form a list, shared by the pages and the API: the same words in both addresses."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, ClassVar

from django import forms
from django.db.models import QuerySet
from django.utils.http import urlencode
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from common.records import Refused, moment
from crm.models import ActivityKind, LeadPriority, LeadStatus, Outcome, Segment, SegmentKind, Stage
from crm.selectors.words import rows_with_words
from org.models import Person
from org.scope import Scope


class MomentField(forms.CharField):
    """A moment in ISO 8601 with its time zone."""

    def to_python(self, value: Any) -> Any:
        text = super().to_python(value)
        if not text:
            return None
        try:
            # A plus sign that wasn't escaped arrives as a space.
            return moment(text.replace(" ", "+"))
        except Refused as refused:
            raise forms.ValidationError(
                _("Write a moment with its time zone, such as 2026-05-01T00:00:00Z."), code=refused.code
            ) from None


class RecordFilter(forms.Form):
    """What every list of records can be narrowed by; ``lookups`` says which column a field meets."""

    lookups: ClassVar[dict[str, str]] = {}
    search: ClassVar[tuple[str, ...]] = ()

    q = forms.CharField(required=False, label=_("Search"), max_length=100)
    source = forms.CharField(required=False, label=_("Source"), max_length=40)
    updated_since = MomentField(
        required=False, label=_("Changed since"), help_text=_("A moment such as 2026-05-01T00:00:00Z.")
    )
    include_deleted = forms.BooleanField(
        required=False, label=_("With deleted ones"), help_text=_("1: deleted records too, flagged.")
    )

    def narrow(self, rows: QuerySet[Any]) -> QuerySet[Any]:
        """The rows that the valid form asks for."""
        lookups = {"source": "source", "updated_since": "updated_at__gte", **self.lookups}
        for name, lookup in lookups.items():
            value = self.cleaned_data.get(name)
            if value not in (None, ""):
                rows = rows.filter(**{lookup: value})
        return rows_with_words(rows, self.cleaned_data["q"], *self.search) if self.search else rows


class _OwnedFilter(RecordFilter):
    owner = forms.CharField(required=False, label=_("Owner"), help_text=_("An employee number."))
    region = forms.CharField(required=False, label=_("Region"), help_text=_("A segment's code."))
    customer_type = forms.CharField(
        required=False, label=_("Customer type"), help_text=_("A segment's code.")
    )

    lookups: ClassVar[dict[str, str]] = {
        "owner": "owner__employee_number",
        "region": "region__code",
        "customer_type": "customer_type__code",
    }


class _FactFilter(_OwnedFilter):
    product_line = forms.CharField(required=False, label=_("Product line"), help_text=_("A segment's code."))
    account = forms.CharField(required=False, label=_("Account"), help_text=_("An external id."))

    lookups: ClassVar[dict[str, str]] = {
        **_OwnedFilter.lookups,
        "product_line": "product_line__code",
        "account": "account__external_id",
    }


def _day(label: Any) -> forms.DateField:
    return forms.DateField(
        required=False,
        label=label,
        widget=forms.DateInput(attrs={"type": "date"}),
        input_formats=["%Y-%m-%d"],
    )


def _days(*counts: int) -> Callable[[], list[tuple[int, str]]]:
    """So many days each, in the language of whoever reads the form."""
    return lambda: [(n, ngettext("%(count)s day", "%(count)s days", n) % {"count": n}) for n in counts]


class ProductFilter(RecordFilter):
    """Products by product line."""

    product_line = forms.CharField(required=False, label=_("Product line"), help_text=_("A segment's code."))
    lookups: ClassVar[dict[str, str]] = {"product_line": "product_line__code"}
    search = ("name", "external_id")


class AccountFilter(_OwnedFilter):
    """Accounts by owner, region, customer type and industry."""

    industry = forms.CharField(required=False, label=_("Industry"))
    lookups: ClassVar[dict[str, str]] = {**_OwnedFilter.lookups, "industry": "industry"}
    search = ("name", "external_id", "contact_name", "phone")


class LeadFilter(_FactFilter):
    """Leads by status, priority, channel and the day they were created."""

    status = forms.ChoiceField(required=False, label=_("Status"), choices=[("", ""), *LeadStatus.choices])
    priority = forms.ChoiceField(
        required=False, label=_("Priority"), choices=[("", ""), *LeadPriority.choices]
    )
    channel = forms.CharField(required=False, label=_("Source channel"))
    created_from = _day(_("Created from"))
    created_until = _day(_("Created until"))
    lookups: ClassVar[dict[str, str]] = {
        **_FactFilter.lookups,
        "status": "status",
        "priority": "priority",
        "channel": "channel",
        "created_from": "created_on__gte",
        "created_until": "created_on__lte",
    }
    search = ("name", "company_name", "external_id", "contact_name", "phone", "email")


class OpportunityFilter(_FactFilter):
    """Deals by stage, outcome, segments and days; the day ``…_until`` is included."""

    stage = forms.CharField(required=False, label=_("Stage"), help_text=_("A stage's code."))
    outcome = forms.ChoiceField(required=False, label=_("Outcome"), choices=[("", ""), *Outcome.choices])
    opened_from = _day(_("Opened from"))
    opened_until = _day(_("Opened until"))
    closed_from = _day(_("Closed from"))
    closed_until = _day(_("Closed until"))
    lookups: ClassVar[dict[str, str]] = {
        **_FactFilter.lookups,
        "stage": "stage__code",
        "outcome": "outcome",
        "opened_from": "opened_on__gte",
        "opened_until": "opened_on__lte",
        "closed_from": "closed_on__gte",
        "closed_until": "closed_on__lte",
    }
    search = ("name", "external_id", "account__name", "owner__name")


class ActivityFilter(_FactFilter):
    """Activities by kind, effect and day."""

    kind = forms.ChoiceField(required=False, label=_("Kind"), choices=[("", ""), *ActivityKind.choices])
    is_effective = forms.NullBooleanField(required=False, label=_("Effective"))
    opportunity = forms.CharField(required=False, label=_("Opportunity"), help_text=_("An external id."))
    occurred_from = _day(_("From"))
    occurred_until = _day(_("Until"))
    lookups: ClassVar[dict[str, str]] = {
        **_FactFilter.lookups,
        "kind": "kind",
        "is_effective": "is_effective",
        "opportunity": "opportunity__external_id",
        "occurred_from": "occurred_on__gte",
        "occurred_until": "occurred_on__lte",
    }
    search = ("subject", "note", "external_id")


class PaymentFilter(_FactFilter):
    """Payments by deal and the day they were received."""

    opportunity = forms.CharField(required=False, label=_("Opportunity"), help_text=_("An external id."))
    received_from = _day(_("Received from"))
    received_until = _day(_("Received until"))
    lookups: ClassVar[dict[str, str]] = {
        **_FactFilter.lookups,
        "opportunity": "opportunity__external_id",
        "received_from": "received_on__gte",
        "received_until": "received_on__lte",
    }
    search: ClassVar[tuple[str, ...]] = ("external_id",)


FILTERS: dict[str, type[RecordFilter]] = {
    "products": ProductFilter,
    "accounts": AccountFilter,
    "leads": LeadFilter,
    "opportunities": OpportunityFilter,
    "activities": ActivityFilter,
    "payments": PaymentFilter,
}


class OpportunityPageFilter(OpportunityFilter):
    """The deals' filter as the page shows it; made in two queries, three for an owner's deals.

    Pages know people by our own id: ``owner`` is one here, and nobody out of the scope is an owner.
    """

    shown = (
        "q",
        "stage",
        "outcome",
        "product_line",
        "region",
        "customer_type",
        "closed_from",
        "closed_until",
    )
    lookups: ClassVar[dict[str, str]] = {**OpportunityFilter.lookups, "owner": "owner"}

    def __init__(self, query: Mapping[str, Any], *, scope: Scope) -> None:
        super().__init__(query)
        stages = Stage.objects.values_list("code", "name")
        _show(self, scope, stage=stages, outcome=Outcome.choices, **_segments())


class AccountPageFilter(AccountFilter):
    """The accounts' filter as the page shows it; made in one query, two for an owner's accounts."""

    shown = ("q", "region", "customer_type", "industry")
    lookups: ClassVar[dict[str, str]] = {**AccountFilter.lookups, "owner": "owner"}

    def __init__(self, query: Mapping[str, Any], *, scope: Scope) -> None:
        super().__init__(query)
        _show(self, scope, **_segments())


class LeadPageFilter(LeadFilter):
    """The leads' filter as the page shows it; made in one query, two for an owner's leads."""

    shown = ("q", "status", "priority", "product_line", "region", "created_from", "created_until")
    lookups: ClassVar[dict[str, str]] = {**LeadFilter.lookups, "owner": "owner"}

    def __init__(self, query: Mapping[str, Any], *, scope: Scope) -> None:
        super().__init__(query)
        _show(self, scope, status=LeadStatus.choices, priority=LeadPriority.choices, **_segments())


class ActivityPageFilter(ActivityFilter):
    """The activities' filter as the page shows it; needs a query for an owner's activities only."""

    shown = ("q", "kind", "is_effective", "occurred_from", "occurred_until")
    lookups: ClassVar[dict[str, str]] = {**ActivityFilter.lookups, "owner": "owner"}
    search = ("subject", "note", "account__name")

    def __init__(self, query: Mapping[str, Any], *, scope: Scope) -> None:
        super().__init__(query)
        effective = [("True", _("yes")), ("False", _("no"))]
        _show(self, scope, kind=ActivityKind.choices, is_effective=effective)


class PaymentPageFilter(PaymentFilter):
    """The payments' filter as the page shows it; made in one query, two for an owner's payments."""

    shown = ("q", "product_line", "region", "customer_type", "received_from", "received_until")
    lookups: ClassVar[dict[str, str]] = {**PaymentFilter.lookups, "owner": "owner"}
    search: ClassVar[tuple[str, ...]] = ("external_id", "account__name", "opportunity__name")

    def __init__(self, query: Mapping[str, Any], *, scope: Scope) -> None:
        super().__init__(query)
        _show(self, scope, **_segments())


PageFilter = (
    OpportunityPageFilter | AccountPageFilter | LeadPageFilter | ActivityPageFilter | PaymentPageFilter
)


def _segments() -> dict[str, list[tuple[str, str]]]:
    listed: dict[str, list[tuple[str, str]]] = {kind: [] for kind in SegmentKind.values}
    for kind, code, name in Segment.objects.values_list("kind", "code", "name"):
        listed[kind].append((code, name))
    return listed


def _show(form: PageFilter, scope: Scope, **choices: Iterable[tuple[Any, Any]]) -> None:
    """Leave the fields the page shows, with their choices spelled out.

    A filter that came in the address and has no field on the page stays, hidden.
    """
    form.fields["owner"] = forms.ModelChoiceField(
        scope.restrict(Person.objects.all()), required=False, label=form.fields["owner"].label
    )
    for name in [name for name in form.fields if name not in form.shown]:
        if name in form.lookups and form.data.get(name):
            form.fields[name].widget = forms.HiddenInput()
        else:
            del form.fields[name]
    for name in form.shown:
        label = form.fields[name].label
        if name in choices:
            listed = [("", _("any")), *choices[name]]
            form.fields[name] = forms.ChoiceField(required=False, label=label, choices=listed)
    form.order_fields(form.shown)


class QualityForm(forms.Form):
    """From how many days on a deal is stale and a new lead forgotten; both stand in the address."""

    DEFAULTS: ClassVar[dict[str, int]] = {"stale_days": 30, "untouched_days": 7}
    stale_days = forms.TypedChoiceField(
        coerce=int,
        label=_("A deal is stale after"),
        choices=_days(14, 30, 60, 90),
    )
    untouched_days = forms.TypedChoiceField(
        coerce=int,
        label=_("A lead is forgotten after"),
        choices=_days(3, 7, 14, 30),
    )

    def __init__(self, query: Mapping[str, Any]) -> None:
        """Nonsense in the address and what it leaves out are the defaults."""
        super().__init__({name: self._asked(query, name) for name in self.DEFAULTS})

    def _asked(self, query: Mapping[str, Any], name: str) -> int:
        field: Any = self.base_fields[name]
        known = {str(days): days for days, _label in field.choices}
        return known.get(query.get(name, ""), self.DEFAULTS[name])

    def days(self) -> dict[str, int]:
        """How many days each setting says."""
        return dict(self.data)

    def query(self) -> str:
        """The settings that aren't the defaults, as the end of an address."""
        told = {name: days for name, days in self.days().items() if days != self.DEFAULTS[name]}
        return f"?{urlencode(told)}" if told else ""
