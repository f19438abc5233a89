"""How soon a deal sent by the API stands on the dashboard, and how long the sending takes.

All of it is real: the demo company, the processes of ``manage.py up``, HTTP over the loopback, the outbox,
the queue, the worker, the snapshots. From the answer to the PUT until the home page of the executive shows
another figure; the page is asked again and again, so its own time is part of the figure.
"""

from __future__ import annotations

import http.client
import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from django.conf import settings
from django.test import Client

from crm.models import Opportunity
from org.models import User
from org.selectors import company_today
from org.services import sandbox_text

BACKEND = "allauth.account.auth_backends.AuthenticationBackend"
_KPI = re.compile(r'class="kpi-value[^"]*"[^>]*title="([^"]*)"')
_PATIENCE_S = 60.0
_START_S = 60.0
WARM_UP = 20
Put = Callable[[str, dict[str, Any]], int]


def spread(seconds: Sequence[float]) -> dict[str, Any]:
    """Median, 95th percentile and longest in milliseconds, with the machine's load beside them."""
    taken = sorted(seconds)
    return {
        "tries": len(taken),
        "p50_ms": round(taken[len(taken) // 2] * 1000, 1),
        "p95_ms": round(taken[min(len(taken) - 1, len(taken) * 95 // 100)] * 1000, 1),
        "longest_ms": round(taken[-1] * 1000, 1),
        "load": round(os.getloadavg()[0], 2),
    }


def measure_put_in_process(tries: int) -> dict[str, Any]:
    """A PUT through all of the site's code without a server."""
    client = Client(SERVER_NAME="localhost", headers=_headers())

    def put(path: str, body: dict[str, Any]) -> int:
        return client.put(path, json.dumps(body), content_type="application/json").status_code

    return spread(_puts(put, tries))


def measure_running(tries: int, puts: int) -> dict[str, Any]:
    """PUTs over HTTP one by one, then how soon the dashboard shows one; starts and stops the site."""
    with site() as port:
        web = http.client.HTTPConnection("127.0.0.1", port, timeout=60)

        def put(path: str, body: dict[str, Any]) -> int:
            return _ask(
                web, "PUT", path, json.dumps(body), _headers() | {"Content-Type": "application/json"}
            )[0]

        figures = {"put over HTTP": spread(_puts(put, puts))}
        time.sleep(10)  # what those left to count is counted
        web.close()  # the server has long hung up; the next request opens it anew
        figures["dashboard after the answer"] = spread(list(_until_shown(web, put, tries)))
    return figures


@contextmanager
def site() -> Iterator[int]:
    """``manage.py up`` on a free port, until its first page can be had; stopped afterwards."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    command = [sys.executable, "manage.py", "up", "--port", str(port)]
    up = subprocess.Popen(command, cwd=settings.BASE_DIR, start_new_session=True, stdout=subprocess.DEVNULL)
    try:
        until = time.monotonic() + _START_S
        while not _is_up(port):
            assert up.poll() is None, "the site did not start"
            assert time.monotonic() < until, "the site did not start in time"
            time.sleep(0.2)
        time.sleep(5)  # the workers come up a moment later
        yield port
    finally:
        up.send_signal(signal.SIGINT)
        up.wait(30)


def _is_up(port: int) -> bool:
    try:
        return _ask(http.client.HTTPConnection("127.0.0.1", port, timeout=2), "GET", "/healthz")[0] == 200
    except OSError:
        return False


def _headers() -> dict[str, str]:
    return {"Authorization": f"Bearer {sandbox_text()}"}


def _ask(web: http.client.HTTPConnection, method: str, path: str, body: str = "", headers: Any = None) -> Any:
    """Status and text of an answer."""
    web.request(method, path, body or None, headers or {})
    answer = web.getresponse()
    return answer.status, answer.read().decode()


def _deal(at: int, owner: str) -> dict[str, Any]:
    today = company_today().isoformat()
    name = f"Measured {at}"
    return {"name": name, "stage": "won", "amount": f"{1000 + at}.00", "closed_on": today, "owner": owner}


def _owner() -> str:
    """Somebody who sells, as the last won deal says."""
    deal = Opportunity.objects.filter(outcome="won").select_related("owner").latest("closed_on", "pk")
    return deal.owner.employee_number


def _puts(put: Put, tries: int) -> list[float]:
    """Seconds of single PUTs, half of them new deals, half of them changed ones."""
    owner, taken = _owner(), []
    for at in range(tries + WARM_UP):
        start = time.perf_counter()
        status = put(f"/api/v1/crm/opportunities/bench/p-{at // 2}", _deal(at, owner))
        taken.append(time.perf_counter() - start)
        assert status in (200, 201), status
    return taken[WARM_UP:]


def _until_shown(web: http.client.HTTPConnection, put: Put, tries: int) -> Iterator[float]:
    """Seconds from the answer to each PUT until the executive's home page shows another figure."""
    browser = Client()
    browser.force_login(User.objects.get(email="director@demo.example"), BACKEND)
    cookie = {
        "Cookie": f"{settings.SESSION_COOKIE_NAME}={browser.cookies[settings.SESSION_COOKIE_NAME].value}"
    }
    owner = _owner()

    def shown() -> str:
        status, page = _ask(web, "GET", "/", headers=cookie)
        assert status == 200, status
        return _KPI.search(page)[1]  # type: ignore[index]

    for at in range(tries):
        before = shown()
        assert put(f"/api/v1/crm/opportunities/bench/f-{at}", _deal(at, owner)) == 201
        start = time.perf_counter()
        while shown() == before:
            assert time.perf_counter() - start < _PATIENCE_S, "the figure never came"
        yield time.perf_counter() - start
        time.sleep(0.3 + at % 7 / 10)  # not in step with the sweeps
