"""What every answer carries, and what an error looks like to a person and to a program."""

from __future__ import annotations

import json

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory, override_settings
from django.urls import include, path

from salesgoals import errors
from salesgoals.context import THEME_COOKIE, theme_of
from salesgoals.middleware import RequestIdMiddleware


def breaks(request: HttpRequest) -> HttpResponse:
    raise RuntimeError("secret inner detail")


urlpatterns = [
    path("broken", breaks),
    path("api/v1/broken", breaks),
    path("", include("salesgoals.urls")),
]
handler400, handler403 = errors.bad_request, errors.permission_denied
handler404, handler500 = errors.page_not_found, errors.server_error


@pytest.fixture
def calm_client() -> Client:
    return Client(raise_request_exception=False)


def test_policy_allows_no_foreign_and_no_inline_script(client):
    policy = client.get("/healthz").headers["Content-Security-Policy"]
    rules = dict(rule.strip().split(" ", 1) for rule in policy.split(";"))
    assert rules["script-src"] == "'self'"
    assert rules["default-src"] == "'self'"
    assert rules["object-src"] == rules["base-uri"] == rules["frame-ancestors"] == "'none'"
    assert rules["form-action"] == "'self'"


@pytest.mark.django_db
def test_pages_have_no_inline_script_or_handler(client):
    text = client.get("/accounts/login/").content.decode()
    assert "<script>" not in text
    assert " onclick=" not in text
    assert " onsubmit=" not in text


def test_request_id_of_the_caller_is_kept_when_well_formed(client):
    answer = client.get("/healthz", headers={"X-Request-Id": "trace-1234.abc"})
    assert answer.headers["X-Request-Id"] == "trace-1234.abc"


@pytest.mark.parametrize(
    ("case", "given"),
    [
        ("none", ""),
        ("too short", "abc"),
        ("too long", "a" * 65),
        ("line break", "abcdefgh\nx: y"),
        ("script", "<script>alert(1)"),
    ],
)
def test_request_id_is_made_when_the_callers_is(client, case, given):
    request = RequestFactory().get("/", headers={"X-Request-Id": given})
    answer = RequestIdMiddleware(lambda _request: HttpResponse())(request)
    assert len(answer["X-Request-Id"]) == 32
    assert answer["X-Request-Id"] == request.request_id != given


def test_two_requests_have_two_ids(client):
    first, second = (client.get("/healthz").headers["X-Request-Id"] for _ in range(2))
    assert first != second


@pytest.mark.django_db
def test_missing_page_is_a_page_with_the_request_id(client):
    answer = client.get("/nowhere", headers={"X-Request-Id": "find-me-42"})
    assert answer.status_code == 404
    assert answer.headers["Content-Type"].startswith("text/html")
    assert "find-me-42" in answer.content.decode()


def test_missing_api_address_is_a_problem(client):
    answer = client.get("/api/v1/nowhere", headers={"X-Request-Id": "find-me-42"})
    assert answer.status_code == 404
    assert answer.headers["Content-Type"] == "application/problem+json"
    problem = json.loads(answer.content)
    assert problem["status"] == 404
    assert problem["title"] == "Not found"
    assert problem["instance"] == "/api/v1/nowhere"
    assert problem["request_id"] == "find-me-42"


@override_settings(ROOT_URLCONF=__name__)
def test_breakdown_tells_the_request_id_and_nothing_inner(calm_client):
    page = calm_client.get("/broken", headers={"X-Request-Id": "find-me-42"})
    problem = calm_client.get("/api/v1/broken", headers={"X-Request-Id": "find-me-42"})
    assert page.status_code == problem.status_code == 500
    assert page.headers["Content-Type"].startswith("text/html")
    assert problem.headers["Content-Type"] == "application/problem+json"
    for answer in (page, problem):
        assert "find-me-42" in answer.content.decode()
        assert "secret inner detail" not in answer.content.decode()


@pytest.mark.django_db
def test_form_without_csrf_token_is_refused_with_a_page():
    answer = Client(enforce_csrf_checks=True).post("/accounts/login/", {"login": "a@b.example"})
    assert answer.status_code == 403
    assert "form has expired" in answer.content.decode()


@pytest.mark.django_db
def test_unknown_host_is_refused(client):
    assert client.get("/accounts/login/", headers={"host": "evil.example"}).status_code == 400


@pytest.mark.parametrize(
    ("cookie", "theme"), [("dark", "dark"), ("light", "light"), ('"><script>', "light"), ("", "light")]
)
def test_theme_comes_from_the_cookie_if_it_is_one(cookie, theme):
    request = RequestFactory().get("/")
    request.COOKIES[THEME_COOKIE] = cookie
    assert theme_of(request) == theme


@pytest.mark.django_db
def test_language_switch_answers_in_the_chosen_language(client):
    client.post("/i18n/setlang/", {"language": "zh-hans", "next": "/accounts/login/"})
    assert '<html lang="zh-hans"' in client.get("/accounts/login/").content.decode()
