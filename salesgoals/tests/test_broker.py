"""The queue in files: a message is there whole or not at all, whoever looks when."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from queue import Empty
from typing import Any

import pytest
from kombu import Connection

from salesgoals import broker, settings


@pytest.fixture
def queue_name(tmp_path: Path) -> str:
    """A name of its own for each test: kombu remembers for a process which queues it has made."""
    return tmp_path.name


@pytest.fixture
def connection(tmp_path: Path) -> Iterator[Connection]:
    folders = {"data_folder_in": "messages", "data_folder_out": "messages", "control_folder": "control"}
    for name in set(folders.values()):
        (tmp_path / name).mkdir()
    options = {key: str(tmp_path / name) for key, name in folders.items()} | {"polling_interval": 0.01}
    transport = "salesgoals.broker:Transport"
    with Connection("filesystem://localhost//", transport=transport, transport_options=options) as opened:
        yield opened


def files(tmp_path: Path, folder: str) -> list[str]:
    return sorted(os.listdir(tmp_path / folder))


def test_the_site_uses_it_where_there_is_no_redis() -> None:
    if settings.REDIS_URL:
        pytest.skip("Redis has a queue of its own")
    module, _colon, name = settings.CELERY_BROKER_TRANSPORT.partition(":")
    assert getattr(import_module(module), name) is broker.Transport


def test_what_is_put_is_got_once_and_leaves_nothing(
    connection: Connection, queue_name: str, tmp_path: Path
) -> None:
    queue = connection.SimpleQueue(queue_name)
    queue.put({"job": 1})
    assert len(files(tmp_path, "messages")) == 1
    message = queue.get(timeout=1)
    message.ack()
    assert message.payload == {"job": 1}
    with pytest.raises(Empty):
        queue.get(timeout=0.05)
    assert files(tmp_path, "messages") == []


def test_a_message_half_written_is_not_found(
    connection: Connection, queue_name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    queue = connection.SimpleQueue(queue_name)
    seen: list[list[str]] = []
    replace = os.replace

    def looked_at(unfinished: Path, path: Path) -> None:
        with pytest.raises(Empty):
            queue.channel._get(queue_name)
        seen.append(files(tmp_path, "messages"))
        replace(unfinished, path)

    monkeypatch.setattr(os, "replace", looked_at)
    queue.put({"job": 1})
    [[unfinished]] = seen
    assert unfinished.endswith(".part")
    message = queue.get(timeout=1)
    message.ack()
    assert message.payload == {"job": 1}


def test_a_message_that_cannot_be_written_leaves_no_piece(
    connection: Connection, queue_name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    queue = connection.SimpleQueue(queue_name)

    def full(*_paths: Any) -> None:
        raise OSError("No space left on device")

    monkeypatch.setattr(os, "replace", full)
    with pytest.raises(connection.channel_errors, match="Cannot add"):
        queue.channel._put(queue_name, {"job": 1})
    assert files(tmp_path, "messages") == []


def test_a_table_is_read_whole_while_it_is_made(
    connection: Connection, queue_name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    channel = connection.channel()
    link = os.link
    seen: list[Any] = []

    def looked_at(unfinished: Path, path: Path) -> None:
        seen.append(channel.get_table(queue_name))
        link(unfinished, path)
        seen.append(channel.get_table(queue_name))

    monkeypatch.setattr(os, "link", looked_at)
    channel._queue_bind(queue_name, queue_name, "", queue_name)
    assert seen == [[], []]
    assert [entry.queue for entry in channel.get_table(queue_name)] == [queue_name]
    assert files(tmp_path, "control") == [f"{queue_name}.exchange"]


def test_the_first_to_make_a_table_is_not_overwritten_by_the_second(
    connection: Connection, queue_name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    channel = connection.channel()
    link = os.link

    def overtaken(unfinished: Path, path: Path) -> None:
        monkeypatch.setattr(os, "link", link)
        channel._queue_bind(queue_name, "first", "", "first")
        link(unfinished, path)

    monkeypatch.setattr(os, "link", overtaken)
    channel._queue_bind(queue_name, "second", "", "second")
    assert {entry.queue for entry in channel.get_table(queue_name)} == {"first", "second"}


def test_two_readers_beside_two_writers_get_each_message_once(
    connection: Connection, queue_name: str
) -> None:
    count = 100
    got: list[int] = []
    failed: list[BaseException] = []
    channels = [connection.channel() for _each in range(4)]
    is_over = threading.Event()

    def write(channel: Any, start: int) -> None:
        for number in range(start, start + count):
            channel._put(queue_name, {"number": number, "filling": "x" * 20_000})

    def read(channel: Any) -> None:
        while not is_over.is_set() and len(got) < 2 * count:
            try:
                got.append(channel._get(queue_name)["number"])
            except Empty:
                continue
            except Exception as error:
                failed.append(error)
                return

    writers = [threading.Thread(target=write, args=(channels[at], at * count)) for at in (0, 1)]
    readers = [threading.Thread(target=read, args=(channel,)) for channel in channels[2:]]
    for thread in (*readers, *writers):
        thread.start()
    for thread in (*writers, *readers):
        thread.join(timeout=30)
    is_over.set()
    assert not failed
    assert sorted(got) == list(range(2 * count))
