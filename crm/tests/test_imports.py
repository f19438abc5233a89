"""An uploaded file on its way: told, tried, applied, undone; nothing half, nothing twice, nothing lost."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.utils import timezone

from common.errors import Conflict, Invalid
from crm.models import (
    Account,
    Activity,
    ChangedDay,
    ImportFile,
    ImportJob,
    ImportMapping,
    ImportRow,
    Opportunity,
    Payment,
    StageChange,
)
from crm.selectors import record_shape, records_list
from crm.services import record_delete, records_upsert
from crm.services.imports import (
    import_apply,
    import_discard,
    import_map,
    import_receive,
    import_undo,
    import_work,
    imports_due,
    imports_forget,
    work,
)
from org.calc.credit import BEGINNING
from org.scope import Scope
from tests.cast import Cast

DEALS = """编号,客户,负责人,阶段,金额,成交日期
D-1,海尔,E1,赢单,"￥12,000",2026年3月5日
D-2,美的,Alice Borealis,赢单,1.2万,2026/3/6
D-3,海尔,e1,谈判,(300),
"""


def upload(text: str, resource: str = "opportunities", source: str = "erp") -> ImportJob:
    return import_receive(
        content=text.encode("gbk"), file_name="deals.csv", resource=resource, source=source, actor=None
    )


def checked(text: str = DEALS, resource: str = "opportunities", **answers: str) -> ImportJob:
    """A job after its trial, mapped as it was guessed."""
    job = upload(text, resource)
    import_map(job=job, fields=job.mapping["fields"], answers=answers)
    assert import_work(job.pk)
    job.refresh_from_db()
    return job


def applied(
    text: str = DEALS, resource: str = "opportunities", *, valid_only: bool = False, **answers: str
) -> ImportJob:
    job = checked(text, resource, **answers)
    import_apply(job=job, is_all_or_nothing=not valid_only, actor=None)
    assert import_work(job.pk)
    job.refresh_from_db()
    return job


def undone(job: ImportJob) -> ImportJob:
    import_undo(job=job, actor=None)
    assert import_work(job.pk)
    job.refresh_from_db()
    return job


def shapes(resource: str = "opportunities") -> dict[str, Any]:
    """Everything there is of a resource, as it may be told; moments of writing aside."""
    scope = Scope.everyone(reason="test", on=dt.date(2026, 1, 1))
    rows = [record_shape(row) for row in records_list(resource, scope=scope)]
    return {row["external_id"]: {k: v for k, v in row.items() if k != "updated_at"} for row in rows}


@pytest.fixture
def _cast(cast: Cast) -> Cast:
    return cast


pytestmark = pytest.mark.usefixtures("_cast")


def test_deals_with_their_customers_are_tried_and_then_applied() -> None:
    job = checked()
    assert (job.state, job.report["counts"], job.report["customers"]) == ("checked", {"created": 3}, 2)
    assert [row.status for row in job.rows.all()] == ["created"] * 3
    assert [model.objects.count() for model in (Opportunity, Account, ChangedDay)] == [0, 0, 0]

    import_apply(job=job, is_all_or_nothing=True, actor=None)
    assert import_work(job.pk)
    job.refresh_from_db()
    assert (job.state, job.report["counts"], job.rows_done) == ("done", {"created": 3}, 3)
    deals = shapes()
    assert deals["D-1"]["amount"] == deals["D-2"]["amount"] == "12000.00"
    assert (deals["D-1"]["currency"], deals["D-3"]["amount"]) == ("CNY", "-300.00")
    assert {deal["owner"] for deal in deals.values()} == {"E1"}
    assert set(Account.objects.values_list("name", flat=True)) == {"海尔", "美的"}
    assert ChangedDay.objects.exists()
    assert not ImportFile.objects.exists()


def test_import_again_changes_nothing() -> None:
    applied()
    assert applied().report["counts"] == {"unchanged": 3}


def test_columns_and_answers_are_remembered_for_the_source() -> None:
    table = "X,Y,Z\nP-1,5/3/2026,100\n"
    job = upload(table, "payments")
    assert job.mapping["fields"] == ["", "received_on", ""]
    import_map(job=job, fields=["external_id", "received_on", "amount"], answers={"1": "dmy"})
    again = upload(table, "payments")
    assert again.mapping["fields"] == ["external_id", "received_on", "amount"]
    assert again.mapping["answers"] == {"1": "dmy"}
    assert upload(table, "payments", source="other").mapping["answers"] == {}
    assert ImportMapping.objects.count() == 1


def test_day_that_can_be_two_is_asked_once_for_its_column() -> None:
    table = "id,received on,amount\nP-1,5/3/2026,100\nP-2,6/3/2026,5\n"
    job = checked(table, "payments")
    assert job.state == "mapping"
    assert job.report["questions"] == [{"column": 1, "what": "order", "examples": ["5/3/2026", "6/3/2026"]}]
    import_map(job=job, fields=job.mapping["fields"], answers={"1": "dmy"})
    assert import_work(job.pk)
    job.refresh_from_db()
    assert (job.state, job.report["counts"]) == ("checked", {"created": 2})


def test_decimals_after_a_comma_are_asked_and_then_read() -> None:
    table = "id;received on;amount\nP-1;2026-03-05;1.234,50\nP-2;2026-03-05;7\n"
    assert checked(table, "payments").report["questions"][0]["what"] == "point"
    applied(table, "payments", **{"2": ","})
    assert {p["external_id"]: p["amount"] for p in shapes("payments").values()} == {
        "P-1": "1234.50",
        "P-2": "7.00",
    }


def test_refused_rows_say_why_and_valid_ones_can_be_imported_alone() -> None:
    rows = ("D-1,E1,won,100,2026-03-05,A", "D-2,E9,won,1x,2026-03-05,B", "D-3,E1,won,5,,C")
    table = "\n".join(("id,owner,stage,amount,closed on,customer", *rows))
    job = checked(table)
    assert job.report["counts"] == {"created": 1, "error": 2}
    refused = {row.external_id: {e["field"] for e in row.errors} for row in job.rows.filter(status="error")}
    assert refused == {"D-2": {"amount"}, "D-3": {"closed_on"}}
    with pytest.raises(Conflict):
        import_apply(job=job, is_all_or_nothing=True, actor=None)
    import_apply(job=job, is_all_or_nothing=False, actor=None)
    assert import_work(job.pk)
    assert set(shapes()) == {"D-1"}
    assert [account.name for account in Account.objects.all()] == ["A"]
    assert job.rows.filter(status="error").count() == 2


def test_row_that_comes_again_is_refused_wherever_it_stands(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(work, "CHUNK", 1)
    job = applied("id,stage,amount,owner\nD-1,engaging,1,E1\nD-1,engaging,2,E1\n", valid_only=True)
    assert job.report["counts"] == {"created": 1, "error": 1}
    assert shapes()["D-1"]["amount"] == "2.00"


def test_column_left_out_stays_as_it_is_and_an_empty_cell_empties() -> None:
    applied()
    applied("编号,阶段,成交日期\nD-1,谈判,\n")
    deal = shapes()["D-1"]
    assert (deal["stage"], deal["closed_on"], deal["amount"], deal["owner"]) == (
        "negotiation",
        None,
        "12000.00",
        "E1",
    )


def test_undo_puts_everything_back_as_it_was() -> None:
    records_upsert(
        resource="opportunities",
        source="erp",
        records=[
            {
                "external_id": "D-1",
                "name": "Old",
                "stage": "engaging",
                "amount": "5",
                "owner": "E4",
                "splits": [{"person": "E4", "share_bp": 6000}, {"person": "E1", "share_bp": 4000}],
            }
        ],
    )
    before, history = shapes(), list(StageChange.objects.values())
    job = applied()
    assert shapes() != before
    ChangedDay.objects.all().delete()

    job = undone(job)
    assert job.state == "undone"
    assert shapes() == before
    assert list(StageChange.objects.filter(opportunity__external_id="D-1").values()) == history
    assert not Account.objects.filter(deleted_at=None).exists()
    owners = set(ChangedDay.objects.values_list("person__employee_number", "day"))
    assert ("E1", dt.date(2026, 3, 5)) in owners
    assert import_work(job.pk) is False


def test_undo_gives_credit_back_to_who_had_it_on_which_day() -> None:
    applied()
    deal = Opportunity.objects.get(external_id="D-1")
    header, first, *rest = DEALS.splitlines()
    moved = [
        f"{header},接手日期",
        f"{first.replace(',E1,', ',E4,')},2026-03-01",
        *(f"{row}," for row in rest),
    ]
    applied("\n".join(moved))
    deal.refresh_from_db()
    assert (deal.owner.employee_number, deal.tenures.count()) == (
        "E4",
        0,
    )  # from before it was won: a mistake

    late = applied("\n".join(moved).replace(",E4,", ",E1,").replace("2026-03-01", "2026-03-06"))
    deal.refresh_from_db()
    assert (deal.owner.employee_number, deal.owner_since) == ("E1", dt.date(2026, 3, 6))
    assert [each.person.employee_number for each in deal.tenures.all()] == ["E4"]

    undone(late)
    deal.refresh_from_db()
    assert (deal.owner.employee_number, deal.owner_since, deal.tenures.count()) == ("E4", BEGINNING, 0)

    applied("\n".join(moved).replace(",E4,", ",E1,").replace("2026-03-01", "2026-03-06"))
    undone(applied(DEALS.replace("E1", "E2")))
    deal.refresh_from_db()
    assert (deal.owner.employee_number, deal.owner_since) == ("E1", dt.date(2026, 3, 6))
    assert [each.person.employee_number for each in deal.tenures.all()] == ["E4"]


def test_undo_brings_back_that_a_record_was_deleted() -> None:

    applied()
    record_delete(resource="opportunities", source="erp", external_id="D-1")
    stood = Opportunity.objects.get(external_id="D-1").deleted_at
    undone(applied(DEALS.replace("12,000", "13,000")))
    assert Opportunity.objects.get(external_id="D-1").deleted_at == stood


def test_undo_is_refused_when_a_record_was_changed_since_and_says_which() -> None:
    job = applied()
    [result] = records_upsert(
        resource="opportunities",
        source="erp",
        records=[{"external_id": "D-2", "stage": "lost", "closed_on": "2026-04-01"}],
    )
    assert result.status == "updated"
    now = shapes()
    job = undone(job)
    assert (job.state, job.report["undo_refused"]) == ("done", ["D-2"])
    assert shapes() == now


def test_undo_is_refused_when_others_hang_on_what_was_made() -> None:
    job = applied()
    records_upsert(
        resource="activities",
        source="erp",
        records=[
            {"external_id": "A-1", "kind": "call", "occurred_at": "2026-03-07T01:00:00Z", "account": "海尔"}
        ],
    )
    assert undone(job).report["undo_refused"] == ["海尔"]


def test_killed_worker_is_followed_by_another_that_does_the_rest(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(work, "CHUNK", 1)
    job = checked()
    import_apply(job=job, is_all_or_nothing=True, actor=None)
    whole, calls = work._chunk_done, []

    def dies_on_the_second(*args: Any) -> ImportJob:
        calls.append(1)
        if len(calls) == 2:
            raise KeyboardInterrupt
        return whole(*args)

    monkeypatch.setattr(work, "_chunk_done", dies_on_the_second)
    with pytest.raises(KeyboardInterrupt):
        import_work(job.pk)
    job.refresh_from_db()
    assert (job.state, job.rows_done, Opportunity.objects.count()) == ("running", 1, 1)
    assert imports_due() == []
    assert import_work(job.pk) is False

    ImportJob.objects.update(claimed_until=timezone.now() - dt.timedelta(seconds=1))
    assert imports_due() == [job.pk]
    assert import_work(job.pk)
    job.refresh_from_db()
    assert (job.state, job.report["counts"]) == ("done", {"created": 3})
    assert ImportRow.objects.filter(job=job, resource="opportunities").count() == 3


def test_all_or_nothing_takes_back_what_stood_when_a_row_is_refused_meanwhile(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(work, "CHUNK", 1)
    job = checked()
    import_apply(job=job, is_all_or_nothing=True, actor=None)
    ImportJob.objects.update(mapping=job.mapping | {"fields": [*job.mapping["fields"][:5], "opened_on"]})
    assert import_work(job.pk)
    job.refresh_from_db()
    assert job.state == "failed"
    assert job.report["failure"]
    assert shapes() == {}
    assert not Account.objects.filter(deleted_at=None).exists()


def test_job_that_breaks_off_again_and_again_is_given_up() -> None:
    job = upload(DEALS)
    import_map(job=job, fields=job.mapping["fields"], answers={})
    ImportJob.objects.update(attempts=5)
    assert import_work(job.pk)
    job.refresh_from_db()
    assert job.state == "failed"
    assert "gave up" in job.report["failure"] or "given up" in job.report["failure"]


def test_payments_and_activities_without_a_number_are_not_doubled_by_a_second_import() -> None:
    payments = "回款日期,回款金额,负责人\n2026-03-05,100,E1\n2026-03-05,100,E1\n"
    applied(payments, "payments")
    assert applied(payments, "payments").report["counts"] == {"unchanged": 2}
    assert Payment.objects.count() == 2
    visits = "拜访日期,类型,是否有效,负责人\n2026-03-05 14:30,拜访,是,E1\n"
    applied(visits, "activities")
    visit = Activity.objects.get()
    assert (visit.kind, visit.is_effective, visit.occurred_on) == ("visit", True, dt.date(2026, 3, 5))


def test_accounts_and_leads_are_imported_and_undone() -> None:
    accounts = applied('客户名称,行业,员工数,年营收\n海尔,家电,"1,200",3亿\n', "accounts")
    shape = shapes("accounts")["海尔"]
    assert (shape["employees"], shape["annual_revenue"]) == (1200, "300000000.00")
    leads = applied("姓名,公司,创建日期,客户,优先级\n张三,海尔,2026-03-05,海尔,高\n", "leads")
    [lead] = shapes("leads").values()
    assert (lead["account"], lead["priority"]) == ("海尔", "high")
    undone(leads)
    undone(accounts)
    assert shapes("leads") == shapes("accounts") == {}


@pytest.mark.parametrize(
    ("fields", "code"),
    [(["amount", "amount", "", "", "", ""], "twice"), (["", "account", "", "", "", ""], "missing")],
)
def test_mapping_without_the_number_or_with_a_field_twice_is_refused(fields: list[str], code: str) -> None:
    job = upload(DEALS)
    with pytest.raises(Invalid) as refused:
        import_map(job=job, fields=fields, answers={})
    assert refused.value.code == code
    job.refresh_from_db()
    assert job.state == "mapping"


def test_discarded_upload_leaves_nothing() -> None:
    import_discard(job=checked())
    assert not ImportJob.objects.exists()
    assert not ImportFile.objects.exists()


def test_what_old_imports_kept_is_let_go() -> None:
    done, waiting = applied(), checked(DEALS.replace("D-", "E-"))
    imports_forget()
    assert ImportRow.objects.filter(job=done).exists()
    long_ago = timezone.now() - dt.timedelta(days=31)
    ImportJob.objects.update(started_at=long_ago)
    ImportJob.objects.filter(pk=done.pk).update(finished_at=long_ago)
    imports_forget()
    assert not ImportRow.objects.exists()
    assert list(ImportJob.objects.values_list("pk", flat=True)) == [done.pk]
    done.refresh_from_db()
    with pytest.raises(Conflict):
        import_undo(job=done, actor=None)
    assert not ImportJob.objects.filter(pk=waiting.pk).exists()
