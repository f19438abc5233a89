"""The API's frame and the doors of units and people: tokens, scopes, problems, pages, doing once."""

from __future__ import annotations

import datetime as dt
import json
from concurrent.futures import ThreadPoolExecutor

import pytest
import time_machine
from django.db import connection
from django.test import Client
from rest_framework.response import Response
from rest_framework.test import APIRequestFactory, force_authenticate

from common.errors import Conflict
from org.http import IdempotentPost, ScopedApiView, TokenThrottle
from org.models import AuditEntry, IdempotencyRecord, Person, Role, Unit
from org.services import role_grant, role_revoke, token_create
from org.tests.factories import make_person, make_user

pytestmark = pytest.mark.django_db
API = "/api/v1/org"


@pytest.fixture
def api(cast):
    """The administrator's token at work."""
    return client_with(cast.frank, "*")


def client_with(user, *scopes):
    _token, plain = token_create(user=user, name="test", scopes=scopes, actor=None)
    return Client(headers={"Authorization": f"Bearer {plain}"})


def send(client, method, path, body, **headers):
    call = getattr(client, method)
    return call(f"{API}{path}", json.dumps(body), content_type="application/json", headers=headers)


# --- Who may


@pytest.mark.parametrize("header", ["", "Bearer", "Bearer sg_nonsense", "Bearer a b", "Basic YTpi"])
def test_without_a_good_token_it_is_401_with_a_problem(db, header):
    answer = Client(headers={"Authorization": header}).get(f"{API}/units")
    assert answer.status_code == 401
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")
    assert answer.json()["status"] == 401


def test_token_reads_in_its_room_only_and_writes_only_with_the_right(cast):
    reader = client_with(cast.frank, "org:read")
    assert reader.get(f"{API}/units").status_code == 200
    assert send(reader, "put", "/units/hr/x", {"name": "X"}).status_code == 403
    assert not Unit.objects.filter(source="hr").exists()
    assert client_with(cast.frank, "crm").get(f"{API}/units").status_code == 403


def test_token_loses_what_its_user_loses(cast):
    role_grant(user=cast.erin, role=Role.ADMIN, actor=cast.frank)
    token = client_with(cast.erin, "org")
    assert send(token, "put", "/units/hr/x", {"name": "X"}).status_code == 201
    role_revoke(user=cast.erin, role=Role.ADMIN, actor=cast.frank)
    assert send(token, "put", "/units/hr/x", {"name": "Y"}).status_code == 403
    assert Unit.objects.get(source="hr").name == "X"


def test_managers_token_sees_the_managers_people(cast):
    answer = client_with(cast.bob, "org:read").get(f"{API}/people")
    assert {row["name"] for row in answer.json()["results"]} == {"Alice Borealis", "Bob Borealis"}


def test_browser_session_needs_the_csrf_token_to_write(cast):
    client = Client(enforce_csrf_checks=True)
    client.force_login(cast.frank, "allauth.account.auth_backends.AuthenticationBackend")
    assert send(client, "put", "/units/hr/x", {"name": "X"}).status_code == 403


def test_too_many_requests_are_told_when_to_come_again(api, monkeypatch):
    monkeypatch.setattr(TokenThrottle, "THROTTLE_RATES", {"api": "2/min"})
    with time_machine.travel("2030-01-01T00:00:30Z", tick=False):
        assert [api.get(f"{API}/units").status_code for _ in range(3)] == [200, 200, 429]
        answer = api.get(f"{API}/units")
        assert answer.headers["Retry-After"] == "30"
        assert answer.headers["Content-Type"] == "application/problem+json"
    with time_machine.travel("2030-01-01T00:01:00Z", tick=False):
        assert api.get(f"{API}/units").status_code == 200


# --- Units and people


def test_unit_by_its_external_id_from_birth_to_end(api):
    assert send(api, "put", "/units/hr/north", {"name": "North", "kind": "team"}).status_code == 201
    again = send(api, "put", "/units/hr/north", {"name": "North", "kind": "team"})
    assert (again.status_code, again.json()["parent"]) == (200, "company")
    assert send(api, "patch", "/units/hr/north", {"position": 4}).json()["kind"] == "team"
    assert api.get(f"{API}/units/hr/north").json()["position"] == 4
    assert api.delete(f"{API}/units/hr/north").status_code == 204
    assert api.get(f"{API}/units/hr/north").json()["closed_on"] is not None


