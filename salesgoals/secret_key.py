"""The secret key: made once, kept outside git, readable by its owner alone."""

from __future__ import annotations

import os
import secrets
from pathlib import Path


def secret_key_of(data_dir: Path) -> str:
    """Return the key kept in ``data_dir/secret-key``, making it on first use.

    The file appears whole or not at all (written aside, then linked), so that the web server, the worker and
    beat starting at the same moment agree on one key.
    """
    path = data_dir / "secret-key"
    if not path.exists():
        data_dir.mkdir(parents=True, exist_ok=True)
        draft = data_dir / f"secret-key.{os.getpid()}.{secrets.token_hex(4)}"
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(secrets.token_urlsafe(64))
        try:
            os.link(draft, path)
        except FileExistsError:
            pass  # another process was quicker: its key is the key
        finally:
            draft.unlink()
    return path.read_text().strip()
