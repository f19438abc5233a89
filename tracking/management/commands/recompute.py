"""``manage.py recompute``: make every derived figure anew from the facts, with the code that keeps it up."""

from __future__ import annotations

import datetime as dt
import time
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from common.errors import DomainError
from metrics.services import recompute_actuals
from org.selectors import company_today
from tracking.services import refresh_snapshots


class Command(BaseCommand):
    """Recount the daily actuals and the snapshots of a date."""

    help = "Recount all daily actuals and make the snapshots of a date (default: today) anew."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--as-of", type=dt.date.fromisoformat, default=None, help="YYYY-MM-DD")

    def handle(self, *args: Any, **options: Any) -> None:
        as_of = options["as_of"] or company_today()
        started = time.monotonic()
        result = recompute_actuals()
        counted = time.monotonic()
        self.stdout.write(f"Daily actuals: {result} in {counted - started:.1f} s")
        try:
            rows = refresh_snapshots(as_of=as_of)
        except DomainError as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"Snapshots of {as_of}: {rows:,} rows in {time.monotonic() - counted:.1f} s")
