"""Home, unit and person pages, and the shared board."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext_lazy as _

from common.periods import period_containing
from dashboards.forms import ChoiceForm
from dashboards.person_page import person_page
from dashboards.selectors import Choice, board_rows
from dashboards.setup import setup_progress
from dashboards.unit_page import COLUMNS, DEFAULT_SORT, unit_page
from org.http import Column, or_404, page_required, sort_asked, sortable
from org.models import Role, Unit
from org.scope import Scope
from org.selectors import company_get, company_today, default_period, person_home
from tracking.selectors.days import plan_metrics
from tracking.services import snapshots_ensure


def choice_asked(request: HttpRequest) -> tuple[ChoiceForm, Choice]:
    """What the query asks for, with the figures of its day made if they aren't there yet."""
    today = company_today()
    metrics = plan_metrics(_day(request, today))
    form = ChoiceForm(request.GET, metrics=metrics, today=today, period=default_period(request.user))
    choice = form.choice()
    snapshots_ensure(choice.as_of)
    return form, choice


BOARD_COLUMNS = (
    Column(_("Place"), is_num=True),
    Column(_("Person")),
    Column(_("Completion"), is_num=True),
    Column(_("Completion as a bar"), is_hidden=True, css_class="w-50"),
)


def _day(request: HttpRequest, today: dt.date) -> dt.date:
    try:
        return min(today, dt.date.fromisoformat(request.GET.get("as_of", "")))
    except ValueError:
        return today


@login_required
def home(request: HttpRequest) -> HttpResponse:
    """The page of what one answers for: the company, the first unit managed, or oneself."""
    scope: Scope = request.row_scope  # type: ignore[attr-defined]
    if scope.sees_everything:
        setup = setup_progress(scope=scope)
        if setup is not None and setup.leads:
            return redirect("dashboards:setup")
        return _unit_page(request, None, setup=setup, watches_connections=scope.has(Role.ADMIN))
    if scope.has(Role.MANAGER) and scope.unit_ids:
        return _unit_page(request, _first_managed(scope))
    if scope.person_id is not None:
        return _person_page(request, scope.person_id)
    return render(request, "dashboards/no_person.html")


def _first_managed(scope: Scope) -> int:
    managed = scope.board_unit_ids & (scope.unit_ids or frozenset())
    if len(managed) == 1:
        return next(iter(managed))
    return Unit.objects.filter(pk__in=managed).order_by("position", "pk").values_list("pk", flat=True)[0]


@login_required
def unit(request: HttpRequest, unit_id: int) -> HttpResponse:
    """A unit's progress, down to its units and people."""
    return _unit_page(request, unit_id)


@login_required
def person(request: HttpRequest, person_id: int) -> HttpResponse:
    """A person's progress."""
    return _person_page(request, person_id)


def _unit_page(request: HttpRequest, unit_id: int | None, **more: Any) -> HttpResponse:
    form, choice = choice_asked(request)
    scope: Scope = request.row_scope  # type: ignore[attr-defined]
    sort = sort_asked(request, COLUMNS, DEFAULT_SORT)
    page = unit_page(
        scope=scope, unit_id=unit_id, choice=choice, sort=sort, page=request.GET.get("page", "1")
    )
    context = {"page": page, "form": form, "choice": choice, "columns": sortable(request, COLUMNS, sort)}
    return render(request, "dashboards/unit.html", context | more)


def _person_page(request: HttpRequest, person_id: int) -> HttpResponse:
    form, choice = choice_asked(request)
    scope: Scope = request.row_scope  # type: ignore[attr-defined]
    shown, unit_of = or_404(person_home(person_id, scope=scope))
    if unit_of is None:
        return render(request, "dashboards/no_person.html", {"person": shown})
    page = person_page(scope=scope, person=shown, unit=unit_of, choice=choice)
    return render(request, "dashboards/person.html", {"page": page, "form": form, "choice": choice})


@page_required(Role.REP, Role.MANAGER)
def board(request: HttpRequest) -> HttpResponse:
    """The shared board of the own teams: names and completion, never amounts."""
    form, choice = choice_asked(request)
    scope: Scope = request.row_scope  # type: ignore[attr-defined]
    teams = list(Unit.objects.filter(pk__in=scope.board_unit_ids, is_placeholder=False))
    rows = board_rows(
        scope=scope,
        teams=[team.pk for team in teams],
        metric=choice.metric,
        grain=choice.grain,
        as_of=choice.as_of,
    )
    period = period_containing(choice.as_of, choice.grain, company_get().fiscal_year_start_month)
    context = {
        "boards": [{"unit": team, "rows": rows[team.pk]} for team in teams],
        "period": period,
        "form": form,
        "choice": choice,
        "columns": BOARD_COLUMNS,
    }
    return render(request, "dashboards/board.html", context)
