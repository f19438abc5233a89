"""What a stranger's server can answer to a connector, and the tasks that wake the work."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from crm.models import Connection, ConnectionRun, Opportunity
from crm.services.connectors import ConnectorError, Problem, comparison_request, connection_run_request
from crm.services.connectors.client import Bucket, JsonClient
from crm.tasks import (
    compare_connection,
    sweep_comparisons,
    sweep_connections,
    work_connection,
)
from crm.tests.connecting import Memory, memory_connection
from org.services.outbound import Limits
from org.tests.receiver import Receiver, receiving
from tests.cast import Cast

KEY = "k3y-of-the-source"


@pytest.fixture
def server(settings: Any) -> Iterator[Receiver]:
    settings.CONNECTOR_NETWORKS = ["127.0.0.0/8"]
    with receiving() as told:
        yield told


def client(**limits: Any) -> JsonClient:
    told = Limits(**({"step_seconds": 2.0, "whole_seconds": 2.0, "most_bytes": 1_000} | limits))
    return JsonClient(rate_per_minute=6_000, secrets=(KEY,), sleep=lambda _seconds: None, limits=told)


@pytest.mark.parametrize(
    ("status", "text", "kind", "calls"),
    [
        (200, "<html>", Problem.ANSWER, 1),
        (200, f'"{"x" * 1_000}"', Problem.ANSWER, 1),
        (302, "", Problem.ADDRESS, 1),
        (401, f"the key {KEY} is void", Problem.CREDENTIALS, 1),
        (403, "no", Problem.PERMISSION, 1),
        (404, "no", Problem.ADDRESS, 1),
        (429, "slower", Problem.LIMIT, 4),
        (500, "oops", Problem.ANSWER, 4),
        (503, "later", Problem.LIMIT, 4),
    ],
)
def test_answer_that_is_no_answer_says_where_to_look(
    server: Receiver, status: int, text: str, kind: Problem, calls: int
) -> None:
    server.status, server.text = status, text
    with pytest.raises(ConnectorError) as refused:
        client().post(server.url, {})
    assert (refused.value.kind, len(server.calls)) == (kind, calls)
    assert KEY not in str(refused.value)


def test_answer_that_drips_is_cut(server: Receiver) -> None:
    server.text, server.drip_seconds = '"abcdefghij"', 0.2
    with pytest.raises(ConnectorError) as refused:
        client(whole_seconds=0.3).post(server.url, {})
    assert refused.value.kind == Problem.CONNECTION


def test_networks_of_webhooks_are_not_those_of_connectors(server: Receiver, settings: Any) -> None:
    settings.HOOK_NETWORKS, settings.CONNECTOR_NETWORKS = ["127.0.0.0/8"], []
    with pytest.raises(ConnectorError) as refused:
        client().post(server.url, {})
    assert (refused.value.kind, server.calls) == (Problem.ADDRESS, [])


def test_bucket_gives_a_handful_at_once_and_then_the_rate() -> None:
    now, slept = [0.0], []

    def sleep(seconds: float) -> None:
        slept.append(round(seconds, 3))
        now[0] += seconds

    bucket = Bucket(60, sleep=sleep, clock=lambda: now[0])
    for _call in range(13):
        bucket.take()
    assert slept == [1.0, 1.0, 1.0]


@pytest.mark.usefixtures("cast")
def test_every_task_run_twice_changes_nothing() -> None:
    memory = Memory()
    memory.put("opportunities", "D1", stage="engaging", amount="1.00")
    connection = memory_connection(memory)
    sweep_connections()
    sweep_connections()
    run = ConnectionRun.objects.get()
    work_connection(run.pk)
    before = list(Opportunity.objects.values()), list(ConnectionRun.objects.values())
    work_connection(run.pk)
    assert (list(Opportunity.objects.values()), list(ConnectionRun.objects.values())) == before

    sweep_comparisons()
    compare_connection(connection.pk)
    compared = list(Connection.objects.values())
    compare_connection(connection.pk)
    assert list(Connection.objects.values()) == compared


def test_second_request_is_the_run_that_is_open(cast: Cast) -> None:
    connection = memory_connection(Memory())
    first = connection_run_request(connection=connection, actor=cast.frank)
    comparison_request(connection=connection, actor=cast.frank)
    assert connection_run_request(connection=connection, actor=cast.frank) == first
    assert ConnectionRun.objects.count() == 1
