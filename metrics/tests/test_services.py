"""Refresh, rebuild, recount, sweep: each may run twice, and nothing committed meanwhile is lost."""

from __future__ import annotations

import datetime as dt
import threading
import time

import pytest
from django.db import connection, connections, transaction

from common.errors import Conflict, Invalid
from crm.models import ChangedDay, Opportunity
from crm.tests.factories import make_opportunity
from metrics import services
from metrics.models import ChangedActual, DailyActual, Metric, UnitDailyActual
from metrics.selectors import metric_get
from metrics.services import refresh as refresh_module
from metrics.services.locks import hold_refresh_lock
from metrics.tasks import sweep_outbox
from metrics.tests.counting import stored_actuals, stored_unit_actuals
from org.models import AuditEntry
from org.services import unit_move
from org.tests.factories import make_person, make_unit

pytestmark = pytest.mark.django_db
DAY = dt.date(2026, 1, 5)
only_postgres = pytest.mark.skipif(
    "connection.vendor != 'postgresql'", reason="SQLite lets one transaction write at a time: nothing to race"
)


def sold(code: str = "sales") -> int:
    return sum(DailyActual.objects.filter(metric__code=code).values_list("value", flat=True))


@pytest.fixture
def woken(monkeypatch) -> list[str]:
    """The names of tasks asked for."""
    names: list[str] = []
    monkeypatch.setattr("metrics.http.current_app.send_task", names.append)
    return names


def test_a_refresh_says_what_it_touched():
    east = make_unit("East")
    ann = make_person(unit=east)
    make_opportunity(ann, "10.00", won_on=DAY)
    result = services.refresh_changed_days()
    assert result.touched == {(east.pk, ann.pk)}
    assert (result.first_day, result.last_day, result.pairs) == (DAY, DAY, 1)
    assert set(ChangedActual.objects.values_list("metric__code", "day")) == {
        ("sales", DAY), ("deals_won", DAY), ("deals_closed", DAY), ("repeat_sales", DAY),
    }  # fmt: skip


def test_a_second_refresh_changes_nothing():
    make_opportunity(make_person(unit=make_unit("East")), "10.00", won_on=DAY)
    services.refresh_changed_days()
    before = stored_actuals(), stored_unit_actuals(), ChangedActual.objects.count()
    assert services.refresh_changed_days().taken == 0
    assert (stored_actuals(), stored_unit_actuals(), ChangedActual.objects.count()) == before


def test_recounting_an_unchanged_day_tells_tracking_nothing():
    ann = make_person(unit=make_unit("East"))
    make_opportunity(ann, "10.00", won_on=DAY)
    services.refresh_changed_days()
    ChangedActual.objects.all().delete()
    ChangedDay.objects.create(person=ann, day=DAY)
    result = services.refresh_changed_days()
    assert (result.pairs, result.touched) == (1, frozenset())
    assert not ChangedActual.objects.exists()


def test_a_refund_that_evens_out_leaves_no_row_of_zero():
    ann = make_person(unit=make_unit("East"))
    make_opportunity(ann, "10.00", won_on=DAY)
    services.refresh_changed_days()
    make_opportunity(ann, "-10.00", won_on=DAY)
    services.refresh_changed_days()
    assert not DailyActual.objects.filter(metric__code="sales").exists()
    assert not UnitDailyActual.objects.filter(metric__code="sales").exists()
    assert sold("deals_won") == 2


def test_batches_take_the_oldest_first_and_leave_the_rest():
    ann = make_person(unit=make_unit("East"))
    for n in range(5):
        make_opportunity(ann, "10.00", won_on=DAY + dt.timedelta(days=n))
    assert services.refresh_changed_days(2).pairs == 2
    assert ChangedDay.objects.count() == 3
    assert sold() == 20_00


def test_a_failed_refresh_keeps_the_outbox(monkeypatch):
    make_opportunity(make_person(unit=make_unit("East")), "10.00", won_on=DAY)

    def fail(_pairs):
        raise RuntimeError("the power went")

    monkeypatch.setattr(refresh_module, "recount", fail)
    with pytest.raises(RuntimeError), transaction.atomic():
        services.refresh_changed_days()
    assert ChangedDay.objects.count() == 1
    assert not DailyActual.objects.exists()


