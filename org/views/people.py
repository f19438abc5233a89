"""Pages about people and where they are."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from common.errors import DomainError
from org.forms import (
    LeaveForm,
    PersonFilter,
    PersonForm,
    StayFormSet,
    TransferForm,
    stay_initial,
    unit_choices,
)
from org.http import (
    Column,
    PageRequest,
    form_errors,
    opens_as_saved,
    or_404,
    page_required,
    paginate,
    sort_asked,
    sortable,
)
from org.models import Person, Role, Unit
from org.policies import may_administer
from org.selectors import invitations_open, people_list, person_get, person_stays, unit_tree
from org.services import (
    assignment_transfer,
    assignments_set,
    invitation_create,
    person_leave,
    person_save,
)
from org.views.structure import SEEING

PEOPLE = (
    Column(gettext_lazy("Name"), "name"),
    Column(gettext_lazy("Now in")),
    Column(gettext_lazy("Title")),
    Column(gettext_lazy("Number"), "number"),
    Column(gettext_lazy("Sign-in"), hint=gettext_lazy("Whether this person has an account")),
)
STAYS = (
    Column(gettext_lazy("Unit")),
    Column(gettext_lazy("As")),
    Column(gettext_lazy("Share of credit"), is_num=True),
    Column(gettext_lazy("From")),
    Column(gettext_lazy("Until (first day no longer)")),
)


@page_required(*SEEING)
@opens_as_saved
def person_list(request: PageRequest) -> HttpResponse:
    """The visible people, searched and filtered."""
    scope = request.row_scope
    form = PersonFilter(request.GET, tree=unit_tree(scope=scope))
    order = sort_asked(request, PEOPLE, "name")
    page = paginate(request, people_list(scope=scope, order=order, **form.chosen()))
    context = {"form": form, "page": page, "may_administer": may_administer(scope), "today": scope.on}
    return render(request, "org/person_list.html", context | {"columns": sortable(request, PEOPLE, order)})


@page_required()
def person_detail(request: PageRequest, pk: int) -> HttpResponse:
    """One person: data, assignments, account; an administrator transfers, ends and invites here."""
    person = or_404(person_get(pk, scope=request.row_scope))
    return _person_page(request, person)


def _person_page(request: PageRequest, person: Person, **forms: Any) -> HttpResponse:
    scope = request.row_scope
    context: dict[str, Any] = {
        "person": person,
        "stays": person_stays(person),
        "columns": STAYS,
        "today": scope.on,
        "may_administer": may_administer(scope),
    }
    if may_administer(scope):
        context |= {
            "transfer_form": TransferForm(tree=unit_tree(scope=scope), initial={"on": scope.on}),
            "leave_form": LeaveForm(prefix="leave", initial={"on": scope.on}),
            "invitation": invitations_open(person=person).first(),
        }
    return render(request, "org/person_detail.html", context | forms)


@page_required(Role.ADMIN)
def person_create(request: PageRequest) -> HttpResponse:
    """A new person, who is in no unit yet."""
    return _person_form(request, None)


@page_required(Role.ADMIN)
def person_edit(request: PageRequest, pk: int) -> HttpResponse:
    """A person's own data."""
    return _person_form(request, or_404(person_get(pk, scope=request.row_scope)))


def _person_form(request: PageRequest, person: Person | None) -> HttpResponse:
    # The service changes the person it is given: the form gets a copy to write on.
    draft = Person(pk=person.pk) if person else Person()
    if person:
        draft.__dict__.update(person.__dict__)
    form = PersonForm(request.POST or None, instance=draft)
    if request.method == "POST" and form.is_valid():
        try:
            saved = person_save(person=person, actor=request.user, **form.cleaned_data)
        except DomainError as error:
            form_errors(form, error)
        else:
            messages.success(request, _("Saved."))
            return redirect("org:person_detail", saved.pk)
    title = _("Change %(name)s") % {"name": person.name} if person else _("New person")
    return render(request, "org/person_edit.html", {"form": form, "person": person, "title": title})


@require_POST
@page_required(Role.ADMIN)
def person_transfer(request: PageRequest, pk: int) -> HttpResponse:
    """Move a person from a day on; what was before stays."""
    person = or_404(person_get(pk, scope=request.row_scope))
    tree = unit_tree(scope=request.row_scope)
    form = TransferForm(request.POST, tree=tree)
    if form.is_valid():
        clean = form.cleaned_data
        try:
            assignment_transfer(
                person=person,
                unit=Unit.objects.get(pk=clean["unit"]),
                on=clean["on"],
                is_manager=clean["kind"] == "manager",
                reason=clean["reason"],
                actor=request.user,
            )
        except DomainError as error:
            form_errors(form, error)
        else:
            messages.success(request, _("Transferred. Figures follow within seconds."))
            return redirect("org:person_detail", pk)
    return _person_page(request, person, transfer_form=form)


@require_POST
@page_required(Role.ADMIN)
def person_leaves(request: PageRequest, pk: int) -> HttpResponse:
    """End a person's assignments and access from a day on."""
    person = or_404(person_get(pk, scope=request.row_scope))
    form = LeaveForm(request.POST, prefix="leave")
    if form.is_valid():
        try:
            clean = form.cleaned_data
            person_leave(person=person, on=clean["on"], reason=clean["reason"], actor=request.user)
        except DomainError as error:
            form_errors(form, error)
            person = or_404(person_get(pk, scope=request.row_scope))  # the service wrote on the first one
        else:
            messages.success(request, _("Saved."))
            return redirect("org:person_detail", pk)
    return _person_page(request, person, leave_form=form)


@page_required(Role.ADMIN)
def person_assignments(request: PageRequest, pk: int) -> HttpResponse:
    """All assignments of a person as a table, for shares, corrections and the past."""
    person = or_404(person_get(pk, scope=request.row_scope))
    units = unit_choices(unit_tree(scope=request.row_scope))
    initial = [stay_initial(each) for each in person_stays(person)]
    forms = StayFormSet(request.POST or None, initial=initial, form_kwargs={"units": units})
    refused = ""
    if request.method == "POST" and forms.is_valid():
        kept = [form for form in forms if form not in forms.deleted_forms and form.cleaned_data.get("unit")]
        try:
            assignments_set(person=person, stays=[form.stay() for form in kept], actor=request.user)
        except DomainError as error:
            refused = str(error)
        else:
            messages.success(request, _("Saved. Figures follow within seconds."))
            return redirect("org:person_detail", pk)
    context = {"person": person, "forms": forms, "refused": refused}
    return render(request, "org/person_assignments.html", context)


@require_POST
@page_required(Role.ADMIN)
def person_invite(request: PageRequest, pk: int) -> HttpResponse:
    """Invite a person to sign in; the page shows the link once."""
    person = or_404(person_get(pk, scope=request.row_scope))
    email = request.POST.get("email", "").strip() or person.email
    if not email:
        messages.error(request, _("Give an e-mail address first."))
        return redirect("org:person_detail", pk)
    _invitation, link = invitation_create(email=email, person=person, actor=request.user)
    return _person_page(request, person, link=link)
