"""What all forms of records share: whose a new one is, what changes, what changed meanwhile."""

from __future__ import annotations

import datetime as dt
import json
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, ClassVar

from django import forms
from django.db.models import Model
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from common.records import Refused
from crm.calc.cells import amount_read
from crm.models import LOCAL, Connection, PlanRate, Segment
from crm.pick_fields import PickField
from crm.selectors.picks import pick_of
from crm.services.references import own_key
from org.models import Person, Role
from org.scope import Scope
from org.selectors import company_get


class AmountField(forms.CharField):
    """An amount as people type it ("12,000.50", "¥1.2万") as plain decimals; ``named`` is its currency."""

    named = ""

    def __init__(self, **more: Any) -> None:
        attrs = {"inputmode": "decimal", "autocomplete": "off"}
        super().__init__(max_length=60, widget=forms.TextInput(attrs=attrs), **more)

    def clean(self, value: Any) -> str:
        text = super().clean(value)
        if not text:
            return ""
        try:
            plain, self.named = amount_read(text, home=company_get().currency)
        except Refused as refused:
            message = gettext(refused.message)
            raise forms.ValidationError(message, code=refused.code, params=refused.params) from None
        return plain


@dataclass(frozen=True)
class Meanwhile:
    """A field that somebody else changed while the form was open."""

    label: str
    was: str
    now: str


@dataclass(frozen=True)
class Group:
    """Fields that stand together in a form; those that are seldom needed are folded away."""

    title: Any
    names: tuple[str, ...]
    is_folded: bool = False


