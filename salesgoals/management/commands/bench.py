"""``manage.py bench``: measure the product on generated facts, beside DuckDB, pandas and DRF, in one run.

It never touches the installation: facts go into a database made for the run and dropped after it.
``bench plan`` measures setting targets at full size.
``bench feed`` measures only how facts come in: bulk upsert and file import beside a bare copy and merge.
``bench fresh`` loads a demo company into such a database, starts the site on it, and measures single PUTs
and how soon they stand on the dashboard. ``bench browser`` measures the pages of a running demo company in
Chromium instead.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from io import StringIO
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connection

OWN_DATABASE = "SALESGOALS_BENCH_DATABASE"
KINDS = ("facts", "plan", "feed", "fresh", "browser")


class Command(BaseCommand):
    """Generate facts, measure, print the figures as JSON."""

    help = "Measure rebuild, snapshots, alerts, one deal, pages and bulk upsert on generated facts."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("what", nargs="?", choices=KINDS, default="facts")
        parser.add_argument("--rows", type=int, default=20_000, help="Rows of bulk upsert and file import.")
        parser.add_argument("--tries", type=int, default=40, help="Deals waited for on the dashboard.")
        parser.add_argument("--url", default=settings.SITE_URL, help="the running site, for the browser")
        parser.add_argument("--facts", type=int, default=1_000_000)
        parser.add_argument("--people", type=int, default=10_000)
        parser.add_argument("--team", type=int, default=10, help="People in a team.")
        parser.add_argument("--seed", type=int, default=1)
        parser.add_argument("--pages", action="store_true", help="Only the pages.")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["what"] == "browser":
            self._in_browser(options["url"])
            return
        if OWN_DATABASE not in os.environ:
            self._in_own_database(options)
            return
        call_command("migrate", verbosity=0)
        measure = {"plan": self._measure_plan, "feed": self._measure_feed, "fresh": self._measure_fresh}
        measure.get(options["what"], self._measure)(options)

    def _in_browser(self, url: str) -> None:
        from salesgoals.browser_bench import measure_browser

        if over := measure_browser(url, self._say):
            raise CommandError(f"over budget: {', '.join(over)}")

    def _in_own_database(self, options: dict[str, Any]) -> None:
        """Run this command again on an empty database beside the installation's."""
        with tempfile.TemporaryDirectory(prefix="salesgoals-bench-") as folder:
            env = os.environ | {OWN_DATABASE: "yes", "SALESGOALS_DATA_DIR": folder}
            name = f"salesgoals_bench_{os.getpid()}"
            is_postgres = connection.vendor == "postgresql"
            if is_postgres:
                env["DATABASE_URL"] = urlunsplit(
                    urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{name}")
                )
                with connection.cursor() as cursor:
                    cursor.execute(f'CREATE DATABASE "{name}"')
            numbers = ("facts", "people", "team", "seed", "rows", "tries")
            asked = [options["what"], *(f"--{key}={options[key]}" for key in numbers)]
            asked += ["--pages"] if options["pages"] else []
            try:
                subprocess.run(  # noqa: S603  (this very command)
                    [sys.executable, "manage.py", "bench", *asked],
                    cwd=settings.BASE_DIR,
                    env=env,
                    check=True,
                )
            finally:
                if is_postgres:
                    with connection.cursor() as cursor:
                        cursor.execute(f'DROP DATABASE "{name}"')

    def _measure_plan(self, options: dict[str, Any]) -> None:
        from bench.planning import measure_planning

        self._say("database", connection.vendor)
        self._say("planning", measure_planning(options["people"], options["team"], options["seed"]))

    def _measure(self, options: dict[str, Any]) -> None:
        # Imported here: the measurements need development packages that a server does not have.
        from bench.bulk_upsert import measure
        from bench.facts import generate
        from bench.pages import measure_deal, measure_pages
        from bench.rebuild import measure_rebuild
        from bench.tracking import (
            make_bench_plan,
            measure_alerts,
            measure_roll_up,
            measure_snapshots,
            measure_touched,
        )

        self._say("database", connection.vendor)
        generate(options["facts"], options["people"], options["seed"], options["team"])
        self._say("rebuild", measure_rebuild())
        make_bench_plan()
        self._say("snapshots", measure_snapshots())
        if options["pages"]:
            self._say("pages", measure_pages())
            return
        self._say("roll-up alone", measure_roll_up())
        self._say("touched snapshots", measure_touched())
        self._say("alerts", measure_alerts())
        self._say("one deal", measure_deal())
        self._say("pages", measure_pages())
        self._say("bulk upsert", measure(10_000))

    def _measure_feed(self, options: dict[str, Any]) -> None:
        from bench.feed import measure_feed

        self._say("database", connection.vendor)
        for name, told in measure_feed(options["rows"]):
            self._say(name, told)

    def _measure_fresh(self, options: dict[str, Any]) -> None:
        from bench.freshness import measure_put_in_process, measure_running

        self._say("database", connection.vendor)
        self._say("queue", "redis" if settings.REDIS_URL else "files")
        call_command("demo", stdout=StringIO())
        self._say("put in process", measure_put_in_process(300))
        connection.close()  # the site opens its own
        for name, told in measure_running(options["tries"], 300).items():
            self._say(name, told)

    def _say(self, name: str, told: Any) -> None:
        self.stdout.write(json.dumps({name: told}, default=str))
        self.stdout.flush()
