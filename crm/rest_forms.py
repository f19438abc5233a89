"""The forms of a REST source: where it is and how to sign in; how one kind of record is listed."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from common.errors import Invalid
from crm.connection_forms import FORMS, ConnectionForm
from crm.services.connectors.rest import AUTHS, PAGINGS, SINCE_FORMATS, rest_read
from org.http import form_errors

_AUTHS = dict(
    zip(
        AUTHS,
        (_("none"), _("bearer token"), _("user and password"), _("key in a header"), _("OAuth 2 client")),
        strict=True,
    )
)
_PAGINGS = dict(
    zip(
        PAGINGS,
        (
            _("all in one answer"),
            _("by page number"),
            _("by offset"),
            _("by a cursor in the answer"),
            _("by the next address in the answer"),
            _("by the Link header"),
        ),
        strict=True,
    )
)
_SINCE = dict(
    zip(
        SINCE_FORMATS,
        ("2026-03-05T17:00:00Z", "2026-03-05", _("seconds since 1970"), _("milliseconds since 1970")),
        strict=True,
    )
)
_HINT_PLACE = _("A place in the answer, such as paging.next.after.")


class RestForm(ConnectionForm):
    """Where the source is and how to sign in; which lists it has comes next."""

    secret_fields = ("key",)
    address_fields = ("url", "token_url", "auth", "header", "login")

    url = forms.CharField(
        label=_("Address"),
        max_length=500,
        help_text=_("Such as https://crm.example.com/api; all lists are below it."),
    )
    auth = forms.ChoiceField(label=_("Sign-in"), choices=list(_AUTHS.items()))
    login = forms.CharField(label=_("User or client id"), max_length=200, required=False)
    header = forms.CharField(
        label=_("Header of the key"), max_length=100, required=False, help_text=_("Such as X-Api-Key.")
    )
    key = forms.CharField(
        label=_("Token, password, key or client secret"),
        max_length=4000,
        required=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text=_("Stored encrypted."),
    )
    token_url = forms.CharField(
        label=_("Token address"),
        max_length=500,
        required=False,
        help_text=_("For OAuth 2: where tokens are given."),
    )
    scope = forms.CharField(label=_("OAuth 2 scope"), max_length=300, required=False)
    field_order = (
        *("name", "source", "url", "auth", "login", "header", "key", "token_url", "scope"),
        *("schedule_minutes", "rate_per_minute"),
    )

    def clean(self) -> dict[str, Any]:
        """What can't be a source is said at its field."""
        cleaned = super().clean()
        has_key = cleaned.get("key") or (self.connection is not None and self.connection.credentials)
        if cleaned.get("auth", "none") != "none" and not has_key:
            self.add_error("key", _("This way to sign in needs it."))
        try:
            rest_read({**cleaned, "resources": {}})
        except Invalid as error:
            form_errors(self, error)
        return cleaned


class RestListForm(forms.Form):
    """How the records of one kind are listed."""

    path = forms.CharField(label=_("Path"), max_length=500, help_text=_("Below the address, such as /deals."))
    query = forms.CharField(
        label=_("Fixed parameters"),
        required=False,
        widget=forms.Textarea({"rows": 2}),
        help_text=_("One a line, such as include=owner."),
    )
    paging = forms.ChoiceField(label=_("How the pages follow each other"), choices=list(_PAGINGS.items()))
    page_param = forms.CharField(
        label=_("Parameter of page, offset or cursor"), max_length=100, required=False
    )
    first_page = forms.IntegerField(label=_("First page"), required=False, min_value=0, max_value=1)
    next_path = forms.CharField(
        label=_("Place of the next cursor or address"),
        max_length=200,
        required=False,
        help_text=_HINT_PLACE,
    )
    size_param = forms.CharField(label=_("Parameter of the page's size"), max_length=100, required=False)
    size = forms.IntegerField(label=_("Records a page"), required=False, min_value=1, max_value=10_000)
    since_param = forms.CharField(
        label=_("Parameter “changed since”"),
        max_length=100,
        required=False,
        help_text=_("Without one everything is read each time."),
    )
    since_format = forms.ChoiceField(
        label=_("It wants the moment as"), choices=list(_SINCE.items()), required=False
    )

    def __init__(self, told: dict[str, Any], data: Any = None) -> None:
        query = told.get("query") or {}
        lines = "\n".join(f"{name}={value}" for name, value in query.items())
        super().__init__(data, initial={"size": 100, "first_page": 1, **told, "query": lines})

    def told(self) -> dict[str, Any]:
        """The list as JSON, without its mapping."""
        lines = [line.partition("=") for line in self.cleaned_data["query"].splitlines() if "=" in line]
        query = {name.strip(): value.strip() for name, _is, value in lines if name.strip()}
        kept = {name: value for name, value in self.cleaned_data.items() if value not in (None, "")}
        return kept | {"query": query}


FORMS["rest"] = RestForm
