"""The form of a merge: which record stays, and whose value of each field."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from crm.calc.merging import MERGE_FIELDS, choices, fullest
from crm.forms import MomentField
from crm.selectors.merging import Placeholders, columns_of
from crm.services import Asked


class MergeForm(forms.Form):
    """Made for records side by side; unbound it stands on the fullest record and its values."""

    into = forms.TypedChoiceField(coerce=int, label=_("Record that stays"))
    seen_at = MomentField(required=False, widget=forms.HiddenInput)

    def __init__(
        self,
        posted: Mapping[str, Any] | None,
        *,
        resource: str,
        rows: Sequence[Any],
        placeholders: Placeholders,
    ) -> None:
        told = {row.pk: columns_of(resource, row) | {"updated_at": row.updated_at} for row in rows}
        order = fullest(told, resource, placeholders)
        self.first = choices(told, resource, order, placeholders)
        super().__init__(posted, initial={"into": order[0]})
        self.ids = [row.pk for row in rows]
        listed = [(pk, str(pk)) for pk in self.ids]
        self.fields["into"].choices = listed  # type: ignore[attr-defined]
        for field in MERGE_FIELDS[resource]:
            self.fields[f"f_{field.name}"] = forms.TypedChoiceField(
                coerce=int, empty_value=None, required=False, choices=listed
            )

    def kept(self) -> int:
        """The record that the page shows as the one that stays."""
        told = self.cleaned_data.get("into") if self.is_bound and hasattr(self, "cleaned_data") else None
        return told or self.initial["into"]

    def chosen(self) -> dict[str, int]:
        """Whose value of each field the page shows as the one that stays."""
        told = self.cleaned_data if self.is_bound and hasattr(self, "cleaned_data") else {}
        return {name: told.get(f"f_{name}") or pk for name, pk in self.first.items()}

    def asked(self) -> Asked:
        """What shall be done."""
        into = self.cleaned_data["into"]
        others = tuple(pk for pk in self.ids if pk != into)
        return Asked(into, others, self.chosen(), self.cleaned_data["seen_at"])
