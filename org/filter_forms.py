"""Input forms of saved filters."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _


class FilterNameForm(forms.Form):
    """How a saved filter is called."""

    name = forms.CharField(label=_("Name"), max_length=60)


class FilterKeepForm(FilterNameForm):
    """The filters of a list, to be kept under a name."""

    page = forms.CharField(max_length=80, widget=forms.HiddenInput)
    query = forms.CharField(max_length=4000, widget=forms.HiddenInput)
    is_default = forms.BooleanField(label=_("Open this list with it from now on"), required=False)
