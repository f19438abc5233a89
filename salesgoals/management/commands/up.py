"""``manage.py up``: the whole product on one machine, under one supervisor."""

from __future__ import annotations

import fcntl
import os
import socket
import sys
import time
import urllib.error
import urllib.request
from typing import IO, Any

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connection

from org.models import Company
from salesgoals.supervisor import Child, Supervisor

HOST = "127.0.0.1"


class Command(BaseCommand):
    """Migrate, load the demo company into an empty installation, run web server, workers and beat."""

    help = "Run SalesGoals: web server, workers and scheduler. Ctrl-C stops all of them."
    requires_migrations_checks = False

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--port", type=int, default=8000)
        parser.add_argument("--no-demo", action="store_true", help="start with an empty company")

    def handle(self, *args: Any, **options: Any) -> None:
        port: int = options["port"]
        lock = self._lock()
        _refuse_taken_port(port)
        call_command("migrate", interactive=False, verbosity=0)
        if not options["no_demo"] and not Company.objects.filter(is_set_up=True).exists():
            self.stdout.write("Making a demo company (once; --no-demo starts empty) …")
            call_command("demo", stdout=self.stdout)
        sign_ins = self._sign_ins()
        connection.close()  # the children open their own
        announce = _Announcement(port, sign_ins, self.stdout)
        code = Supervisor(children(port), say=self.stdout.write, each_poll=announce.when_ready).run()
        self.stdout.write("SalesGoals has stopped.")
        lock.close()
        sys.exit(code)

    def _lock(self) -> IO[str]:
        """Hold ``up.lock`` of the data directory: two schedulers on one database would tick twice."""
        file = (settings.DATA_DIR / "up.lock").open("a")
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise CommandError(f"SalesGoals already runs on {settings.DATA_DIR}.") from error
        return file

    def _sign_ins(self) -> list[str]:
        """The demo's accounts that are really there, a line each."""
        from salesgoals.demo.load import PASSWORD, SIGN_INS  # brings pandas along: not before the web starts

        emails = [email for email, _label, _number in SIGN_INS]
        there = set(
            get_user_model().objects.filter(email__in=emails, is_active=True).values_list("email", flat=True)
        )
        return [
            f"  {label:<22} {email:<24} {PASSWORD}" for email, label, _number in SIGN_INS if email in there
        ]


class _Announcement:
    """Says once, as soon as the first page can be had, where it is."""

    def __init__(self, port: int, sign_ins: list[str], out: Any) -> None:
        self.url = f"http://{HOST}:{port}"
        self.sign_ins = sign_ins
        self.out = out
        self.is_made = False
        self.started_at = time.monotonic()

    def when_ready(self) -> None:
        if self.is_made:
            return
        try:
            urllib.request.urlopen(f"{self.url}/healthz", timeout=1).close()  # noqa: S310  (our own address)
        except (urllib.error.URLError, OSError):
            return
        self.is_made = True
        self.out.write(f"\nSalesGoals is running at {self.url}  (Ctrl-C stops it)")
        if self.sign_ins:
            self.out.write("Sign in as:\n" + "\n".join(self.sign_ins) + "\n")
        self.out.flush()


def children(port: int) -> list[Child]:
    """The processes of one installation: web server, worker, and beat with a worker of its own."""
    python = [sys.executable, "-m"]
    worker = [*python, "celery", "-A", "salesgoals", "worker", "--pool", "threads", "--loglevel", "WARNING"]
    worker += ["--without-gossip", "--without-mingle", "--without-heartbeat"]
    env = {"SALESGOALS_BIND": f"{HOST}:{port}"}
    env["SALESGOALS_URL"] = os.environ.get("SALESGOALS_URL", f"http://{HOST}:{port}")
    return [
        Child("web", [*python, "gunicorn", "-c", "python:salesgoals.gunicorn_conf"], env),
        Child("worker", [*worker, "-Q", "default", "-c", "4", "-n", "default@%h"], env, nice=5),
        Child("ticks", [*worker, "-Q", "beat", "-c", "1", "-n", "ticks@%h"], env, nice=5),
        Child(
            "beat",
            [*python, "celery", "-A", "salesgoals", "beat", "--pidfile=", "--loglevel", "WARNING"],
            env,
            nice=5,
        ),
    ]


def _refuse_taken_port(port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError as error:
            raise CommandError(f"Port {port} is taken; choose another with --port.") from error
