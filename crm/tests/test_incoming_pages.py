"""Pages of incoming webhooks in an administrator's browser: set up, look at a sample, mend, try again."""

from __future__ import annotations

import json
import re

import pytest
from django.urls import reverse

from crm.models import IncomingEndpoint, IncomingMessage, IncomingRecord, Opportunity
from crm.services.incoming import incoming_work, secret_of
from crm.tests.factories import make_incoming
from crm.tests.incoming import deal, push, signed
from org.models import AuditEntry

pytestmark = pytest.mark.django_db
MADE = {
    "name": "Pipe",
    "source": "pipe",
    "resource": "opportunities",
    "auth": "standard",
    "algorithm": "sha256",
}


@pytest.fixture
def admin(frank, alice, client_of):
    return client_of(frank)


def page(admin, name, of, **query):
    answer = admin.get(reverse(f"crm:incoming_{name}", args=[of.pk]), query)
    assert answer.status_code == 200
    return answer.content.decode()


def post(admin, name, of, data=None):
    return admin.post(reverse(f"crm:incoming_{name}", args=[of.pk]), data or {})


def fields_of(body):
    """What the browser would send of the mapping's form as it stands."""
    inputs = re.findall(r'<input[^>]*name="(path_[a-z_]+)"[^>]*>', body)
    found = {}
    for name in inputs:
        [tag] = re.findall(rf'<input[^>]*name="{name}"[^>]*>', body)
        value = re.search(r'value="([^"]*)"', tag)
        found[name] = value[1] if value else ""
    return found


def test_endpoint_is_made_pushed_to_mapped_by_guess_and_applied(admin):
    answer = admin.post(reverse("crm:incoming_create"), MADE)
    endpoint = IncomingEndpoint.objects.get()
    assert answer.url == reverse("crm:incoming_detail", args=[endpoint.pk])
    body = page(admin, "detail", endpoint)
    assert secret_of(endpoint) in body
    assert f"/api/v1/hooks/in/{endpoint.public_id}" in body
    assert "Nothing has come yet" in body

    said = {"data": [deal(stage="won", owner={"email": "x"}, owner_number="E1")]}
    push(endpoint, said, **signed(endpoint, said))
    endpoint.refresh_from_db()
    guess = post(admin, "fields", endpoint, {"sample": json.dumps(said), "records_path": "data"})
    guessed = fields_of(guess.content.decode())
    assert guessed["path_external_id"] == "id"
    assert guessed["path_stage"] == "stage"
    assert guessed["path_owner"] == "owner.email"

    mended = guessed | {"path_owner": "owner_number ; owner.email", "records_path": "data", "save": "yes"}
    assert post(admin, "fields", endpoint, mended).status_code == 302
    incoming_work()
    assert Opportunity.objects.get().owner.employee_number == "E1"
    log = page(admin, "detail", endpoint)
    assert "1 new" in log
    assert AuditEntry.objects.filter(action="crm.incoming.map").count() == 1


def test_sample_is_tried_and_nothing_is_written(admin):
    endpoint = make_incoming(mapping={})
    asked = {"path_external_id": "id", "path_stage": "stage.name", "path_amount": "amount"}
    body = json.dumps([deal(stage={"name": "won"}), deal(id=8, amount="plenty")])
    told = post(admin, "try", endpoint, asked | {"sample": body}).content.decode()
    assert "refused" in told
    assert "Amount ← amount: “plenty” is not an amount." in told
    assert "Nothing of this has been written." in told
    assert not Opportunity.objects.exists()
    assert not IncomingMessage.objects.exists()


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"path_external_id": "id"}, "Say where this field stands"),
        ({"path_external_id": "id[", "path_stage": "s"}, "is not a path"),
        ({"path_external_id": "length(id)", "path_stage": "s"}, "a path may only find"),
        ({"path_external_id": "id", "path_stage": "s", "records_path": "a["}, "is not a path"),
        ({"path_external_id": "id", "path_stage": "s", "deleted_path": "a["}, "is not a path"),
    ],
    ids=["field missing", "no path", "calculates", "records", "deleted"],
)
def test_mapping_that_cannot_be_used_says_why_and_keeps_what_was_typed(asked, said, admin):
    endpoint = make_incoming(mapping={})
    answer = post(admin, "fields", endpoint, asked | {"save": "yes", "path_name": "my.name"})
    body = answer.content.decode()
    assert answer.status_code == 422
    assert said in body
    assert 'value="my.name"' in body
    endpoint.refresh_from_db()
    assert endpoint.mapping == {}


