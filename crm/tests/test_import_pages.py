"""The pages of imports, from the file to what became of it, in an administrator's browser."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from crm.models import ImportJob, Opportunity
from crm.services.imports import import_work
from crm.tasks import forget_imports, sweep_imports, work_import

TABLE = '编号,负责人,阶段,金额,成交日期\nD-1,E1,赢单,"1,200.00",2026/3/5\n=D-2,E9,赢单,5,2026/3/5\n'


@pytest.fixture
def admin(frank: Any, alice: Any, client_of: Callable[..., Client]) -> Client:
    return client_of(frank)


def upload(admin: Client, content: bytes = TABLE.encode(), name: str = "deals.csv", **fields: str) -> Any:
    file = SimpleUploadedFile(name, content)
    data = {"resource": "opportunities", "source": "erp", "file": file} | fields
    return admin.post(reverse("crm:import_list"), data)


def url(name: str, job: ImportJob) -> str:
    return reverse(f"crm:import_{name}", args=[job.pk])


def mapped(admin: Client, **answers: str) -> ImportJob:
    """A job whose guessed columns were sent as they are, and its trial."""
    job = ImportJob.objects.latest("pk")
    columns = {f"column_{at}": name for at, name in enumerate(job.mapping["fields"])}
    assert admin.post(url("detail", job), columns | answers).status_code == 302
    return job


def test_file_is_uploaded_tried_applied_and_undone(admin: Client) -> None:
    answer = upload(admin)
    job = mapped(admin)
    assert answer.url == url("detail", job)
    progress = admin.get(url("progress", job))
    assert 'hx-trigger="load delay:1s"' in progress.content.decode()
    work_import(job.pk)
    assert admin.get(url("progress", job)).headers["HX-Refresh"] == "true"

    trial = admin.get(url("detail", job)).content.decode()
    assert "nothing is changed yet" in trial
    assert "Nobody has the number or external id “E9”." in trial.replace("&quot;", '"')
    assert not Opportunity.objects.exists()

    admin.post(url("apply", job), {"valid_only": "1"})
    work_import(job.pk)
    assert [deal.external_id for deal in Opportunity.objects.all()] == ["D-1"]
    assert "Undo the import" in admin.get(url("detail", job)).content.decode()

    admin.post(url("undo", job))
    work_import(job.pk)
    work_import(job.pk)
    assert not Opportunity.objects.filter(deleted_at=None).exists()
    assert "every record is as it was before" in admin.get(url("detail", job)).content.decode()


def test_refused_rows_come_back_with_their_reason_and_run_no_formula(admin: Client) -> None:
    upload(admin)
    job = mapped(admin)
    import_work(job.pk)
    answer = admin.get(url("refused", job))
    lines = b"".join(answer.streaming_content).decode("utf-8-sig").splitlines()
    assert lines[0] == "编号,负责人,阶段,金额,成交日期,Reason"
    assert len(lines) == 2
    assert lines[1].startswith("'=D-2,E9,赢单,5,2026/3/5,")
    assert "E9" in lines[1].split(",")[-1]
    assert 'filename="deals-refused.csv"' in answer.headers["Content-Disposition"]


def test_rows_with_a_refusal_are_not_applied_all_at_once(admin: Client) -> None:
    upload(admin)
    job = mapped(admin)
    import_work(job.pk)
    admin.post(url("apply", job))
    job.refresh_from_db()
    assert job.state == "checked"


def test_question_about_a_column_stands_beside_it(admin: Client) -> None:
    upload(admin, b"id,received on,amount\nP-1,5/3/2026,7\n", resource="payments")
    job = mapped(admin)
    import_work(job.pk)
    page = admin.get(url("detail", job)).content.decode()
    assert "5/3/2026" in page
    assert "Which comes first?" in page
    columns = {"column_0": "external_id", "column_1": "received_on", "column_2": "amount"}
    assert admin.post(url("detail", job), columns).status_code == 422
    mapped(admin, answer_1="dmy")
    import_work(job.pk)
    job.refresh_from_db()
    assert job.state == "checked"


def test_columns_can_be_changed_after_the_trial(admin: Client) -> None:
    upload(admin)
    job = mapped(admin)
    import_work(job.pk)
    assert 'name="column_0"' in admin.get(url("detail", job) + "?columns").content.decode()
    answer = admin.post(
        url("detail", job), {"column_0": "external_id", "column_1": "amount", "column_2": "amount"}
    )
    assert answer.status_code == 422
    assert "can&#x27;t hold the same field" in answer.content.decode()


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"\x89PNG\r\n\x1a\n" + bytes(200), "text"),
        (b"PK\x03\x04nothing", "neither"),
        (b"%PDF-1.7", "PDF"),
        (b"only,headers\n", "no rows"),
    ],
)
def test_file_that_is_no_table_is_refused_clearly(admin: Client, content: bytes, says: str) -> None:
    answer = upload(admin, content)
    assert answer.status_code == 422
    assert says in answer.content.decode()
    assert not ImportJob.objects.exists()


def test_file_too_large_is_refused_before_it_is_read(admin: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("crm.import_forms.MOST_BYTES", 10)
    answer = upload(admin)
    assert answer.status_code == 422
    assert "Split it in parts" in answer.content.decode()


def test_list_takes_as_many_queries_for_thirty_imports_as_for_three(
    admin: Client, django_assert_max_num_queries: Any
) -> None:
    for _each in range(3):
        upload(admin)
    with django_assert_max_num_queries(12) as few:
        admin.get(reverse("crm:import_list"))
    count = len(few)
    for _each in range(21):
        upload(admin)
    with django_assert_max_num_queries(count):
        assert len(admin.get(reverse("crm:import_list")).context["rows"]) == 24


def test_headers_and_cells_of_a_file_are_shown_as_text(admin: Client) -> None:
    upload(admin, b"<script>alert(1)</script>,stage\n<b>x</b>,won\n")
    page = admin.get(url("detail", ImportJob.objects.get())).content.decode()
    assert "<script>alert(1)" not in page
    assert "<b>x</b>" not in page


def test_sweep_wakes_a_worker_for_every_import_that_waits(
    admin: Client, monkeypatch: pytest.MonkeyPatch, django_capture_on_commit_callbacks: Any
) -> None:
    sent: list[Any] = []
    monkeypatch.setattr("celery.current_app.send_task", lambda name, args, **_o: sent.append((name, *args)))
    upload(admin)
    job = mapped(admin)
    for _twice in range(2):
        with django_capture_on_commit_callbacks(execute=True):
            sweep_imports()
            forget_imports()
    assert sent == [("crm.tasks.work_import", job.pk)] * 2
