"""How gunicorn serves SalesGoals, under `up` and in a container alike; variables may say otherwise."""

from __future__ import annotations

import contextlib
import os
from typing import Any

wsgi_app = "salesgoals.wsgi:application"
bind = os.environ.get("SALESGOALS_BIND", "127.0.0.1:8000")
worker_class = "gthread"  # threads wait for the database without holding a process each
workers = int(os.environ.get("WEB_CONCURRENCY", "2"))
threads = int(os.environ.get("SALESGOALS_THREADS", "8"))
preload_app = True  # imported once, shared by the workers
timeout = 120
graceful_timeout = 4
keepalive = 5
max_requests = 20_000
max_requests_jitter = 2_000
accesslog = None  # the request middleware logs, with the request id
loglevel = "warning"
control_socket_disable = True  # signals are enough, and a read-only container has no place for it


def worker_exit(server: Any, worker: Any) -> None:
    """What a worker has counted of the API's use is written before it goes."""
    from django.db import DatabaseError

    from org.services import usage_flush

    with contextlib.suppress(DatabaseError):
        usage_flush()
