"""Webhooks: recorded with the deed, signed, tried until they arrive, given up, sent again."""

from __future__ import annotations

import datetime as dt
import json
import threading

import pytest
import time_machine
from django.db import connection, transaction
from django.utils import timezone
from kombu.exceptions import OperationalError
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from common.errors import Conflict, Invalid
from org.calc.hooks import MOST_TRIES
from org.models import AuditEntry, DeliveryState, HookDelivery, HookEndpoint, HookEvent, HookProblem
from org.selectors import hook_deliveries_due
from org.services import (
    Event,
    deliveries_send,
    delivery_replay,
    endpoint_delete,
    endpoint_save,
    endpoint_secret_renew,
    endpoint_switch,
    endpoint_test,
    events_record,
    hooks_forget,
    secret_of,
)
from org.services.hooks import deliveries
from org.tasks import SEND, forget_hooks, send_hooks, sweep_hooks
from org.tests.factories import make_delivery, make_hook
from org.tests.receiver import receiving

pytestmark = pytest.mark.django_db
MONDAY = dt.datetime(2026, 6, 15, 4, tzinfo=dt.UTC)


@pytest.fixture
def receiver(settings):
    """A server inside a network that the installation allows."""
    settings.HOOK_NETWORKS = ["127.0.0.0/8"]
    with receiving() as told:
        yield told


@pytest.fixture
def endpoint(receiver):
    """An endpoint that is on and leads to the receiver."""
    return make_hook(receiver.url, is_active=True)


@pytest.fixture
def monday():
    with time_machine.travel(MONDAY, tick=False) as clock:
        yield clock


def test_message_arrives_signed_as_standard_webhooks_say(receiver, endpoint):
    make_delivery(endpoint, name="厨房", amount="12500.00")
    assert deliveries_send() == 1
    [(path, headers, body)] = receiver.calls
    assert path == "/hooks"
    told = Webhook(secret_of(endpoint)).verify(body, headers)
    assert told["type"] == "deal.won"
    assert told["data"] == {"name": "厨房", "amount": "12500.00"}
    assert dt.datetime.fromisoformat(told["timestamp"]) == HookEvent.objects.get().occurred_at
    with pytest.raises(WebhookVerificationError):
        Webhook(secret_of(endpoint)).verify(body.replace("12500", "99999"), headers)


def test_secret_is_in_no_table(endpoint):
    stored = json.dumps(list(HookEndpoint.objects.values()), default=str)
    assert secret_of(endpoint).removeprefix("whsec_") not in stored
    assert secret_of(endpoint) != secret_of(make_hook())


def test_former_secret_signs_along_for_a_day(receiver, endpoint, monday):
    former = secret_of(endpoint)
    endpoint_secret_renew(endpoint=endpoint, actor=None)
    endpoint.refresh_from_db()
    assert secret_of(endpoint) != former
    make_delivery(endpoint)
    deliveries_send()
    for secret in (former, secret_of(endpoint)):
        Webhook(secret).verify(receiver.calls[0][2], receiver.calls[0][1])
    monday.shift(dt.timedelta(days=1, seconds=1))
    make_delivery(endpoint)
    deliveries_send()
    with pytest.raises(WebhookVerificationError):
        Webhook(former).verify(receiver.calls[1][2], receiver.calls[1][1])


def test_sending_twice_sends_once(receiver, endpoint):
    make_delivery(endpoint)
    send_hooks()
    send_hooks()
    assert len(receiver.calls) == 1
    assert HookDelivery.objects.get().state == DeliveryState.DONE


def test_tick_wakes_a_worker_only_when_something_is_due(endpoint, monkeypatch):
    woken = []
    monkeypatch.setattr("org.tasks.current_app.send_task", lambda name, **_options: woken.append(name))
    sweep_hooks()
    assert woken == []
    make_delivery(endpoint)
    sweep_hooks()
    assert woken == [SEND]


def test_broker_that_is_away_loses_nothing(receiver, endpoint, monkeypatch):
    def away(*_args, **_options):
        raise OperationalError

    make_delivery(endpoint)
    monkeypatch.setattr("org.tasks.current_app.send_task", away)
    sweep_hooks()
    assert deliveries_send() == 1


def test_event_of_a_deed_that_failed_is_told_to_nobody(receiver, endpoint):
    with transaction.atomic():
        assert events_record([Event("deal.won", {})]) == 1
        transaction.set_rollback(True)
    assert deliveries_send() == 0
    assert not HookEvent.objects.exists()


