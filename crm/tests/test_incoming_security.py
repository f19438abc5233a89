"""What must not get in: forged, old and repeated messages, bodies too large, too deep, or no JSON."""

from __future__ import annotations

import datetime as dt
import json

import pytest
from django.db import connection
from django.utils import timezone

from crm.models import IncomingEndpoint, IncomingMessage, Opportunity
from crm.services.incoming import incoming_work, secret_of
from crm.tests.factories import make_incoming
from crm.tests.incoming import deal, hmac_of, push, signed

pytestmark = pytest.mark.django_db
MINUTES = dt.timedelta(minutes=1)


def _forged(endpoint):
    return signed(endpoint, deal(), secret=secret_of(make_incoming()))


def _of_another_body(endpoint):
    return signed(endpoint, deal(amount=1))


def _of_another_id(endpoint):
    return signed(endpoint, deal(), uid="a") | {"webhook_id": "b"}


def _old(endpoint):
    return signed(endpoint, deal(), at=timezone.now() - 6 * MINUTES)


def _from_the_future(endpoint):
    return signed(endpoint, deal(), at=timezone.now() + 6 * MINUTES)


def _moved_in_time(endpoint):
    old = signed(endpoint, deal(), at=timezone.now() - 60 * MINUTES)
    return old | {"webhook_timestamp": str(int(timezone.now().timestamp()))}


def _broken(endpoint):
    return signed(endpoint, deal()) | {"webhook_signature": "v1"}


def _endless(endpoint):
    return signed(endpoint, deal()) | {"webhook_timestamp": "1e400"}


def _nothing(_endpoint):
    return {}


FORGERIES = [
    *(_forged, _of_another_body, _of_another_id, _old, _from_the_future),
    *(_moved_in_time, _broken, _endless, _nothing),
]


@pytest.mark.parametrize("forgery", FORGERIES, ids=lambda each: each.__name__.strip("_"))
def test_message_without_a_good_proof_is_refused_and_kept_nowhere(forgery, cast):
    endpoint = make_incoming()
    answer = push(endpoint, deal(), **forgery(endpoint))
    assert answer.status_code == 401
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert not IncomingMessage.objects.exists()


def test_repeated_message_is_answered_alike_and_applied_once(cast):
    endpoint = make_incoming()
    proof = signed(endpoint, deal())
    first, again = push(endpoint, deal(), **proof), push(endpoint, deal(), **proof)
    assert (first.status_code, again.status_code) == (202, 202)
    assert first.json() == again.json()
    later = signed(endpoint, deal(amount=2), uid="m2")
    push(endpoint, deal(amount=2), **later)
    push(endpoint, deal(), **proof)
    incoming_work()
    assert Opportunity.objects.get().amount_minor == 200
    assert IncomingMessage.objects.count() == 2


def test_same_id_at_another_endpoint_is_another_message(cast):
    for endpoint in (make_incoming(), make_incoming(source="other")):
        assert push(endpoint, deal(), **signed(endpoint, deal())).status_code == 202
    assert IncomingMessage.objects.count() == 2


@pytest.mark.parametrize(
    ("minutes", "status"), [(0, 202), (-4, 202), (4, 202), (-6, 401), (6, 401)], ids=lambda each: str(each)
)
def test_hmac_with_a_time_is_believed_for_five_minutes_and_taken_once(minutes, status, cast):
    endpoint = make_incoming(auth="hmac", header="X-Sign", time_header="X-Time")
    content = json.dumps(deal()).encode()
    at = str(int((timezone.now() + minutes * MINUTES).timestamp()))
    proof = {"X-Sign": hmac_of(endpoint, at.encode() + b"." + content), "X-Time": at}
    assert push(endpoint, content, **proof).status_code == status
    assert push(endpoint, content, **proof).status_code == status
    assert IncomingMessage.objects.count() == (status == 202)


@pytest.mark.parametrize("at", ["", "now", "-5", "9" * 20, "１２３"])
def test_hmac_with_a_nonsensical_time_is_refused(at, cast):
    endpoint = make_incoming(auth="hmac", header="X-Sign", time_header="X-Time")
    proof = {"X-Sign": hmac_of(endpoint, at.encode() + b".{}"), "X-Time": at.encode().decode("latin-1")}
    assert push(endpoint, b"{}", **proof).status_code == 401


