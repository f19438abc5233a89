"""``manage.py demo``: fill an empty installation with a believable company."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from common.errors import DomainError
from org.services import sandbox_text
from salesgoals.demo.load import BUSINESSES, PASSWORD, SIGN_INS, load_company


class Command(BaseCommand):
    """Load a demo company with two years of facts up to today and a published plan."""

    help = "Fill an empty installation with a demo company and print how to sign in."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--company",
            choices=sorted(BUSINESSES),
            default="appliances",
            help="; ".join(f"{each.code}: {each.name}" for each in BUSINESSES.values()),
        )
        parser.add_argument("--seed", type=int, default=7, help="the same seed makes the same company")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            load_company(options["company"], seed=options["seed"], say=self.stdout.write)
        except DomainError as error:
            raise CommandError(str(error)) from error
        self.stdout.write("Sign in as:")
        for email, label, _who in SIGN_INS:
            self.stdout.write(f"  {label:<22} {email:<24} {PASSWORD}")
        self.stdout.write(f"API token of the sandbox (docs/api.md): {sandbox_text()}")
