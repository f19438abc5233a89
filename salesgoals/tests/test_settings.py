"""Safe when nothing is set: each case reads the settings in a process of its own."""

from __future__ import annotations

import json
import os
import re
import stat
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from salesgoals.secret_key import secret_key_of

ROOT = Path(__file__).resolve().parents[2]
ASK = """
import json, sys
from salesgoals import settings
print(json.dumps({name: getattr(settings, name, None) for name in sys.argv[1].split(",")}, default=str))
"""


def settings_under(data_dir: Path, *names: str, **env: str) -> dict[str, Any]:
    """The named settings as a fresh process sees them with only ``env`` set."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    done = subprocess.run(
        [sys.executable, "-c", ASK, ",".join(names)],
        env=kept
        | {"SALESGOALS_DATA_DIR": str(data_dir), "SALESGOALS_STATIC_ROOT": str(data_dir / "s")}
        | env,
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    return json.loads(done.stdout)


def test_defaults_are_closed(tmp_path):
    got = settings_under(
        tmp_path, "DEBUG", "ALLOWED_HOSTS", "DATABASES", "CELERY_BROKER_URL", "CORS_ALLOW_ALL"
    )
    assert got["DEBUG"] is False
    assert "*" not in got["ALLOWED_HOSTS"]
    assert got["DATABASES"]["default"]["ENGINE"].endswith("sqlite3")
    assert got["DATABASES"]["default"]["OPTIONS"]["transaction_mode"] == "IMMEDIATE"
    assert got["CELERY_BROKER_URL"].startswith("filesystem://")


def test_secret_key_is_made_once_kept_privately_and_outside_git(tmp_path):
    first = settings_under(tmp_path, "SECRET_KEY")["SECRET_KEY"]
    again = settings_under(tmp_path, "SECRET_KEY")["SECRET_KEY"]
    other = settings_under(tmp_path / "other", "SECRET_KEY")["SECRET_KEY"]
    assert first == again != other
    assert len(first) >= 50
    assert stat.S_IMODE((tmp_path / "secret-key").stat().st_mode) == 0o600
    ignored = subprocess.run(["git", "check-ignore", "-q", "var/secret-key"], cwd=ROOT, check=False)
    assert ignored.returncode in (0, 128)  # 128: not a git checkout


def test_processes_starting_together_agree_on_the_secret_key(tmp_path):
    with ThreadPoolExecutor(16) as pool:
        keys = set(pool.map(lambda _number: secret_key_of(tmp_path / "new"), range(16)))
    assert len(keys) == 1
    assert [path.name for path in (tmp_path / "new").iterdir()] == ["secret-key"]


HTTPS_NAMES = (
    "SESSION_COOKIE_SECURE",
    "CSRF_COOKIE_SECURE",
    "LANGUAGE_COOKIE_SECURE",
    "SECURE_SSL_REDIRECT",
    "SECURE_HSTS_INCLUDE_SUBDOMAINS",
)


@pytest.mark.parametrize(
    ("case", "env", "on"),
    [
        ("nothing said", {}, False),
        ("the address is https", {"SALESGOALS_URL": "https://sales.example.com"}, True),
        ("said so", {"SALESGOALS_HTTPS": "true"}, True),
    ],
)
def test_https_secures_cookies_redirects_and_sends_hsts(tmp_path, case, env, on):
    got = settings_under(tmp_path, *HTTPS_NAMES, "SECURE_HSTS_SECONDS", **env)
    assert {got[name] for name in HTTPS_NAMES} == {on}
    assert (got["SECURE_HSTS_SECONDS"] >= 31_536_000) is on


def test_site_address_is_allowed_and_trusted(tmp_path):
    got = settings_under(
        tmp_path, "ALLOWED_HOSTS", "CSRF_TRUSTED_ORIGINS", SALESGOALS_URL="https://sales.example.com/"
    )
    assert "sales.example.com" in got["ALLOWED_HOSTS"]
    assert got["CSRF_TRUSTED_ORIGINS"] == ["https://sales.example.com"]


def test_urls_switch_database_broker_and_cache(tmp_path):
    got = settings_under(
        tmp_path,
        "DATABASES",
        "CELERY_BROKER_URL",
        "CACHES",
        DATABASE_URL="postgres://u:p@db.example:5432/sales",
        REDIS_URL="redis://cache.example:6379/2",
    )
    assert got["DATABASES"]["default"]["ENGINE"] == "django.db.backends.postgresql"
    assert got["DATABASES"]["default"]["HOST"] == "db.example"
    assert got["CELERY_BROKER_URL"] == "redis://cache.example:6379/2"
    assert got["CACHES"]["default"]["BACKEND"].endswith("RedisCache")


def test_ticks_have_their_own_queue_and_expire(settings):
    for entry in settings.CELERY_BEAT_SCHEDULE.values():
        assert entry["options"]["queue"] == "beat" != settings.CELERY_TASK_DEFAULT_QUEUE
        assert entry["options"]["expires"] > 0


def test_every_requirement_is_pinned_exactly():
    for name in ("requirements.txt", "requirements-dev.txt"):
        lines = [line.split("#")[0].strip() for line in (ROOT / name).read_text().splitlines()]
        loose = [line for line in lines if line and "==" not in line and not line.startswith("-r ")]
        assert loose == []


def test_every_variable_is_in_the_deployment_guide():
    guide = (ROOT / "docs" / "deploy.md").read_text()
    sources = [ROOT / "salesgoals" / name for name in ("settings.py", "gunicorn_conf.py")]
    read = {name for path in sources for name in re.findall(r'"(SALESGOALS_[A-Z_]+)"', path.read_text())}
    assert len(read) > 15
    untold = {name for name in read if f"`{name}`" not in guide}
    assert untold == set()


LOG = """
import logging, structlog
from salesgoals.logs import logging_config
logging_config(level="INFO", style="json")
structlog.contextvars.bind_contextvars(request_id="find-me-42")
logging.getLogger("some.library").warning("disk at %d %%", 91)
structlog.get_logger("ours").info("counted", rows=3)
try:
    1 / 0
except ZeroDivisionError:
    logging.getLogger("some.library").exception("broke")
"""


def test_logs_are_one_json_object_a_line_with_the_request_id():
    done = subprocess.run([sys.executable, "-c", LOG], cwd=ROOT, capture_output=True, text=True, check=True)
    library, ours, broke = (json.loads(line) for line in done.stderr.splitlines())
    assert {line["request_id"] for line in (library, ours, broke)} == {"find-me-42"}
    assert (library["event"], library["level"], library["logger"]) == (
        "disk at 91 %",
        "warning",
        "some.library",
    )
    assert (ours["event"], ours["rows"]) == ("counted", 3)
    assert "ZeroDivisionError" in broke["exception"]


def test_every_tick_names_a_task_that_exists(settings):
    from salesgoals.celery import app

    app.loader.import_default_modules()
    assert {entry["task"] for entry in settings.CELERY_BEAT_SCHEDULE.values()} <= set(app.tasks)