DEEP = b'{"a":' * 150 + b"1" + b"}" * 150
BODIES = {
    "not JSON": b"{",
    "blank": b" ",
    "not a number": b'{"amount": NaN}',
    "endless number": b'{"amount": ' + b"9" * 5000 + b"}",
    "nested": DEEP,
    "nested beyond Python": b"[" * 200_000 + b"]" * 200_000,
    "null byte": b'{"a": "\x00"}',
}


@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES.keys())
def test_body_that_is_no_usable_json_is_refused_with_its_reason(body, cast):
    endpoint = make_incoming(auth="token", header="X-Token")
    answer = push(endpoint, body, **{"X-Token": secret_of(endpoint)})
    assert answer.status_code == 400, answer.content
    assert answer.json()["errors"][0]["field"] == "body"
    assert not IncomingMessage.objects.exists()


def test_bytes_that_are_no_utf8_are_refused(cast):
    endpoint = make_incoming(auth="token", header="X-Token")
    assert push(endpoint, b'{"a": "\xff"}', **{"X-Token": secret_of(endpoint)}).status_code == 400


def test_body_above_a_megabyte_is_refused_before_it_is_looked_at(cast):
    endpoint = make_incoming()
    body = b'{"a": "' + b"x" * 1_000_000 + b'"}'
    answer = push(endpoint, body, **signed(endpoint, body))
    assert answer.status_code == 413
    just = b'"' + b"x" * 999_998 + b'"'
    assert push(endpoint, just, **signed(endpoint, just)).status_code == 202


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "application/xml"])
def test_only_json_is_taken(kind, cast):
    endpoint = make_incoming()
    assert push(endpoint, deal(), content_type=kind, **signed(endpoint, deal())).status_code == 415
    json_of_a_vendor = "application/cloudevents+json; charset=utf-8"
    proof = signed(endpoint, deal())
    assert push(endpoint, deal(), content_type=json_of_a_vendor, **proof).status_code == 202


@pytest.mark.parametrize("name", ["\ud800", "a\x00b"], ids=["half a character", "null"])
def test_text_that_no_database_can_hold_is_refused_not_a_crash(name, cast):
    endpoint = make_incoming()
    body = json.dumps(deal(title=name, id=name)).encode()
    push(endpoint, body, **signed(endpoint, body))
    incoming_work()
    message = IncomingMessage.objects.get()
    assert message.state == "refused"
    assert not Opportunity.objects.exists()


@pytest.mark.parametrize("amount", ["1e999999999", "1e40", "-1e40"])
def test_number_beyond_all_money_is_refused(amount, cast):
    endpoint = make_incoming()
    body = b'{"id": 1, "amount": ' + amount.encode() + b', "stage": {"name": "won"}}'
    push(endpoint, body, **signed(endpoint, body))
    incoming_work()
    assert IncomingMessage.objects.get().state == "refused"


def test_sender_above_its_rate_is_told_when_to_come_again(cast, monkeypatch):
    monkeypatch.setattr("crm.incoming_api.IncomingThrottle.THROTTLE_RATES", {"incoming": "3/min"})
    endpoint, other = make_incoming(), make_incoming(source="other")
    answers = [push(endpoint, deal(), **signed(endpoint, deal(), uid=str(at))) for at in range(4)]
    assert [answer.status_code for answer in answers] == [202, 202, 202, 429]
    assert int(answers[-1].headers["Retry-After"]) > 0
    assert push(other, deal(), **signed(other, deal())).status_code == 202


def test_endless_backlog_is_not_taken(cast, monkeypatch):
    monkeypatch.setattr("crm.services.incoming.messages.MOST_WAITING", 1)
    endpoint = make_incoming()
    assert push(endpoint, deal(), **signed(endpoint, deal(), uid="1")).status_code == 202
    assert push(endpoint, deal(), **signed(endpoint, deal(), uid="2")).status_code == 429


def test_secret_stands_in_no_table(cast):
    endpoint = make_incoming()
    secret = secret_of(endpoint).removeprefix("whsec_")
    stored = IncomingEndpoint.objects.values().get(pk=endpoint.pk)
    assert secret not in str(stored)
    with connection.cursor() as cursor:
        cursor.execute("SELECT seed, public_id FROM crm_incomingendpoint")
        assert all(secret not in str(row) for row in cursor.fetchall())


def test_reading_an_endpoint_is_not_a_thing(cast, client):
    assert client.get(f"/api/v1/hooks/in/{make_incoming().public_id}").status_code == 405
    assert client.post("/api/v1/hooks/in/unknown", b"{}", content_type="application/json").status_code == 404
