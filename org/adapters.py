"""How allauth meets this company: accounts come by invitation only."""

from __future__ import annotations

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest


class AccountAdapter(DefaultAccountAdapter):
    """Closes self sign-up: an administrator invites, the link makes the account."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False
