"""Pages of imports, for administrators: a file is uploaded, told apart, tried, applied, undone."""

from __future__ import annotations

from typing import Any, cast

from django.contrib import messages
from django.http import HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy
from django.views.decorators.http import require_GET, require_POST
from django_htmx.http import HttpResponseClientRefresh

from common.errors import DomainError
from common.tables import rows_as_csv
from crm.http import wake_imports
from crm.import_forms import MappingForm, UploadForm
from crm.import_words import RESOURCES, row_problems, told
from crm.models import ImportJob
from crm.selectors import imports as selectors
from crm.services import imports
from org.http import Column, PageRequest, form_errors, or_404, page_required, paginate
from org.models import Role

IMPORTS = (
    Column(gettext_lazy("File")),
    Column(gettext_lazy("What it lists")),
    Column(gettext_lazy("Source")),
    Column(gettext_lazy("State")),
    Column(gettext_lazy("Rows"), is_num=True),
    Column(gettext_lazy("By")),
    Column(gettext_lazy("When")),
)
ROWS = (
    Column(gettext_lazy("Line"), is_num=True),
    Column(pgettext_lazy("of a record", "Number")),
    Column(gettext_lazy("State")),
    Column(gettext_lazy("Reason")),
    Column(gettext_lazy("Cells"), css_class="import-cells"),
)
WORKING = ("checking", "running", "undoing")


@page_required(Role.ADMIN)
def import_list(request: PageRequest) -> HttpResponse:
    """All imports, and the form that takes a file."""
    sources = selectors.import_sources()
    first = {"source": sources[0] if sources else "file"}
    form = UploadForm(request.POST or None, request.FILES or None, initial=first)
    if request.method == "POST" and form.is_valid():
        try:
            return redirect("crm:import_detail", _received(request, form).pk)
        except DomainError as error:
            form_errors(form, error)
    page = paginate(request, selectors.import_list(), per_page=25)
    context = {"form": form, "page": page, "rows": [_listed(job) for job in page], "columns": IMPORTS}
    context |= {
        "sources": sources,
        "most_mb": imports.MOST_BYTES // 1_000_000,
        "most_rows": imports.MOST_ROWS,
    }
    return render(request, "crm/import_list.html", context, status=422 if form.errors else 200)


def _received(request: PageRequest, form: UploadForm) -> ImportJob:
    file = form.cleaned_data["file"]
    return imports.import_receive(
        content=file.read(),
        file_name=file.name or "",
        resource=form.cleaned_data["resource"],
        source=form.cleaned_data["source"],
        actor=request.user,
    )


def _listed(job: ImportJob) -> dict[str, Any]:
    counts = job.report.get("counts", {}) if job.resource else {}
    return {
        "job": job,
        "kind": RESOURCES.get(job.resource, job.format),
        "rows": job.rows_total or None,
        **counts,
    }


@page_required(Role.ADMIN)
def import_detail(request: PageRequest, pk: int) -> HttpResponse:
    """One import where it stands: its columns, its trial, its progress, or what became of it."""
    job = or_404(selectors.import_get(pk))
    wants_columns = job.state == "mapping" or (job.state == "checked" and "columns" in request.GET)
    form = MappingForm(job, request.POST or None) if wants_columns or request.method == "POST" else None
    if request.method == "POST" and form is not None and form.is_valid():
        try:
            imports.import_map(job=job, fields=form.chosen(), answers=form.answers())
            return _woken(job)
        except DomainError as error:
            form_errors(form, error)
    only = request.GET.get("only", "")
    context = {"job": job, "kind": RESOURCES[job.resource], "form": form, **_course(job, only)}
    return render(request, "crm/import_detail.html", context, status=422 if form and form.errors else 200)


@page_required(Role.ADMIN)
@require_GET
def import_progress(request: PageRequest, pk: int) -> HttpResponse:
    """How far the work is; once it is done, the page is loaded anew."""
    job = or_404(selectors.import_get(pk))
    if job.state not in WORKING:
        return HttpResponseClientRefresh()
    return render(request, "crm/_import_progress.html", {"job": job, **_course(job)})


@page_required(Role.ADMIN)
@require_POST
def import_apply(request: PageRequest, pk: int) -> HttpResponse:
    """Apply what the trial showed."""
    job = or_404(selectors.import_get(pk))
    valid_only = "valid_only" in request.POST
    imports.import_apply(job=job, is_all_or_nothing=not valid_only, actor=request.user)
    return _woken(job)


@page_required(Role.ADMIN)
@require_POST
def import_undo(request: PageRequest, pk: int) -> HttpResponse:
    """Put everything back as it was."""
    job = or_404(selectors.import_get(pk))
    imports.import_undo(job=job, actor=request.user)
    return _woken(job)


@page_required(Role.ADMIN)
@require_POST
def import_discard(request: PageRequest, pk: int) -> HttpResponse:
    """Throw an upload away."""
    imports.import_discard(job=or_404(selectors.import_get(pk)))
    messages.success(request, _("The upload was thrown away; nothing was changed."))
    return redirect("crm:import_list")


@page_required(Role.ADMIN)
@require_GET
def import_refused(request: PageRequest, pk: int) -> HttpResponse:
    """The refused rows as they were, with the reason in a column more, to be mended and uploaded again."""
    job = or_404(selectors.import_get(pk))
    rows = ([*(row.cells or ()), "\n".join(row_problems(row))] for row in selectors.import_rows_refused(job))
    chunks = rows_as_csv([*job.mapping["headers"], _("Reason")], rows)
    answer = StreamingHttpResponse(chunks, content_type="text/csv; charset=utf-8")
    name = job.file_name.rpartition(".")[0] or "import"
    disposition = content_disposition_header(as_attachment=True, filename=f"{name}-refused.csv")
    answer.headers["Content-Disposition"] = disposition or "attachment"
    return cast("HttpResponse", answer)  # a stream is an answer to every caller, though not to the types


def _woken(job: ImportJob) -> HttpResponse:
    wake_imports(job.pk)
    return redirect("crm:import_detail", job.pk)


def _course(job: ImportJob, only: str = "") -> dict[str, Any]:
    """What the page of an import shows besides its form; ``only`` the rows of a trial that are wanted."""
    counts = {"created": 0, "updated": 0, "unchanged": 0, "error": 0} | job.report.get("counts", {})
    is_tried = job.state in ("checked", "done", "failed")
    wanted = only if only in ("refused", "alike") else ""
    only = wanted if job.state == "checked" else "refused"
    rows = selectors.import_rows(job, limit=imports.SHOWN, only=only) if is_tried else []
    done, total = job.rows_done, max(job.rows_total, 1)
    return {
        "counts": counts,
        "columns": ROWS,
        "rows": [{"row": row, "problems": row_problems(row)} for row in rows],
        "only": only,
        "is_working": job.state in WORKING,
        "percent": min(100 * done // total, 100),
        "is_undoable": imports.is_undoable(job),
        "failure": told(job.report.get("failure", ""), job.report.get("failure_params", {})),
        "valid": counts["created"] + counts["updated"] + counts["unchanged"],
        "shown": imports.SHOWN,
    }
