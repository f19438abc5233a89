"""The settings under pytest: the product's own, on a throw-away data directory, with cheap passwords."""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile

_data_dir = tempfile.mkdtemp(prefix="salesgoals-test-")
atexit.register(shutil.rmtree, _data_dir, ignore_errors=True)
os.environ["SALESGOALS_DATA_DIR"] = _data_dir
os.environ["SALESGOALS_STATIC_ROOT"] = os.path.join(
    _data_dir, "static"
)  # never the collected files of a checkout
os.environ.setdefault("SALESGOALS_LOG_LEVEL", "ERROR")

_worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
if os.environ.get("REDIS_URL"):
    # A database of its own for each pytest process: the cache is emptied before every test.
    _server, _, _number = os.environ["REDIS_URL"].rpartition("/")
    os.environ["REDIS_URL"] = f"{_server}/{int(_number) - _worker}"

from salesgoals.settings import *  # noqa: E402, F403
from salesgoals.settings import DATABASES  # noqa: E402

API_USAGE_SECONDS = 0.0  # no thread of its own writes into a test's database
ALLOWED_HOSTS = ["testserver", "localhost", "127.0.0.1"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    # A file as in the product, not Django's memory: threads and locks behave as they will.
    DATABASES["default"]["TEST"] = {"NAME": os.path.join(_data_dir, "test.sqlite3")}
