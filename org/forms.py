"""Forms of this room: one filter form a list, shared by page and API; input forms of the pages."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from common.money import CURRENCY_EXPONENTS
from org.calc.credit import FOREVER, Stay
from org.models import (
    Assignment,
    AssignmentKind,
    CalendarDay,
    Company,
    DeliveryState,
    Density,
    FirstPeriod,
    HookEndpoint,
    Person,
    Unit,
    User,
)
from org.models.access import GRANTABLE_ROLES
from org.selectors import TreeRow
from org.services import ALL_SCOPES, kind_names

INDENT = "\u2003"  # an em space a level: the tree inside a select


class DayInput(forms.DateInput):
    """The browser's own date picker."""

    input_type = "date"

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__(attrs, format="%Y-%m-%d")


def day_field(label: Any, *, required: bool = True, help_text: Any = "") -> forms.DateField:
    return forms.DateField(label=label, required=required, help_text=help_text, widget=DayInput())


def unit_choices(tree: Iterable[TreeRow]) -> list[tuple[int, str]]:
    """The open units of a tree, indented, for a select."""
    return [(row.unit.pk, INDENT * row.depth + row.unit.name) for row in tree if row.unit.closed_on is None]


class RecordFilter(forms.Form):
    """What the API's lists of units and people filter by."""

    source = forms.CharField(label=_("Source"), max_length=40, required=False)


class PersonFilter(forms.Form):
    """What the list of people filters by."""

    q = forms.CharField(label=_("Name, number or e-mail"), required=False)
    unit = forms.TypedChoiceField(label=_("Unit"), required=False, coerce=int, empty_value=None)
    state = forms.ChoiceField(
        label=_("State"),
        required=False,
        choices=[("", _("all")), ("active", _("employed")), ("left", _("left"))],
    )

    def __init__(self, query: Mapping[str, Any], *, tree: Iterable[TreeRow]) -> None:
        super().__init__(query)
        self.fields["unit"].choices = [("", _("all")), *unit_choices(tree)]  # type: ignore[attr-defined]

    def chosen(self) -> dict[str, Any]:
        """Arguments for ``people_list``; a wrong filter is left out and marked on the form."""
        self.is_valid()
        clean = self.cleaned_data
        return {
            "query": clean.get("q", ""),
            "unit_id": clean.get("unit"),
            "state": clean.get("state", ""),
        }


class AuditFilter(forms.Form):
    """What the audit log filters by."""

    action = forms.CharField(label=_("Action begins with"), required=False)
    actor = forms.ModelChoiceField(
        User.objects.order_by("email"), label=_("Who"), required=False, empty_label=_("anybody")
    )
    subject = forms.CharField(label=_("About"), required=False)


