"""What other systems push: who proves itself is heard at once, and the records follow, once and in order."""

from __future__ import annotations

import datetime as dt
import json

import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from crm.models import IncomingMessage, IncomingRecord, MessageState, Opportunity
from crm.services.incoming import (
    incoming_forget,
    incoming_secret_renew,
    incoming_switch,
    incoming_work,
    message_retry,
    refused_retry,
    secret_of,
)
from crm.tasks import apply_incoming, forget_incoming, sweep_incoming
from crm.tests.factories import make_incoming
from crm.tests.incoming import deal, hmac_of, push, signed
from org.models import AuditEntry

pytestmark = pytest.mark.django_db


def sent(endpoint, body, uid="m1"):
    """Push a body with a good signature and return the stored message."""
    answer = push(endpoint, body, **signed(endpoint, body, uid=uid))
    assert answer.status_code == 202, answer.content
    return IncomingMessage.objects.get(uid=answer.json()["id"])


def test_pushed_deal_is_stored_at_once_and_applied_in_the_background(cast):
    endpoint = make_incoming()
    message = sent(endpoint, deal())
    assert json.loads(message.body) == deal()
    assert not Opportunity.objects.exists()
    apply_incoming()
    row = Opportunity.objects.get(source="old", external_id="7")
    assert (row.name, row.amount_minor, str(row.closed_on)) == ("Kitchen", 125050, "2026-03-05")
    assert (row.stage.code, row.owner) == ("won", cast.alice.person)
    message.refresh_from_db()
    assert (message.state, message.counts) == ("done", {"created": 1})


def test_applying_twice_changes_nothing(cast):
    sent(make_incoming(), deal())
    assert incoming_work() == 1
    before = Opportunity.objects.values().get()
    assert incoming_work() == 0
    IncomingMessage.objects.update(state=MessageState.WAITING)
    assert incoming_work() == 1
    assert Opportunity.objects.values().get() == before
    assert IncomingMessage.objects.get().counts == {"unchanged": 1}
    assert IncomingRecord.objects.count() == 1


def test_message_whose_wake_up_was_lost_is_found_by_the_sweep(cast, asked):
    sweep_incoming()
    assert asked == []
    sent(make_incoming(), deal())
    asked.clear()
    sweep_incoming()
    assert asked == ["crm.tasks.apply_incoming"]


@pytest.fixture
def asked(monkeypatch):
    """The names of tasks that were asked for; commits count at once."""
    names: list[str] = []
    monkeypatch.setattr("crm.http.wake_task", lambda task, *args, **options: names.append(task))
    return names


def test_list_of_records_at_a_chosen_place(cast):
    endpoint = make_incoming(records_path="event.deals")
    message = sent(endpoint, {"event": {"deals": [deal(), deal(id=8, amount="2万")]}})
    incoming_work()
    assert [o.amount_minor for o in Opportunity.objects.order_by("external_id")] == [125050, 2000000]
    message.refresh_from_db()
    assert message.counts == {"created": 2}


def test_refused_record_says_field_path_and_what_was_found_and_the_others_stand(cast):
    endpoint = make_incoming()
    message = sent(endpoint, [deal(amount="a lot"), deal(id=8)])
    incoming_work()
    message.refresh_from_db()
    assert (message.state, message.counts) == ("refused", {"error": 1, "created": 1})
    [error] = message.records.get(external_id="7").errors
    assert (error["field"], error["path"], error["params"]) == ("amount", "amount", {"value": "a lot"})


def test_body_without_records_is_refused_as_a_whole(cast):
    message = sent(make_incoming(records_path="data.deals"), {"data": {}})
    incoming_work()
    message.refresh_from_db()
    assert message.state == "refused"
    assert message.problem_params == {"path": "data.deals"}


def test_mended_mapping_takes_a_refused_message_on_try_again(cast, frank):
    endpoint = make_incoming()
    message = sent(endpoint, deal(stage={"name": "Gewonnen"}))
    incoming_work()
    message.refresh_from_db()
    assert message.state == "refused"
    endpoint.mapping["fields"]["stage"]["table"]["Gewonnen"] = "won"
    endpoint.save()
    message_retry(message=message, actor=frank)
    incoming_work()
    message.refresh_from_db()
    assert message.state == "done"
    assert Opportunity.objects.get().stage.code == "won"
    assert AuditEntry.objects.filter(action="crm.incoming.retry").count() == 1


def test_old_message_tried_again_does_not_undo_a_newer_one(cast, frank):
    endpoint = make_incoming()
    old = sent(endpoint, [deal(amount="1"), deal(id=8, amount="oops")], uid="a")
    sent(endpoint, deal(amount="2"), uid="b")
    incoming_work()
    assert refused_retry(endpoint=endpoint, actor=frank) == 1
    incoming_work()
    assert Opportunity.objects.get(external_id="7").amount_minor == 200
    assert old.records.get(external_id="7").status == "overtaken"


def test_messages_wait_until_the_mapping_is_there(cast):
    endpoint = make_incoming(mapping={})
    sent(endpoint, deal())
    assert incoming_work() == 0
    endpoint.mapping = make_incoming().mapping
    endpoint.save()
    assert incoming_work() == 1
    assert Opportunity.objects.count() == 1


