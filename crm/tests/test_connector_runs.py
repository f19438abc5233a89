"""Pulling page by page: workers die anywhere, nothing is lost, nothing counts twice."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from decimal import Decimal

import pytest
from django.db import transaction
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from common.errors import Conflict
from crm.models import (
    Account,
    ChangedDay,
    Connection,
    ConnectionRowError,
    ConnectionRun,
    ConnectionState,
    Opportunity,
)
from crm.services import plan_rate_set
from crm.services.connectors import (
    ConnectorError,
    Problem,
    connection_missing_accept,
    connection_reset,
    connection_run_request,
    connection_switch,
    run_work,
    runs_due,
    runs_schedule,
)
from crm.tests.connecting import Killed, Memory, memory_connection, pull, pull_until_done
from org.models import Person
from tests.cast import Cast


@pytest.fixture(autouse=True)
def _cast(cast: Cast) -> Cast:
    return cast


def deal(memory: Memory, key: str, amount: str = "10.00", **record: object) -> None:
    memory.put("opportunities", key, stage="engaging", amount=amount, owner="E1", **record)


def stored() -> dict[str, int]:
    return dict(Opportunity.objects.filter(deleted_at=None).values_list("external_id", "amount_minor"))


def cursor_of(resource: str) -> str:
    return ConnectionState.objects.get(resource=resource).cursor


def test_first_run_reads_everything_and_the_next_only_what_has_changed() -> None:
    memory = Memory()
    for number in range(5):
        deal(memory, f"D{number}")
    connection = memory_connection(memory)
    first = pull(connection)
    assert (first.state, first.counts["opportunities"]["created"]) == ("done", 5)
    assert cursor_of("opportunities") == "5"

    deal(memory, "D1", "12.50")
    second = pull(connection)
    assert second.counts["opportunities"]["updated"] == 1
    assert sum(second.counts["opportunities"].values()) == 1
    assert stored()["D1"] == 1250


def test_second_run_without_changes_changes_nothing() -> None:
    memory = Memory()
    deal(memory, "D1")
    connection = memory_connection(memory)
    pull(connection)
    ChangedDay.objects.all().delete()
    before = list(Opportunity.objects.values())
    pull(connection)
    connection_reset(connection=connection, resource="opportunities", actor=None)
    again = pull(connection)
    assert again.counts["opportunities"] == {"unchanged": 1}
    assert list(Opportunity.objects.values()) == before
    assert not ChangedDay.objects.exists()


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow], max_examples=25)
@given(
    count=st.integers(0, 9),
    per_page=st.integers(1, 4),
    dies_at=st.dictionaries(st.integers(0, 12), st.sampled_from(["fetch", "write"]), max_size=4),
)
def test_worker_killed_at_any_page_loses_nothing_and_counts_nothing_twice(count, per_page, dies_at) -> None:
    memory = Memory(per_page=per_page, dies_at=dies_at)
    memory.put("accounts", "A", name="Acme")
    for number in range(count):
        deal(memory, f"D{number}", f"{number}.00", account="A")
    memory.rows.setdefault("opportunities", {})
    with transaction.atomic():
        connection = memory_connection(memory)
        run = pull_until_done(connection)
        counts: Counter[str] = Counter()
        for each in run.counts.values():
            counts.update(each)
        assert run.state == "done"
        assert {k: n for k, n in counts.items() if n} == {"created": count + 1}
        assert stored() == {f"D{number}": number * 100 for number in range(count)}
        transaction.set_rollback(True)


def test_cursor_moves_only_with_its_page() -> None:
    memory = Memory(per_page=1, dies_at={1: "write"})
    deal(memory, "D1")
    deal(memory, "D2")
    connection = memory_connection(memory)
    run = connection_run_request(connection=connection, actor=None)
    with pytest.raises(Killed):
        run_work(run.pk)
    assert (set(stored()), cursor_of("opportunities")) == ({"D1"}, "1")


def test_second_worker_leaves_a_claimed_run_alone() -> None:
    memory = Memory(dies_at={0: "fetch"})
    deal(memory, "D1")
    run = connection_run_request(connection=memory_connection(memory), actor=None)
    with pytest.raises(Killed):
        run_work(run.pk)
    assert not run_work(run.pk)
    assert runs_due() == []
    ConnectionRun.objects.update(claimed_until=timezone.now() - dt.timedelta(seconds=1))
    assert runs_due() == [run.pk]


def test_run_that_breaks_off_five_times_is_given_up() -> None:
    memory = Memory(dies_at=dict.fromkeys(range(99), "fetch"))
    deal(memory, "D1")
    run = pull_until_done(memory_connection(memory))
    assert (run.state, run.problem) == ("failed", "broken")
    assert memory.pages == 5


def test_long_run_takes_turns_and_goes_on() -> None:
    memory = Memory(per_page=1)
    for number in range(3):
        deal(memory, f"D{number}")
    connection = memory_connection(memory)
    run = pull(connection, seconds=0)
    assert (run.state, len(stored())) == ("running", 1)
    assert runs_due() == [run.pk]
    assert [run_work(run.pk, seconds=0) for _turn in range(3)] == [True, True, False]
    assert len(stored()) == 3


def test_refused_record_is_kept_and_accepted_once_what_it_lacked_is_there() -> None:
    memory = Memory()
    memory.put("opportunities", "D1", stage="engaging", amount="10.00", currency="USD", owner="E1",
               expected_close_on="2026-05-01")  # fmt: skip
    connection = memory_connection(memory)
    run = pull(connection)
    assert run.counts["opportunities"]["error"] == 1
    [refused] = ConnectionRowError.objects.all()
    assert refused.errors[0]["params"] == {"currency": "USD", "year": 2026}

    plan_rate_set(fiscal_year=2026, currency="USD", rate=Decimal(7), actor=None)
    run = pull(connection)
    assert run.counts["opportunities"]["created"] == 1
    assert not ConnectionRowError.objects.exists()
    assert stored() == {"D1": 1000}


def test_record_that_refers_to_a_later_page_is_accepted_in_the_same_run() -> None:
    memory = Memory(per_page=1)
    memory.put("accounts", "child", name="Child", parent="mother")
    memory.put("accounts", "mother", name="Mother")
    run = pull(memory_connection(memory))
    assert Account.objects.get(external_id="child").parent.name == "Mother"
    assert run.counts["accounts"] == {"created": 2}


def test_archived_record_is_deleted_softly_and_comes_back() -> None:
    memory = Memory()
    deal(memory, "D1")
    connection = memory_connection(memory)
    pull(connection)
    memory.archive("opportunities", "D1")
    assert pull(connection).counts["opportunities"]["deleted"] == 1
    assert stored() == {}
    assert Opportunity.objects.get().deleted_at is not None
    deal(memory, "D1")
    pull(connection)
    assert stored() == {"D1": 1000}


def test_records_gone_at_the_source_are_deleted_but_many_at_once_are_asked_about() -> None:
    memory = Memory(per_page=50)
    for number in range(60):
        deal(memory, f"D{number}")
    connection = memory_connection(memory)
    pull(connection)
    ConnectionState.objects.update(checked_at=None)
    memory.unseen = {"D1", "D2"}
    assert pull(connection).counts["opportunities"]["deleted"] == 2

    ConnectionState.objects.update(checked_at=None)
    memory.unseen = {f"D{number}" for number in range(40)}
    run = pull(connection)
    assert (run.state, run.counts["opportunities"].get("deleted"), len(stored())) == ("done", None, 58)
    assert ConnectionState.objects.get().missing == 38
    connection_missing_accept(connection=connection, resource="opportunities", actor=None)
    pull(connection)
    assert (len(stored()), ConnectionState.objects.get().missing) == (20, 0)
    with pytest.raises(Conflict):
        connection_missing_accept(connection=connection, resource="opportunities", actor=None)


def test_people_come_with_their_team_and_leave_once(cast: Cast) -> None:
    memory = Memory()
    memory.put("units", "T1", name="Web team")
    memory.put("people", "7", name="Wang Fang", email="wang@x.example", unit="T1", starts_on="2025-01-01")
    memory.put("people", "8", name="Alice again", email="ALICE@here.example", starts_on="2025-01-01")
    Person.objects.filter(employee_number="E1").update(email="alice@here.example")
    memory.put("opportunities", "D1", stage="engaging", owner="Alice@here.example")
    memory.put("opportunities", "D2", stage="engaging", owner="wang@x.example")
    connection = memory_connection(memory)
    pull(connection)
    wang = Person.objects.get(name="Wang Fang")
    assert wang.assignments.get().unit.name == "Web team"
    assert not Person.objects.filter(name="Alice again").exists()
    owners = Opportunity.objects.order_by("external_id").values_list("owner__name", flat=True)
    assert list(owners) == ["Alice Borealis", "Wang Fang"]

    Person.objects.filter(pk=wang.pk).update(title="Lead seller")
    memory.put("people", "7", name="Wang Fang", email="wang@y.example")
    pull(connection)
    wang.refresh_from_db()
    assert (wang.title, wang.email, wang.left_on) == ("Lead seller", "wang@y.example", None)
    memory.archive("people", "7")
    pull(connection)
    wang.refresh_from_db()
    left_on = wang.left_on
    assert left_on is not None
    connection_reset(connection=connection, resource="people", actor=None)
    pull(connection)
    wang.refresh_from_db()
    assert wang.left_on == left_on


def test_failing_source_is_tried_less_and_less_often_until_it_works() -> None:
    memory = Memory(fails_with=ConnectorError(Problem.CREDENTIALS, "no"))
    deal(memory, "D1")
    connection = memory_connection(memory)
    waits = []
    for _failure in range(3):
        run = pull(connection)
        connection.refresh_from_db()
        waits.append(round((connection.next_run_at - run.finished_at).total_seconds() / 60))
    assert (run.state, run.problem, connection.failures) == ("failed", "credentials", 3)
    assert waits == [15, 15, 60]
    assert connection.failing_since is not None

    memory.fails_with = None
    pull(connection)
    connection.refresh_from_db()
    assert (connection.failing_since, connection.failures) == (None, 0)


def test_source_that_says_when_to_come_again_is_left_alone_until_then() -> None:
    memory = Memory(fails_with=ConnectorError(Problem.LIMIT, "busy", retry_seconds=7_200))
    deal(memory, "D1")
    connection = memory_connection(memory)
    run = pull(connection)
    connection.refresh_from_db()
    assert connection.next_run_at - run.finished_at >= dt.timedelta(hours=2)


def test_due_connections_get_one_run_each_and_paused_ones_none() -> None:
    connection = memory_connection(Memory())
    assert runs_schedule() == 1
    assert runs_schedule() == 0
    connection_switch(connection=connection, is_active=False, actor=None)
    assert ConnectionRun.objects.get().state == "stopped"
    assert runs_schedule() == 0
    assert runs_due() == []


def test_untested_connection_cannot_be_turned_on() -> None:
    connection = memory_connection(Memory(), is_active=False)
    Connection.objects.update(tested_at=None)
    with pytest.raises(Conflict):
        connection_switch(connection=connection, is_active=True, actor=None)
    connection.refresh_from_db()
    assert not connection.is_active
