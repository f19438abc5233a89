"""The forms of incoming webhooks: an endpoint, the filter of its log, a sample with its place of records."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from crm.mapping_words import RESOURCES
from crm.models import IncomingAuth, IncomingEndpoint, MessageState
from crm.services.incoming import MOST_BYTES
from crm.services.incoming.secrets import ALGORITHMS

_PROOFS = [
    (
        IncomingAuth.STANDARD,
        _("Standard Webhooks signature (the safest: forged, old and repeated messages are told)"),
    ),
    (IncomingAuth.HMAC, _("HMAC signature in a header, as GitHub, Shopify and others send it")),
    (IncomingAuth.TOKEN, _("Secret in a header (as safe as the way it travels)")),
    (
        IncomingAuth.ADDRESS,
        _("Secret in the address (only if nothing else can be: addresses end up in logs)"),
    ),
]


class IncomingForm(forms.Form):
    """An endpoint: what comes from where, and how the sender proves itself."""

    name = forms.CharField(label=_("Name"), max_length=100)
    source = forms.CharField(
        label=_("Source"),
        max_length=40,
        help_text=_("The system it comes from. Records of one source find each other by their numbers."),
    )
    resource = forms.ChoiceField(label=_("What is pushed?"), choices=list(RESOURCES.items()))
    auth = forms.ChoiceField(
        label=_("How does the sender prove itself?"), choices=_PROOFS, widget=forms.RadioSelect
    )
    header = forms.CharField(
        label=_("Header"),
        max_length=100,
        required=False,
        help_text=_("For a signature or a secret in a header: its name, such as X-Hub-Signature-256."),
    )
    algorithm = forms.ChoiceField(
        label=_("Algorithm"),
        required=False,
        choices=[(name, name.upper().replace("SHA", "SHA-")) for name in ALGORITHMS],
        help_text=_("Of the HMAC; SHA-1 only if the sender knows nothing newer."),
    )
    time_header = forms.CharField(
        label=_("Header of the time"),
        max_length=100,
        required=False,
        help_text=_(
            "Where the sender signs “time.body”: its name. Old and repeated messages are refused then."
        ),
    )

    def __init__(self, endpoint: IncomingEndpoint | None, data: Any = None) -> None:
        initial = {"auth": IncomingAuth.STANDARD}
        if endpoint is not None:
            initial = {name: getattr(endpoint, name) for name in self.base_fields}
        super().__init__(data, initial=initial)


class IncomingFilter(forms.Form):
    """What the log of messages filters by."""

    state = forms.ChoiceField(
        label=_("State"), required=False, choices=[("", _("all")), *MessageState.choices]
    )


class SampleForm(forms.Form):
    """A body to look at, and where its records stand."""

    sample = forms.CharField(
        label=_("A message"),
        required=False,
        max_length=MOST_BYTES,
        strip=False,
        widget=forms.Textarea({"rows": 8, "class": "font-monospace", "spellcheck": "false"}),
    )
    records_path = forms.CharField(
        label=_("Records stand at"),
        required=False,
        max_length=200,
        help_text=_("Empty: the message is the record, or a list of them. Else a path such as data.deals."),
        widget=forms.TextInput({"class": "font-monospace", "spellcheck": "false", "autocomplete": "off"}),
    )
