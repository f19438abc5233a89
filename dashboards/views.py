"""Home, unit and person pages, the shared board, and what is behind a figure."""

from __future__ import annotations

import datetime as dt

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from common.errors import NotFound
from dashboards.figures import SEGMENT_KINDS, Subject, figure_page
from dashboards.forms import ChoiceForm
from dashboards.selectors import Choice, board_rows, progress_page
from metrics.selectors import metric_list
from org.http import or_404, page_required
from org.models import Person, Role, Unit
from org.scope import Scope
from org.selectors import company_today, default_period, person_get, unit_get, unit_root
from tracking.selectors.days import plan_metrics
from tracking.selectors.progress import home_unit
from tracking.services import snapshots_ensure


def _choice(request: HttpRequest, *, all_metrics: bool = False) -> tuple[ChoiceForm, Choice]:
    """What the query asks for, with the figures of its day made if they aren't there yet."""
    today = company_today()
    metrics = plan_metrics(_day(request, today))
    if all_metrics:
        # A figure can be opened for metrics that are not planned, and for the parts of ratios.
        known = {metric.pk for metric in metrics}
        metrics += [metric for metric in metric_list(include_inactive=True) if metric.pk not in known]
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


@login_required
def figure(request: HttpRequest) -> HttpResponse:
    """Why this number: its definition, formula, days and facts."""
    form, choice = _choice(request, all_metrics=True)
    scope: Scope = request.row_scope  # type: ignore[attr-defined]
    subject = _subject(request, scope)
    part = "denominator" if request.GET.get("part") == "denominator" else "numerator"
    offset = _number(request, "offset")
    try:
        page = figure_page(scope=scope, subject=subject, choice=choice, part=part, offset=offset)
    except NotFound as error:
        raise Http404(str(error)) from error
    context = {
        "page": page,
        "form": form,
        "choice": choice,
        "subject": subject,
        "part": part,
        "kept": {
            name: request.GET[name] for name in ("unit", "person", *SEGMENT_KINDS) if request.GET.get(name)
        },
        "next_offset": page.facts.next,
    }
    return render(request, "dashboards/figure.html", context)


def _subject(request: HttpRequest, scope: Scope) -> Subject:
    """Whose figure is asked for; 404 when it is not the asker's to see."""
    unit_id, person_id = _number(request, "unit"), _number(request, "person")
    own = person_id != 0 and person_id == scope.person_id
    shown = person_get(person_id, scope=scope) if person_id else None
    if person_id and shown is None and not scope.sees_unit(unit_id):
        raise Http404(_("There is no such figure."))
    if person_id and shown is None:
        # Somebody who moved on: what the unit was credited for stays the unit's to see.
        shown = Person.objects.filter(pk=person_id, credit_intervals__unit=unit_id).first()
        or_404(shown)
    of_unit = Unit.objects.filter(pk=unit_id).first() if own else unit_get(unit_id, scope=scope)
    segments: dict[str, int | None] = {kind: _number(request, kind) or None for kind in SEGMENT_KINDS}
    return Subject(or_404(of_unit), shown, segments)


def _number(request: HttpRequest, name: str) -> int:
    raw = request.GET.get(name, "")
    return int(raw) if raw.isascii() and raw.isdigit() and len(raw) < 16 else 0