def test_mapping_page_shows_what_is_kept_and_saves_it_again_unchanged(admin):
    rules = {
        "external_id": {"paths": ["id"]},
        "stage": {"paths": ["a.b", "c"], "table": {"A = B": "won", "*": "engaging"}},
        "amount": {"paths": ["sum"], "answer": ","},
        "currency": {"constant": "EUR"},
    }
    mapping = {"fields": rules, "deleted": {"path": "event", "words": ["gone", "lost"]}}
    endpoint = make_incoming(mapping=mapping)
    body = page(admin, "fields", endpoint)
    data = fields_of(body) | {"save": "yes", "constant_currency": "EUR", "answer_amount": ","}
    [table] = re.findall(r'name="table_stage"[^>]*>([^<]*)', body)
    [words] = re.findall(r'name="deleted_words"[^>]*>([^<]*)', body)
    data |= {"table_stage": table, "deleted_words": words, "deleted_path": "event"}
    assert post(admin, "fields", endpoint, data).status_code == 302
    endpoint.refresh_from_db()
    assert endpoint.mapping == mapping


def test_refused_message_shows_its_reason_its_body_and_is_tried_again(admin):
    endpoint = make_incoming()
    said = deal(stage={"name": "Gewonnen"}, title="<b>Küche</b>")
    push(endpoint, said, **signed(endpoint, said))
    incoming_work()
    message = IncomingMessage.objects.get()
    body = page(admin, "message", message)
    assert "Stage ← stage.name" in body
    assert "Gewonnen" in body
    assert "<b>K" not in body
    assert "Try the refused again" in page(admin, "detail", endpoint)
    endpoint.mapping["fields"]["stage"]["table"]["Gewonnen"] = "won"
    endpoint.save()
    assert post(admin, "retry", message).status_code == 302
    incoming_work()
    assert Opportunity.objects.get().stage.code == "won"
    assert "Stage ← stage.name" not in page(admin, "message", message)


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"auth": "hmac", "header": ""}, "Give the header"),
        ({"auth": "token", "header": "X Token"}, "Give the header"),
        ({"auth": "hmac", "header": "X-Sign", "time_header": "a:b"}, "Give the header"),
        ({"auth": "nonsense"}, "Select a valid choice"),
        ({"name": ""}, "This field is required"),
    ],
)
def test_endpoint_that_cannot_work_is_refused_with_its_reason(fields, said, admin):
    answer = admin.post(reverse("crm:incoming_create"), MADE | fields)
    assert said in answer.content.decode()
    assert not IncomingEndpoint.objects.exists()


def test_other_records_need_other_fields(admin):
    endpoint = make_incoming()
    post(admin, "edit", endpoint, MADE | {"name": "Same records"})
    endpoint.refresh_from_db()
    assert endpoint.mapping
    post(admin, "edit", endpoint, MADE | {"resource": "payments"})
    endpoint.refresh_from_db()
    assert (endpoint.name, endpoint.mapping) == ("Pipe", {})


def test_endpoint_is_turned_off_given_a_new_secret_and_deleted(admin):
    endpoint = make_incoming()
    former = secret_of(endpoint)
    post(admin, "switch", endpoint, {"is_active": "no"})
    post(admin, "secret", endpoint)
    endpoint.refresh_from_db()
    assert not endpoint.is_active
    assert secret_of(endpoint) != former
    post(admin, "delete", endpoint)
    assert not IncomingEndpoint.objects.exists()
    actions = ["crm.incoming.delete", "crm.incoming.secret", "crm.incoming.switch"]
    assert (
        sorted(AuditEntry.objects.filter(action__startswith="crm.incoming").values_list("action", flat=True))
        == actions
    )


@pytest.mark.parametrize("name", ["list", "detail", "message"])
def test_pages_ask_as_much_for_thirty_rows_as_for_three(
    name, admin, django_assert_num_queries, django_assert_max_num_queries
):
    endpoint = make_incoming()
    message = IncomingMessage.objects.create(endpoint=endpoint, body="{}", state="refused")
    arguments = {"list": [], "detail": [endpoint.pk], "message": [message.pk]}[name]
    url = reverse(f"crm:incoming_{name}", args=arguments)

    def grow(count):
        for at in range(count):
            made = make_incoming(source=f"s{at}")
            IncomingMessage.objects.create(endpoint=endpoint, body="{}")
            IncomingMessage.objects.create(endpoint=made, body="{}")
            IncomingRecord.objects.create(message=message, position=at, external_id=str(at), status="error")

    grow(3)
    admin.get(url)
    with django_assert_max_num_queries(30) as few:
        admin.get(url)
    grow(20)
    with django_assert_num_queries(len(few)):
        admin.get(url)
