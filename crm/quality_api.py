"""REST: what the checks of data quality find, for whoever watches the CRM from outside."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import OpenApiExample
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from common.errors import FieldError, Invalid, NotAllowed, gettext_noop
from common.money import decimal_string
from crm.forms import QualityForm
from crm.policies import may_check
from crm.quality_words import WORDS
from crm.selectors.quality import Tally, quality_basis, quality_get
from org.http import ScopedApiView, api_doc, page_shape

_AMOUNTS = {"won": "won_minor", "open": "open_minor", "received": "received_minor"}


class QualityCheckShape(serializers.Serializer[Any]):
    """A check and what it found; amounts in the plan currency, won and received in the fiscal year."""

    check = serializers.CharField()
    title = serializers.CharField()
    count = serializers.IntegerField()
    won = serializers.CharField()
    open = serializers.CharField()
    received = serializers.CharField()
    extra = serializers.IntegerField()


_EXAMPLE = {
    "check": "payment-without-deal",
    "title": "Payments without a deal",
    "count": 2,
    "won": "0.00",
    "open": "0.00",
    "received": "12000.00",
    "extra": 0,
}


class QualityApi(ScopedApiView):
    """All checks that the caller can make, in the order of the page."""

    scope_room = "crm"

    @api_doc(
        "Read data quality",
        responses={200: page_shape(QualityCheckShape)},
        problems=[400],
        query={
            "stale_days": "Days without a sign of life that make a deal stale: 14, 30 (default), 60, 90.",
            "untouched_days": "Days after which a new lead is forgotten: 3, 7 (default), 14, 30.",
        },
        examples=[OpenApiExample("A check", value={"results": [_EXAMPLE], "next": None}, response_only=True)],
        description=(
            "For administrators, executives and managers, each in their own scope. `extra` are the accounts "
            "beyond the first of each name. One deal may be found by several checks: don't add them up."
        ),
    )
    def get(self, request: Request) -> Response:
        if not may_check(self.row_scope):
            raise NotAllowed(gettext_noop("Data quality is for managers, executives and administrators."))
        form = QualityForm(request.query_params)
        if errors := _refused(form, request):
            raise Invalid(gettext_noop("These filters can't be used."), errors=errors)
        basis = quality_basis(scope=self.row_scope, **form.days())
        found = quality_get(basis, scope=self.row_scope).tallies
        rows = [_row(check, tally, basis.currency) for check, tally in found.items()]
        return Response({"results": rows, "next": None})


def _row(check: str, tally: Tally, currency: str) -> dict[str, Any]:
    amounts = {name: decimal_string(getattr(tally, field), currency) for name, field in _AMOUNTS.items()}
    counts = {"count": tally.count, "extra": tally.extra}
    return {"check": check, "title": str(WORDS[check].title), **counts, **amounts}


def _refused(form: QualityForm, request: Request) -> list[FieldError]:
    """What was asked and isn't what the form took: the page shows the default then, the API says so."""
    errors = []
    for name, asked in request.query_params.items():
        if name not in form.DEFAULTS:
            errors.append(FieldError(name[:60], gettext_noop("There is no such filter."), "unknown"))
        elif asked != str(form.days()[name]):
            field: Any = form.fields[name]
            known = ", ".join(str(days) for days, _label in field.choices)
            message = gettext_noop("“%(code)s” is not one of: %(known)s.")
            errors.append(FieldError(name, message, "choice", {"code": asked[:60], "known": known}))
    return errors
