"""Forms of this room: one filter form a list, shared by page and API; input forms of the pages."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _


class RecordFilter(forms.Form):
    """What the API's lists of units and people filter by."""

    source = forms.CharField(label=_("Source"), max_length=40, required=False)