def test_rounding_in_sql_is_the_rounding_of_the_formula():
    from metrics.calc.credit import part
    from metrics.services.statements import _part_sql

    cases = [
        (amount * sign, low, high)
        for amount in (1, 5, 9_999, 10_000, 10_001, 123_456_789, 2**52, 2**62)
        for sign in (1, -1)
        for low, high in ((0, 1), (0, 3_333), (3_333, 6_667), (9_999, 10_000), (0, 10_000))
    ]
    with connection.cursor() as cursor:
        for amount, low, high in cases:
            names = ("figure", "from_bp", "to_bp")
            bound = ", ".join(f"CAST(%s AS bigint) AS {name}" for name in names)
            cursor.execute(f"SELECT {_part_sql()} FROM (SELECT {bound}) x", [amount, low, high])  # noqa: S608
            assert cursor.fetchone()[0] == part(amount, low, high), (amount, low, high)


def test_a_rebuild_mends_what_drifted_and_only_that():
    ann = make_person(unit=make_unit("East"))
    for n in range(3):
        make_opportunity(ann, "10.00", won_on=DAY + dt.timedelta(days=n))
    services.refresh_changed_days()
    good = stored_actuals(), stored_unit_actuals()
    DailyActual.objects.filter(day=DAY, metric__code="sales").update(value=1)
    UnitDailyActual.objects.filter(day=DAY, metric__code="sales").delete()
    result = services.recompute_actuals()
    assert (result.actuals.removed, result.actuals.added) == (1, 1)
    assert (stored_actuals(), stored_unit_actuals()) == good
    assert services.recompute_actuals().changed == 0


def test_a_rebuild_of_some_days_leaves_the_others():
    ann = make_person(unit=make_unit("East"))
    make_opportunity(ann, "10.00", won_on=DAY)
    make_opportunity(ann, "20.00", won_on=DAY + dt.timedelta(days=1))
    services.recompute_actuals(DAY, DAY + dt.timedelta(days=1))
    assert sold() == 10_00
    assert services.recompute_actuals().changed > 0
    assert sold() == 30_00


def test_a_moved_unit_takes_its_past_along_and_tells_tracking():
    east, west = make_unit("East"), make_unit("West")
    team = make_unit("Team", parent=east)
    make_opportunity(make_person(unit=team), "10.00", won_on=DAY)
    services.sweep()
    ChangedActual.objects.all().delete()
    unit_move(unit=team, parent=west, actor=None)
    assert services.sweep().tree_moved
    owners = UnitDailyActual.objects.filter(metric__code="sales").values_list("unit__name", "value")
    assert dict(owners) == {"Team": 10_00, "West": 10_00, "My company": 10_00}
    assert list(ChangedActual.objects.values_list("metric", "unit")) == [(None, None)]
    assert not services.sweep().tree_moved


def test_a_changed_definition_is_audited_and_recounted_once():
    ann = make_person(unit=make_unit("East"))
    make_opportunity(ann, "10.00", won_on=DAY)
    make_opportunity(ann, "5.00", lost_on=DAY)
    services.sweep()
    lost = [{"field": "outcome", "op": "exact", "value": "lost"}]
    services.metric_save(metric=metric_get("sales"), actor=None, filters=lost)
    entry = AuditEntry.objects.get(action="metrics.metric.save")
    assert (entry.before["filters"][0]["value"], entry.after["filters"]) == ("won", lost)
    assert sold() == 10_00
    assert services.sweep().metrics == 1
    assert sold() == 5_00
    assert services.sweep().metrics == 0


def test_a_change_of_words_needs_no_recount():
    services.metric_save(metric=metric_get("sales"), actor=None, name="Turnover")
    assert not Metric.objects.exclude(recount_requested_at=None).exists()


def test_a_new_metric_counts_the_past():
    make_opportunity(make_person(unit=make_unit("East")), "10.00", lost_on=DAY)
    services.metric_save(
        actor=None, code="lost_amount", name="Lost", kind="amount", unit="currency", nature="process",
        source="opportunities", date_field="closed_on",
        filters=[{"field": "outcome", "op": "exact", "value": "lost"}],
    )  # fmt: skip
    services.sweep()
    assert sold("lost_amount") == 10_00


