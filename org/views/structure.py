"""Pages about the company, its calendar and its units."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy
from django.views.decorators.http import require_POST

from common.errors import DomainError
from org.forms import CalendarDayForm, CompanyForm, UnitForm
from org.http import Column, PageRequest, form_errors, or_404, page_required
from org.models import CalendarDay, Role, Unit
from org.policies import may_administer
from org.selectors import company_get, unit_get, unit_root, unit_tree
from org.services import calendar_day_delete, calendar_day_set, company_save, unit_close, unit_save

SEEING = (Role.MANAGER, Role.EXECUTIVE, Role.FINANCE, Role.ADMIN)
UNITS = (
    Column(gettext_lazy("Unit")),
    Column(gettext_lazy("People"), is_num=True, hint=gettext_lazy("In this very unit today")),
    Column(gettext_lazy("Kind")),
    Column(gettext_lazy("Actions"), is_hidden=True),
)
DAYS = (
    Column(gettext_lazy("Day")),
    Column(gettext_lazy("What it is")),
    Column(pgettext_lazy("of a row", "Name")),
    Column(gettext_lazy("Actions"), is_hidden=True),
)


@page_required(*SEEING)
def unit_list(request: PageRequest) -> HttpResponse:
    """The tree of the visible units."""
    rows = unit_tree(scope=request.row_scope)
    may = may_administer(request.row_scope)
    columns = UNITS if may else UNITS[:-1]
    return render(request, "org/unit_list.html", {"rows": rows, "may_administer": may, "columns": columns})


@page_required(Role.ADMIN)
def unit_create(request: PageRequest) -> HttpResponse:
    """A new unit, below the one that ``?parent=`` names."""
    parent = request.GET.get("parent", "")
    return _unit_form(request, None, {"parent": parent if parent.isdigit() else unit_root().pk})


@page_required(Role.ADMIN)
def unit_edit(request: PageRequest, pk: int) -> HttpResponse:
    """Name, kind and place of a unit; another parent moves everything below it along."""
    unit = or_404(unit_get(pk, scope=request.row_scope))
    if unit.is_placeholder:
        or_404(None)
    initial = {"name": unit.name, "kind": unit.kind, "parent": unit.parent_id, "position": unit.position}
    return _unit_form(request, unit, initial)


def _unit_form(request: PageRequest, unit: Unit | None, initial: dict[str, Any]) -> HttpResponse:
    tree = unit_tree(scope=request.row_scope)
    form = UnitForm(request.POST or None, initial=initial, tree=tree, unit=unit)
    if request.method == "POST" and form.is_valid():
        try:
            _unit_save(request, unit, form.cleaned_data, tree)
        except DomainError as error:
            form_errors(form, error)
        else:
            messages.success(request, _("Saved."))
            return redirect("org:unit_list")
    title = _("Change %(name)s") % {"name": unit.name} if unit else _("New unit")
    return render(request, "org/unit_edit.html", {"form": form, "unit": unit, "title": title})


def _unit_save(request: PageRequest, unit: Unit | None, clean: dict[str, Any], tree: list[Any]) -> None:
    units = {row.unit.pk: row.unit for row in tree}
    unit_save(
        unit=unit,
        name=clean["name"],
        kind=clean["kind"],
        position=clean["position"],
        parent=units.get(clean.get("parent")),
        actor=request.user,
    )


@require_POST
@page_required(Role.ADMIN)
def unit_close_or_open(request: PageRequest, pk: int) -> HttpResponse:
    """Close an open unit from today on, open a closed one."""
    unit = or_404(unit_get(pk, scope=request.row_scope))
    day = request.row_scope.on if unit.closed_on is None else None
    unit_close(unit=unit, on=day, actor=request.user)
    messages.success(request, _("Saved."))
    return redirect("org:unit_list")


@page_required(Role.ADMIN)
def company_edit(request: PageRequest) -> HttpResponse:
    """The company's settings and its own days."""
    form = CompanyForm(request.POST or None, instance=company_get())
    if request.method == "POST" and form.is_valid():
        try:
            company_save(actor=request.user, **form.cleaned_data)
        except DomainError as error:
            form_errors(form, error)
        else:
            messages.success(request, _("Saved."))
            return redirect("org:company_edit")
    days = CalendarDay.objects.order_by("-day")[:200]
    context = {"form": form, "days": days, "day_form": CalendarDayForm(), "columns": DAYS}
    return render(request, "org/company_edit.html", context)


@require_POST
@page_required(Role.ADMIN)
def calendar_day_create(request: PageRequest) -> HttpResponse:
    """Make a day a workday or a day off."""
    form = CalendarDayForm(request.POST)
    if form.is_valid():
        calendar_day_set(**form.cleaned_data, actor=request.user)
        messages.success(request, _("Saved."))
    else:
        messages.error(request, _("Give a day."))
    return redirect(reverse("org:company_edit") + "#calendar")


@require_POST
@page_required(Role.ADMIN)
def calendar_day_remove(request: PageRequest, pk: int) -> HttpResponse:
    """Let the country's calendar decide again."""
    calendar_day_delete(day=get_object_or_404(CalendarDay, pk=pk), actor=request.user)
    return redirect(reverse("org:company_edit") + "#calendar")