def test_person_with_assignments(api):
    send(api, "put", "/units/hr/north", {"name": "North"})
    body = {"name": "Gina", "assignments": [{"unit": "north", "starts_on": "2026-01-01"}]}
    answer = send(api, "put", "/people/hr/g/1", body)
    assert answer.status_code == 201
    assert answer.json()["external_id"] == "g/1"
    assert answer.json()["assignments"] == [
        {"unit": "north", "kind": "member", "share_bp": 10_000, "starts_on": "2026-01-01", "ends_on": None}
    ]
    assert api.delete(f"{API}/people/hr/g/1").status_code == 204
    assert api.get(f"{API}/people/hr/g/1").json()["left_on"] is not None


def test_what_is_read_can_be_sent_back(api, cast):
    shown = api.get(f"{API}/people/local/E1").json()
    again = send(api, "put", "/people/local/E1", shown)
    assert (again.status_code, again.json()) == (200, shown)


def test_bulk_answers_each_record_by_itself(api):
    records = [{"external_id": "a", "name": "A"}, {"external_id": "b"}, {"external_id": "c", "name": "C"}]
    answer = send(api, "post", "/units/bulk", {"source": "hr", "records": records})
    results = answer.json()["results"]
    assert [row["status"] for row in results] == ["created", "error", "created"]
    assert results[1]["errors"] == [
        {"field": "name", "message": "This field is required.", "code": "required"}
    ]
    assert results[1]["id"] is None


@pytest.mark.parametrize(
    ("case", "body", "field"),
    [
        ("a list", [], "records"),
        ("no source", {"records": []}, "source"),
        ("no records", {"source": "hr"}, "records"),
        ("records that are none", {"source": "hr", "records": [1]}, "records"),
        ("too many", {"source": "hr", "records": [{}] * 10_001}, "records"),
    ],
)
def test_bulk_without_a_right_frame_is_refused(api, case, body, field):
    answer = send(api, "post", "/people/bulk", body)
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["field"] == field


def test_problem_names_field_code_and_request(api):
    answer = send(api, "put", "/units/hr/x", {"name": "X", "parent": "nowhere"}, X_Request_Id="find-me-42")
    told = answer.json()
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert told["errors"] == [
        {"field": "parent", "message": "There is no unit “nowhere” in this source.", "code": "unknown"}
    ]
    assert (told["status"], told["type"], told["request_id"]) == (400, "about:blank", "find-me-42")


def test_problem_speaks_the_language_asked_for(api):
    answer = api.get(f"{API}/units/hr/none", headers={"Accept-Language": "en"})
    assert answer.json()["title"] == "Not found"


@pytest.mark.parametrize(
    ("body", "content_type", "status"),
    [("{", "application/json", 400), ("a=b", "application/x-www-form-urlencoded", 415)],
)
def test_body_that_is_no_json_is_refused(api, body, content_type, status):
    answer = api.put(f"{API}/units/hr/x", body, content_type=content_type)
    assert answer.status_code == status
    assert answer.headers["Content-Type"] == "application/problem+json"


def test_too_large_a_body_is_refused_before_it_is_read(api, settings):
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 100
    assert send(api, "put", "/units/hr/x", {"name": "X" * 100}).status_code == 413
    assert not Unit.objects.filter(source="hr").exists()


def test_list_is_paged_by_cursor_and_complete(api, cast):
    for _ in range(7):
        make_person(unit=cast.borealis)
    seen, url = [], f"{API}/people?page_size=3"
    while url:
        page = api.get(url).json()
        assert len(page["results"]) <= 3
        seen += [row["id"] for row in page["results"]]
        url = page["next"]
    assert seen == sorted(Person.objects.filter(is_placeholder=False).values_list("pk", flat=True))


def test_list_of_what_changed_since(api, cast):
    Person.objects.update(updated_at="2026-01-01T00:00:00Z")
    Person.objects.filter(pk=cast.alice.person.pk).update(updated_at="2026-02-01T00:00:00Z")
    for moment in ("2026-01-15T00:00:00Z", "2026-01-15T08:00:00+08:00"):
        rows = api.get(f"{API}/people", {"updated_since": moment}).json()["results"]
        assert [row["name"] for row in rows] == ["Alice Borealis"]
    for wrong in ("yesterday", "2026-01-15", "2026-01-15T00:00:00", "2026-13-45T00:00:00Z"):
        assert api.get(f"{API}/people", {"updated_since": wrong}).status_code == 400


