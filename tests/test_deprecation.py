"""What is on its way out says so in the document, in every answer, and on the page of its callers."""

from __future__ import annotations

import datetime as dt

import pytest
from django.test import Client
from django.urls import path
from drf_spectacular.generators import SchemaGenerator
from rest_framework import serializers
from rest_framework.response import Response

from common.errors import Invalid
from org.http import ScopedApiView, api_doc, shape_of
from org.models import ApiUsage, Role
from org.services import token_create, usage_flush
from org.services.usage import buffer
from org.tests.factories import make_user
from salesgoals.urls import handler404, handler500
from salesgoals.urls import urlpatterns as ours

ON, UNTIL = dt.date(2026, 2, 1), dt.date(2027, 2, 1)
OLD = "/api/v1/org/old"


class OldApi(ScopedApiView):
    """A made-up endpoint that has had its time."""

    scope_room = "org"

    @api_doc(
        "Read the old way",
        responses={200: shape_of("Old", {"name": serializers.CharField()})},
        problems=[400],
        description="Use “units” instead.",
        deprecated_on=ON,
        sunset_on=UNTIL,
    )
    def get(self, request):
        if "bad" in request.query_params:
            raise Invalid("No.", field="bad")
        return Response({"name": "old"})


urlpatterns = [path("api/v1/org/old", OldApi.as_view(), name="old"), *ours]
__all__ = ["handler404", "handler500", "urlpatterns"]


@pytest.fixture
def api(db, settings):
    settings.ROOT_URLCONF = __name__
    buffer.take()
    user = make_user("admin@example.com", None, Role.ADMIN)
    _token, plain = token_create(user=user, name="ERP", scopes=["org"], actor=None)
    return Client(headers={"Authorization": f"Bearer {plain}"})


@pytest.mark.parametrize(("case", "query", "status"), [("good", "", 200), ("refused", "?bad=1", 400)])
def test_every_answer_of_a_deprecated_endpoint_carries_both_headers(api, settings, case, query, status):
    answer = api.get(OLD + query)
    assert answer.status_code == status
    assert answer["Deprecation"] == "@1769904000"
    assert answer["Sunset"] == "Mon, 01 Feb 2027 00:00:00 GMT"
    assert answer["Link"] == f'<{settings.SITE_URL}/api/v1/docs/>; rel="deprecation"; type="text/html"'


def test_an_answer_without_a_body_carries_them_too_and_is_counted(api):
    etag = api.get(OLD)["ETag"]
    answer = api.get(OLD, headers={"If-None-Match": etag})
    assert (answer.status_code, answer["Deprecation"]) == (304, "@1769904000")
    usage_flush()
    row = ApiUsage.objects.get(endpoint="GET org/old")
    assert (row.requests, row.deprecated_on, row.sunset_on) == (2, ON, UNTIL)


def test_other_endpoints_carry_none(api):
    answer = api.get("/api/v1/org/units")
    assert "Deprecation" not in answer
    assert "Sunset" not in answer


def test_the_document_marks_it_and_describes_the_headers():
    described = SchemaGenerator(patterns=urlpatterns[:1]).get_schema(public=True)
    get = described["paths"][OLD]["get"]
    assert get["deprecated"] is True
    for code in ("200", "400"):
        assert {"Deprecation", "Sunset"} <= set(get["responses"][code]["headers"])


def test_the_page_of_a_token_names_what_it_still_calls(api, client):
    api.get(OLD)
    user = make_user("other@example.com", None, Role.ADMIN)
    client.force_login(user, "allauth.account.auth_backends.AuthenticationBackend")
    listed = client.get("/usage/").content.decode()
    assert "calls deprecated endpoints" in listed
    usage = ApiUsage.objects.get()
    page = client.get(f"/usage/{usage.token_id}/").content.decode()
    assert "GET org/old, 1 ×: it may be gone from Feb. 1, 2027 on." in " ".join(page.split())


@pytest.mark.parametrize(
    ("case", "deprecated_on", "sunset_on"),
    [
        ("half a year is too short", ON, dt.date(2026, 8, 1)),
        ("a day is missing", ON, dt.date(2027, 1, 31)),
        ("a leap day's year ends in March", dt.date(2028, 2, 29), dt.date(2029, 2, 28)),
        ("no end said", ON, None),
        ("no beginning said", None, UNTIL),
    ],
)
def test_less_than_the_twelve_months_promised_cannot_be_written(case, deprecated_on, sunset_on):
    with pytest.raises(ValueError, match=r"until|when"):
        api_doc("Old", responses={200: None}, deprecated_on=deprecated_on, sunset_on=sunset_on)


def test_no_endpoint_of_ours_is_deprecated_today(client):
    described = client.get("/api/v1/schema/?format=json").json()
    marked = [
        f"{method} {address}"
        for address, methods in described["paths"].items()
        for method, told in methods.items()
        if told.get("deprecated")
    ]
    assert marked == []
