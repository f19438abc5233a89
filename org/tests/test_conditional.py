"""ETags: a reader hears that nothing has changed, a writer that something has."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection
from django.test import Client

from org.models import AuditEntry, Role, Unit
from org.services import token_create
from org.tests.factories import make_user

pytestmark = pytest.mark.django_db
UNIT = "/api/v1/org/units/hr/north"
DEAL = "/api/v1/crm/products/erp/fridge"


def bearer(user, *scopes):
    _token, plain = token_create(user=user, name="test", scopes=scopes or ["*"], actor=None)
    return Client(headers={"Authorization": f"Bearer {plain}"})


@pytest.fixture
def api(cast):
    """The administrator's token at work."""
    return bearer(cast.frank)


def send(client, method, path, body, **headers):
    call = getattr(client, method)
    return call(path, json.dumps(body), content_type="application/json", headers=headers)


@pytest.fixture(params=[UNIT, DEAL])
def record(request, api):
    """The address of a record of either room."""
    assert send(api, "put", request.param, {"name": "First"}).status_code == 201
    return request.param


# --- Reading


def test_a_record_unchanged_is_answered_with_304_and_no_body(api, record):
    first = api.get(record)
    again = api.get(record, headers={"If-None-Match": first["ETag"]})
    assert (again.status_code, again.content, again["ETag"]) == (304, b"", first["ETag"])
    assert "private" in again["Cache-Control"]


@pytest.mark.parametrize("tag", ["W/{}", '"other", {}', "*"])
def test_the_tag_is_found_weak_in_a_list_or_as_a_star(api, record, tag):
    known = tag.format(api.get(record)["ETag"])
    assert api.get(record, headers={"If-None-Match": known}).status_code == 304


def test_a_changed_record_is_answered_in_full_with_another_tag(api, record):
    first = api.get(record)
    send(api, "patch", record, {"name": "Second"})
    again = api.get(record, headers={"If-None-Match": first["ETag"]})
    assert (again.status_code, again.json()["name"]) == (200, "Second")
    assert again["ETag"] != first["ETag"]


def test_a_list_is_answered_anew_once_a_row_of_it_changes(api, record):
    page = record.rsplit("/", 2)[0]
    known = api.get(page)["ETag"]
    assert api.get(page, headers={"If-None-Match": known}).status_code == 304
    send(api, "patch", record, {"name": "Second"})
    assert api.get(page, headers={"If-None-Match": known}).status_code == 200


def test_an_error_has_no_tag(api):
    assert "ETag" not in api.get("/api/v1/org/units/hr/nowhere")


def test_a_tag_opens_nothing_out_of_scope(api, cast):
    path = f"/api/v1/org/people/{cast.dave.person.source}/{cast.dave.person.external_id}"
    known = api.get(path)["ETag"]
    assert bearer(cast.bob, "org:read").get(path, headers={"If-None-Match": known}).status_code == 404


# --- Writing


@pytest.mark.parametrize("method", ["put", "patch"])
def test_a_write_with_the_tag_just_read_is_done(api, record, method):
    known = api.get(record)["ETag"]
    answer = send(api, method, record, {"name": "Second"}, **{"If-Match": known})
    assert (answer.status_code, answer.json()["name"]) == (200, "Second")
    assert answer["ETag"] == api.get(record)["ETag"] != known


@pytest.mark.parametrize("method", ["put", "patch"])
def test_a_write_with_an_old_tag_is_refused_and_changes_nothing(api, record, method):
    known = api.get(record)["ETag"]
    send(api, "patch", record, {"name": "Second"})
    entries = AuditEntry.objects.count()
    answer = send(api, method, record, {"name": "Third"}, **{"If-Match": known})
    assert (answer.status_code, answer["Content-Type"]) == (412, "application/problem+json")
    assert api.get(record).json()["name"] == "Second"
    assert AuditEntry.objects.count() == entries


def test_a_tag_of_an_indented_answer_is_the_same(api, record):
    assert (
        api.get(record, headers={"Accept": "application/json; indent=2"})["ETag"] == api.get(record)["ETag"]
    )


@pytest.mark.parametrize("tag", ['"anything"', "*"])
def test_a_write_with_a_tag_makes_no_new_record(api, tag):
    assert send(api, "put", UNIT, {"name": "North"}, **{"If-Match": tag}).status_code == 412
    assert not Unit.objects.filter(external_id="north").exists()


def test_who_may_not_write_hears_that_first(cast, record):
    rights = {"org": "org:read", "crm": "crm:read"}
    reader = bearer(cast.carol, rights[record.split("/")[3]])
    assert send(reader, "put", record, {"name": "X"}, **{"If-Match": '"old"'}).status_code == 403


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_of_two_writers_with_one_tag_the_second_is_refused():
    user = make_user("frank@cast.example", None, Role.ADMIN)
    _token, plain = token_create(user=user, name="test", scopes=["*"], actor=None)
    headers = {"Authorization": f"Bearer {plain}"}
    send(Client(headers=headers), "put", DEAL, {"name": "First"})
    known = Client(headers=headers).get(DEAL)["ETag"]

    def write(name: str) -> int:
        try:
            answer = send(Client(headers=headers), "patch", DEAL, {"name": name}, **{"If-Match": known})
            return answer.status_code
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        statuses = list(pool.map(write, ["A", "B", "C", "D"]))
    assert sorted(statuses) == [200, 412, 412, 412]
