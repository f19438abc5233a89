"""The receiver of `docs/webhooks.md` is run as it stands there, and hears of a message once."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from org.calc.hooks import WAITS
from org.models import DeliveryState
from org.services import deliveries_send, delivery_replay, endpoint_test, kind_names, secret_of
from org.tests.factories import make_delivery, make_hook

GUIDE = (Path(__file__).resolve().parents[2] / "docs" / "webhooks.md").read_text()
UNITS = {"s": 1, "min": 60, "h": 3600}


@pytest.fixture
def receiver(tmp_path):
    """Call with a secret to get the address of the documented receiver and its output."""
    running = []

    def run(secret):
        [program] = re.findall(r"```python\n(.*?)```", GUIDE, re.DOTALL)
        path = tmp_path / "receiver.py"
        path.write_text(program)
        env = os.environ | {"WEBHOOK_SECRET": secret, "PORT": "0"}
        quiet = {"stdout": subprocess.PIPE, "stderr": subprocess.DEVNULL}
        process = subprocess.Popen([sys.executable, str(path)], env=env, text=True, **quiet)
        running.append(process)
        port = process.stdout.readline().split()[-1]
        return f"http://127.0.0.1:{port}/", process

    yield run
    for process in running:
        process.kill()
        process.wait()


@pytest.mark.django_db
def test_documented_receiver_accepts_ours_once_and_nobody_elses(receiver, settings):
    settings.HOOK_NETWORKS = ["127.0.0.0/8"]
    endpoint = make_hook(is_active=True)
    endpoint.url, process = receiver(secret_of(endpoint))
    endpoint.save()
    delivery = make_delivery(endpoint, name="Kitchen")
    deliveries_send()
    delivery.refresh_from_db()
    assert (delivery.state, delivery.status_code) == (DeliveryState.DONE, 204)
    delivery_replay(delivery=delivery, actor=None)
    deliveries_send()
    other = make_hook(endpoint.url, name="forger")
    forged = endpoint_test(endpoint=other, actor=None)
    assert (forged.state, forged.status_code) == (DeliveryState.FAILED, 401)
    process.kill()
    assert process.stdout.read() == "deal.won {'name': 'Kitchen'}\n"


def test_guide_names_every_event_and_every_wait():
    for kind in kind_names():
        assert f"`{kind}`" in GUIDE
    [told] = re.findall(r"Again after \| (.*?), each up to", GUIDE)
    waits = [int(number) * UNITS[unit] for number, unit in (each.split() for each in told.split(", "))]
    assert tuple(waits) == WAITS


def test_document_names_every_event_there_is_and_no_other():
    listed = re.findall(r"^\| ((?:`[a-z_.]+`(?:, )?)+) \|", GUIDE, re.M)
    told = {kind for row in listed for kind in re.findall(r"`([a-z_.]+)`", row)}
    assert told - {"type"} == {*kind_names(), "test"}
