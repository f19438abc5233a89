"""What is behind a figure: as a page, in the side panel, and its rows as a file."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.utils.cache import patch_vary_headers
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _

from common.tables import rows_as_csv, rows_as_xlsx
from dashboards.figure_files import figure_file
from dashboards.figures import Figure, Subject, figure_page
from dashboards.forms import ChoiceForm
from metrics.selectors import metric_list
from org.http import or_404
from org.models import Person, Unit
from org.scope import Scope
from org.selectors import company_today, default_period, person_get, unit_get
from tracking.selectors.days import plan_metrics
from tracking.selectors.progress import SEGMENT_KINDS
from tracking.services import snapshots_ensure

FACTS_IN_PANEL = "panel-facts"
KINDS = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
KEPT = ("unit", "person", *SEGMENT_KINDS)


@login_required
def figure(request: HttpRequest) -> HttpResponse:
    """Why this number: a page, or for htmx the side panel or only its rows."""
    asked, form = _figure(request)
    context = {
        "page": figure_page(asked, offset=_number(request, "offset")),
        "form": form,
        "choice": asked.choice,
        "subject": asked.subject,
        "part": asked.part,
        "kept": {name: request.GET[name] for name in KEPT if request.GET.get(name)},
        "figure_place": "panel" if request.htmx else "page",  # type: ignore[attr-defined]
    }
    answer = render(request, _template(request), context)
    patch_vary_headers(answer, ["HX-Request", "HX-Target"])
    return answer


@login_required
def figure_rows(request: HttpRequest, kind: str) -> StreamingHttpResponse:
    """Every row behind a figure as a file, CSV or XLSX."""
    asked, _form = _figure(request)
    file = figure_file(asked)
    if kind == "csv":
        chunks = rows_as_csv(file.headers, file.rows, notes=file.notes)
    else:
        chunks = rows_as_xlsx(file.title, file.headers, file.rows, notes=file.notes)
    answer = StreamingHttpResponse(chunks, content_type=KINDS[kind])
    disposition = content_disposition_header(as_attachment=True, filename=f"{file.name}.{kind}")
    answer.headers["Content-Disposition"] = disposition or "attachment"
    return answer


def _template(request: HttpRequest) -> str:
    htmx = request.htmx  # type: ignore[attr-defined]
    if not htmx:
        return "dashboards/figure.html"
    return f"dashboards/_figure_{'facts' if htmx.target == FACTS_IN_PANEL else 'panel'}.html"


def _figure(request: HttpRequest) -> tuple[Figure, ChoiceForm]:
    """The figure that the address names; 404 when it is not the asker's to see."""
    scope: Scope = request.row_scope  # type: ignore[attr-defined]
    subject = _subject(request, scope)
    form = _form(request)
    choice = form.choice()
    snapshots_ensure(choice.as_of)
    part = "denominator" if request.GET.get("part") == "denominator" else "numerator"
    return Figure(scope, subject, choice, part), form


def _form(request: HttpRequest) -> ChoiceForm:
    """A figure can be opened for metrics that are not planned too, and for the parts of ratios."""
    today = company_today()
    metrics = plan_metrics(today)
    known = {metric.pk for metric in metrics}
    metrics += [metric for metric in metric_list(include_inactive=True) if metric.pk not in known]
    return ChoiceForm(request.GET, metrics=metrics, today=today, period=default_period(request.user))


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
