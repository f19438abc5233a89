"""REST: how far owners are, and the alerts raised."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiExample
from rest_framework.request import Request
from rest_framework.response import Response

from common.errors import FieldError, Invalid, NotFound
from metrics.models import Metric
from metrics.selectors import metric_get
from org.http import ScopedApiView, api_doc
from org.models import Person, Unit
from org.selectors import company_get
from tracking.api_shapes import (
    PROGRESS_EXAMPLE,
    AlertPageShape,
    ProgressPageShape,
    alert_json,
    progress_json,
)
from tracking.forms import AlertFilter, OwnerFilter, ProgressFilter
from tracking.selectors.alerts import alert_list
from tracking.selectors.days import plan_metrics
from tracking.selectors.progress import progress_rows, row_of, snapshot_rows
from tracking.services import snapshots_ensure

_OWNER = (
    "unit:<id>, person:<id> or children:unit:<id>; by the id of our answers, external id or employee number."
)


class _OwnedApi(ScopedApiView):
    """Finds the owner that a query names, in scope."""

    scope_room = "tracking"

    def checked(self, form: forms.Form) -> dict[str, Any]:
        """The form's values; raises Invalid."""
        if not form.is_valid():
            errors = [FieldError(name, str(text)) for name, texts in form.errors.items() for text in texts]
            raise Invalid(_("Some parameters are not valid."), errors=errors)
        return form.cleaned_data

    def unit_of(self, key: str) -> Unit:
        """A visible unit by id or external id."""
        units = self.row_scope.restrict(Unit.objects.all())
        found = units.filter(pk=int(key)).first() if _is_id(key) else None
        found = found or units.filter(external_id=key).order_by("pk").first()
        if found is None:
            raise NotFound(_("There is no such unit, or it is not yours to see."))
        return found

    def person_of(self, key: str) -> Person:
        """A visible person by id or employee number."""
        people = self.row_scope.restrict(Person.objects.filter(is_placeholder=False))
        found = people.filter(pk=int(key)).first() if _is_id(key) else None
        found = found or people.filter(employee_number=key).first()
        if found is None:
            raise NotFound(_("There is no such person, or they are not yours to see."))
        return found


class ProgressApi(_OwnedApi):
    """Target, plan to date, actual, pace and lag."""

    page_ordering = ("unit_id", "pk")

    @api_doc(
        "Read progress",
        responses={200: ProgressPageShape},
        problems=[400, 404],
        query={
            "metric": "Code of a metric; all metrics of the plan unless given.",
            "period": "year, quarter, month (default) or week: the one that holds as_of.",
            "as_of": "Through the end of this day; default: today.",
            "owner": f"{_OWNER} Everything visible unless given.",
            "page_size": "Rows a page without owner, 100 unless told otherwise, at most 1,000.",
            "cursor": "As given by next.",
        },
        examples=[OpenApiExample("A month", value=PROGRESS_EXAMPLE, response_only=True)],
        description=(
            "“20 % behind” is lag 0.2: the actual is 80 % of what was due by the day. Amounts are decimal "
            "strings in the plan currency, counts whole numbers as text, ratios quotients; null where "
            "undefined. A unit's figures include everything below it. Children without a target come with "
            "what they achieved."
        ),
    )
    def get(self, request: Request) -> Response:
        asked = self.checked(ProgressFilter(request.query_params, today=self.row_scope.on))
        snapshots_ensure(asked["as_of"])
        currency = company_get().currency

        def shape(row: Any) -> dict[str, Any]:
            return progress_json(
                row, grain=asked["period"], as_of=asked["as_of"].isoformat(), currency=currency
            )

        metric = metric_get(asked["metric"]) if asked["metric"] else None
        if asked["owner"]:
            rows = self._owned(asked, [metric] if metric else plan_metrics(asked["as_of"]))
            return Response({"results": [shape(row) for row in rows], "next": None})
        shots = snapshot_rows(scope=self.row_scope, grain=asked["period"], as_of=asked["as_of"])
        if metric is not None:
            shots = shots.filter(metric=metric)
        return self.paged(shots, lambda shot: shape(row_of(shot)))

    def _owned(self, asked: dict[str, Any], metrics: list[Metric]) -> list[Any]:
        """The rows of the owner, for one metric after the other."""
        *children, kind, key = asked["owner"].split(":")
        if kind == "unit":
            owner: dict[str, Any] = {"children_of" if children else "unit": self.unit_of(key)}
        elif children:
            raise Invalid(_("A person has nobody below."), field="owner")
        else:
            owner = {"person": self.person_of(key)}
        known = {"scope": self.row_scope, "grain": asked["period"], "as_of": asked["as_of"]}
        return [row for metric in metrics for row in progress_rows(metric=metric, **known, **owner)]


class AlertsApi(_OwnedApi):
    """Alerts in scope."""

    page_ordering = ("-pk",)

    @api_doc(
        "List alerts",
        responses={200: AlertPageShape},
        problems=[400, 404],
        query={
            "state": "open (default: in the running periods), cleared or all.",
            "level": "alert or critical.",
            "metric": "Code of a metric.",
            "period": "year, quarter, month or week.",
            "owner": f"{_OWNER} A unit brings everything below it.",
            "page_size": "Rows a page, 100 unless told otherwise, at most 1,000.",
            "cursor": "As given by next.",
        },
    )
    def get(self, request: Request) -> Response:
        form = AlertFilter(request.query_params)
        self.checked(form)
        owner = self.checked(OwnerFilter(request.query_params))["owner"]
        filters = form.filters()
        if owner:
            *_children, kind, key = owner.split(":")
            found = self.unit_of(key) if kind == "unit" else self.person_of(key)
            filters[f"{kind}_id"] = found.pk
        return self.paged(alert_list(scope=self.row_scope, **filters), alert_json)


def _is_id(key: str) -> bool:
    return key.isascii() and key.isdigit() and len(key) <= 18
