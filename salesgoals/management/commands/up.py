"""``manage.py up``: the whole product on one machine, under one supervisor."""

from __future__ import annotations

import fcntl
import os
import socket
import sys
import urllib.error
import urllib.request
from typing import IO, Any

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from org.models import Company
from org.services.first_admin import first_admin_link
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
        _migrate()
        if not options["no_demo"] and not Company.objects.filter(is_set_up=True).exists():
            self.stdout.write("Making a demo company (once; --no-demo starts empty) …")
            call_command("demo", stdout=self.stdout)
        connection.close()  # the children open their own
        announce = _Announcement(port, self.stdout)
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


class _Announcement:
    """Says once, as soon as the first page can be had, where it is."""

    def __init__(self, port: int, out: Any) -> None:
        self.url = f"http://{HOST}:{port}"
        self.out = out
        self.is_made = False

    def when_ready(self) -> None:
        if self.is_made:
            return
        try:
            urllib.request.urlopen(f"{self.url}/healthz", timeout=1).close()  # noqa: S310  (our own address)
        except (urllib.error.URLError, OSError):
            return
        self.is_made = True
        self.out.write(f"\nSalesGoals is running at {self.url}  (Ctrl-C stops it)")
        if accounts := _demo_accounts():
            self.out.write("Sign in as:\n" + "\n".join(accounts))
            self.out.write(sandbox_words(self.url))
            connection.close()
        elif link := _first_admin_link(os.environ.get("SALESGOALS_URL", self.url)):
            self.out.write(
                f"Nobody can sign in yet. Make the first account here (good for a day):\n  {link}\n"
            )
        self.out.flush()


def _demo_accounts() -> list[str]:
    """The demo's accounts that are really there, a line each."""
    from salesgoals.demo.load import PASSWORD, SIGN_INS  # brings pandas along: not before the site is up

    emails = [email for email, _label, _number in SIGN_INS]
    users = get_user_model().objects.filter(email__in=emails, is_active=True)
    there = set(users.values_list("email", flat=True))
    connection.close()
    return [f"  {label:<22} {email:<24} {PASSWORD}" for email, label, _number in SIGN_INS if email in there]


def sandbox_words(site: str) -> str:
    """The demo's API token and a call to try it with; "" where there is none."""
    from org.services import sandbox_text

    text = sandbox_text()
    if text is None:
        return ""
    return (
        "Try the API with the sandbox's token (reads and writes this demo):\n"
        f"  curl {site}/api/v1/crm/opportunities?page_size=3 -H 'Authorization: Bearer {text}'\n"
    )


def _first_admin_link(site: str) -> str | None:
    """Where the first administrator makes an account; None once anybody has one."""
    link = first_admin_link(site.rstrip("/"))
    connection.close()
    return link


def children(port: int) -> list[Child]:
    """The processes of one installation: web server, worker, and beat with a worker of its own."""
    python = [sys.executable, "-m"]
    celery = [*python, "celery", "-q", "-A", "salesgoals"]
    worker = [*celery, "worker", "--pool", "threads", "--loglevel", "WARNING"]
    worker += ["--without-gossip", "--without-mingle", "--without-heartbeat"]
    env = {"SALESGOALS_BIND": f"{HOST}:{port}"}
    env["SALESGOALS_URL"] = os.environ.get("SALESGOALS_URL", f"http://{HOST}:{port}")
    # Background work yields to people; on one's own machine root may well be who starts it.
    quiet = env | {"PYTHONWARNINGS": "ignore:You're running the worker with superuser"}
    return [
        Child("web", [*python, "gunicorn", "-c", "python:salesgoals.gunicorn_conf"], env),
        Child("worker", [*worker, "-Q", "default", "-c", "4", "-n", "default@%h"], quiet, nice=5, delay=1.5),
        Child("ticks", [*worker, "-Q", "beat", "-c", "1", "-n", "ticks@%h"], quiet, nice=5, delay=1.5),
        Child("beat", [*celery, "beat", "--pidfile=", "--loglevel", "WARNING"], quiet, nice=5, delay=1.5),
    ]


def _migrate() -> None:
    """Bring the database up to date; when it is, find so in a third of the time `migrate` takes."""
    executor = MigrationExecutor(connection)
    if executor.migration_plan(executor.loader.graph.leaf_nodes()):
        call_command("migrate", interactive=False, verbosity=0)


def _refuse_taken_port(port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError as error:
            raise CommandError(f"Port {port} is taken; choose another with --port.") from error
