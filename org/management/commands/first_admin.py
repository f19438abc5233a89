"""``manage.py first_admin``: the link by which an empty installation gets its first administrator."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from org.services.first_admin import first_admin_link


class Command(BaseCommand):
    """Print the link alone, good for a day and only while nobody has an account."""

    help = "Print the link to make the first administrator's account in the browser."

    def handle(self, *args: Any, **options: Any) -> None:
        link = first_admin_link()
        if link is None:
            raise CommandError("Somebody can sign in already; administrators invite others under Accounts.")
        self.stdout.write(link)
