"""Pages about accounts: roles, invitations, the audit log."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from common.errors import DomainError
from org.forms import AcceptForm, AccountForm, AuditFilter, InvitationForm
from org.http import (
    Column,
    PageRequest,
    form_errors,
    opens_as_saved,
    page_required,
    paginate,
    sort_asked,
    sortable,
)
from org.models import Invitation, Role, User
from org.selectors import audit_list, invitations_open, user_list
from org.services import (
    invitation_accept,
    invitation_create,
    invitation_open,
    invitation_revoke,
    user_activate,
    user_deactivate,
    user_rights_set,
)

ACCOUNTS = (
    Column(gettext_lazy("E-mail"), "email"),
    Column(gettext_lazy("Person")),
    Column(gettext_lazy("Company-wide roles")),
    Column(gettext_lazy("Last sign-in"), "seen"),
    Column(gettext_lazy("Actions"), is_hidden=True),
)
INVITATIONS = (
    Column(gettext_lazy("E-mail")),
    Column(gettext_lazy("Person")),
    Column(gettext_lazy("Sent")),
    Column(gettext_lazy("Good until")),
    Column(gettext_lazy("Actions"), is_hidden=True),
)
AUDIT = (
    Column(gettext_lazy("When")),
    Column(gettext_lazy("Who")),
    Column(gettext_lazy("What")),
    Column(gettext_lazy("About")),
    Column(gettext_lazy("Change")),
)


@page_required(Role.ADMIN)
def account_list(request: PageRequest) -> HttpResponse:
    """Accounts with their roles, and open invitations; inviting shows the link once."""
    form, link = InvitationForm(request.POST or None), ""
    if request.method == "POST" and form.is_valid():
        try:
            _invitation, link = invitation_create(**form.cleaned_data, actor=request.user)
        except DomainError as error:
            form_errors(form, error)
        else:
            form = InvitationForm()
    order = sort_asked(request, ACCOUNTS, "email")
    context = {"page": paginate(request, user_list(order=order)), "form": form, "link": link}
    context |= {"columns": sortable(request, ACCOUNTS, order)}
    context |= {"invitations": invitations_open(), "invitation_columns": INVITATIONS}
    return render(request, "org/account_list.html", context)


@page_required(Role.ADMIN)
def account_edit(request: PageRequest, pk: int) -> HttpResponse:
    """Company-wide roles of an account and the person it is."""
    account = get_object_or_404(User.objects.select_related("person"), pk=pk)
    had = [grant.role for grant in account.role_grants.order_by("role")]
    person = getattr(account, "person", None)
    initial = {"roles": had, "employee_number": person.employee_number if person else ""}
    form = AccountForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        clean = form.cleaned_data
        try:
            user_rights_set(
                user=account, roles=clean["roles"], person=clean["employee_number"], actor=request.user
            )
        except DomainError as error:
            form_errors(form, error)
        else:
            messages.success(request, _("Saved."))
            return redirect("org:account_list")
    return render(request, "org/account_edit.html", {"form": form, "account": account})


@require_POST
@page_required(Role.ADMIN)
def account_switch(request: PageRequest, pk: int) -> HttpResponse:
    """Shut an account out, or let it in again."""
    account = get_object_or_404(User, pk=pk)
    if account.is_active:
        user_deactivate(user=account, actor=request.user)
    else:
        user_activate(user=account, actor=request.user)
    messages.success(request, _("Saved."))
    return redirect("org:account_list")


@require_POST
@page_required(Role.ADMIN)
def invitation_end(request: PageRequest, pk: int) -> HttpResponse:
    """Make an invitation's link useless."""
    invitation_revoke(invitation=get_object_or_404(Invitation, pk=pk), actor=request.user)
    messages.success(request, _("The invitation is revoked."))
    return redirect("org:account_list")


@never_cache
def invitation_page(request: HttpRequest, token: str) -> HttpResponse:
    """Where the link of an invitation leads: name, password, done; signing in is the next step."""
    invitation = invitation_open(token)
    if invitation is None:
        return render(request, "org/invitation_gone.html", status=404)
    form = AcceptForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        clean = form.cleaned_data
        try:
            invitation_accept(token=token, name=clean["name"], password=clean["password"])
        except DomainError as error:
            form_errors(form, error)
        else:
            messages.success(request, _("Your account is ready. Sign in with your e-mail address."))
            return redirect("account_login")
    return render(request, "org/invitation_accept.html", {"form": form, "invitation": invitation})


@page_required(Role.ADMIN)
@opens_as_saved
def audit_page(request: PageRequest) -> HttpResponse:
    """Who changed what when, newest first."""
    form = AuditFilter(request.GET)
    clean = form.cleaned_data if form.is_valid() else {}
    entries = audit_list(
        action=clean.get("action", ""), actor=clean.get("actor"), subject=clean.get("subject", "")
    )
    context = {"form": form, "page": paginate(request, entries), "columns": AUDIT}
    return render(request, "org/audit_list.html", context)
