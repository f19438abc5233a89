"""The page on which who starts an empty installation makes the first account."""

from __future__ import annotations

from django.contrib.auth import login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache

from common.errors import DomainError
from org.forms import FirstAdminForm
from org.http import form_errors
from org.services.first_admin import first_admin_create, first_admin_is_open


@never_cache
def first_admin_page(request: HttpRequest, token: str) -> HttpResponse:
    """Name, address, password; then one is signed in and led on. 404 once anybody has an account."""
    if not first_admin_is_open(token):
        return render(request, "org/first_admin_gone.html", status=404)
    form = FirstAdminForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        asked = {name: form.cleaned_data[name] for name in ("name", "email", "password")}
        try:
            user = first_admin_create(token=token, **asked)
        except DomainError as error:
            form_errors(form, error)
        else:
            login(request, user)
            return redirect("dashboards:home")
    return render(request, "org/first_admin.html", {"form": form})
