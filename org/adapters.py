"""How allauth meets this company: accounts by invitation only, leavers stay out, preferences come along."""

from __future__ import annotations

from typing import Any, TypeVar

from allauth.account.adapter import DefaultAccountAdapter
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from org.models import User
from org.selectors import has_left

THEME_COOKIE = "salesgoals_theme"
Answer = TypeVar("Answer", bound=HttpResponse)


class AccountAdapter(DefaultAccountAdapter):
    """Closes self sign-up: an administrator invites, the link makes the account."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def pre_login(self, request: HttpRequest, user: User, **kwargs: Any) -> HttpResponse | None:
        """Send somebody who has left to the page that says the account is inactive."""
        if has_left(user):
            return redirect("account_inactive")
        answer: HttpResponse | None = super().pre_login(request, user, **kwargs)
        return answer

    def post_login(self, request: HttpRequest, user: User, **kwargs: Any) -> HttpResponse:
        """Carry the account's language and theme to this browser."""
        return remember_preferences(super().post_login(request, user, **kwargs), user)


def remember_preferences(answer: Answer, user: User) -> Answer:
    """Set the cookies by which pages choose language and theme, as the account says."""
    year = settings.LANGUAGE_COOKIE_AGE
    common: dict[str, Any] = {"max_age": year, "samesite": "Lax", "secure": settings.HTTPS}
    if user.language:
        answer.set_cookie(settings.LANGUAGE_COOKIE_NAME, user.language, **common)
    if user.theme:
        answer.set_cookie(THEME_COOKIE, user.theme, **common)
    return answer
