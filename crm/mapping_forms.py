"""The form of a mapping: a line a field of ours, with where it stands, what it always is, what words mean."""

from __future__ import annotations

from collections.abc import Mapping as Map
from dataclasses import dataclass
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from common.errors import Invalid
from crm.calc.cell_values import TWO_WAYS
from crm.calc.columns import KEY, Column, Kind
from crm.calc.mapping import DELETED, LONGEST_WORD, MAPPED, NEEDED
from crm.import_forms import QUESTIONS
from crm.import_words import field_label
from crm.models import Stage
from org.http import translated

# Between paths, and between their word and ours.
NEXT, MEANS = ";", "="
_WITH_WORDS = (Kind.CHOICE, Kind.STAGE, Kind.SEGMENT, Kind.OWNER, Kind.FLAG)
_QUESTION = {Kind.AMOUNT: "point", Kind.WHOLE: "point", Kind.DAY: "order", Kind.MOMENT: "order"}


@dataclass(frozen=True)
class RuleLine:
    """A field on the page: where it stands, and what is rarely needed."""

    name: str
    path: forms.BoundField
    constant: forms.BoundField
    table: forms.BoundField | None
    answer: forms.BoundField | None
    codes: str
    is_needed: bool
    has_more: bool


class MappingForm(forms.Form):
    """Where the fields of a resource stand in foreign JSON; ``told()`` is the mapping as JSON."""

    def __init__(self, resource: str, mapping: Map[str, Any], data: Any = None) -> None:
        super().__init__(data)
        self.resource, self.columns = resource, MAPPED[resource]
        rules = mapping.get("fields", {})
        for column in self.columns:
            self._add(column, rules.get(column.name, {}))
        gone = mapping.get(DELETED, {})
        self.fields["deleted_path"] = _path_field(_("Deleted in the source"), gone.get("path", ""))
        self.fields["deleted_words"] = forms.CharField(
            label=_("Words that mean it is deleted"),
            required=False,
            initial="\n".join(gone.get("words", ())),
            widget=forms.Textarea({"rows": 2}),
            help_text=_("One a line; without any, everything but no, false, 0 and nothing."),
        )

    def _add(self, column: Column, rule: Map[str, Any]) -> None:
        name, label = column.name, field_label(column.name)
        self.fields[f"path_{name}"] = _path_field(label, f" {NEXT} ".join(rule.get("paths", ())))
        self.fields[f"constant_{name}"] = forms.CharField(
            label=_("Else always"), required=False, max_length=LONGEST_WORD, initial=rule.get("constant", "")
        )
        if column.kind in _WITH_WORDS:
            lines = [f"{word} {MEANS} {ours}" for word, ours in rule.get("table", {}).items()]
            self.fields[f"table_{name}"] = forms.CharField(
                label=_("Their word = ours"),
                required=False,
                initial="\n".join(lines),
                widget=forms.Textarea({"rows": 3}),
                help_text=_("One a line, * for all others."),
            )
        if column.kind in TWO_WAYS:
            label, choices = QUESTIONS[_QUESTION[column.kind]]
            self.fields[f"answer_{name}"] = forms.ChoiceField(
                label=label,
                choices=[("", _("it is clear")), *choices],
                required=False,
                initial=rule.get("answer", ""),
            )

    def lines(self) -> list[RuleLine]:
        """The fields as the page shows them, those that are needed first."""
        needed = (KEY, *NEEDED[self.resource])
        codes = {Kind.STAGE: ", ".join(Stage.objects.values_list("code", flat=True))}
        lines = []
        for column in self.columns:
            name = column.name
            extras = [f"{part}_{name}" for part in ("constant", "table", "answer")]
            extras = [each for each in extras if each in self.fields]
            lines.append(
                RuleLine(
                    name,
                    self[f"path_{name}"],
                    self[f"constant_{name}"],
                    self[f"table_{name}"] if f"table_{name}" in self.fields else None,
                    self[f"answer_{name}"] if f"answer_{name}" in self.fields else None,
                    codes.get(column.kind) or ", ".join(sorted(set(column.words.values()))),
                    name in needed,
                    any(self[each].value() or self[each].errors for each in extras),
                )
            )
        return sorted(lines, key=lambda line: not line.is_needed)

    def told(self) -> dict[str, Any]:
        """The mapping that the form says, as JSON; ``mapping_read`` judges it."""
        fields = {}
        for column in self.columns:
            name, said = column.name, self.cleaned_data
            rule = {
                "paths": [p.strip() for p in said.get(f"path_{name}", "").split(NEXT) if p.strip()],
                "constant": said.get(f"constant_{name}", "").strip(),
                "table": _table(said.get(f"table_{name}", "")),
                "answer": said.get(f"answer_{name}", ""),
            }
            if rule["paths"] or rule["constant"]:
                fields[name] = {key: value for key, value in rule.items() if value}
        told: dict[str, Any] = {"fields": fields}
        path = self.cleaned_data.get("deleted_path", "").strip()
        if path:
            words = [word.strip() for word in self.cleaned_data["deleted_words"].splitlines() if word.strip()]
            told[DELETED] = {"path": path, "words": words}
        return told

    def refuse(self, error: Invalid) -> None:
        """Put what is wrong with the mapping at its fields."""
        for each in error.errors:
            name = "deleted_path" if each.field == DELETED else f"path_{each.field}"
            self.add_error(name if name in self.fields else None, each.text(translated))
        if not error.errors:
            self.add_error(None, error.text(translated))


def _path_field(label: Any, initial: str) -> forms.CharField:
    attrs = {
        "list": "places",
        "autocomplete": "off",
        "spellcheck": "false",
        "data-path": "",
        "class": "font-monospace",
    }
    return forms.CharField(
        label=label, required=False, max_length=1100, initial=initial, widget=forms.TextInput(attrs)
    )


def _table(text: str) -> dict[str, str]:
    """Lines of "their word = ours"; the last equals sign parts them."""
    found = {}
    for line in text.splitlines():
        theirs, parted, ours = line.rpartition(MEANS)
        if parted and theirs.strip():
            found[theirs.strip()] = ours.strip()
    return found
