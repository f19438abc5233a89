"""``manage.py load_crm``: load CRM files and print what was read, mended and refused."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from common.errors import DomainError
from crm.http import wake_refresh
from crm.services.imports import FORMATS, import_run


class Command(BaseCommand):
    """Load a folder or file of CRM records; loading it again changes nothing."""

    help = "Load CRM files (a folder or a single CSV file) and print a report."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "path", type=Path, help="a folder of CSV files, or one file named after a resource"
        )
        parser.add_argument("--format", choices=sorted(FORMATS), default="generic")
        parser.add_argument("--source", default="", help="the name of the system they come from")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            job = import_run(path=options["path"], format=options["format"], source=options["source"])
        except DomainError as error:
            raise CommandError(str(error)) from error
        wake_refresh()
        self._tell(job.report)
        if job.report["refused"]:
            raise CommandError(f"{job.report['refused']} records were refused; the others are loaded.")

    def _tell(self, report: dict[str, Any]) -> None:
        for resource, counts in report["counts"].items():
            told = ", ".join(f"{count:,} {status}" for status, count in sorted(counts.items()))
            self.stdout.write(f"{resource:<14} {told}")
        for title, listed in (("Mended", report["mends"]), ("Noticed", report["notes"])):
            for what, count in sorted(listed.items()):
                self.stdout.write(f"{title}: {what}{f' ({count:,} times)' if count > 1 else ''}")
        for error in report["errors"][:20]:
            place = f"{error['resource']} {error['external_id']}, {error['field']}"
            self.stderr.write(f"Refused: {place}: {error['message']}")
        won = report["won"]
        self.stdout.write(f"Won: {won['count']:,} deals, {won['total']} {won['currency']}")
        for region, amount in won["by_region"].items():
            self.stdout.write(f"  {region:<12} {amount}")