class EntryForm(forms.Form):
    """A record to enter or, with a ``row``, to change; the fields are called as in the API.

    ``posted`` None shows it, filled from ``initial`` or the row. ``seen`` travels with the form: what the
    record said when it was opened.
    """

    resource: ClassVar[str] = ""
    groups: ClassVar[tuple[Group, ...]] = ()
    # Fields that are the form's own business and no field of the record.
    beside: ClassVar[frozenset[str]] = frozenset()
    segments: ClassVar[tuple[str, ...]] = ()

    key = forms.UUIDField(widget=forms.HiddenInput)
    seen = forms.CharField(required=False, widget=forms.HiddenInput)
    owner = PickField("owner", label=_("Owner"))

    def __init__(
        self,
        posted: Mapping[str, Any] | None,
        *,
        scope: Scope,
        row: Any = None,
        initial: Mapping[str, Any] | None = None,
    ) -> None:
        self.scope, self.row = scope, row
        told = dict(initial or {}) if row is None else self.told(row)
        super().__init__(posted, initial={"key": uuid.uuid4(), **told})
        for name, field in self.fields.items():
            if isinstance(field, PickField):
                field.scope, field.stored = scope, told.get(name) if row is not None else None
        self._dress_owner()
        self._dress_segments()
        self._dress_currency()
        self.before = self._wired(told) if row is not None else {}
        if row is not None:
            self.initial["seen"] = self._seen()

    def told(self, row: Any) -> dict[str, Any]:
        """What the form's fields say of a stored record."""
        raise NotImplementedError

    def wire(self, name: str, value: Any) -> Any:
        """A field's cleaned or initial value as the API takes it."""
        if isinstance(value, Model):
            return own_key(value.pk)
        if isinstance(value, dt.date):
            return value.isoformat()
        if isinstance(self.fields.get(name), AmountField):
            return f"{Decimal(value).normalize():f}" if value else None
        return value

    def wired(self) -> dict[str, Any]:
        """The cleaned fields of the record as the API takes them."""
        return self._wired(self.cleaned_data)

    def changes(self) -> dict[str, Any]:
        """The fields of the record that the form changes."""
        return {name: value for name, value in self.wired().items() if value != self.before.get(name)}

    def meanwhile(self) -> list[Meanwhile]:
        """What somebody else has changed since the form was opened."""
        was, now = self._was(), json.loads(self._seen())
        return [
            Meanwhile(str(self.label_of(name)), was[name][1] or "–", text or "–")
            for name, (value, text) in now.items()
            if name in was and was[name][0] != value
        ]

    def see_again(self) -> None:
        """Take what the record says now as seen: the next time it is sent, it stands.

        Fields that nobody typed over show what they say now; what was typed stays.
        """
        was = self._was()
        self.is_valid()
        data = {name: self.data.get(name) for name in self.data} | {"seen": self._seen()}
        for name in self.fields:
            if name in self.cleaned_data and self.is_untouched(name, was):
                data |= self._raw(name)
        self.data, self._errors = data, None

    def is_untouched(self, name: str, was: Mapping[str, tuple[Any, str]]) -> bool:
        """Whether a field was sent as it was when the form was opened."""
        return name in was and self.wire(name, self.cleaned_data[name]) == was[name][0]

    def label_of(self, name: str) -> Any:
        return self.fields[name].label

    def new_owner(self) -> Person:
        """Whose the new record is: chosen, else one's own."""
        chosen: Person | None = self.cleaned_data.get("owner")
        return chosen or Person.objects.get(pk=self.scope.person_id or 0)

    def field_groups(self) -> list[tuple[Group, list[forms.BoundField]]]:
        """The groups with the fields that this form has; what is wrong in a folded one opens it."""
        listed = []
        for group in self.groups:
            fields = [self[name] for name in group.names if name in self.fields]
            is_folded = group.is_folded and not any(field.errors for field in fields)
            if fields:
                listed.append((Group(group.title, group.names, is_folded), fields))
        return listed

    def focus(self) -> None:
        """Put the cursor where something is wrong, else where a new record begins."""
        order = [name for group in self.groups for name in group.names if name in self.fields]
        wrong = next((name for name in order if name in self.errors), None) if self.is_bound else None
        first = wrong or (order[0] if self.row is None and not self.is_bound else None)
        if first:
            self.fields[first].widget.attrs["autofocus"] = True

    def notice_source(self) -> str:
        """The system that the record comes from and that will write over it; "" for our own."""
        if self.row is None or self.row.source == LOCAL:
            return ""
        connections = Connection.objects.filter(source=self.row.source)
        return connections.values_list("name", flat=True).first() or str(self.row.source)

    def _wired(self, values: Mapping[str, Any]) -> dict[str, Any]:
        own = {"key", "seen", "owner", *self.beside}
        return {name: self.wire(name, values.get(name)) for name in self.fields if name not in own}

    def _was(self) -> dict[str, tuple[Any, str]]:
        """What the record said when the form was opened: value and words by field; nothing for nonsense."""
        try:
            seen = json.loads(self.data.get("seen", ""))
            return {name: (value, str(text)) for name, (value, text) in seen.items()}
        except (ValueError, TypeError, AttributeError):
            return {}

    def _raw(self, name: str) -> dict[str, Any]:
        """What the field would send if nothing was typed."""
        field, stored = self.fields[name], self.initial.get(name)
        if isinstance(field, PickField):
            key, text = field.prepare_value(stored)
            return {name: key, f"{name}_text": text}
        if isinstance(field, forms.BooleanField):
            return {name: "on" if stored else ""}
        shown = field.widget.format_value(stored)
        return {name: shown[0] if isinstance(shown, list) else shown or ""}

    def _seen(self) -> str:
        return json.dumps({name: (value, self.shown(name, value)) for name, value in self.before.items()})

    def shown(self, name: str, value: Any) -> str:
        """A field's stored value for people."""
        field, stored = self.fields.get(name), self.initial.get(name)
        if isinstance(stored, Model):
            return pick_of(stored).name
        if isinstance(field, forms.ChoiceField):
            return str(dict(field.choices).get(value, value) or "")  # type: ignore[arg-type]
        if isinstance(value, bool):
            return gettext("yes") if value else gettext("no")
        return "" if value is None else str(value)

    def _dress_owner(self) -> None:
        """Who works for themselves alone has nothing to choose; a record's owner is handed over elsewhere."""
        if self.row is not None:
            del self.fields["owner"], self.fields["key"]
        elif not self.scope.has(Role.ADMIN, Role.MANAGER):
            del self.fields["owner"]
        elif self.scope.person_id is not None:
            self.initial.setdefault("owner", Person.objects.get(pk=self.scope.person_id))

    def _dress_segments(self) -> None:
        if not self.segments:
            return
        choices: dict[str, list[tuple[str, str]]] = {kind: [("", "–")] for kind in self.segments}
        for kind, code, name in Segment.objects.filter(is_placeholder=False).values_list(
            "kind", "code", "name"
        ):
            if kind in choices:
                choices[kind].append((code, name))
        for kind, listed in choices.items():
            self.fields[kind].choices = listed  # type: ignore[attr-defined]

    def _dress_currency(self) -> None:
        """The plan currency and those that have a plan rate: in another nothing can be counted."""
        if "currency" not in self.fields:
            return
        self.initial.setdefault("currency", company_get().currency)
        self.fields["currency"].choices = currency_choices(self.initial["currency"])  # type: ignore[attr-defined]

    def demand_currency(self, name: str) -> None:
        """Refuse an amount that names another currency than the form's."""
        field = self.fields[name]
        assert isinstance(field, AmountField)
        chosen = self.cleaned_data.get("currency")
        if field.named and chosen and field.named != chosen:
            message = _("The amount says %(named)s, the currency beside it %(chosen)s; mend one of them.")
            params = {"named": field.named, "chosen": chosen}
            self.add_error(name, forms.ValidationError(message, params=params))


def currency_choices(stored: str = "") -> list[tuple[str, str]]:
    """The plan currency, those that have a plan rate, and the one that is stored."""
    home = company_get().currency
    known = {*PlanRate.objects.values_list("currency", flat=True), stored or home}
    return [(code, code) for code in (home, *sorted(known - {home}))]


def segment_field(label: Any) -> forms.ChoiceField:
    """A segment of one kind by its code; the choices come with the form."""
    return forms.ChoiceField(label=label, required=False)


def code_of(segment: Segment) -> str:
    """A segment's code; a placeholder is nothing chosen."""
    return "" if segment.is_placeholder else segment.code