@pytest.mark.parametrize(
    ("case", "fields", "field"),
    [
        ("no source", {"source": ""}, "source"),
        ("a date of another source", {"date_field": "received_on"}, "date_field"),
        ("leads have no amount", {"source": "leads", "date_field": "created_on", "filters": []}, "kind"),
        ("a count in currency", {"kind": "count"}, "unit"),
        ("a wrong filter", {"filters": [{"field": "owner", "op": "exact", "value": "1"}]}, "filters"),
        ("a code that is taken", {"code": "sales"}, "code"),
        ("a code that is no code", {"code": "my sales"}, "code"),
        ("no name", {"name": ""}, "name"),
        (
            "a ratio without parts",
            {"kind": "ratio", "source": "", "date_field": "", "filters": []},
            "numerator",
        ),
    ],
)
def test_an_incomplete_definition_is_refused_and_nothing_happens(case, fields, field):
    good = {
        "code": "mine", "name": "Mine", "kind": "amount", "unit": "currency", "nature": "result",
        "source": "opportunities", "date_field": "closed_on", "filters": [],
    }  # fmt: skip
    with pytest.raises(Invalid) as refused:
        services.metric_save(actor=None, **{**good, **fields})
    assert field in {error.field for error in refused.value.errors}
    assert not Metric.objects.filter(code="mine").exists()
    assert not AuditEntry.objects.filter(action="metrics.metric.save").exists()


def test_a_metric_keeps_its_code_and_kind():
    with pytest.raises(Invalid):
        services.metric_save(metric=metric_get("leads"), actor=None, code="other")


def test_a_ratio_of_a_ratio_is_refused():
    with pytest.raises(Invalid):
        services.metric_save(
            actor=None, code="odd", name="Odd", kind="ratio", unit="percent", nature="result",
            numerator=metric_get("win_rate"), denominator=metric_get("sales"),
        )  # fmt: skip


def test_the_sweep_task_counts_wakes_tracking_and_may_run_twice(woken):
    make_opportunity(make_person(unit=make_unit("East")), "10.00", won_on=DAY)
    sweep_outbox()
    assert woken == ["tracking.tasks.sweep_snapshots"]
    before = stored_actuals(), stored_unit_actuals()
    ChangedActual.objects.all().delete()  # as tracking does
    sweep_outbox()
    assert (stored_actuals(), stored_unit_actuals()) == before
    assert woken == ["tracking.tasks.sweep_snapshots"]


def test_a_sweep_out_of_time_comes_back(woken, monkeypatch):
    make_opportunity(make_person(unit=make_unit("East")), "10.00", won_on=DAY)
    swept = services.sweep
    monkeypatch.setattr("metrics.tasks.services.sweep", lambda: swept(seconds=-1))
    sweep_outbox()
    assert woken == ["metrics.tasks.sweep_outbox"]
    assert ChangedDay.objects.exists()


def test_a_sweep_while_all_is_recounted_leaves_the_work(woken, monkeypatch):
    def busy():
        raise Conflict("busy")

    monkeypatch.setattr("metrics.tasks.services.sweep", busy)
    sweep_outbox()
    assert woken == []


@only_postgres
@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_a_change_committed_during_a_refresh_is_not_lost(monkeypatch):
    ann = make_person(unit=make_unit("East"))
    deal = make_opportunity(ann, "10.00", won_on=DAY)
    taken, changed = threading.Event(), threading.Event()
    recount = refresh_module.recount

    def slowly(pairs):
        result = recount(pairs)
        taken.set()
        assert changed.wait(10)
        return result

    def change():
        assert taken.wait(10)
        make_opportunity(ann, "25.00", won_on=DAY, external_id=deal.external_id)
        connections.close_all()
        changed.set()

    monkeypatch.setattr(refresh_module, "recount", slowly)
    other = threading.Thread(target=change)
    other.start()
    services.refresh_changed_days()
    other.join()
    monkeypatch.setattr(refresh_module, "recount", recount)
    assert Opportunity.objects.get().amount_minor == 25_00
    assert sold() == 10_00
    assert services.refresh_changed_days().pairs == 1
    assert sold() == 25_00


@only_postgres
@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_one_refresher_at_a_time():
    held, done = threading.Event(), threading.Event()

    def hold():
        with transaction.atomic():
            hold_refresh_lock()
            held.set()
            done.wait(10)
        connections.close_all()

    other = threading.Thread(target=hold)
    other.start()
    assert held.wait(10)
    began = time.monotonic()
    with pytest.raises(Conflict), transaction.atomic():
        hold_refresh_lock(wait_seconds=1)
    assert time.monotonic() - began < 5
    done.set()
    other.join()
