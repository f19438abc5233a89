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

from salesgoals.settings import *  # noqa: E402, F403

ALLOWED_HOSTS = ["testserver", "localhost", "127.0.0.1"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
