"""The form of a handover: to whom, from which day, what goes along, why."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from crm.calc.ownership import fair_shares
from crm.calc.records import Records
from crm.selectors.handover import Parcel
from crm.services import Terms
from crm.work_forms import DayInput
from org.models import Person

MOST_ROWS = 200
KINDS = {
    "accounts": _("customers"),
    "opportunities": _("open deals"),
    "leads": _("open leads"),
    "follow_ups": _("next steps"),
}
WON = ("won", _("won deals, for the payments still to come"))


class HandoverForm(forms.Form):
    """One receiver of a single record; of a customer or a whole book also what goes along.

    A book may go to several: then each customer has a receiver, evenly by open amount unless chosen.
    """

    to = forms.ModelChoiceField(Person.objects.none(), label=_("To whom"))
    from_on = forms.DateField(label=_("Credit moves from"), widget=DayInput())
    kinds = forms.MultipleChoiceField(
        label=_("What goes along"), widget=forms.CheckboxSelectMultiple, required=True
    )
    reason = forms.CharField(label=_("Reason"), max_length=500)

    def __init__(
        self,
        posted: Mapping[str, Any] | None,
        *,
        people: QuerySet[Person],
        today: dt.date,
        kinds: Sequence[str] = (),
        is_book: bool = False,
    ) -> None:
        super().__init__(posted, initial={"from_on": today, "kinds": list(kinds)})
        self.is_book = is_book
        if is_book:
            self.fields["to"] = forms.ModelMultipleChoiceField(
                people,
                label=_("To whom"),
                help_text=_("Choose several to divide the book among them; a customer stays in one hand."),
                widget=forms.SelectMultiple(attrs={"size": 8}),
            )
        else:
            self.fields["to"].queryset = people  # type: ignore[attr-defined]
        self.fields["from_on"].help_text = _("What counts on an earlier day stays where it was.")
        if kinds:
            choices = [(kind, KINDS[kind]) for kind in kinds]
            self.fields["kinds"].choices = [*choices, WON] if is_book else choices  # type: ignore[attr-defined]
        else:
            del self.fields["kinds"]

    @property
    def day(self) -> dt.date:
        """The day that stands in the form, today for nonsense."""
        told = self.cleaned_data.get("from_on") if self.is_bound else None
        day: dt.date = told or self.initial["from_on"]
        return day

    @property
    def chosen(self) -> set[str]:
        """The kinds that go along."""
        kinds = self.cleaned_data.get("kinds", ()) if self.is_bound else self.initial["kinds"]
        return set(kinds)

    @property
    def receivers(self) -> list[Person]:
        """Who gets it, in the order of the list."""
        to = self.cleaned_data.get("to") if self.is_bound else None
        if to is None:
            return []
        return list(to) if self.is_book else [to]

    def terms(self) -> Terms:
        return Terms(self.cleaned_data["from_on"], self.cleaned_data["reason"])

    def narrowed(self, parcels: Sequence[Parcel]) -> list[Parcel]:
        """The parcels with the kinds that go along, without those that have nothing left."""
        if "kinds" not in self.fields:
            return list(parcels)
        names = [name for name in KINDS if name in self.chosen or (name == "opportunities" and self.with_won)]
        found = [
            Parcel(
                each.key,
                each.name,
                Records(**{name: getattr(each.records, name) for name in names}),
                each.open_minor if "opportunities" in self.chosen else 0,
            )
            for each in parcels
        ]
        return [parcel for parcel in found if parcel.records.count]

    @property
    def with_won(self) -> bool:
        """Whether won deals go along."""
        return "won" in self.chosen

    def divided(self, parcels: Sequence[Parcel]) -> list[tuple[Parcel, Person]]:
        """Each parcel with who gets it: as chosen, else evenly by open amount."""
        people = self.receivers
        if not people:
            return []
        known = {str(person.pk): person for person in people}
        fair = fair_shares([parcel.open_minor for parcel in parcels], len(people))
        return [
            (parcel, known.get(str(self.data.get(f"parcel-{parcel.key}")), people[at]))
            for parcel, at in zip(parcels, fair, strict=True)
        ]
