"""``manage.py create_token USER --scopes a,b``: an API token, printed once."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db.models import Q
from django.utils import timezone

from common.errors import DomainError
from org.models import User
from org.services import token_create


class Command(BaseCommand):
    """Make a token; its plain text stands alone on the last line and is stored nowhere."""

    help = "Create an API token for a user; the last line printed is the token."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("user", help="e-mail address or username")
        parser.add_argument(
            "--scopes", required=True, help="comma-separated, such as crm:write,tracking:read or *"
        )
        parser.add_argument("--name", default="command line")
        parser.add_argument("--days", type=int, default=None, help="expires after so many days")

    def handle(self, *args: Any, **options: Any) -> None:
        wanted = options["user"]
        user = User.objects.filter(Q(email__iexact=wanted) | Q(username=wanted)).first()
        if user is None:
            raise CommandError(f"There is no user {wanted}.")
        days = options["days"]
        expires_at = timezone.now() + dt.timedelta(days=days) if days else None
        try:
            token, plain = token_create(
                user=user,
                name=options["name"],
                scopes=options["scopes"].split(","),
                expires_at=expires_at,
                actor=None,
            )
        except DomainError as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"Token “{token.name}” of {user.email}: {', '.join(token.scopes)}")
        self.stdout.write(plain)
