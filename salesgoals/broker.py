"""The queue in files: kombu's own, but a message or a table appears whole or not at all.

Kombu's writer creates a file and fills it afterwards. A worker that looks between the two takes an empty
file for a message and ends with a JSONDecodeError; the message is gone with it. Here everything is written
under a name that nobody looks for, and gets its own when it is complete.
"""

from __future__ import annotations

import contextlib
import os
import uuid
from pathlib import Path
from time import monotonic
from typing import Any

from kombu.exceptions import ChannelError
from kombu.transport import filesystem
from kombu.utils.json import dumps

_UNFINISHED = ".part"


class Channel(filesystem.Channel):
    """Kombu's channel with complete files."""

    def _put(self, queue: str, payload: Any, **kwargs: Any) -> None:  # type: ignore[override]
        """Put a message onto a queue. Raises ChannelError when it can't be written."""
        name = f"{round(monotonic() * 1000)}_{uuid.uuid4()}.{queue}.msg"
        try:
            text = dumps(payload)  # type: ignore[no-untyped-call]
            _write(Path(self.data_folder_out, name), text, os.replace)
        except OSError as error:
            raise ChannelError(f"Cannot add {name!r} to the queue") from error

    def _queue_bind(self, exchange: str, routing_key: str, pattern: str, queue: str) -> None:
        """Note a queue in its exchange's table, which is there, and empty, before anybody writes into it."""
        table = Path(self._exchange_file(exchange))  # type: ignore[no-untyped-call]
        table.parent.mkdir(exist_ok=True)
        if not table.exists():
            with contextlib.suppress(FileExistsError):  # another was first: a link never replaces
                _write(table, "[]", os.link)
        super()._queue_bind(exchange, routing_key, pattern, queue)  # type: ignore[no-untyped-call]


class Transport(filesystem.Transport):
    """The file queue as ``CELERY_BROKER_TRANSPORT`` names it."""

    Channel = Channel


def _write(path: Path, text: str, publish: Any) -> None:
    """Write a file beside its place and put it there by ``publish``; nothing stays where that fails."""
    unfinished = path.with_name(f"{path.name}.{uuid.uuid4().hex}{_UNFINISHED}")
    try:
        unfinished.write_bytes(text.encode())
        publish(unfinished, path)
    finally:
        unfinished.unlink(missing_ok=True)
