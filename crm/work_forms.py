"""Input forms of sellers: a visit just held, a note on a deal or account."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from crm.models import ActivityKind, FollowUp, Stage
from crm.selectors import Visitable
from crm.services.followups import Visit, Words

VISITED = (ActivityKind.VISIT, ActivityKind.CALL, ActivityKind.MEETING)
AT_HAND = 5


class DayInput(forms.DateInput):
    """A day as browsers pick it."""

    input_type = "date"

    def __init__(self) -> None:
        super().__init__(format="%Y-%m-%d")


class FollowUpForm(forms.ModelForm):
    """What the customer needs, what it hangs on, what comes next and when."""

    class Meta:
        model = FollowUp
        fields = ("need", "sticking_point", "next_step", "next_step_on")
        widgets = {
            "need": forms.Textarea(attrs={"rows": 2, "maxlength": 2000}),
            "sticking_point": forms.Textarea(attrs={"rows": 2, "maxlength": 2000}),
            "next_step_on": DayInput(),
        }

    def _post_clean(self) -> None:
        """The service says what is wrong with a note, in words."""

    def words(self) -> Words:
        """The note to write."""
        return Words(**{name: self.cleaned_data[name] for name in self.Meta.fields})


class VisitForm(forms.Form):
    """A visit in three taps: with whom, how, and (by the button) whether it was effective."""

    key = forms.UUIDField(widget=forms.HiddenInput)
    about = forms.ChoiceField(label=_("With whom"), required=False, widget=forms.RadioSelect)
    other = forms.ChoiceField(label=_("Somebody else"), required=False)
    kind = forms.ChoiceField(
        label=_("How"),
        choices=[(kind.value, kind.label) for kind in VISITED],
        initial=ActivityKind.VISIT,
        widget=forms.RadioSelect,
    )
    note = forms.CharField(
        label=_("Note"), required=False, max_length=2000, widget=forms.Textarea(attrs={"rows": 2})
    )
    next_step = forms.CharField(label=_("Next step"), required=False, max_length=200)
    next_step_on = forms.DateField(label=_("Next step on"), required=False, widget=DayInput())
    is_effective = forms.ChoiceField(choices=[("yes", _("yes")), ("no", _("no"))], widget=forms.HiddenInput)

    def __init__(
        self, posted: Mapping[str, Any] | None, *, listed: Sequence[Visitable], about: str = ""
    ) -> None:
        super().__init__(posted, initial={"key": uuid.uuid4(), "about": about})
        choices = [(each.key, each.name) for each in listed]
        self.fields["about"].choices = choices[:AT_HAND]  # type: ignore[attr-defined]
        self.fields["other"].choices = [("", "–"), *choices[AT_HAND:]]  # type: ignore[attr-defined]
        if len(choices) <= AT_HAND:
            del self.fields["other"]
        if not choices:
            del self.fields["about"]

    def visit(self) -> Visit:
        """The visit to log."""
        told = self.cleaned_data
        return Visit(
            key=str(told["key"]),
            kind=told["kind"],
            is_effective=told["is_effective"] == "yes",
            note=told["note"],
            about=told.get("other") or told.get("about") or "",
        )


class MoveForm(forms.Form):
    """To which stage a deal moves; when it closed and why it was lost may be left out."""

    stage = forms.ChoiceField(label=_("Stage"))
    from_stage = forms.CharField(required=False, max_length=40, widget=forms.HiddenInput)
    closed_on = forms.DateField(
        label=_("Closed"), required=False, widget=DayInput(), help_text=_("Empty: today, if this closes it.")
    )
    loss_reason = forms.CharField(label=_("Loss reason"), required=False, max_length=200)

    def __init__(
        self, posted: Mapping[str, Any] | None = None, *, stages: Iterable[Stage], stage: str = ""
    ) -> None:
        super().__init__(posted, auto_id="move_%s", initial={"stage": stage, "from_stage": stage})
        self.fields["stage"].choices = [(each.code, each.name) for each in stages]  # type: ignore[attr-defined]