def test_event_that_nobody_wants_leaves_no_row(endpoint):
    make_hook("https://8.8.8.8/", "alert.raised", name="off")
    assert events_record([Event("plan.published", {}), Event("alert.raised", {})]) == 0
    assert not HookEvent.objects.exists()


def test_killed_worker_loses_nothing(receiver, endpoint, monday, monkeypatch):
    """The worker dies between taking the delivery and the answer; the next finds it when the lease ends."""
    make_delivery(endpoint)
    with monkeypatch.context() as patch:
        patch.setattr(deliveries, "message_post", _dies)
        with pytest.raises(SystemExit):
            deliveries_send()
    assert deliveries_send() == 0
    monday.shift(deliveries.LEASE)
    assert deliveries_send() == 1
    assert len(receiver.calls) == 1
    assert (HookDelivery.objects.get().state, HookDelivery.objects.get().attempts) == ("done", 2)


def _dies(*_args):
    raise SystemExit


@pytest.mark.skipif("connection.vendor != 'postgresql'", reason="SQLite lets one transaction write at a time")
@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_two_workers_send_each_message_once(receiver, endpoint):
    for _each in range(8):
        make_delivery(endpoint)
    start = threading.Barrier(3)

    def work():
        start.wait()
        try:
            deliveries_send()
        finally:
            connection.close()

    workers = [threading.Thread(target=work) for _each in range(3)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    ids = [headers["webhook-id"] for _path, headers, _body in receiver.calls]
    assert len(ids) == len(set(ids)) == 8
    assert set(HookDelivery.objects.values_list("state", "attempts")) == {("done", 1)}


def test_failed_message_is_tried_again_later_with_the_same_id(receiver, endpoint, monday):
    delivery = make_delivery(endpoint)
    receiver.status = 503
    assert deliveries_send() == 1
    assert deliveries_send() == 0
    delivery.refresh_from_db()
    assert (delivery.state, delivery.status_code, delivery.problem) == ("waiting", 503, "status")
    assert dt.timedelta(seconds=5) <= delivery.next_attempt_at - MONDAY <= dt.timedelta(seconds=6)
    receiver.status = 200
    monday.shift(dt.timedelta(seconds=6))
    assert deliveries_send() == 1
    delivery.refresh_from_db()
    assert (delivery.state, delivery.attempts, delivery.problem) == ("done", 2, "")
    ids = {headers["webhook-id"] for _path, headers, _body in receiver.calls}
    assert ids == {delivery.event.uid}
    assert len({body for _path, _headers, body in receiver.calls}) == 1


def test_after_three_days_it_gives_up_and_turns_itself_off_with_a_note(receiver, endpoint, monday):
    delivery = make_delivery(endpoint)
    receiver.status = 500
    for _try in range(MOST_TRIES):
        deliveries_send()
        delivery.refresh_from_db()
        monday.move_to(max(delivery.next_attempt_at, timezone.now()))
    endpoint.refresh_from_db()
    assert (delivery.state, delivery.attempts) == (DeliveryState.FAILED, MOST_TRIES)
    assert (endpoint.is_active, endpoint.failing_since) == (False, MONDAY)
    assert endpoint.stopped_at is not None
    note = AuditEntry.objects.get(action="org.hook.stop")
    assert (note.actor, note.after["problem"]) == (None, HookProblem.STATUS)
    assert len(receiver.calls) == MOST_TRIES


def test_success_between_failures_keeps_an_endpoint_on(receiver, endpoint, monday):
    for day in range(5):
        monday.move_to(MONDAY + dt.timedelta(days=day))
        receiver.status = 200 if day == 2 else 500
        make_delivery(endpoint)
        HookDelivery.objects.update(next_attempt_at=timezone.now())
        deliveries_send()
    endpoint.refresh_from_db()
    assert endpoint.is_active
    assert endpoint.failing_since == MONDAY + dt.timedelta(days=3)


def test_address_that_is_gone_turns_off_at_once(receiver, endpoint):
    receiver.status = 410
    make_delivery(endpoint)
    deliveries_send()
    endpoint.refresh_from_db()
    assert not endpoint.is_active
    assert HookDelivery.objects.get().state == DeliveryState.FAILED


def test_dead_endpoint_rests_and_delays_no_other(receiver, endpoint, monday):
    dead = make_hook("https://127.0.0.2/", "plan.published", is_active=True, name="dead")
    settled = [make_delivery(dead) for _each in range(3)]
    make_delivery(endpoint)
    assert deliveries_send() == 4 - 2
    assert len(receiver.calls) == 1
    for delivery in settled[1:]:
        delivery.refresh_from_db()
        assert (delivery.attempts, delivery.next_attempt_at) == (0, MONDAY + deliveries.REST)


def test_what_waits_for_an_endpoint_that_is_off_goes_out_later(receiver, endpoint):
    make_delivery(endpoint)
    endpoint_switch(endpoint=endpoint, is_active=False, actor=None)
    assert deliveries_send() == 0
    endpoint_switch(endpoint=endpoint, is_active=True, actor=None)
    assert deliveries_send() == 1


def test_replay_sends_the_same_message_again(receiver, endpoint, cast):
    delivery = make_delivery(endpoint)
    deliveries_send()
    delivery_replay(delivery=delivery, actor=cast.frank)
    assert deliveries_send() == 1
    (first, again) = receiver.calls
    assert first[2] == again[2]
    assert first[1]["webhook-id"] == again[1]["webhook-id"]
    assert AuditEntry.objects.get(action="org.hook.replay").actor == cast.frank


def test_endpoint_is_tested_before_use(receiver, cast):
    made = endpoint_save(name="ERP", url=receiver.url, kinds=["deal.won"], actor=cast.frank)
    assert not made.is_active
    with pytest.raises(Conflict):
        endpoint_switch(endpoint=made, is_active=True, actor=cast.frank)
    receiver.status = 500
    assert endpoint_test(endpoint=made, actor=cast.frank).state == DeliveryState.FAILED
    with pytest.raises(Conflict):
        endpoint_switch(endpoint=made, is_active=True, actor=cast.frank)
    receiver.status = 200
    assert endpoint_test(endpoint=made, actor=cast.frank).state == DeliveryState.DONE
    endpoint_switch(endpoint=made, is_active=True, actor=cast.frank)
    made.refresh_from_db()
    assert made.is_active
    assert json.loads(receiver.calls[-1][2])["type"] == "test"


def test_failed_test_is_not_repeated_and_turns_nothing_off(receiver, endpoint, monday):
    receiver.status = 410
    endpoint_test(endpoint=endpoint, actor=None)
    monday.shift(dt.timedelta(days=1))
    assert deliveries_send() == 0
    endpoint.refresh_from_db()
    assert endpoint.is_active
    assert endpoint.failing_since is None


def test_other_address_must_be_tested_anew(receiver, endpoint):
    endpoint_save(endpoint=endpoint, name="ERP", url=receiver.url + "/2", kinds=["deal.won"], actor=None)
    assert (endpoint.is_active, endpoint.tested_at) == (False, None)
    endpoint_save(endpoint=endpoint, name="Other", url=receiver.url + "/2", kinds=["deal.won"], actor=None)


@pytest.mark.parametrize(
    ("field", "change"),
    [
        ("url", {"url": "https://10.0.0.1/"}),
        ("url", {"url": "http://8.8.8.8/"}),
        ("kinds", {"kinds": []}),
        ("kinds", {"kinds": ["made.up"]}),
        ("name", {"name": " "}),
    ],
)
def test_endpoint_that_cannot_be_is_refused(field, change):
    wanted = {"name": "ERP", "url": "https://8.8.8.8/", "kinds": ["deal.won"]} | change
    with pytest.raises(Invalid) as refused:
        endpoint_save(**wanted, actor=None)
    assert refused.value.field == field
    assert not HookEndpoint.objects.exists()
    assert not AuditEntry.objects.filter(action="org.hook.save").exists()


def test_deleted_endpoint_takes_what_waits_along(endpoint):
    make_delivery(endpoint)
    endpoint_delete(endpoint=endpoint, actor=None)
    assert not hook_deliveries_due(timezone.now()).exists()
    assert AuditEntry.objects.get(action="org.hook.delete").before["waiting"] == 1


def test_old_events_are_forgotten_unless_they_wait(receiver, endpoint, monday):
    make_delivery(endpoint)
    deliveries_send()
    waiting = make_delivery(endpoint)
    monday.shift(deliveries.KEPT + dt.timedelta(seconds=1))
    assert hooks_forget() == 2  # the event and its delivery
    forget_hooks()
    assert list(HookDelivery.objects.all()) == [waiting]