def test_record_marked_as_gone_is_deleted_softly_and_comes_back_when_it_is_pushed_again(cast):
    endpoint = make_incoming()
    sent(endpoint, deal(), uid="1")
    sent(endpoint, {"id": 7, "is_deleted": True}, uid="2")
    sent(endpoint, {"id": 99, "is_deleted": True}, uid="3")
    incoming_work()
    assert Opportunity.objects.get().deleted_at is not None
    assert [m.counts for m in IncomingMessage.objects.order_by("pk")] == [
        {"created": 1},
        {"deleted": 1},
        {"unchanged": 1},
    ]
    sent(endpoint, deal(), uid="4")
    incoming_work()
    assert Opportunity.objects.get().deleted_at is None


def test_fields_a_push_does_not_tell_stay_as_they_are(cast):
    endpoint = make_incoming()
    sent(endpoint, deal(), uid="1")
    sent(endpoint, {"id": 7, "amount": 9}, uid="2")
    incoming_work()
    row = Opportunity.objects.get()
    assert (row.name, row.amount_minor, row.stage.code) == ("Kitchen", 900, "won")


def test_unexpected_failure_is_tried_three_times_and_holds_up_nobody_else(cast, monkeypatch):
    broken, whole = make_incoming(source="broken"), make_incoming(source="whole")
    sent(broken, deal())
    sent(whole, deal())
    from crm.services.incoming import messages

    applied = messages.records_apply

    def breaks(**told):
        if told["source"] == "broken":
            raise RuntimeError
        return applied(**told)

    monkeypatch.setattr(messages, "records_apply", breaks)
    for _sweep in range(5):
        incoming_work()
    states = dict(IncomingMessage.objects.values_list("endpoint__source", "state"))
    assert states == {"broken": "refused", "whole": "done"}
    assert Opportunity.objects.get().source == "whole"


def test_log_is_forgotten_after_thirty_days_and_the_records_stay(cast):
    sent(make_incoming(), deal())
    incoming_work()
    IncomingMessage.objects.update(received_at=timezone.now() - dt.timedelta(days=29))
    forget_incoming()
    assert IncomingMessage.objects.count() == 1
    IncomingMessage.objects.update(received_at=timezone.now() - dt.timedelta(days=31))
    assert incoming_forget() == 2
    assert incoming_forget() == 0
    assert Opportunity.objects.count() == 1


def test_new_secret_lets_the_former_one_in_for_a_day(cast, frank):
    endpoint = make_incoming()
    former = secret_of(endpoint)
    incoming_secret_renew(endpoint=endpoint, actor=frank)
    endpoint.refresh_from_db()
    assert secret_of(endpoint) != former
    assert push(endpoint, {}, **signed(endpoint, {}, secret=former)).status_code == 202
    later = timezone.now() + dt.timedelta(hours=25)
    with time_machine.travel(later):
        proof = signed(endpoint, {}, uid="m2", at=later, secret=former)
        assert push(endpoint, {}, **proof).status_code == 401


def test_endpoint_that_is_off_is_not_there(cast, frank):
    endpoint = make_incoming()
    incoming_switch(endpoint=endpoint, is_active=False, actor=frank)
    assert push(endpoint, {}, **signed(endpoint, {})).status_code == 404


@pytest.mark.parametrize("form", ["hex", "base64"])
@pytest.mark.parametrize("algorithm", ["sha256", "sha512", "sha1"])
@pytest.mark.parametrize("before", [True, False], ids=["named", "bare"])
def test_hmac_in_a_header_as_github_and_shopify_send_it(cast, algorithm, form, before):
    endpoint = make_incoming(auth="hmac", header="X-Hub-Signature-256", algorithm=algorithm)
    content = json.dumps(deal()).encode()
    proof = (f"{algorithm}=" if before else "") + hmac_of(endpoint, content, algorithm=algorithm, form=form)
    assert push(endpoint, content, **{"X-Hub-Signature-256": proof}).status_code == 202
    assert push(endpoint, content + b" ", **{"X-Hub-Signature-256": proof}).status_code == 401


def test_token_in_a_header_with_or_without_bearer(cast):
    endpoint = make_incoming(auth="token", header="Authorization")
    assert push(endpoint, {}, Authorization=f"Bearer {secret_of(endpoint)}").status_code == 202
    assert push(endpoint, {}, Authorization=secret_of(endpoint)).status_code == 202
    assert push(endpoint, {}, Authorization="Bearer nonsense").status_code == 401
    assert push(endpoint, {}).status_code == 401


def test_secret_in_the_address(cast):
    endpoint = make_incoming(auth="address")
    address = f"/api/v1/hooks/in/{endpoint.public_id}"
    ask = {"data": b"{}", "content_type": "application/json"}
    assert Client().post(f"{address}/{secret_of(endpoint)}", **ask).status_code == 202
    assert Client().post(f"{address}/nonsense", **ask).status_code == 401
    assert Client().post(address, **ask).status_code == 401
    signed_one = make_incoming()
    other = f"/api/v1/hooks/in/{signed_one.public_id}/{secret_of(signed_one)}"
    assert Client().post(other, **ask).status_code == 401, "its secret in the address is no proof"
