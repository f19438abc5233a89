"""Imports and the rows they kept; administrators see all of them."""

from __future__ import annotations

from collections.abc import Iterator

from django.db.models import QuerySet

from crm.models import ImportJob, ImportRow

_STREAMED = 500


def import_list() -> QuerySet[ImportJob]:
    """All imports, the newest first, without what only their own page shows."""
    return ImportJob.objects.select_related("started_by").defer("mapping").order_by("-started_at", "-pk")


def import_get(pk: int) -> ImportJob | None:
    """An uploaded import."""
    return ImportJob.objects.select_related("started_by").filter(pk=pk, resource__gt="").first()


def import_rows(job: ImportJob, *, limit: int, only: str = "") -> list[ImportRow]:
    """The first rows that an import kept of its file, in the file's order.

    ``only`` "refused", or "alike": those that would make somebody who looks like another.
    """
    rows = job.rows.filter(cells__isnull=False)
    kinds = {"": rows, "refused": rows.filter(status="error"), "alike": rows.filter(alike__isnull=False)}
    return list(kinds[only].order_by("line", "pk")[:limit])


def import_rows_refused(job: ImportJob) -> Iterator[ImportRow]:
    """All refused rows, in the file's order."""
    return job.rows.filter(status="error").order_by("line", "pk").iterator(_STREAMED)


def import_sources() -> list[str]:
    """The sources of imports so far, the last one first, at most twenty."""
    found = ImportJob.objects.filter(resource__gt="").order_by("-pk").values_list("source", flat=True)[:200]
    return list(dict.fromkeys(found))[:20]