def test_lists_take_as_many_queries_for_thirty_as_for_three(api, cast, django_assert_max_num_queries):
    for count in (3, 30):
        for _ in range(count):
            make_person(unit=cast.borealis)
        for path in ("/people", "/units"):
            with django_assert_max_num_queries(8):
                api.get(f"{API}{path}")


# --- Doing once


class Counter(IdempotentPost, ScopedApiView):
    """Makes a trace each time it works."""

    scope_room = "org"

    def post(self, request):
        def work():
            AuditEntry.objects.create(action="counted", subject_type="x", after=request.data)
            if request.data.get("refuse"):
                raise Conflict("refused")
            told = {"at": dt.date(2026, 1, 1), "n": AuditEntry.objects.count(), "key": "x\x00"}
            return Response(told, 201)

        return self.run_once(request, work)


def post(user, body, key="k1"):
    request = APIRequestFactory().post("/x", body, format="json", headers={"Idempotency-Key": key})
    force_authenticate(request, user)
    return Counter.as_view()(request)


def counted():
    return AuditEntry.objects.filter(action="counted").count()


def test_same_key_and_body_work_once_and_answer_the_same(cast):
    first, again = post(cast.frank, {"a": 1}), post(cast.frank, {"a": 1})
    assert (first.status_code, again.status_code, counted()) == (201, 201, 1)
    # A null character too, which PostgreSQL keeps in no JSON of its own.
    assert again.data == {"at": "2026-01-01", "n": first.data["n"], "key": "x\x00"}
    assert again.headers["Idempotent-Replay"] == "true"


def test_same_key_with_another_body_is_422(cast):
    post(cast.frank, {"a": 1})
    assert post(cast.frank, {"a": 2}).status_code == 422
    assert counted() == 1


def test_key_under_way_is_409_and_given_up_after_ten_minutes(cast):
    post(cast.frank, {"a": 1})
    IdempotencyRecord.objects.update(status_code=None, response_body=None)
    assert post(cast.frank, {"a": 1}).status_code == 409
    assert counted() == 1
    with time_machine.travel(dt.datetime.now(dt.UTC) + dt.timedelta(minutes=11)):
        assert post(cast.frank, {"a": 1}).status_code == 201


def test_refused_request_leaves_nothing_and_frees_its_key(cast):
    assert post(cast.frank, {"refuse": True}).status_code == 409
    assert counted() == 0
    assert not IdempotencyRecord.objects.exists()


def test_keys_are_ones_own_and_forgotten_after_a_day(cast):
    post(cast.frank, {"a": 1})
    assert post(cast.erin, {"a": 1}).status_code == 201
    with time_machine.travel(dt.datetime.now(dt.UTC) + dt.timedelta(hours=25)):
        assert post(cast.frank, {"a": 2}).status_code == 201
    assert counted() == 3


def test_without_a_key_each_request_works(cast):
    post(cast.frank, {"a": 1}, key="")
    post(cast.frank, {"a": 1}, key="")
    assert counted() == 2


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_two_at_once_work_once():
    user = make_user("once@cast.example")

    def one(_number):
        try:
            return post(user, {"a": 1}).status_code
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        statuses = list(pool.map(one, range(4)))
    assert counted() == 1
    assert set(statuses) <= {201, 409}
    assert 201 in statuses


# --- The document


def test_document_describes_every_method_of_units_and_people(client):
    schema = client.get("/api/v1/schema/?format=json").json()
    told = {path: set(methods) for path, methods in schema["paths"].items() if path.startswith(API)}
    one = {"get", "put", "patch", "delete"}
    assert told == {
        f"{API}/units": {"get"},
        f"{API}/units/bulk": {"post"},
        f"{API}/units/{{source}}/{{external_id}}": one,
        f"{API}/people": {"get"},
        f"{API}/people/bulk": {"post"},
        f"{API}/people/{{source}}/{{external_id}}": one,
    }
    assert schema["components"]["securitySchemes"]["bearer"]["scheme"] == "bearer"
    assert "Problem" in schema["components"]["schemas"]
