"""Home, unit and person pages, and the shared board."""

from __future__ import annotations

import datetime as dt

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from dashboards.forms import ChoiceForm
from dashboards.selectors import Choice, board_rows, progress_page
from org.http import or_404, page_required
from org.models import Person, Role, Unit
from org.scope import Scope
from org.selectors import company_today, default_period, person_get, unit_get, unit_root
from tracking.selectors.days import plan_metrics
from tracking.selectors.progress import home_unit
from tracking.services import snapshots_ensure


def _choice(request: HttpRequest) -> tuple[ChoiceForm, Choice]:
    """What the query asks for, with the figures of its day made if they aren't there yet."""
    today = company_today()
    metrics = plan_metrics(_day(request, today))
    form = ChoiceForm(request.GET, metrics=metrics, today=today, period=default_period(request.user))
    choice = form.choice()
    snapshots_ensure(choice.as_of)
    return form, choice


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
        return _unit_page(request, unit_root())
    if scope.has(Role.MANAGER) and scope.unit_ids:
        units = Unit.objects.filter(pk__in=scope.board_unit_ids & scope.unit_ids)
        return _unit_page(request, units.order_by("position", "pk")[0])
    if scope.person_id is not None:
        return _person_page(request, Person.objects.get(pk=scope.person_id))
    return render(request, "dashboards/no_person.html")


@login_required
def unit(request: HttpRequest, unit_id: int) -> HttpResponse:
    """A unit's progress, down to its units and people."""
    scope: Scope = request.row_scope  # type: ignore[attr-defined]
    return _unit_page(request, or_404(unit_get(unit_id, scope=scope)))


@login_required
def person(request: HttpRequest, person_id: int) -> HttpResponse:
    """A person's progress."""
    scope: Scope = request.row_scope  # type: ignore[attr-defined]
    return _person_page(request, or_404(person_get(person_id, scope=scope)))


def _unit_page(request: HttpRequest, shown: Unit) -> HttpResponse:
    form, choice = _choice(request)
    scope: Scope = request.row_scope  # type: ignore[attr-defined]
    page = progress_page(scope=scope, unit=shown, person=None, choice=choice)
    return render(request, "dashboards/progress.html", {"page": page, "form": form, "choice": choice})


def _person_page(request: HttpRequest, shown: Person) -> HttpResponse:
    form, choice = _choice(request)
    scope: Scope = request.row_scope  # type: ignore[attr-defined]
    unit_of = home_unit(scope, shown)
    if unit_of is None:
        return render(request, "dashboards/no_person.html", {"person": shown})
    page = progress_page(scope=scope, unit=unit_of, person=shown, choice=choice)
    return render(request, "dashboards/progress.html", {"page": page, "form": form, "choice": choice})


@page_required(Role.REP, Role.MANAGER)
def board(request: HttpRequest) -> HttpResponse:
    """The shared board of the own teams: names and completion, never amounts."""
    form, choice = _choice(request)
    scope: Scope = request.row_scope  # type: ignore[attr-defined]
    teams = Unit.objects.filter(pk__in=scope.board_unit_ids, is_placeholder=False)
    boards = [
        {
            "unit": team,
            "rows": board_rows(
                scope=scope, unit=team, metric=choice.metric, grain=choice.grain, as_of=choice.as_of
            ),
        }
        for team in teams
    ]
    return render(request, "dashboards/board.html", {"boards": boards, "form": form, "choice": choice})
