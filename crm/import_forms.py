"""The forms of imports: which file it is, and what its columns hold."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext_lazy as _

from crm.calc.cells import Order, Point
from crm.calc.columns import COLUMNS
from crm.import_words import FIELDS, RESOURCES
from crm.models import ImportJob
from crm.services.imports import MOST_BYTES, NEEDED

QUESTIONS: dict[str, tuple[Any, list[tuple[str, Any]]]] = {
    "order": (
        _("Which comes first?"),
        [
            (Order.DAY.value, _("the day (5/3 is 5 March)")),
            (Order.MONTH.value, _("the month (5/3 is May 3)")),
        ],
    ),
    "point": (
        _("What stands before the decimals?"),
        [
            (Point.DOT.value, _("a dot (1.5 is one and a half)")),
            (Point.COMMA.value, _("a comma (1,5 is one and a half)")),
        ],
    ),
}


class UploadForm(forms.Form):
    """A file, what it lists, and the system it comes from."""

    resource = forms.ChoiceField(label=_("What does it list?"), choices=list(RESOURCES.items()))
    source = forms.CharField(
        label=_("Source"),
        max_length=40,
        help_text=_("The system it comes from. Records of one source find each other by their numbers."),
    )
    file = forms.FileField(
        label=_("CSV or XLSX file"),
        widget=forms.FileInput(
            attrs={"accept": ".csv,.txt,.xlsx", "data-drop-input": "", "data-most": MOST_BYTES}
        ),
    )

    def clean_file(self) -> UploadedFile:
        """Refuse what is too large before it is read."""
        file: UploadedFile = self.cleaned_data["file"]
        if (file.size or 0) > MOST_BYTES:
            message = _("A file may have %(max)s MB, this one has %(size)s MB. Split it in parts.")
            params = {"max": MOST_BYTES // 1_000_000, "size": -(-(file.size or 0) // 1_000_000)}
            raise forms.ValidationError(message, params=params)
        return file


@dataclass(frozen=True)
class ColumnLine:
    """A column of the file on the page: its header, a few cells, its fields of the form."""

    header: str
    samples: list[str]
    field: forms.BoundField
    answer: forms.BoundField | None
    examples: list[str]


class MappingForm(forms.Form):
    """The field of each column, and an answer where its cells can be read in two ways."""

    def __init__(self, job: ImportJob, data: Mapping[str, Any] | None = None) -> None:
        super().__init__(data)
        self.job = job
        choices = [("", _("– leave out –"))]
        choices += [(column.name, FIELDS[column.name]) for column in COLUMNS[job.resource]]
        self.asked = {each["column"]: each for each in job.report.get("questions", ())}
        answers = job.mapping["answers"]
        for at, (header, field) in enumerate(zip(job.mapping["headers"], job.mapping["fields"], strict=True)):
            self.fields[f"column_{at}"] = forms.ChoiceField(
                label=header or _("Column %(number)s") % {"number": at + 1},
                choices=choices,
                required=False,
                initial=field,
            )
            if at in self.asked:
                label, options = QUESTIONS[self.asked[at]["what"]]
                self.fields[f"answer_{at}"] = forms.ChoiceField(
                    label=label, choices=options, widget=forms.RadioSelect, initial=answers.get(str(at))
                )

    def clean(self) -> dict[str, Any]:
        """Say in words which columns are missing."""
        chosen = set(self.chosen())
        missing = [str(FIELDS[name]) for name in NEEDED[self.job.resource] if name not in chosen]
        if missing:
            message = _("Choose the columns that hold these: %(fields)s.")
            raise forms.ValidationError(message, code="missing", params={"fields": ", ".join(missing)})
        return self.cleaned_data

    def lines(self) -> list[ColumnLine]:
        """The columns as the page shows them."""
        samples = self.job.mapping["samples"]
        return [
            ColumnLine(
                header=header,
                samples=[row[at] for row in samples if row[at]],
                field=self[f"column_{at}"],
                answer=self[f"answer_{at}"] if at in self.asked else None,
                examples=self.asked.get(at, {}).get("examples", []),
            )
            for at, header in enumerate(self.job.mapping["headers"])
        ]

    def chosen(self) -> list[str]:
        """The field of each column, "" for none."""
        return [self.cleaned_data.get(f"column_{at}", "") for at in range(len(self.job.mapping["headers"]))]

    def answers(self) -> dict[str, str]:
        """The answers, by the column's position."""
        return {str(at): self.cleaned_data[f"answer_{at}"] for at in self.asked}
