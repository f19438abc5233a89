"""Pages about oneself: the name, and what one prefers; the account keeps it for every browser."""

from __future__ import annotations

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language, override
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST
from django.views.i18n import set_language

from common.errors import Invalid
from org.adapters import THEME_COOKIE, remember_preferences
from org.forms import PreferencesForm, ProfileForm
from org.http import PageRequest, page_required
from org.models import User
from org.services import preferences_save, profile_save

PREFERENCES = ("language", "theme", "density", "period", "has_shortcuts")


@page_required()
def profile(request: PageRequest) -> HttpResponse:
    """One's own name."""
    user = request.user
    initial = {"first_name": user.first_name, "last_name": user.last_name}
    form = ProfileForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        profile_save(user=user, **form.cleaned_data)
        messages.success(request, _("Saved."))
        return redirect("org:profile")
    return render(request, "org/form_page.html", {"form": form, "title": _("Your profile")})


@page_required()
def preferences(request: PageRequest) -> HttpResponse:
    """Theme, language, density, first period, shortcuts; the answer speaks the language just chosen."""
    user = request.user
    initial = {name: getattr(user, name) for name in PREFERENCES}
    initial["theme"] = user.theme or request.COOKIES.get(THEME_COOKIE)
    form = PreferencesForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        preferences_save(user=user, **form.cleaned_data)
        with override(user.language or get_language()):
            messages.success(request, _("Saved."))
        answer = redirect("org:preferences")
        answer.delete_cookie(settings.LANGUAGE_COOKIE_NAME)  # for "as the browser says"
        return remember_preferences(answer, user)
    return render(request, "org/preferences.html", {"form": form})


@require_POST
@page_required()
def theme_keep(request: PageRequest) -> HttpResponse:
    """Keep what the switch of the frame was set to; the page has changed already."""
    try:
        preferences_save(user=request.user, theme=request.POST.get("theme", ""))
    except Invalid:
        return HttpResponse(status=400)
    return HttpResponse(status=204)


@require_POST
def language_set(request: HttpRequest) -> HttpResponse:
    """Switch this browser's language, and the account's if somebody is signed in."""
    answer = set_language(request)
    if isinstance(request.user, User):
        try:
            preferences_save(user=request.user, language=request.POST.get("language", ""))
        except Invalid:
            return answer  # a language we don't speak: nothing was switched either
    return answer
