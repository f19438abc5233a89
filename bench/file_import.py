"""A CSV file on its whole way through an import, as the background worker does it: trial, then writing.

Each deal has number, name, customer, owner, stage, amount, days and product line; owners and stages are
looked up by their words, every row is tried first, and its state before is kept for undoing.
"""

from __future__ import annotations

import csv
import io
import time
from collections.abc import Sequence
from typing import Any

from crm.models import ImportJob
from crm.services.imports import import_apply, import_map, import_receive, import_work

SOURCE = "bench-file"
HEADERS = {
    "external_id": "Number", "name": "Name", "account": "Customer", "owner": "Owner", "stage": "Stage",
    "amount": "Amount", "currency": "Currency", "opened_on": "Opened on",
    "expected_close_on": "Expected close", "closed_on": "Closed on", "product_line": "Product line",
}  # fmt: skip


def file_of(records: Sequence[dict[str, Any]]) -> bytes:
    """Deals of ``bench.bulk_upsert`` as a CSV file; each customer is new to its source."""
    text = io.StringIO()
    table = csv.writer(text)
    table.writerow(HEADERS.values())
    table.writerows([[record.get(name, "") for name in HEADERS] for record in records])
    return text.getvalue().encode()


def measure_import(records: Sequence[dict[str, Any]]) -> dict[str, float]:
    """Rows a second of trial, writing, and the whole with the upload; for new rows, then for changed ones."""
    figures = {}
    changed = [record | {"amount": "77.00"} for record in records]
    for kind, sent in (("new", records), ("changed", changed)):
        content = file_of(sent)
        marks = [time.perf_counter()]
        job = import_receive(
            content=content, file_name="deals.csv", resource="opportunities", source=SOURCE, actor=None
        )
        import_map(job=job, fields=job.mapping["fields"], answers={})
        marks.append(time.perf_counter())
        _worked(job, ImportJob.State.CHECKED)
        marks.append(time.perf_counter())
        import_apply(job=job, is_all_or_nothing=True, actor=None)
        _worked(job, ImportJob.State.DONE)
        marks.append(time.perf_counter())
        count = len(sent)
        figures[f"{kind}_upload_s"] = marks[1] - marks[0]
        figures[f"{kind}_trial_per_s"] = count / (marks[2] - marks[1])
        figures[f"{kind}_write_per_s"] = count / (marks[3] - marks[2])
        figures[f"{kind}_whole_per_s"] = count / (marks[3] - marks[0])
    return figures


def _worked(job: ImportJob, state: str) -> None:
    assert import_work(job.pk)
    job.refresh_from_db()
    assert job.state == state, (job.state, job.report)
    assert not job.report["counts"].get("error"), job.report
