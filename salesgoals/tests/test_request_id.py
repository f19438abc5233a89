"""One id leads from an answer, whatever it says, to the logs and to what was changed."""

from __future__ import annotations

import json
import logging

import pytest
from django.test import Client

from org.models import AuditEntry
from org.services import token_create

pytestmark = pytest.mark.django_db
UNIT = "/api/v1/org/units/hr/north"
MINE = "my-request.0001"


@pytest.fixture
def api(cast) -> Client:
    _token, plain = token_create(user=cast.frank, name="ERP", scopes=["*"], actor=None)
    return Client(headers={"Authorization": f"Bearer {plain}"}, raise_request_exception=False)


def put(client, body, path=UNIT, **headers):
    return client.put(path, json.dumps(body), content_type="application/json", headers=headers)


def broken(**_more):
    raise RuntimeError


@pytest.mark.parametrize(
    ("case", "method", "path", "status"),
    [
        ("found", "get", "/api/v1/org/units", 200),
        ("a record missing", "get", UNIT, 404),
        ("no such address", "get", "/api/v1/nothing", 404),
        ("refused", "put", UNIT, 400),
        ("no such method", "delete", "/api/v1/org/units", 405),
        ("a page missing", "get", "/nothing/", 404),
        ("sent to the sign-in", "get", "/org/units/", 302),
        ("a probe", "get", "/healthz", 200),
    ],
)
def test_every_answer_carries_the_id_that_was_sent(api, case, method, path, status):
    answer = getattr(api, method)(path, headers={"X-Request-Id": MINE}, content_type="application/json")
    assert (answer.status_code, answer["X-Request-Id"]) == (status, MINE)
    if answer["Content-Type"] == "application/problem+json":
        assert answer.json()["request_id"] == MINE


def test_a_stranger_and_a_failure_of_ours_carry_it_too(api, monkeypatch):
    assert Client().get(UNIT, headers={"X-Request-Id": MINE}).json()["request_id"] == MINE
    monkeypatch.setattr("org.api.units_upsert", broken)
    answer = put(api, {"name": "North"}, **{"X-Request-Id": MINE})
    assert (answer.status_code, answer["X-Request-Id"], answer.json()["request_id"]) == (500, MINE, MINE)


@pytest.mark.parametrize(
    ("case", "sent"),
    [
        ("none", ""),
        ("too short", "1234567"),
        ("too long", "a" * 65),
        ("a space", "has a space"),
        ("a second line", "eight888\nSet-Cookie: x"),
        ("beyond ASCII", "请求编号请求编号"),
    ],
)
def test_an_id_that_could_do_harm_is_replaced(api, case, sent):
    headers = {"HTTP_X_REQUEST_ID": sent} if sent else {}
    told = api.get("/api/v1/org/units", **headers)["X-Request-Id"]
    assert len(told) == 32
    assert told != sent
    assert told != api.get("/api/v1/org/units", **headers)["X-Request-Id"]


def test_the_log_and_the_audit_entry_of_a_change_name_its_request(api, client_of, cast, caplog):
    with caplog.at_level(logging.INFO, logger="salesgoals.request"):
        assert put(api, {"name": "North"}, **{"X-Request-Id": MINE}).status_code == 201
    assert any(MINE in str(record.msg) for record in caplog.records)
    entry = AuditEntry.objects.filter(action__startswith="org.unit").latest("pk")
    assert entry.request_id == MINE
    assert MINE in client_of(cast.frank).get("/org/audit/").content.decode()
