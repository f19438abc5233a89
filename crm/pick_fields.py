"""A form's field that refers to a record: searched by words as one types, sent by key or by exact name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from crm.selectors.picks import Pick, pick_get, pick_named, pick_of
from org.scope import Scope

# What each field of a form may hold.
KINDS: dict[str, tuple[str, ...]] = {
    "account": ("account",),
    "deal": ("deal",),
    "about": ("account", "deal", "lead"),
    "owner": ("person",),
    "product": ("product",),
}


class PickInput(forms.Widget):
    """A combobox and the key of what was chosen in it (``static/js/picker.js``)."""

    def __init__(self, kind: str, *, offers_new: bool = False) -> None:
        super().__init__()
        self.kind, self.offers_new = kind, offers_new

    def value_from_datadict(self, data: Mapping[str, Any], files: Any, name: str) -> tuple[str, str]:
        return data.get(name, ""), data.get(f"{name}_text", "").strip()

    def id_for_label(self, id_: str) -> str:
        return id_

    def render(self, name: str, value: Any, attrs: Any = None, renderer: Any = None) -> Any:
        key, text = value or ("", "")
        address = reverse("crm:pick", args=[self.kind])
        dress = {**self.attrs, **(attrs or {})}
        context = {
            "described": dress.get("aria-describedby"),
            "is_invalid": dress.get("aria-invalid"),
            "name": name,
            "key": key,
            "text": text,
            "attrs": dress,
            "offers_new": self.offers_new,
        }
        return render_to_string("crm/_pick_input.html", context | {"url": f"{address}?field={name}"})


class PickField(forms.Field):
    """The record chosen, None where nothing is; ``scope`` must be set before the form is cleaned."""

    def __init__(self, kind: str, *, offers_new: bool = False, **more: Any) -> None:
        super().__init__(widget=PickInput(kind, offers_new=offers_new), **more)
        self.kinds = KINDS[kind]
        self.scope: Scope | None = None
        # What the record refers to already: it may stay though it lies out of the editor's sight.
        self.stored: Any = None

    def prepare_value(self, value: Any) -> tuple[str, str]:
        if isinstance(value, tuple):
            return value
        pick = value if isinstance(value, Pick) or value is None else pick_of(value)
        return (pick.key, pick.name) if pick else ("", "")

    def has_changed(self, initial: Any, data: Any) -> bool:
        return any(data or ()) and self.prepare_value(initial) != data

    def clean(self, value: Any) -> Any:
        key, text = value or ("", "")
        if not key and not text:
            return super().clean(None)
        if self.stored is not None and key == pick_of(self.stored).key:
            return self.stored
        assert self.scope is not None
        if key:
            found = pick_get(self.kinds, key, scope=self.scope)
        else:
            found = pick_named(self.kinds, text, scope=self.scope)
        if found is None:
            message = _("“%(text)s” is none of those that you may choose; choose from the list.")
            raise forms.ValidationError(message, code="unknown", params={"text": text or key})
        return found