class UnitForm(forms.Form):
    """A unit and where it hangs."""

    name = forms.CharField(label=pgettext_lazy("of a row", "Name"), max_length=200)
    kind = forms.CharField(label=_("Kind"), max_length=40, required=False, help_text=_("Region, team …"))
    parent = forms.TypedChoiceField(label=_("Below"), coerce=int)
    position = forms.IntegerField(label=_("Position among its siblings"), min_value=0, initial=0)

    def __init__(self, *args: Any, tree: list[TreeRow], unit: Unit | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["parent"].choices = unit_choices(tree)  # type: ignore[attr-defined]
        if unit is not None and unit.parent_id is None:
            del self.fields["parent"]


class PersonForm(forms.ModelForm):
    """A person's own data; where they are is said by assignments."""

    class Meta:
        model = Person
        fields = ("name", "employee_number", "email", "title", "hired_on", "left_on")
        widgets = {"hired_on": DayInput(), "left_on": DayInput()}


class TransferForm(forms.Form):
    """From a day on in another unit."""

    unit = forms.TypedChoiceField(label=_("Unit"), coerce=int)
    kind = forms.ChoiceField(label=_("As"), choices=AssignmentKind.choices)
    on = day_field(_("From"))
    reason = forms.CharField(label=_("Reason"), max_length=200, required=False)

    def __init__(self, *args: Any, tree: Iterable[TreeRow], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["unit"].choices = unit_choices(tree)  # type: ignore[attr-defined]


class LeaveForm(forms.Form):
    """The first day away."""

    on = day_field(_("First day away"))
    reason = forms.CharField(label=_("Reason"), max_length=200, required=False)


class StayForm(forms.Form):
    """One assignment of a person, in the table of all of them."""

    unit = forms.TypedChoiceField(label=_("Unit"), coerce=int)
    kind = forms.ChoiceField(label=_("As"), choices=AssignmentKind.choices)
    share = forms.DecimalField(
        label=_("Share of credit (%)"), min_value=0, max_value=100, decimal_places=2, initial=100
    )
    starts_on = day_field(_("From"))
    ends_on = day_field(_("Until (first day no longer)"), required=False)

    def __init__(self, *args: Any, units: list[tuple[int, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["unit"].choices = units  # type: ignore[attr-defined]

    def stay(self) -> Stay:
        """The stay this row says."""
        clean = self.cleaned_data
        return Stay(
            clean["unit"],
            clean["starts_on"],
            clean["ends_on"] or FOREVER,
            int(clean["share"] * 100),
            clean["kind"] == AssignmentKind.MANAGER,
        )


StayFormSet = forms.formset_factory(StayForm, extra=1, can_delete=True)


def stay_initial(assignment: Assignment) -> dict[str, Any]:
    """A row of the table as it is stored."""
    return {
        "unit": assignment.unit_id,
        "kind": assignment.kind,
        "share": assignment.share_bp / 100,
        "starts_on": assignment.starts_on,
        "ends_on": None if assignment.ends_on == FOREVER else assignment.ends_on,
    }


class InvitationForm(forms.Form):
    """Whom to invite, and as what."""

    email = forms.EmailField(label=_("E-mail"))
    roles = forms.MultipleChoiceField(
        label=_("Company-wide roles"),
        choices=GRANTABLE_ROLES,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("Sellers and managers need none: their rights follow from their assignments."),
    )


class AcceptForm(forms.Form):
    """The name and password of a new account."""

    name = forms.CharField(label=_("Your name"), max_length=150)
    password = forms.CharField(
        label=_("Password"),
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )
    again = forms.CharField(
        label=_("Password again"),
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )

    def clean(self) -> dict[str, Any]:
        clean: dict[str, Any] = super().clean() or {}
        if clean.get("password") and clean.get("again") and clean["password"] != clean["again"]:
            self.add_error("again", _("The two passwords differ."))
        return clean


class FirstAdminForm(AcceptForm):
    """The first account of an installation, which nobody could invite."""

    email = forms.EmailField(label=_("E-mail"))
    field_order = ("name", "email", "password", "again")


class AccountForm(forms.Form):
    """What an account may do, and which person it is."""

    roles = forms.MultipleChoiceField(
        label=_("Company-wide roles"),
        choices=GRANTABLE_ROLES,
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    employee_number = forms.CharField(
        label=_("Employee number of the person"), required=False, help_text=_("Empty: nobody who sells.")
    )

    def clean_employee_number(self) -> Person | None:
        """The person of that number."""
        number = self.cleaned_data["employee_number"]
        if not number:
            return None
        person = Person.objects.filter(employee_number=number, is_placeholder=False).first()
        if person is None:
            raise forms.ValidationError(_("Nobody has this employee number."))
        return person


class CompanyForm(forms.ModelForm):
    """The company's settings."""

    class Meta:
        model = Company
        fields = ("name", "currency", "time_zone", "country", "subdivision", "fiscal_year_start_month")

    currency = forms.ChoiceField(
        label=_("Plan currency"), choices=[(code, code) for code in sorted(CURRENCY_EXPONENTS)]
    )


class CalendarDayForm(forms.ModelForm):
    """A day off or a day worked."""

    class Meta:
        model = CalendarDay
        fields = ("day", "is_workday", "name")
        widgets = {"day": DayInput()}

    def validate_unique(self) -> None:
        """Saying a day again changes it."""


class TokenForm(forms.Form):
    """A new API token."""

    name = forms.CharField(label=_("What for"), max_length=100)
    scopes = forms.MultipleChoiceField(label=_("Scopes"), widget=forms.CheckboxSelectMultiple)
    expires_on = day_field(_("Expires on"), required=False, help_text=_("Empty: never."))

    def __init__(self, *args: Any, holdable: frozenset[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [(scope, scope) for scope in ALL_SCOPES if scope in holdable]
        self.fields["scopes"].choices = choices  # type: ignore[attr-defined]

    def expires_at(self) -> dt.datetime | None:
        """The end of the last day, in UTC."""
        day = self.cleaned_data["expires_on"]
        return dt.datetime.combine(day, dt.time(23, 59, 59), tzinfo=dt.UTC) if day else None


class HookForm(forms.ModelForm):
    """A webhook endpoint."""

    class Meta:
        model = HookEndpoint
        fields = ("name", "url", "kinds")

    url = forms.CharField(
        label=_("Address"),
        max_length=500,
        help_text=_("Begins with https://; private addresses are refused."),
    )
    kinds = forms.MultipleChoiceField(label=_("Events"), widget=forms.CheckboxSelectMultiple)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [(kind, f"{words} ({kind})") for kind, words in kind_names().items()]
        self.fields["kinds"].choices = choices  # type: ignore[attr-defined]

    def _post_clean(self) -> None:
        """The service writes and checks; the form's instance stays as stored."""


class HookDeliveryFilter(forms.Form):
    """What the log of webhook messages filters by."""

    state = forms.ChoiceField(
        label=_("State"), required=False, choices=[("", _("all")), *DeliveryState.choices]
    )


class ProfileForm(forms.Form):
    """How one is called."""

    first_name = forms.CharField(label=_("First name"), max_length=150, required=False)
    last_name = forms.CharField(label=_("Last name"), max_length=150, required=False)


class PreferencesForm(forms.Form):
    """What people choose for themselves."""

    theme = forms.ChoiceField(
        label=_("Theme"), choices=[("light", _("light")), ("dark", _("dark")), ("system", _("as the device"))]
    )
    language = forms.ChoiceField(
        label=_("Language"), required=False, choices=[("", _("as the browser says")), *settings.LANGUAGES]
    )
    density = forms.ChoiceField(
        label=_("Density"),
        choices=Density.choices,
        help_text=_("Compact shows more rows on a screen."),
    )
    period = forms.ChoiceField(
        label=_("Default period"),
        choices=FirstPeriod.choices,
        help_text=_("What pages of figures open with."),
    )
    has_shortcuts = forms.BooleanField(
        label=_("Keyboard shortcuts of single letters"),
        required=False,
        help_text=_("Turn them off if you speak to your computer, or type letters by accident."),
    )
