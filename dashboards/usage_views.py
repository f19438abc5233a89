"""Pages of what API tokens do: all of one's own (an administrator's: everybody's), and one of them."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from dashboards.usage_page import since_of, usage_page
from org.http import Column, PageRequest, or_404, page_required, paginate
from org.policies import may_administer
from org.selectors import token_list, token_usage_list
from org.services import usage_flush

SPANS = {7: _("last 7 days"), 30: _("last 30 days"), 90: _("last 90 days")}
SPAN = 30
WHOSE = Column(_("Whose"))
TOKENS = (
    Column(_("Token")),
    WHOSE,
    Column(_("Requests"), is_num=True),
    Column(_("Errors"), is_num=True, hint=_("Refused (4xx) and failed (5xx)")),
    Column(_("Rows written"), is_num=True),
    Column(_("Longest"), is_num=True, hint=_("The longest that a request took")),
    Column(_("Last used"), hint=_("And from which network; addresses are not kept")),
)
_FIGURES = (
    Column(_("Requests"), is_num=True),
    Column(_("Errors"), is_num=True, hint=_("Refused (4xx) and failed (5xx)")),
    Column(_("Rows written"), is_num=True),
    Column(_("p50"), is_num=True, hint=_("Half of the requests took at most this long")),
    Column(_("p95"), is_num=True, hint=_("95 % of the requests took at most this long")),
    Column(_("Longest"), is_num=True, hint=_("The longest that a request took")),
)
ENDPOINTS = (Column(pgettext_lazy("of the API", "Endpoint")), *_FIGURES)
DAYS = (Column(_("Day")), *_FIGURES)


class SpanForm(forms.Form):
    """How far back to look."""

    days = forms.ChoiceField(label=_("Period"), choices=list(SPANS.items()))

    def chosen(self) -> int:
        """The number of days; a month for nonsense."""
        return int(self.cleaned_data["days"]) if self.is_valid() else SPAN


def _span(request: PageRequest) -> tuple[SpanForm, int]:
    form = SpanForm({"days": request.GET.get("days") or SPAN})
    usage_flush()  # what this very process has counted is on the page too
    return form, form.chosen()


@page_required()
def usage_list(request: PageRequest) -> HttpResponse:
    """The tokens with what they did."""
    form, days = _span(request)
    everyone = may_administer(request.row_scope)
    tokens = token_usage_list(user=request.user, everyone=everyone, since=since_of(days))
    columns = [column for column in TOKENS if everyone or column is not WHOSE]
    context: dict[str, Any] = {"form": form, "days": days, "everyone": everyone, "columns": columns}
    return render(request, "dashboards/usage_list.html", context | {"page": paginate(request, tokens)})


@page_required()
def usage_detail(request: PageRequest, pk: int) -> HttpResponse:
    """One token: sums, requests a day, endpoints."""
    form, days = _span(request)
    tokens = token_list(user=request.user, everyone=may_administer(request.row_scope))
    token = or_404(tokens.filter(pk=pk).first())
    context = {"form": form, "page": usage_page(token, days=days)}
    return render(request, "dashboards/usage_detail.html", context | {"endpoints": ENDPOINTS, "days": DAYS})
