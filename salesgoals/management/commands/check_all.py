"""``./run check``: everything that can be judged without running the product."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

_PYTHON = [sys.executable, "-m"]
_MANAGE = [sys.executable, "manage.py"]
# As a real installation behind HTTPS would be set.
_DEPLOYED = {
    "SALESGOALS_URL": "https://sales.example.com",
    "SALESGOALS_SECRET_KEY": "only-for-this-check-" + "k9Zp4" * 10,
}
CHECKS: dict[str, tuple[list[str], dict[str, str]]] = {
    "format": ([*_PYTHON, "ruff", "format", "--check", "."], {}),
    "lint": ([*_PYTHON, "ruff", "check", "."], {}),
    "types": ([*_PYTHON, "mypy", "."], {}),
    "layers": ([str(Path(sys.executable).with_name("lint-imports"))], {}),
    "templates": ([*_PYTHON, "djlint", "--lint", "--quiet", "."], {}),
    "deployment": ([*_MANAGE, "check", "--deploy", "--fail-level", "WARNING"], _DEPLOYED),
    "migrations": ([*_MANAGE, "makemigrations", "--check", "--dry-run"], {}),
    "translations": ([*_MANAGE, "translations", "--check"], {}),
}


class Command(BaseCommand):
    """Run every check, even after one has failed, and say at the end which did."""

    help = "Check format, lint, types, layers, templates, deployment, migrations and translations."
    requires_system_checks = ()

    def handle(self, *args: Any, **options: Any) -> None:
        failed = []
        for name, (argv, env) in CHECKS.items():
            self.stdout.write(f"== {name}")
            self.stdout.flush()
            if subprocess.run(argv, cwd=settings.BASE_DIR, env={**os.environ, **env}).returncode:  # noqa: S603
                failed.append(name)
        if failed:
            raise CommandError(f"failed: {', '.join(failed)}")
        self.stdout.write("All checks passed.")
