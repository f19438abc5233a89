"""Merging by REST, and what the API answers under the key of a merged account afterwards."""

from __future__ import annotations

import json

import pytest

from crm.models import Account, RecordMerge
from crm.tests.factories import SOURCE, make_account, make_opportunity
from org.services import token_create

pytestmark = pytest.mark.django_db
URL = "/api/v1/crm/accounts/merge"
A, B = ({"source": SOURCE, "external_id": key} for key in "AB")


@pytest.fixture
def api(cast, client):
    _token, plain = token_create(
        user=cast.frank, name="x", scopes=["crm:read", "crm:write"], actor=cast.frank
    )
    bearer = {"Authorization": f"Bearer {plain}"}

    def ask(method, url, body=None, **headers):
        sent = {"data": json.dumps(body), "content_type": "application/json"} if body is not None else {}
        return getattr(client, method)(url, headers=bearer | headers, **sent)

    return ask


@pytest.fixture
def twins(cast):
    owner = cast.alice.person
    rows = [
        make_account("Acme", external_id="A", owner=owner),
        make_account("ACME", external_id="B", owner=owner),
    ]
    make_opportunity(owner, account=rows[1])
    return rows


def test_accounts_are_merged_by_their_keys(api, twins):
    answer = api("post", URL, {"into": A, "from": [B]})
    assert answer.status_code == 200
    told = answer.json()
    assert told["into"]["external_id"] == "A"
    assert told["moved"] == {"deals": 1}
    assert RecordMerge.objects.get().pk == told["id"]


def test_sent_twice_with_a_key_it_is_done_once(api, twins):
    key = {"Idempotency-Key": "once"}
    first = api("post", URL, {"into": A, "from": [B]}, **key)
    again = api("post", URL, {"into": A, "from": [B]}, **key)
    assert (again.status_code, again.json()) == (200, first.json())
    assert api("post", URL, {"into": A, "from": [B]}).status_code == 404
    assert RecordMerge.objects.count() == 1


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ([], "body"),
        ({"from": [B]}, "into"),
        ({"into": A, "from": []}, "from"),
        ({"into": A, "from": "B"}, "from"),
        ({"into": A, "from": [{"source": SOURCE}]}, "from[0]"),
        ({"into": A, "from": [B], "why": ""}, "why"),
        ({"into": A, "from": [A]}, "from"),
    ],
)
def test_nonsense_is_refused_by_name(api, twins, body, field):
    answer = api("post", URL, body)
    assert answer.status_code == 400
    assert field in [error["field"] for error in answer.json()["errors"]]
    assert not RecordMerge.objects.exists()


def test_the_key_of_a_merged_account_is_read_only_when_asked_and_written_through(api, twins, cast):
    api("post", URL, {"into": A, "from": [B]})
    url = f"/api/v1/crm/accounts/{SOURCE}/B"
    assert api("get", url).status_code == 404
    gone = api("get", f"{url}?include_deleted=1").json()
    assert (gone["deleted"], gone["merged_into"]) == (True, A)
    number = cast.alice.person.employee_number
    put = api("put", url, {"name": "ACME", "industry": "tools", "owner": number})
    assert (put.status_code, put.json()["external_id"], put.json()["industry"]) == (200, "A", "tools")
    patch = api("patch", url, {"country": "China"})
    assert (patch.status_code, patch.json()["external_id"], patch.json()["country"]) == (200, "A", "China")
    assert api("delete", url).status_code == 204
    assert Account.objects.get(deleted_at=None).external_id == "A"
