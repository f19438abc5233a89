"""Where messages may go: addresses judged one by one, and what a stranger's server can do to us."""

from __future__ import annotations

import socket
import time

import pytest

from org.calc.hooks import MOST_TRIES, WAITS, is_callable, wait_seconds
from org.models import HookProblem
from org.services.hooks import sending
from org.services.hooks.sending import Refused, message_post, target_of
from org.tests.receiver import receiving


@pytest.fixture
def receiver(settings):
    """A server inside a network that the installation allows."""
    settings.HOOK_NETWORKS = ["127.0.0.0/8"]
    with receiving() as told:
        yield told


@pytest.mark.parametrize(
    ("address", "may"),
    [
        ("8.8.8.8", True),
        ("2001:4860:4860::8888", True),
        ("127.0.0.1", False),
        ("0.0.0.0", False),  # noqa: S104
        ("10.1.2.3", False),
        ("172.16.0.1", False),
        ("192.168.1.1", False),
        ("100.64.0.1", False),
        ("169.254.169.254", False),
        ("224.0.0.1", False),
        ("240.0.0.1", False),
        ("255.255.255.255", False),
        ("::1", False),
        ("::", False),
        ("fe80::1%eth0", False),
        ("fd00::1", False),
        ("fec0::1", False),
        ("ff02::1", False),
        ("::ffff:127.0.0.1", False),
        ("::ffff:8.8.8.8", True),
        ("64:ff9b::7f00:1", False),
        ("64:ff9b::808:808", True),
        ("2002:7f00:1::1", False),
    ],
)
def test_only_public_addresses_are_called(address, may):
    assert is_callable(address) is may


def test_waits_grow_to_three_days_and_end():
    waits = [wait_seconds(tries) for tries in range(1, MOST_TRIES)]
    assert waits == sorted(waits) == list(WAITS)
    assert 3 * 86_400 <= sum(WAITS) <= 4 * 86_400
    assert wait_seconds(MOST_TRIES) is None
    assert wait_seconds(2, 1.0) == 330


@pytest.mark.parametrize(
    "url",
    [
        "https://127.0.0.1/",
        "https://2130706433/",  # 127.0.0.1 as one number
        "https://127.1/",
        "https://[::1]/",
        "https://[::ffff:10.0.0.1]/",
        "https://localhost/",
        "http://8.8.8.8/",
        "ftp://8.8.8.8/",
        "https://user:secret@8.8.8.8/",
        "https:///hooks",
        "https://8.8.8.8:port/",
        "https://8.8.8.8/a\r\nX-Evil: 1",
        "https://8.8.8.8/a b",
        "not an address",
    ],
)
def test_private_and_impossible_addresses_are_refused(url):
    with pytest.raises(Refused) as refused:
        target_of(url)
    assert refused.value.problem == HookProblem.ADDRESS


def test_name_with_one_private_address_among_public_ones_is_refused(monkeypatch):
    found = [(2, 1, 6, "", (address, 443)) for address in ("8.8.8.8", "10.0.0.1")]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_a, **_k: found)
    with pytest.raises(Refused):
        target_of("https://two-faced.example/")


def test_name_is_looked_up_once_and_the_checked_address_called(receiver, monkeypatch):
    """A name that turns private after the check (DNS rebinding) gains nothing."""
    port = int(receiver.url.split(":")[2].split("/")[0])
    real, asked = socket.getaddrinfo, []

    def turning(host, *args, **kwargs):
        if host != "turning.example":
            return real(host, *args, **kwargs)
        asked.append(host)
        return [(2, 1, 6, "", ("127.0.0.1" if len(asked) == 1 else "192.168.0.1", port))]

    monkeypatch.setattr(socket, "getaddrinfo", turning)
    assert message_post(f"http://turning.example:{port}/x", "{}", {}).is_accepted
    assert asked == ["turning.example"]
    assert receiver.calls[0][1]["Host"] == f"turning.example:{port}"


def test_plain_http_is_only_for_allowed_networks(receiver, settings):
    assert message_post(receiver.url, "{}", {}).is_accepted
    settings.HOOK_NETWORKS = []
    assert message_post(receiver.url, "{}", {}).problem == HookProblem.ADDRESS
    assert len(receiver.calls) == 1


def test_redirect_is_not_followed(receiver):
    receiver.status, receiver.headers = 302, {"Location": receiver.url + "/elsewhere"}
    answer = message_post(receiver.url, "{}", {})
    assert (answer.status_code, answer.problem) == (302, HookProblem.REDIRECT)
    assert len(receiver.calls) == 1


@pytest.mark.parametrize(
    ("status", "problem"), [(200, ""), (204, ""), (400, "status"), (410, "gone"), (503, "status")]
)
def test_answer_decides(receiver, status, problem):
    receiver.status, receiver.text = status, ""
    assert message_post(receiver.url, "{}", {}).problem == problem


def test_only_the_beginning_of_an_answer_is_read(receiver):
    receiver.text = "x" * 100_000
    assert message_post(receiver.url, "{}", {}).excerpt == "x" * sending.MOST_BYTES


def test_answer_that_drips_for_ever_is_cut_off(receiver, monkeypatch):
    monkeypatch.setattr(sending, "WHOLE_SECONDS", 0.5)
    receiver.text, receiver.drip_seconds = "x" * 1000, 0.1
    started = time.monotonic()
    answer = message_post(receiver.url, "{}", {})
    assert answer.problem == HookProblem.TIMEOUT
    assert time.monotonic() - started < 3


def test_silence_is_a_timeout_and_nobody_there_no_connection(settings, monkeypatch):
    settings.HOOK_NETWORKS = ["127.0.0.0/8"]
    monkeypatch.setattr(sending, "STEP_SECONDS", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as mute:
        port = mute.getsockname()[1]
        assert message_post(f"http://127.0.0.1:{port}/", "{}", {}).problem == HookProblem.TIMEOUT
    assert message_post(f"http://127.0.0.1:{port}/", "{}", {}).problem == HookProblem.CONNECTION


def test_https_needs_a_server_that_speaks_it(receiver):
    answer = message_post(receiver.url.replace("http://", "https://"), "{}", {})
    assert answer.problem == HookProblem.CONNECTION
    assert receiver.calls == []
