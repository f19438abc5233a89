"""Fixtures of the browser tests: the whole product started as `./run` does, and Debian's Chromium."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

ROOT = Path(__file__).resolve().parents[2]
START_SECONDS = 240
PHONE = {"width": 390, "height": 844}


def _need(there: object, what: str) -> None:
    """Skip where ``what`` is missing; in CI (SALESGOALS_E2E=required) that is a failure."""
    if there:
        return
    if os.environ.get("SALESGOALS_E2E") == "required":
        pytest.fail(f"browser tests must run here, but {what} is missing")
    pytest.skip(f"{what} is missing")


def free_port() -> int:
    """A port nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


def clean_env(data_dir: Path) -> dict[str, str]:
    """The environment of an installation of its own: SQLite and file queue in ``data_dir``, quiet logs."""
    ours = ("SALESGOALS_", "DJANGO_", "DATABASE_URL", "REDIS_URL")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
    return kept | {"SALESGOALS_DATA_DIR": str(data_dir), "SALESGOALS_LOG_LEVEL": "WARNING"}


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a running installation with the demo company, its own data, worker and beat.

    SALESGOALS_E2E_URL names one that runs already.
    """
    if running := os.environ.get("SALESGOALS_E2E_URL"):
        yield running
        return
    data_dir = tmp_path_factory.mktemp("site")
    port = free_port()
    # A source that a test plays itself is on this machine.
    networks = {"SALESGOALS_CONNECTOR_NETWORKS": "127.0.0.0/8"}
    env = clean_env(data_dir) | {"SALESGOALS_STATIC_ROOT": str(data_dir / "static")} | networks
    log = (data_dir / "up.log").open("wb")
    process = subprocess.Popen(
        [sys.executable, "manage.py", "up", "--port", str(port)], cwd=ROOT, env=env, stdout=log, stderr=log
    )
    address = f"http://127.0.0.1:{port}"
    try:
        wait_for_page(f"{address}/healthz", process, data_dir / "up.log")
        yield address
    finally:
        process.terminate()
        process.wait(timeout=20)


def wait_for_page(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    """Return when ``url`` answers; fail with the log's end if the process ends or takes too long."""
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        try:
            urllib.request.urlopen(url, timeout=2).close()
        except (urllib.error.URLError, OSError):
            time.sleep(0.05)
        else:
            return
    pytest.fail(f"the site did not start:\n{log.read_text()[-4000:]}")


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """Debian's Chromium, headless."""
    path = shutil.which("chromium") or shutil.which("chromium-browser")
    _need(path, "chromium")
    _need((ROOT / "node_modules/@tabler/core").is_dir(), "node_modules")
    from playwright.sync_api import sync_playwright

    # Playwright runs an event loop in this thread, where Django would else refuse its database.
    with sync_playwright() as playwright, pytest.MonkeyPatch.context() as patch:
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def page(chromium: Browser, site: str) -> Iterator[Page]:
    """A fresh page at desktop size; the test fails if the page's console tells an error."""
    context = chromium.new_context(base_url=site, viewport={"width": 1280, "height": 900}, locale="en-GB")
    page = context.new_page()
    page.set_default_timeout(30_000)
    told: list[str] = []
    page.on("pageerror", lambda error: told.append(str(error)))
    page.on("console", lambda message: told.append(message.text) if message.type == "error" else None)
    yield page
    context.close()
    # Chromium and htmx report an answer of 4xx as an error too; a test that asks for one means it.
    assert [text for text in told if "status of 4" not in text and "Error Code 4" not in text] == []


@pytest.fixture
def page_as(page: Page) -> Callable[[str], Page]:
    """Call with a demo account (rep, manager, director, finance, admin) to get its page, signed in."""
    from salesgoals.demo.load import PASSWORD

    def sign_in(name: str) -> Page:
        page.goto("/accounts/login/")
        page.get_by_label("Email").fill(f"{name}@demo.example")
        page.get_by_label("Password").fill(PASSWORD)
        page.locator("main form button[type=submit]").click()
        page.wait_for_url(lambda url: "/accounts/login" not in url)
        return page

    return sign_in
