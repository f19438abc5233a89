"""A REST source set up in an administrator's browser: signed in, asked for a sample, mapped, tried, read."""

from __future__ import annotations

import html
import re

import pytest
from django.urls import reverse

from crm.models import Connection, Opportunity
from crm.tests.connecting import pull
from crm.tests.rest_server import KEY, rest_server

SOURCE = {"name": "Old CRM", "source": "old", "schedule_minutes": 15, "rate_per_minute": 6000}


@pytest.fixture(autouse=True)
def _loopback(cast, settings):
    settings.CONNECTOR_NETWORKS = ["127.0.0.0/8"]


@pytest.fixture
def admin(frank, client_of):
    return client_of(frank)


@pytest.fixture
def server():
    with rest_server() as running:
        running.rows.append(
            {"id": 1, "title": "Kitchen", "stage": "won", "amount": 12.5, "close_date": "2026-03-05"}
            | {"owner": {"email": "E1"}, "changed": ""}
        )
        yield running


def new(admin, server, **fields):
    data = SOURCE | {"url": server.url, "auth": "bearer", "key": KEY} | fields
    return admin.post(reverse("crm:connection_new", args=["rest"]), data)


def at(name, connection, resource="opportunities"):
    arguments = [connection.pk] if name == "lists" else [connection.pk, resource]
    return reverse(f"crm:rest_{name}", args=arguments)


def fields_of(body):
    found = {}
    for tag in re.findall(r"<input[^>]*name=\"path_[a-z_]+\"[^>]*>", body):
        value = re.search(r'value="([^"]*)"', tag)
        found[re.search(r'name="([^"]*)"', tag)[1]] = html.unescape(value[1]) if value else ""
    return found


def test_source_is_set_up_from_the_sample_to_the_first_deal(admin, server):
    answer = new(admin, server)
    connection = Connection.objects.get()
    assert answer.url == at("lists", connection)
    assert KEY not in str(Connection.objects.values().get())
    assert "not read" in admin.get(answer.url).content.decode()

    listed = {"path": "/bearer/none", "paging": "none"}
    asked = admin.post(at("list", connection), listed | {"ask": "yes"}).content.decode()
    guessed = fields_of(asked)
    assert (guessed["path_amount"], guessed["path_owner"]) == ("amount", "owner.email")
    [sample] = re.findall(r'<textarea name="sample"[^>]*>(.*?)</textarea>', asked, re.S)

    tried = admin.post(at("try", connection), guessed | {"sample": html.unescape(sample)}).content.decode()
    assert "Kitchen" in tried
    assert ">new<" in tried
    assert not Opportunity.objects.exists()

    assert admin.post(at("list", connection), listed | guessed | {"save": "yes"}).status_code == 302
    connection.refresh_from_db()
    assert pull(connection).state == "done"
    row = Opportunity.objects.get()
    assert (row.name, row.amount_minor, row.owner.employee_number) == ("Kitchen", 1250, "E1")

    assert admin.post(at("list", connection), {"remove": "yes"}).status_code == 302
    connection.refresh_from_db()
    assert connection.settings["resources"] == {}


def test_source_that_does_not_answer_says_why_and_keeps_what_was_typed(admin, server):
    new(admin, server, key="wrong")
    connection = Connection.objects.get()
    answer = admin.post(at("list", connection), {"path": "/bearer/none", "paging": "none", "ask": "yes"})
    body = answer.content.decode()
    assert answer.status_code == 422
    assert "It refuses the user or the key (401)" in body
    assert 'value="/bearer/none"' in body


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"url": "nonsense"}, "Give an address such as"),
        ({"key": ""}, "This way to sign in needs it."),
        ({"auth": "header"}, "Give the header"),
        ({"auth": "basic"}, "Give the user"),
        ({"auth": "oauth2", "login": "c"}, "Give an address such as"),
    ],
)
def test_source_that_cannot_work_is_refused_with_its_reason(fields, said, admin, server):
    answer = new(admin, server, **fields)
    assert answer.status_code == 422
    assert said in answer.content.decode()
    assert not Connection.objects.exists()


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"path": "//evil.example"}, "Give the path below the address"),
        ({"paging": "page"}, "Give the parameter"),
        ({"paging": "next"}, "Say where the answer has"),
        ({"path_amount": "a["}, "is not a path"),
        ({"path_stage": ""}, "Say where this field stands"),
        ({"records_path": "a["}, "is not a path"),
    ],
)
def test_list_that_cannot_be_read_is_refused_with_its_reason(fields, said, admin, server):
    new(admin, server)
    connection = Connection.objects.get()
    good = {"path": "/deals", "paging": "none", "path_external_id": "id", "path_stage": "s", "save": "yes"}
    answer = admin.post(at("list", connection), good | fields)
    assert answer.status_code == 422
    assert said in answer.content.decode()
    connection.refresh_from_db()
    assert "resources" not in connection.settings
