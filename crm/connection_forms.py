"""The settings forms of connections, one a kind of connector; and Odoo's form of what means what.

A new kind adds its form to ``FORMS`` (``ConnectionForm`` says what it has to answer), and one to
``MAPPING_FORMS`` if something can only be chosen once it is connected.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from django import forms
from django.utils.translation import gettext_lazy as _

from crm.connection_words import RESOURCES
from crm.models import ActivityKind, Connection, Stage
from crm.selectors.connections import units_choosable
from crm.services.connectors.odoo import OdooChoices

EVERY = ((5, _("5 minutes")), (15, _("15 minutes")), (60, _("hour")), (360, _("6 hours")), (1440, _("day")))


class ConnectionForm(forms.Form):
    """What every connection has; a kind adds its settings and keys.

    ``secret_fields`` are kept encrypted and never shown again; ``address_fields`` are where they are sent:
    when one of these changes, the keys have to be entered anew.
    """

    secret_fields: ClassVar[tuple[str, ...]] = ()
    address_fields: ClassVar[tuple[str, ...]] = ("url",)
    _own = ("name", "source", "schedule_minutes", "rate_per_minute")

    name = forms.CharField(label=_("Name"), max_length=100)
    source = forms.CharField(
        label=_("Source"),
        max_length=40,
        help_text=_("How records from here are marked, such as “odoo”. It stays as it is."),
    )
    schedule_minutes = forms.TypedChoiceField(label=_("Read every"), coerce=int, choices=EVERY, initial=15)
    rate_per_minute = forms.IntegerField(
        label=_("At most so many calls a minute"), min_value=1, max_value=6_000, initial=120
    )

    def __init__(self, data: Any = None, *, connection: Connection | None = None) -> None:
        initial: dict[str, Any] = {}
        if connection is not None:
            initial = connection.settings | {name: getattr(connection, name) for name in self._own}
        super().__init__(data, initial=initial)
        self.connection = connection
        if connection is not None:
            del self.fields["source"]
            for name in self.secret_fields:
                self.fields[name].required = False
                self.fields[name].help_text = _("Stored encrypted; leave empty to keep it.")

    def clean(self) -> dict[str, Any]:
        """A stored key is not sent to another address than the one it was entered for."""
        cleaned = super().clean() or {}
        if self.connection is not None and self.connection.credentials:
            moved = any(
                cleaned.get(name) != self.connection.settings.get(name) for name in self.address_fields
            )
            for name in self.secret_fields:
                if moved and not cleaned.get(name):
                    self.add_error(name, _("The address has changed: enter this anew."))
        return cleaned

    def values(self, kind: str) -> dict[str, Any]:
        """What ``connection_save`` stores."""
        own = {name: self.cleaned_data[name] for name in self._own if name in self.fields}
        return own | {"kind": kind, "settings": self.settings()}

    def settings(self) -> dict[str, Any]:
        """The settings of the kind; what other forms have chosen stays."""
        kept = dict(self.connection.settings) if self.connection is not None else {}
        mine = {
            name: value
            for name, value in self.cleaned_data.items()
            if name not in self._own and name not in self.secret_fields
        }
        return kept | {name: _plain(value) for name, value in mine.items()}

    def credentials(self) -> dict[str, str]:
        """The keys that were entered."""
        return {name: self.cleaned_data.get(name, "") for name in self.secret_fields}


class OdooForm(ConnectionForm):
    """Where Odoo is, as whom it is read, and what of it."""

    secret_fields = ("api_key",)
    address_fields = ("url", "database", "login")

    url = forms.CharField(
        label=_("Address"), max_length=300, help_text=_("Such as https://mycompany.odoo.com, without a path.")
    )
    database = forms.CharField(
        label=_("Database"), max_length=100, help_text=_("On odoo.com mostly the first part of the address.")
    )
    login = forms.CharField(
        label=_("User"), max_length=200, help_text=_("The sign-in name, often an e-mail.")
    )
    api_key = forms.CharField(
        label=_("API key"),
        max_length=300,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text=_("Made in Odoo under Preferences, Account Security. Stored encrypted."),
    )
    resources = forms.MultipleChoiceField(
        label=_("What to read"),
        choices=list(RESOURCES.items()),
        initial=list(RESOURCES),
        widget=forms.CheckboxSelectMultiple,
    )
    since = forms.DateField(
        label=_("From this day on"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}),
        help_text=_(
            "What was closed, created or paid before is left out; people are in their teams from this day on."
        ),
    )
    default_unit = forms.ChoiceField(label=_("Unit of people without a team"), required=False)
    region_from = forms.ChoiceField(
        label=_("Region of customers"),
        required=False,
        choices=(
            ("", _("not from Odoo")),
            ("country_id", _("their country")),
            ("state_id", _("their state")),
        ),
    )
    field_order = (
        *("name", "source", "url", "database", "login", "api_key", "resources", "since"),
        *("default_unit", "region_from", "schedule_minutes", "rate_per_minute"),
    )

    def __init__(self, data: Any = None, *, connection: Connection | None = None) -> None:
        super().__init__(data, connection=connection)
        units = units_choosable(connection.source if connection is not None else "")
        self.fields["default_unit"].choices = units  # type: ignore[attr-defined]
        if connection is None:
            self.initial.update(name="Odoo", source="odoo", resources=list(RESOURCES))


class OdooMappingForm(forms.Form):
    """What Odoo's stages, teams and activities are here, with what we propose."""

    def __init__(self, data: Any, *, connection: Connection, choices: OdooChoices) -> None:
        super().__init__(data)
        self.connection, self.choices = connection, choices
        stored = connection.settings
        stages = [(stage.code, stage.name) for stage in Stage.objects.all()]
        units = [("", _("– a unit of its own –")), *units_choosable(connection.source)]
        kinds = [("", _("– leave out –")), *ActivityKind.choices]
        for name, listed, options, is_required in (
            ("stages", choices.stages, stages, True),
            ("teams", choices.teams, units, False),
            ("activity_kinds", choices.activity_kinds, kinds, False),
        ):
            told = stored.get(name, {})
            for each in listed:
                self.fields[f"{name}_{each.key}"] = forms.ChoiceField(
                    label=each.name,
                    choices=list(options),
                    required=is_required,
                    initial=told.get(each.key, each.proposed),
                )

    def groups(self) -> list[tuple[Any, Any, list[forms.BoundField]]]:
        """Title, explanation and fields of each group on the page."""
        return [
            (_("Stages"), _("The stage here of a deal in each stage there."), self._of("stages")),
            (
                _("Teams"),
                _("A unit that exists here already, or one that is made for the team."),
                self._of("teams"),
            ),
            (
                _("Activities"),
                _("Done activities of these types count as what you choose; meetings always count."),
                self._of("activity_kinds"),
            ),
        ]

    def settings(self) -> dict[str, Any]:
        """The connection's settings with what was chosen."""
        chosen = {
            name: {
                field.name.removeprefix(f"{name}_"): self.cleaned_data[field.name] for field in self._of(name)
            }
            for name in ("stages", "teams", "activity_kinds")
        }
        return self.connection.settings | chosen

    def _of(self, name: str) -> list[forms.BoundField]:
        return [self[field] for field in self.fields if field.startswith(f"{name}_")]


def _plain(value: Any) -> Any:
    """A value as JSON keeps it."""
    if isinstance(value, Sequence) and not isinstance(value, str):
        return list(value)
    return value.isoformat() if hasattr(value, "isoformat") else value


FORMS: dict[str, type[ConnectionForm]] = {"odoo": OdooForm}
